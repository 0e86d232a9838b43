//! Certificates and keys that the operator trusts by themselves.

use x509_parser::{asn1_rs::Any, certificate::X509Certificate, prelude::FromDer};

use crate::pem::{self, Expected, Kind};

use super::{
    TrustError,
    identity::{Claims, Identity},
    key::{self, PublicKey},
    verification::{LONGEST, SHORTEST},
};

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

/// How a revocation list names a certificate (RFC 5280 §5.1): content of the issuer's Name and of the serial's INTEGER.
#[derive(Debug)]
pub(super) struct Issued {
    pub(super) issuer: Vec<u8>,
    pub(super) serial: Vec<u8>,
}

impl Pin {
    /// Reads certificates and public keys from PEM, in their order, or one from DER.
    pub(super) fn read_all(file: &[u8]) -> Result<Vec<Self>, TrustError> {
        let objects = pem::read(file, Expected::Pins).map_err(TrustError::File)?;
        let mut pins = Vec::new();
        for (index, object) in objects.into_iter().enumerate() {
            let number = index + 1;
            let pin = match object.kind {
                Kind::Certificate => Self::certificate(object.der),
                _ => Self::bare_key(object.der),
            };
            let pin = pin.ok_or(TrustError::UnreadablePin(number))?;
            match PublicKey::read(&pin.der).map(|key| key.kind) {
                Some(key::Kind::Rsa {
                    bits: SHORTEST..=LONGEST,
                })
                | Some(key::Kind::Ecdsa(_)) => pins.push(pin),
                Some(_) => return Err(TrustError::UnsuitablePin(number)),
                None => return Err(TrustError::UnreadablePin(number)),
            }
        }
        Ok(pins)
    }

    /// Whether the first of a chain is this pin, or carries this bare key. `key` is the SubjectPublicKeyInfo in `first`.
    pub(super) fn accepts(&self, first: &[u8], key: Option<&[u8]>) -> bool {
        self.der == first || self.issued.is_none() && key == Some(&self.der)
    }

    fn certificate(der: Vec<u8>) -> Option<Self> {
        let identity = Identity {
            pinned: true,
            ..Claims::read(&der)?.identity
        };
        let issued = Issued::read(&der)?;
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

impl Issued {
    /// Not by way of webpki, which reads no certificates of version 1; those are pinned all the more.
    fn read(der: &[u8]) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        let (_, issuer) = Any::from_der(certificate.issuer().as_raw()).ok()?;
        Some(Self {
            issuer: issuer.data.to_vec(),
            serial: certificate.raw_serial().to_vec(),
        })
    }
}
