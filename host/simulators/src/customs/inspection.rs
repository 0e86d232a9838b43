// SPDX-License-Identifier: Apache-2.0
//! One request under inspection, and the ways to refuse it.

use std::time::Instant;

use hyper::StatusCode;

use super::codes::Finding;
use super::operation::Operation;
use super::received::{PassedCheck, Received};

/// The record of a request while it is being made.
pub(super) struct Inspection {
    started: Instant,
    pub(super) record: Received,
    /// The operation, once it is known.
    pub(super) operation: Option<Operation>,
    /// What SOAPAction says, with its quotes.
    pub(super) soap_action: Option<Vec<u8>>,
}

impl Inspection {
    pub(super) fn start() -> Self {
        Self {
            started: Instant::now(),
            record: Received::new(),
            operation: None,
            soap_action: None,
        }
    }

    /// Notes a check that was passed.
    pub(super) fn passed(&mut self, name: &'static str) {
        self.record.checks.push(PassedCheck {
            name,
            after: self.started.elapsed(),
        });
    }
}

/// A request that goes no further. The reason is for the record; the sender learns the code.
#[derive(Debug)]
pub(super) enum Refusal {
    Http {
        status: StatusCode,
        reason: String,
    },
    Fault {
        reason: String,
    },
    /// The simulator cannot say what it has to: its own fault.
    Own {
        reason: String,
    },
    /// Not valid by the schema package. The reason, which says nothing of the message, is for the sender as well.
    Invalid {
        reason: String,
    },
    Message {
        finding: Finding,
        reason: String,
    },
}

impl Refusal {
    pub(super) fn http(status: StatusCode, reason: impl ToString) -> Self {
        Self::Http {
            status,
            reason: reason.to_string(),
        }
    }

    pub(super) fn fault(reason: impl ToString) -> Self {
        Self::Fault {
            reason: reason.to_string(),
        }
    }

    pub(super) fn message(finding: Finding, reason: impl ToString) -> Self {
        Self::Message {
            finding,
            reason: reason.to_string(),
        }
    }

    /// For `map_err`: any error becomes a refusal for this finding.
    pub(super) fn because<E: ToString>(finding: Finding) -> impl Fn(E) -> Self {
        move |reason| Self::message(finding, reason)
    }
}
