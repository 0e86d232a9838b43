// SPDX-License-Identifier: Apache-2.0
//! What a certificate is to be accepted for.

use super::extensions::{Extensions, key_usage};

/// Purposes of RFC 5280 §4.2.1.12 and RFC 9336 §3, as content of an OBJECT IDENTIFIER.
const SERVER: &[u8] = &[0x2B, 6, 1, 5, 5, 7, 3, 1];
const CLIENT: &[u8] = &[0x2B, 6, 1, 5, 5, 7, 3, 2];
const EMAIL: &[u8] = &[0x2B, 6, 1, 5, 5, 7, 3, 4];
const DOCUMENT_SIGNING: &[u8] = &[0x2B, 6, 1, 5, 5, 7, 3, 36];
const ANY: &[u8] = &[0x55, 0x1D, 37, 0];

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
    pub(super) fn is_served_by(self, end: &Extensions<'_>) -> bool {
        let signs = key_usage::DIGITAL_SIGNATURE | key_usage::CONTENT_COMMITMENT;
        let may_sign = end.key_usage.is_none_or(|usage| usage & signs != 0);
        let purposes = end.purposes.as_ref();
        may_sign && purposes.is_none_or(|purposes| self.is_among(purposes))
    }

    /// Whether the extended key usage of an issuer lets it issue certificates of this purpose. RFC 5280 gives the extension no
    /// meaning there; authorities use it to limit each other, and "any" is no limit.
    pub(super) fn may_come_from(self, issuer: &Extensions<'_>) -> bool {
        let purposes = issuer.purposes.as_ref();
        purposes.is_none_or(|purposes| purposes.contains(&ANY) || self.is_among(purposes))
    }

    /// anyExtendedKeyUsage does not make a TLS client or server: the clause lets applications ask for the purpose itself, and TLS
    /// libraries do. A signer of documents has no single purpose that everybody uses, so that it is taken there.
    fn is_among(self, purposes: &[&[u8]]) -> bool {
        let accepted: &[&[u8]] = match self {
            Self::TlsClient => &[CLIENT],
            Self::TlsServer => &[SERVER],
            Self::DocumentSigner => &[DOCUMENT_SIGNING, EMAIL, CLIENT, ANY],
        };
        purposes.iter().any(|purpose| accepted.contains(purpose))
    }
}
