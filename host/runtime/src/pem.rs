// SPDX-License-Identifier: Apache-2.0
//! Certificates, keys and revocation lists as files hold them: PEM (RFC 7468), or DER where the file is one object.
//!
//! A file is read whole or refused whole. A reader that passes over what it does not know drops a revocation list, and with
//! it the revocation of a certificate, and nobody notices. So every line that looks like a boundary counts, wherever it
//! stands. Fine are a byte order mark, each of the three line ends, and text outside the sections, such as the attributes
//! that `openssl pkcs12` writes.

mod der;
mod error;
mod section;

use rustls_pki_types::{CertificateDer, PrivateKeyDer};

pub use error::PemError;

/// What a file is read for, and so what may stand in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Expected {
    /// Certificates in their order.
    Certificates,
    /// One private key.
    PrivateKey,
    /// Certificate revocation lists.
    RevocationLists,
    /// Certificates and bare public keys.
    Pins,
}

/// What a section holds, by its label (RFC 7468 §4, and OpenSSL's for keys).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `CERTIFICATE`.
    Certificate,
    /// `PUBLIC KEY`: a SubjectPublicKeyInfo.
    PublicKey,
    /// `X509 CRL`.
    RevocationList,
    /// `PRIVATE KEY`, `RSA PRIVATE KEY` or `EC PRIVATE KEY`: PKCS#8, PKCS#1 or SEC 1.
    PrivateKey,
    /// `EC PARAMETERS`, which `openssl ecparam -genkey` writes before a key.
    EcParameters,
}

/// One object of a file.
pub(crate) struct Object {
    pub(crate) kind: Kind,
    pub(crate) der: Vec<u8>,
    /// Line of the section's beginning, counted from 1; 1 for a file in DER.
    pub(crate) line: usize,
}

/// DER of the certificates of a file, in their order. That they are readable is not checked here.
///
/// # Errors
/// See [`PemError`]; a file without a certificate is one.
pub fn certificates(file: &[u8]) -> Result<Vec<CertificateDer<'static>>, PemError> {
    let objects = read(file, Expected::Certificates)?.into_iter();
    Ok(objects
        .map(|object| CertificateDer::from(object.der))
        .collect())
}

/// The private key of a file, not encrypted: PKCS#8 (RFC 5958), PKCS#1 (RFC 8017 §A.1.2) or SEC 1 (RFC 5915).
///
/// # Errors
/// See [`PemError`]; a file without a key is one, and a file with two.
pub fn private_key(file: &[u8]) -> Result<PrivateKeyDer<'static>, PemError> {
    let expected = Expected::PrivateKey;
    let (parameters, keys): (Vec<_>, Vec<_>) = read(file, expected)?
        .into_iter()
        .partition(|object| object.kind == Kind::EcParameters);
    if let Some(second) = keys.get(1) {
        return Err(PemError::SecondKey { line: second.line });
    }
    let key = keys.into_iter().next();
    let key = key.ok_or(PemError::Nothing { expected })?;
    let line = key.line;
    // The key names its curve itself; parameters of another one belong to another key.
    let is_of_key =
        |parameters: &&Object| memchr::memmem::find(&key.der, &parameters.der).is_none();
    if let Some(other) = parameters.iter().find(is_of_key) {
        return Err(PemError::OtherKind {
            line: other.line,
            label: "EC PARAMETERS".into(),
            expected,
        });
    }
    PrivateKeyDer::try_from(key.der).map_err(|_| PemError::Unreadable { line, expected })
}

/// All objects of a file, each of a kind that is expected there.
pub(crate) fn read(file: &[u8], expected: Expected) -> Result<Vec<Object>, PemError> {
    if is_utf16(file) {
        return Err(PemError::Utf16);
    }
    let objects = if der::is_der(file) {
        vec![der::read(file, expected)?]
    } else {
        section::read_all(file, expected)?
    };
    if objects.is_empty() {
        return Err(PemError::Nothing { expected });
    }
    Ok(objects)
}

/// What an editor or a shell of Windows may save: its own mark, or a boundary with a zero in every other byte.
fn is_utf16(file: &[u8]) -> bool {
    let begins = |mark: &[u8]| file.starts_with(mark);
    let has = |boundary: &[u8]| memchr::memmem::find(file, boundary).is_some();
    begins(b"\xff\xfe") || begins(b"\xfe\xff") || has(b"-\0-\0B\0E\0G\0") || has(b"\0-\0-\0B\0E\0G")
}

impl Expected {
    fn allows(self, kind: Kind) -> bool {
        match self {
            Self::Certificates => kind == Kind::Certificate,
            Self::PrivateKey => matches!(kind, Kind::PrivateKey | Kind::EcParameters),
            Self::RevocationLists => kind == Kind::RevocationList,
            Self::Pins => matches!(kind, Kind::Certificate | Kind::PublicKey),
        }
    }

    /// What the file is to hold, for messages: … expected.
    fn things(self) -> &'static str {
        match self {
            Self::Certificates => "certificates are",
            Self::PrivateKey => "a private key is",
            Self::RevocationLists => "revocation lists are",
            Self::Pins => "certificates and public keys are",
        }
    }

    /// How it is found in the file, for messages.
    fn labels(self) -> &'static str {
        match self {
            Self::Certificates => "PEM with `BEGIN CERTIFICATE`, or one certificate in DER",
            Self::PrivateKey => {
                "PEM with `BEGIN PRIVATE KEY`, `BEGIN RSA PRIVATE KEY` or `BEGIN EC PRIVATE KEY`, or one key in DER"
            }
            Self::RevocationLists => "PEM with `BEGIN X509 CRL`, or one list in DER",
            Self::Pins => {
                "PEM with `BEGIN CERTIFICATE` or `BEGIN PUBLIC KEY`, or one of either in DER"
            }
        }
    }
}

impl Kind {
    /// The kind of a section's label; `None` for one that nothing is read from here.
    fn of_label(label: &str) -> Option<Self> {
        Some(match label {
            "CERTIFICATE" => Self::Certificate,
            "PUBLIC KEY" => Self::PublicKey,
            "X509 CRL" => Self::RevocationList,
            "PRIVATE KEY" | "RSA PRIVATE KEY" | "EC PRIVATE KEY" => Self::PrivateKey,
            "EC PARAMETERS" => Self::EcParameters,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests;
