// SPDX-License-Identifier: Apache-2.0
//! Certificates and keys that the operator trusts by themselves.

use x509_parser::x509::SubjectPublicKeyInfo;

use crate::pem::{self, Expected};

use super::{
    algorithm::Kind,
    error::TrustError,
    identity::Identity,
    key,
    path::{Certificate, Name},
    public_key::LONGEST,
    verification::SHORTEST,
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

/// How a revocation list names a certificate (RFC 5280 §5.1): the issuer's name, and the content of the serial's INTEGER.
#[derive(Debug)]
pub(super) struct Issued {
    pub(super) issuer: Name,
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
                pem::Kind::Certificate => Self::certificate(object.der),
                _ => Self::bare_key(object.der),
            };
            let pin = pin.ok_or(TrustError::UnreadablePin(number))?;
            let key = key::read(&pin.der).ok_or(TrustError::UnreadablePin(number))?;
            let is_suitable = match key.kind {
                Kind::Elliptic(_) => true,
                _ => matches!(key.modulus_bits(), Some(SHORTEST..=LONGEST)),
            };
            if !is_suitable {
                return Err(TrustError::UnsuitablePin(number));
            }
            pins.push(pin);
        }
        Ok(pins)
    }

    /// Whether it is this key, without a certificate.
    pub(super) fn is_key(&self, key: &SubjectPublicKeyInfo<'_>) -> bool {
        let own = || key::bare(&self.der).is_some_and(|own| key::are_equal(&own, key));
        self.issued.is_none() && own()
    }

    fn certificate(der: Vec<u8>) -> Option<Self> {
        let certificate = Certificate::read(&der)?;
        let identity = Identity {
            pinned: true,
            ..Identity::of(&certificate)?
        };
        let issued = Issued {
            issuer: certificate.issuer.name()?.clone(),
            serial: certificate.serial.to_vec(),
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
