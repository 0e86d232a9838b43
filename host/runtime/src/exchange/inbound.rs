// SPDX-License-Identifier: Apache-2.0
use std::sync::{Arc, OnceLock};

use rustls_pki_types::CertificateDer;
use serde::Serialize;

use super::{Document, Event, FollowUp, Header, Problem};
use crate::{blob::Blob, digest::ChainDigest};

/// A call that came in.
#[derive(Debug, Clone)]
pub enum Call {
    /// An HTTP request.
    Http(HttpCall),
    /// A mail.
    Mail(MailCall),
}

/// An HTTP request.
#[derive(Clone)]
pub struct HttpCall {
    /// Method.
    pub method: String,
    /// Path and query as received.
    pub target: String,
    /// Header fields.
    pub headers: Vec<Header>,
    /// Body.
    pub body: Blob,
    /// Certificates that the TLS client presented; `None` when it presented none.
    pub peer_certificates: Option<CertificateChain>,
    /// Address of the peer, without a port.
    pub peer_address: String,
}

/// Certificates as a peer presented them: its own first, then those of issuers in whatever order. Never empty; clones share them, so that the
/// calls of a connection do.
#[derive(Debug, Clone)]
pub struct CertificateChain(Arc<Presented>);

#[derive(Debug)]
struct Presented {
    certificates: Box<[CertificateDer<'static>]>,
    digest: OnceLock<ChainDigest>,
}

impl CertificateChain {
    /// The chain of a peer that presented these; `None` when there are none.
    pub fn new(presented: impl IntoIterator<Item = CertificateDer<'static>>) -> Option<Self> {
        let certificates: Box<[_]> = presented.into_iter().collect();
        let digest = OnceLock::new();
        (!certificates.is_empty()).then(|| {
            Self(Arc::new(Presented {
                certificates,
                digest,
            }))
        })
    }

    /// All of them, at least one.
    pub fn certificates(&self) -> &[CertificateDer<'static>] {
        &self.0.certificates
    }

    /// What a judgement of it is remembered by; computed once for all clones.
    pub(crate) fn digest(&self) -> ChainDigest {
        let Presented {
            certificates,
            digest,
        } = &*self.0;
        *digest.get_or_init(|| ChainDigest::of(certificates))
    }
}

impl PartialEq for CertificateChain {
    fn eq(&self, other: &Self) -> bool {
        self.certificates() == other.certificates()
    }
}

impl Eq for CertificateChain {}

/// A mail.
#[derive(Clone)]
pub struct MailCall {
    /// Reverse path of the SMTP envelope.
    pub sender: String,
    /// Forward paths of the SMTP envelope.
    pub recipients: Vec<String>,
    /// The message as received (RFC 5322).
    pub content: Blob,
    /// How it came.
    pub connection: MailConnection,
}

/// The connection that a mail came by.
#[derive(Debug, Clone)]
pub struct MailConnection {
    /// Address of the relay, without a port.
    pub peer_address: String,
    /// Version of TLS, such as `TLSv1.3`; `None` for a connection without TLS.
    pub tls: Option<String>,
    /// Certificates that the relay presented as a TLS client.
    pub peer_certificates: Option<CertificateChain>,
    /// Whether the relay is one that the operator allows.
    pub allowed: bool,
}

/// What to answer to a call.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reply {
    /// HTTP status, or SMTP reply code.
    pub status: u16,
    /// Header fields.
    pub headers: Vec<Header>,
    /// Body.
    pub body: Blob,
}

/// A call that is genuine and is taken. Commit events, documents and follow-ups first, reply then.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Acceptance {
    /// Inbound operation that was called.
    pub operation: String,
    /// Facts for the platform; may be none.
    pub events: Vec<Event>,
    /// Files.
    pub documents: Vec<Document>,
    /// Operations to run now.
    pub follow_ups: Vec<FollowUp>,
    /// Answer once everything is stored.
    pub reply: Reply,
    /// Answer when every event was known already.
    pub reply_to_duplicate: Reply,
}

/// A call that is rejected.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rejected {
    /// Answer.
    pub reply: Reply,
    /// Why, for the operator.
    pub reason: Problem,
}

/// What to do with a call.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "verdict", rename_all = "kebab-case")]
pub enum Verdict {
    /// The call is genuine and is taken.
    Accepted(Acceptance),
    /// It is not, or its caller is not trusted.
    Rejected(Rejected),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_has_a_certificate() {
        assert_eq!(CertificateChain::new([]), None);
        let one = || CertificateDer::from(vec![1]);
        let chain = CertificateChain::new([one()]).unwrap();
        assert_eq!(chain.certificates(), [one()]);
    }
}
