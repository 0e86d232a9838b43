//! Certificates and keys that the operator trusts by themselves.

use rustls_pki_types::pem::{PemObject, SectionKind};
use x509_parser::x509::SubjectPublicKeyInfo;

use super::{
    error::TrustError,
    identity::Identity,
    key::{self, Kind, PublicKey},
    shown::Shown,
    verification::{LONGEST, SHORTEST},
};

/// The longest name of a PEM section that a message repeats. Known ones are shorter.
const LONGEST_LABEL: usize = 40;

/// A pinned certificate or key, read when it was configured.
#[derive(Debug)]
pub(super) struct Pin {
    /// DER of the certificate, or of the SubjectPublicKeyInfo.
    pub(super) der: Vec<u8>,
    /// Whom it speaks for, already marked as pinned.
    pub(super) identity: Identity,
    /// What revocation lists know a certificate by; `None` for a bare key.
    pub(super) issued: Option<Issued>,
}

/// How a revocation list names a certificate (RFC 5280 §5.1): the issuer's Name as DER, and the content of the serial's INTEGER.
#[derive(Debug)]
pub(super) struct Issued {
    pub(super) issuer: Vec<u8>,
    pub(super) serial: Vec<u8>,
}

impl Pin {
    /// Reads certificates and public keys from PEM, in their order.
    pub(super) fn read_all(pem: &[u8]) -> Result<Vec<Self>, TrustError> {
        check_labels(pem)?;
        let mut pins = Vec::new();
        for (index, section) in <(SectionKind, Vec<u8>)>::pem_slice_iter(pem).enumerate() {
            let number = index + 1;
            let pin = match section {
                Ok((SectionKind::Certificate, der)) => Self::certificate(der),
                Ok((SectionKind::PublicKey, der)) => Self::bare_key(der),
                // The labels have been checked, so that this is a broken section.
                Ok(_) | Err(_) => None,
            };
            let pin = pin.ok_or(TrustError::UnreadablePin(number))?;
            match PublicKey::read(&pin.der).map(|key| key.kind) {
                Some(Kind::Rsa {
                    bits: SHORTEST..=LONGEST,
                    ..
                })
                | Some(Kind::Ecdsa(_)) => pins.push(pin),
                Some(_) => return Err(TrustError::UnsuitablePin(number)),
                None => return Err(TrustError::UnreadablePin(number)),
            }
        }
        if pins.is_empty() {
            Err(TrustError::NoPin)
        } else {
            Ok(pins)
        }
    }

    /// Whether it is this key, without a certificate.
    pub(super) fn is_key(&self, key: &SubjectPublicKeyInfo<'_>) -> bool {
        let own = || key::bare(&self.der).is_some_and(|own| key::are_equal(&own, key));
        self.issued.is_none() && own()
    }

    fn certificate(der: Vec<u8>) -> Option<Self> {
        // Not by way of webpki, which reads no certificates of version 1; those are pinned all the more.
        let shown = Shown::read(&der)?;
        let identity = Identity {
            pinned: true,
            ..Identity::of(&shown)
        };
        let issued = Issued {
            issuer: shown.issuer().to_vec(),
            serial: shown.content.raw_serial().to_vec(),
        };
        Some(Self {
            der,
            identity,
            issued: Some(issued),
        })
    }

    fn bare_key(der: Vec<u8>) -> Option<Self> {
        key::bare(&der)?;
        Some(Self {
            identity: Identity::of_bare_key(&der),
            der,
            issued: None,
        })
    }
}

/// Refuses sections that cannot be pins; the reader of PEM would pass over them, and over a misspelt one in silence.
fn check_labels(pem: &[u8]) -> Result<(), TrustError> {
    let labels = pem
        .split(|byte| matches!(byte, b'\r' | b'\n'))
        .filter_map(|line| line.strip_prefix(b"-----BEGIN "));
    for (index, label) in labels.enumerate() {
        let label = label.split(|byte| *byte == b'-').next().unwrap_or_default();
        if !matches!(label, b"CERTIFICATE" | b"PUBLIC KEY") {
            return Err(TrustError::NotAPin {
                number: index + 1,
                label: shown(label),
            });
        }
    }
    Ok(())
}

/// A label as RFC 7468 §2 has them, in capitals; what else stands in its place is not repeated.
fn shown(label: &[u8]) -> String {
    let is_label = label.len() <= LONGEST_LABEL
        && label
            .iter()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b' ');
    match std::str::from_utf8(label) {
        Ok(label) if is_label => label.to_owned(),
        _ => "of an unknown kind".to_owned(),
    }
}
