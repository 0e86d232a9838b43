// SPDX-License-Identifier: Apache-2.0
use std::time::SystemTime;

use rustls_pki_types::CertificateDer;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::{KeyError, points, read_certificates};
use crate::{
    digest::{hexadecimal, sha256},
    names, time,
};

/// Certificates of our own: the one of a key, and those of its issuers after it.
#[derive(Debug, Clone)]
pub struct Chain {
    certificates: Vec<CertificateDer<'static>>,
    /// Of each certificate, in the same order.
    validities: Vec<Validity>,
    /// Content of the subjectPublicKey of each.
    public_keys: Vec<Vec<u8>>,
}

/// For whom a certificate is, and from when until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Validity {
    /// Subject of the certificate.
    pub subject: String,
    /// Its start.
    pub not_before: SystemTime,
    /// Its end.
    pub not_after: SystemTime,
    /// SHA-256 of the certificate, in hexadecimal.
    pub sha256: String,
}

impl Chain {
    /// Reads a file of certificates, see [`pem`](crate::pem).
    ///
    /// # Errors
    /// [`KeyError::CertificateFile`] or [`KeyError::UnreadableCertificate`].
    pub fn read(file: &[u8]) -> Result<Self, KeyError> {
        let certificates = read_certificates(file)?;
        let mut validities = Vec::with_capacity(certificates.len());
        let mut public_keys = Vec::with_capacity(certificates.len());
        for (index, der) in certificates.iter().enumerate() {
            let unreadable = |_| KeyError::UnreadableCertificate(index + 1);
            let (_, certificate) = X509Certificate::from_der(der).map_err(unreadable)?;
            public_keys.push(certificate.public_key().subject_public_key.data.to_vec());
            validities.push(Validity::of(&certificate, der));
        }
        Ok(Self {
            certificates,
            validities,
            public_keys,
        })
    }

    /// DER of the certificates.
    pub fn certificates(&self) -> &[CertificateDer<'static>] {
        &self.certificates
    }

    /// Subject of the first certificate.
    pub fn subject(&self) -> &str {
        let first = self.validities.first();
        first.map_or("", |first| first.subject.as_str())
    }

    /// Validity of each certificate, in their order.
    pub fn validities(&self) -> &[Validity] {
        &self.validities
    }

    /// Whether the first certificate is within its validity at a time.
    ///
    /// # Errors
    /// [`KeyError::Expired`] or [`KeyError::NotYetValid`].
    pub fn check_validity(&self, at: SystemTime) -> Result<(), KeyError> {
        let Some(first) = self.validities.first() else {
            return Ok(());
        };
        let subject = || first.subject.clone();
        if at < first.not_before {
            return Err(KeyError::NotYetValid {
                subject: subject(),
                not_before: time::display(first.not_before),
            });
        }
        if at > first.not_after {
            return Err(KeyError::Expired {
                subject: subject(),
                not_after: time::display(first.not_after),
            });
        }
        Ok(())
    }

    /// The same with the certificate of a key before its issuers, wherever it stands among them: files come in either order.
    /// `key` is the content of its subjectPublicKey.
    ///
    /// # Errors
    /// [`KeyError::KeyMismatch`]: none of them is for the key.
    pub fn of_key(mut self, key: &[u8]) -> Result<Self, KeyError> {
        let is_own = |own: &Vec<u8>| points::are_equal(own, key);
        let Some(place) = self.public_keys.iter().position(is_own) else {
            let subject = self.subject().to_owned();
            return Err(KeyError::KeyMismatch { subject });
        };
        to_front(&mut self.certificates, place);
        to_front(&mut self.public_keys, place);
        to_front(&mut self.validities, place);
        Ok(self)
    }

    /// Something in place of a certificate, which is never out of date.
    pub(super) fn stand_in() -> Self {
        Self {
            certificates: vec![CertificateDer::from(vec![0])],
            validities: Vec::new(),
            public_keys: Vec::new(),
        }
    }
}

impl Validity {
    fn of(certificate: &X509Certificate<'_>, der: &[u8]) -> Self {
        Self {
            subject: names::text(certificate.subject()),
            not_before: time::from_asn1(certificate.validity().not_before),
            not_after: time::from_asn1(certificate.validity().not_after),
            sha256: hexadecimal(&sha256(der)),
        }
    }
}

/// Moves one element before those that stand before it.
fn to_front<T>(list: &mut [T], index: usize) {
    if let Some(before) = list.get_mut(..=index) {
        before.rotate_right(1);
    }
}
