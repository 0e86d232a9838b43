// SPDX-License-Identifier: Apache-2.0
//! What goes into a component and what comes out, in types of our own: an edit of the contract does not reach callers.
//!
//! Results can be serialised, with names in camel case, for logs and stores of the embedder: a blob as its size and SHA-256 only, events' data and follow-ups'
//! parameters as the text that they are. `Debug` shows sizes of what may be about people or be a secret.

mod debug;
mod inbound;
mod outbound;
mod problem;
mod recorded;

pub use inbound::{
    Acceptance, Call, CertificateChain, HttpCall, MailCall, MailConnection, Rejected, Reply,
    Verdict,
};
pub use outbound::{
    Answer, Attachment, BuildInput, Document, Event, FollowUp, HttpTarget, MailAnswer, MailReply,
    ObtainedSecret, Outcome, RecipientReply, Request, Response, RetryClass, SecretHeader, Sending,
    SmtpTarget, Target,
};
pub use problem::{Fault, Problem};
pub use recorded::{Parting, RecordedAnswer, RecordedCall, Replayed};

/// An X.509 certificate in DER.
pub use rustls_pki_types::CertificateDer;

/// A header field of HTTP or of mail: name and value.
pub type Header = (String, String);

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;
    use crate::blob::Blob;

    #[test]
    fn results_are_serialised_without_content() {
        let request = Request {
            target: Target::Http(HttpTarget {
                method: "POST".into(),
                url: "https://a.example/".into(),
            }),
            headers: vec![("Content-Type".into(), "text/xml".into())],
            secret_headers: Vec::new(),
            body: Blob::from(b"abc".as_slice()),
            timeout: Duration::from_millis(1500),
            reference: "1".into(),
            tls_role: None,
            keep_bytes: true,
            memo: String::new(),
        };
        let expected = json!({
            "target": {"transport": "http", "method": "POST", "url": "https://a.example/"},
            "headers": [["Content-Type", "text/xml"]],
            "secretHeaders": [],
            "body": {"size": 3, "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
            "timeoutSeconds": 1.5,
            "reference": "1",
            "tlsRole": null,
            "keepBytes": true,
            "memo": "",
        });
        assert_eq!(serde_json::to_value(request).unwrap(), expected);
        let rejected = Verdict::Rejected(Rejected {
            reply: Reply {
                status: 403,
                headers: Vec::new(),
                body: Blob::empty(),
            },
            reason: Problem {
                fault: Fault::Counterparty,
                code: "caller.unknown".into(),
                path: String::new(),
                message: "Unknown.".into(),
            },
        });
        let json = serde_json::to_value(rejected).unwrap();
        assert_eq!(json["verdict"], "rejected");
        assert_eq!(json["reply"]["status"], 403);
        assert_eq!(json["reason"]["fault"], "counterparty");
    }
}
