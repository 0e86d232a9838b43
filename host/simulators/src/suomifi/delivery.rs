// SPDX-License-Identifier: Apache-2.0
//! What is remembered of each delivery, and how it is shown.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use serde_json::json;

use super::answer::{KohdeAnswer, Outcome};
use super::misbehaviour::Misbehaviour;
use super::wire::{Operation, STORED};
use crate::misbehaviour::Misbehaving;
use crate::simulator::Event;

/// What was brought, in one call or in several. Neither messages nor ids of customers are kept.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Delivery {
    /// The operation of all its calls.
    pub operation: Operation,
    /// What was done wrong on purpose in the first call, or after it.
    pub misbehaviour: Option<Misbehaviour>,
    /// Its calls, in order.
    pub calls: Vec<CallRecord>,
}

/// A call and the judgement of its answer.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CallRecord {
    /// When it began.
    pub at: SystemTime,
    /// How long it took.
    pub took: Duration,
    /// SanomaTunniste.
    pub message_id: String,
    /// The AsiointitiliTunniste of each Kohde that is answered by itself.
    pub sent: Vec<String>,
    /// The misbehaviour that was played in it.
    pub misbehaviour: Option<Misbehaviour>,
    /// The HTTP status, if there was an answer.
    pub http_status: Option<u16>,
    /// What the answer says.
    pub outcome: Outcome,
    /// The checks passed, in order.
    pub checks: Vec<&'static str>,
    /// The first one that was not; none where the answer is right.
    pub failed: Option<FailedCheck>,
}

/// A check that an answer did not pass.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FailedCheck {
    /// Its name.
    pub check: &'static str,
    /// What was found, and what was expected.
    pub reason: String,
}

impl CallRecord {
    /// Whether the answer is one of those that a right receiver gives.
    pub fn is_right(&self) -> bool {
        self.failed.is_none()
    }

    /// TilaKoodi.
    pub fn code(&self) -> Option<i32> {
        match &self.outcome {
            Outcome::Answered { code, .. } => *code,
            _ => None,
        }
    }

    /// What the answer says of each Kohde.
    pub fn kohteet(&self) -> &[KohdeAnswer] {
        match &self.outcome {
            Outcome::Answered { kohteet, .. } => kohteet,
            _ => &[],
        }
    }

    /// Those that are said to be stored.
    pub(super) fn stored(&self) -> impl Iterator<Item = &KohdeAnswer> {
        let kohteet = self.kohteet().iter();
        kohteet.filter(|kohde| STORED.contains(&kohde.state))
    }

    fn event(&self, number: usize, operation: Operation) -> Event {
        let (fault, text) = match &self.outcome {
            Outcome::Fault { code, text } => (Some(code), Some(text)),
            Outcome::Answered { description, .. } => (None, description.as_ref()),
            Outcome::Http | Outcome::Nothing => (None, None),
        };
        let states: Vec<i32> = self.kohteet().iter().map(|kohde| kohde.state).collect();
        let code = self.code().map(|code| code.to_string());
        let status = self.http_status.map(|status| status.to_string());
        Event {
            at: self.at,
            operation: Some(operation.name().to_owned()),
            verdict: match self.is_right() {
                true => "right",
                false => "wrong",
            },
            code: code.or_else(|| fault.cloned()).or(status),
            reason: self.failed.as_ref().map(|failed| failed.reason.clone()),
            details: json!({
                "misbehaviour": self.misbehaviour.as_ref().map(Misbehaviour::name),
                "call": number,
                "sent": self.sent.len(),
                "httpStatus": self.http_status,
                "tilaKoodi": self.code(),
                "fault": fault,
                "text": text,
                "kohteenTilat": states,
                "checks": self.checks,
                "failedCheck": self.failed.as_ref().map(|failed| failed.check),
                "milliseconds": u64::try_from(self.took.as_millis()).ok(),
            }),
        }
    }
}

impl Delivery {
    /// Whether every answer was right.
    pub fn is_right(&self) -> bool {
        !self.calls.is_empty() && self.calls.iter().all(CallRecord::is_right)
    }

    /// The AsiointitiliTunniste of each message that the receiver said it has stored, and so must have, once.
    pub fn stored(&self) -> BTreeSet<&str> {
        let stored = self.calls.iter().flat_map(CallRecord::stored);
        stored
            .filter_map(|kohde| kohde.account_id.as_deref())
            .collect()
    }

    /// One for each call.
    pub fn events(&self) -> Vec<Event> {
        let calls = (1..).zip(&self.calls);
        let events = calls.map(|(number, call)| call.event(number, self.operation));
        events.collect()
    }
}
