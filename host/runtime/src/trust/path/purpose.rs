// SPDX-License-Identifier: Apache-2.0
//! What a certificate is to be accepted for.

use super::{
    error::IdentifyError,
    extensions::{Extensions, key_usage},
};
use crate::names::identifier;

/// Purposes of RFC 5280 §4.2.1.12 and RFC 9336 §3, as content of an OBJECT IDENTIFIER.
const SERVER: &[u8] = &[0x2B, 6, 1, 5, 5, 7, 3, 1];
const CLIENT: &[u8] = &[0x2B, 6, 1, 5, 5, 7, 3, 2];
const EMAIL: &[u8] = &[0x2B, 6, 1, 5, 5, 7, 3, 4];
const DOCUMENT_SIGNING: &[u8] = &[0x2B, 6, 1, 5, 5, 7, 3, 36];
const ANY: &[u8] = &[0x55, 0x1D, 37, 0];

/// What those are called, and others of RFC 5280 §4.2.1.12.
const NAMES: [(&[u8], &str); 8] = [
    (SERVER, "serverAuth"),
    (CLIENT, "clientAuth"),
    (&[0x2B, 6, 1, 5, 5, 7, 3, 3], "codeSigning"),
    (EMAIL, "emailProtection"),
    (&[0x2B, 6, 1, 5, 5, 7, 3, 8], "timeStamping"),
    (&[0x2B, 6, 1, 5, 5, 7, 3, 9], "OCSPSigning"),
    (DOCUMENT_SIGNING, "documentSigning"),
    (ANY, "anyExtendedKeyUsage"),
];

/// Most extended key usages of a certificate that an error names; it has as many as its issuer likes.
const MOST_TOLD: usize = 8;

/// What a certificate is to be accepted for, as in the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Purpose {
    /// The client of a TLS connection.
    TlsClient,
    /// The signer of a document.
    DocumentSigner,
    /// The server of a TLS connection.
    TlsServer,
}

impl Purpose {
    /// Whether the certificate at the end of a path may be used for it.
    ///
    /// # Errors
    /// It is one of an authority, which is nobody's client or signer; or it may not sign; or it is for other purposes.
    pub(super) fn check_end(self, end: &Extensions<'_>) -> Result<(), IdentifyError> {
        let name = self.name();
        if end.is_authority {
            return Err(IdentifyError::WrongUsage(format!(
                "as {name} it needs to be an end's; it is an authority's (basicConstraints with CA:TRUE)"
            )));
        }
        let signs = key_usage::DIGITAL_SIGNATURE | key_usage::CONTENT_COMMITMENT;
        if let Some(usage) = end.key_usage.filter(|usage| usage & signs == 0) {
            return Err(IdentifyError::WrongUsage(format!(
                "as {name} it needs the key usage {}; it has {}",
                key_usage::names(signs).join(" or "),
                listed(&key_usage::names(usage)),
            )));
        }
        match &end.purposes {
            Some(purposes) if !self.is_among(purposes) => Err(IdentifyError::WrongUsage(format!(
                "as {name} it needs the extended key usage {}, or none at all; it has {}",
                alternatives(self.accepted()),
                told(purposes),
            ))),
            _ => Ok(()),
        }
    }

    /// Whether the extended key usage of an issuer lets it issue certificates of this purpose. RFC 5280 gives the extension no
    /// meaning there; authorities use it to limit each other, and "any" is no limit.
    ///
    /// # Errors
    /// It is for other purposes.
    pub(super) fn check_issuer(self, issuer: &Extensions<'_>) -> Result<(), IdentifyError> {
        match &issuer.purposes {
            Some(purposes) if !purposes.contains(&ANY) && !self.is_among(purposes) => {
                let mut accepted = self.accepted().to_vec();
                if !accepted.contains(&ANY) {
                    accepted.push(ANY);
                }
                Err(IdentifyError::WrongUsage(format!(
                    "to be issued as {}, it needs issuers with the extended key usage {}, or none at all; one has {}",
                    self.name(),
                    alternatives(&accepted),
                    told(purposes),
                )))
            }
            _ => Ok(()),
        }
    }

    /// anyExtendedKeyUsage does not make a TLS client or server: the clause lets applications ask for the purpose itself, and TLS
    /// libraries do. A signer of documents has no single purpose that everybody uses, so that it is taken there.
    fn accepted(self) -> &'static [&'static [u8]] {
        match self {
            Self::TlsClient => &[CLIENT],
            Self::TlsServer => &[SERVER],
            Self::DocumentSigner => &[DOCUMENT_SIGNING, EMAIL, CLIENT, ANY],
        }
    }

    fn is_among(self, purposes: &[&[u8]]) -> bool {
        let accepted = self.accepted();
        purposes.iter().any(|purpose| accepted.contains(purpose))
    }

    /// What it is called in messages.
    fn name(self) -> &'static str {
        match self {
            Self::TlsClient => "a client of TLS",
            Self::DocumentSigner => "a signer of documents",
            Self::TlsServer => "a server of TLS",
        }
    }
}

/// What a purpose is called; the number of one that RFC 5280 does not know.
fn name_of(purpose: &[u8]) -> String {
    let known = NAMES.iter().find(|(known, _)| *known == purpose);
    known.map_or_else(|| identifier(purpose), |(_, name)| (*name).to_owned())
}

/// `a, b or c`.
fn alternatives(purposes: &[&[u8]]) -> String {
    let names: Vec<_> = purposes.iter().map(|purpose| name_of(purpose)).collect();
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => names.concat(),
    }
}

/// `a, b and c`.
fn listed(names: &[impl AsRef<str>]) -> String {
    let names: Vec<_> = names.iter().map(AsRef::as_ref).collect();
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        Some((last, _)) => (*last).to_owned(),
        None => "none".to_owned(),
    }
}

/// The purposes that a certificate has, the first of many.
fn told(purposes: &[&[u8]]) -> String {
    let mut names: Vec<_> = purposes
        .iter()
        .take(MOST_TOLD)
        .map(|purpose| name_of(purpose))
        .collect();
    if let Some(more) = purposes.len().checked_sub(MOST_TOLD + 1) {
        names.push(format!("{} more", more + 1));
    }
    listed(&names)
}
