// SPDX-License-Identifier: Apache-2.0
//! What the relay remembers of each mail, and how it is shown.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::inspection::AttachmentSummary;
use super::receipt::ReceiptEvent;
use crate::simulator::Event;

/// What became of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Verdict {
    /// It keeps all rules, and the relay has it.
    Accepted,
    /// The relay has it, and a receipt tells what is wrong.
    Failed,
    /// It breaks a rule, and the relay does not have it.
    Refused,
    /// A misbehaviour refused it; it breaks no rule that was looked at.
    Unjudged,
    /// The connection ended before the mail did.
    Broken,
}

impl Verdict {
    fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Failed => "failed",
            Self::Refused => "refused",
            Self::Unjudged => "unjudged",
            Self::Broken => "broken",
        }
    }
}

/// TLS of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TlsFacts {
    /// Such as `TLSv1_3`.
    pub version: String,
    /// SHA-256 of the client's certificate, which leads to the anchors; none if none was shown.
    pub client_sha256: Option<String>,
}

/// A mail that was sent or begun: from MAIL to the reply that decided. What is personal is blotted out, bodies are not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Received {
    /// When MAIL came.
    pub at: SystemTime,
    /// How it ended.
    pub verdict: Verdict,
    /// The reply that decided, such as `250`; none if there was none.
    pub code: Option<u16>,
    /// Status code of that reply.
    pub status: Option<String>,
    /// Names of the checks passed, in order. The first one that is missing is `failed`.
    pub passed: Vec<&'static str>,
    /// Name of the check that it did not pass.
    pub failed: Option<&'static str>,
    /// Why not.
    pub reason: Option<String>,
    /// TLS, if there was.
    pub tls: Option<TlsFacts>,
    /// Octets of the content; 0 if none came.
    pub size: usize,
    /// SHA-256 of the content as it was before dots were doubled, if it came whole.
    pub sha256: Option<String>,
    /// Message-ID, if it was read.
    pub message_id: Option<String>,
    /// Whether a mail of this Message-ID was taken before, among the last 10,000.
    pub is_repeated: bool,
    /// Subject, decoded, if it was read.
    pub subject: Option<String>,
    /// Attachments, if they were read.
    pub attachments: Vec<AttachmentSummary>,
    /// Names of the misbehaviours of the connection so far.
    pub misbehaviours: Vec<&'static str>,
    /// The receipts that follow, in the order planned.
    pub receipts: Vec<ReceiptEvent>,
}

impl From<Received> for Event {
    fn from(received: Received) -> Self {
        let attachments: Vec<_> = received
            .attachments
            .iter()
            .map(|of| json!({"name": of.name, "size": of.size, "sha256": of.sha256}))
            .collect();
        let tls = received.tls.as_ref();
        let receipts: Vec<_> = received.receipts.iter().map(|event| event.name()).collect();
        Self {
            at: received.at,
            operation: Some("mail".to_owned()),
            verdict: received.verdict.name(),
            code: received.code.map(|code| code.to_string()),
            reason: received.reason,
            details: json!({
                "status": received.status,
                "passed": received.passed,
                "failed": received.failed,
                "tls": tls.map(|tls| &tls.version),
                "clientCertificate": tls.and_then(|tls| tls.client_sha256.as_ref()),
                "size": received.size,
                "sha256": received.sha256,
                "messageId": received.message_id,
                "repeated": received.is_repeated,
                "subject": received.subject,
                "attachments": attachments,
                "receipts": receipts,
                "misbehaviour": listed(&received.misbehaviours),
            }),
        }
    }
}

/// In one text; null for none.
pub(super) fn listed(names: &[&'static str]) -> Value {
    match names.is_empty() {
        true => Value::Null,
        false => Value::String(names.join(", ")),
    }
}
