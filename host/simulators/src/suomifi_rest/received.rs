// SPDX-License-Identifier: Apache-2.0
//! What is remembered of each request, and how it is shown.

use std::time::SystemTime;

use serde_json::json;

use super::misbehaviour::Misbehaviour;
use super::operation::Operation;
use crate::misbehaviour::Misbehaving;
use crate::simulator::Event;

/// One HTTP request and its result. Neither tokens, passwords, ids of persons nor bodies are kept, so it may be printed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Received {
    /// When its head arrived, by the clock of the machine.
    pub at: SystemTime,
    /// What was asked for, if the path leads to something.
    pub operation: Option<Operation>,
    /// What was decided; what the sender was told may be another thing where there is a misbehaviour.
    pub verdict: Verdict,
    /// The HTTP status of the answer; 0 where there was none.
    pub http_status: u16,
    /// Why it was refused. Tells places and limits, never what was sent.
    pub reason: Option<String>,
    /// The names of the checks passed, in the order made; the README lists them. The first one missing is the one that
    /// failed.
    pub checks: Vec<&'static str>,
    /// The message that was sent, or had been sent under the same externalId, or was asked for.
    pub message_id: Option<i64>,
    /// How many entries a list had.
    pub listed: Option<usize>,
    /// The header `traceId` of the answer, if there was one.
    pub trace_id: Option<String>,
    /// The misbehaviour that was played on this request.
    pub misbehaviour: Option<Misbehaviour>,
}

impl Received {
    pub(super) fn new() -> Self {
        Self {
            at: SystemTime::now(),
            operation: None,
            verdict: Verdict::Refused,
            http_status: 0,
            reason: None,
            checks: Vec::new(),
            message_id: None,
            listed: None,
            trace_id: None,
            misbehaviour: None,
        }
    }

    /// Whether a check of this name was passed.
    pub fn passed(&self, name: &str) -> bool {
        self.checks.contains(&name)
    }
}

/// What was decided about a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// Done: a message was accepted, anything else was answered.
    Accepted,
    /// The externalId had been used; nothing was sent.
    Duplicate,
    /// Refused.
    Refused,
    /// Not looked at beyond its path: a misbehaviour had an answer, or silence, without.
    Unjudged,
}

impl Verdict {
    fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Duplicate => "duplicate",
            Self::Refused => "refused",
            Self::Unjudged => "unjudged",
        }
    }
}

impl From<Received> for Event {
    fn from(received: Received) -> Self {
        let misbehaviour = received.misbehaviour.as_ref().map(Misbehaviour::name);
        let code = (received.http_status > 0).then(|| received.http_status.to_string());
        Self {
            at: received.at,
            operation: received
                .operation
                .map(|operation| operation.name().to_owned()),
            verdict: received.verdict.name(),
            code,
            reason: received.reason,
            details: json!({
                "httpStatus": received.http_status,
                "checks": received.checks,
                "messageId": received.message_id,
                "listed": received.listed,
                "traceId": received.trace_id,
                "misbehaviour": misbehaviour,
            }),
        }
    }
}
