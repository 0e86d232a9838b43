// SPDX-License-Identifier: Apache-2.0
//! What a certificate is to be accepted for.

use x509_parser::{extensions::ExtendedKeyUsage, oid_registry::Oid};

/// id-kp-documentSigning, 1.3.6.1.5.5.7.3.36 (RFC 9336 §3), as content of an OBJECT IDENTIFIER.
const DOCUMENT_SIGNING: [u8; 8] = [0x2B, 6, 1, 5, 5, 7, 3, 36];

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
    /// Whether an extended key usage (RFC 5280 §4.2.1.12) at the end of a path has this purpose.
    ///
    /// anyExtendedKeyUsage does not make a TLS client or server: the clause lets applications ask for the purpose itself, and TLS
    /// libraries do. A signer of documents has no single purpose that everybody uses, so that it is taken there.
    pub(super) fn accepts(self, usage: &ExtendedKeyUsage<'_>) -> bool {
        match self {
            Self::TlsClient => usage.client_auth,
            Self::TlsServer => usage.server_auth,
            Self::DocumentSigner => {
                let signs_documents = |oid: &Oid<'_>| oid.as_bytes() == DOCUMENT_SIGNING;
                usage.any
                    || usage.client_auth
                    || usage.email_protection
                    || usage.other.iter().any(signs_documents)
            }
        }
    }

    /// Whether the extended key usage of an issuer lets it issue certificates of this purpose. RFC 5280 gives the extension no
    /// meaning there; authorities use it to limit each other, and "any" is no limit.
    pub(super) fn may_come_from(self, usage: &ExtendedKeyUsage<'_>) -> bool {
        usage.any || self.accepts(usage)
    }
}
