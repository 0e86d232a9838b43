// SPDX-License-Identifier: Apache-2.0
//! What the API remembers of each request, and how it and the pushes are shown.

use std::time::SystemTime;

use serde_json::json;

use super::misbehaviour::Misbehaviour;
use super::push::Delivery;
use crate::misbehaviour::Misbehaving;
use crate::simulator::Event;

/// A call of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// Registers a callback, or ends the push.
    RegisterPush,
    /// The same without registering anything.
    VerifyRegisterPush,
    /// Lists the notifications there are.
    ListNotifications,
    /// Lists the subscriptions, with the status of the registration.
    ListSubscriptions,
}

impl Operation {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::RegisterPush => "RegisterPush",
            Self::VerifyRegisterPush => "Verification/RegisterPush",
            Self::ListNotifications => "ListNotifications",
            Self::ListSubscriptions => "ListSubscriptions",
        }
    }
}

/// One HTTP request and its result. Neither secrets nor bodies are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Received {
    /// When its head arrived.
    pub at: SystemTime,
    /// What was asked for, if the path leads to something.
    pub operation: Option<Operation>,
    /// The HTTP status of the answer.
    pub http_status: u16,
    /// Why it was refused; none if it was not.
    pub reason: Option<String>,
    /// How many entries a list had.
    pub listed: Option<usize>,
}

impl From<Received> for Event {
    fn from(received: Received) -> Self {
        let verdict = match received.reason {
            None => "accepted",
            Some(_) => "refused",
        };
        Self {
            at: received.at,
            operation: received
                .operation
                .map(|operation| operation.name().to_owned()),
            verdict,
            code: Some(received.http_status.to_string()),
            reason: received.reason,
            details: json!({"httpStatus": received.http_status, "listed": received.listed}),
        }
    }
}

impl Delivery {
    /// One for each attempt.
    pub fn events(&self) -> Vec<Event> {
        let misbehaviour = self.misbehaviour.as_ref().map(Misbehaviour::name);
        let attempts = (1_u32..).zip(&self.attempts);
        let events = attempts.map(|(number, attempt)| Event {
            at: attempt.at,
            operation: Some("Notify".to_owned()),
            verdict: match attempt.is_acknowledged() {
                true => "answered",
                false => "failed",
            },
            code: attempt.http_status.map(|status| status.to_string()),
            reason: attempt.problem.clone(),
            details: json!({
                "httpStatus": attempt.http_status,
                "empty": attempt.is_empty,
                "type": self.notification.kind,
                "key": self.notification.key,
                "attempt": number,
                "milliseconds": u64::try_from(attempt.took.as_millis()).ok(),
                "misbehaviour": misbehaviour,
            }),
        });
        events.collect()
    }
}
