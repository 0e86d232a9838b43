// SPDX-License-Identifier: Apache-2.0
//! What a simulator remembers of each request, and how it is shown.

use std::fmt;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use serde_json::json;

use super::codes::Finding;
use super::misbehaviour::Misbehaviour;
use crate::misbehaviour::Misbehaving;
use crate::sha256::sha256_hex;
use crate::signature::SignatureForm;
use crate::simulator::{Event, OWN_FAULT};

/// One HTTP request and its result. Ids are masked, and `Debug` shows no payload, so it may
/// be printed.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Received {
    /// When its head arrived.
    pub at: SystemTime,
    /// What was decided; what the sender was told may be another thing where there is a misbehaviour.
    pub verdict: Verdict,
    /// The HTTP status of the answer; 0 where the answer was silence.
    pub http_status: u16,
    /// The code in the answer, `999` in a fault; none where HTTP alone refused, or a misbehaviour left it out.
    pub code: Option<String>,
    /// Why it was refused, in more words than the sender was told.
    pub reason: Option<String>,
    /// The checks passed, in the order made. The first one missing is the one that failed.
    pub checks: Vec<PassedCheck>,
    /// The operation's element in the SOAP Body, such as `UploadRequest`.
    pub operation: Option<String>,
    /// The intermediary's Business ID, masked.
    pub intermediary: Option<String>,
    /// The declarant's Business ID, masked.
    pub declarant: Option<String>,
    /// The builder's Business ID, masked.
    pub builder: Option<String>,
    /// The sender's reference.
    pub reference: Option<String>,
    /// The message an upload was stored as, or a download asked for.
    pub storage_id: Option<String>,
    /// The misbehaviour that was played on this request.
    pub misbehaviour: Option<Misbehaviour>,
    /// How many messages a list named.
    pub listed: Option<usize>,
    /// The form of the signature, once its digest was found right.
    pub signature_form: Option<SignatureForm>,
    /// SHA-256 of the application request document as it came out of base64, in hexadecimal: equal
    /// for a byte-identical resend.
    pub application_request_sha256: Option<String>,
    /// The content as it came out of base64, whether or not it was accepted.
    pub payload: Option<Payload>,
}

impl Received {
    pub(super) fn new() -> Self {
        Self {
            at: SystemTime::now(),
            verdict: Verdict::Fault,
            http_status: 500,
            code: None,
            reason: None,
            checks: Vec::new(),
            operation: None,
            intermediary: None,
            declarant: None,
            builder: None,
            reference: None,
            storage_id: None,
            misbehaviour: None,
            listed: None,
            signature_form: None,
            application_request_sha256: None,
            payload: None,
        }
    }

    /// Whether a check of this name was passed.
    pub fn passed(&self, name: &str) -> bool {
        self.checks.iter().any(|check| check.name == name)
    }
}

/// What was decided about a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// Response code 000: an upload was received for processing, anything else was done.
    Accepted,
    /// Refused with a response code.
    Refused(Finding),
    /// No operation could be read: a SOAP fault with code 999.
    Fault,
    /// Not looked at beyond its operation: a misbehaviour had an answer, or silence, without.
    Unjudged,
    /// What the simulator would have answered is not valid by its schema package: its own fault. The sender got a fault with code 999.
    OwnFault,
    /// Refused by the HTTP layer; the status is in [`Received::http_status`].
    Http,
}

/// A check that a request passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct PassedCheck {
    /// Its name, such as `signature-value`; the README lists them.
    pub name: &'static str,
    /// When, counted from the arrival of the request's head.
    pub after: Duration,
}

/// Content that was delivered. `Debug` shows its length and hash only.
#[derive(Clone, PartialEq, Eq)]
pub struct Payload {
    bytes: Bytes,
    sha256: String,
}

impl Payload {
    pub(super) fn new(bytes: Vec<u8>) -> Self {
        Self {
            sha256: sha256_hex(&bytes),
            bytes: bytes.into(),
        }
    }

    /// The content itself.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its SHA-256 in hexadecimal.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Payload({} bytes, SHA-256 {})",
            self.bytes.len(),
            self.sha256
        )
    }
}

impl From<Received> for Event {
    fn from(received: Received) -> Self {
        let (verdict, finding) = match received.verdict {
            Verdict::Accepted => ("accepted", None),
            Verdict::Refused(finding) => ("refused", Some(finding.name())),
            Verdict::Fault => ("fault", None),
            Verdict::Http => ("http", None),
            Verdict::Unjudged => ("unjudged", None),
            Verdict::OwnFault => (OWN_FAULT, None),
        };
        let misbehaviour = received.misbehaviour.as_ref().map(Misbehaviour::name);
        Self {
            at: received.at,
            operation: received.operation,
            verdict,
            code: received.code,
            reason: received.reason,
            details: json!({
                "finding": finding,
                "httpStatus": received.http_status,
                "reference": received.reference,
                "storageId": received.storage_id,
                "listed": received.listed,
                "misbehaviour": misbehaviour,
            }),
        }
    }
}
