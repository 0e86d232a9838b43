// SPDX-License-Identifier: Apache-2.0
//! Why a request is refused.

use hyper::StatusCode;

use super::limits::LISTED_ERRORS;
use super::misbehaviour::ErrorCode;

/// A status, and what is wrong. Texts tell places and limits, never what was sent: it may be personal, or secret.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) problems: Vec<Problem>,
    /// The message that was sent under the same externalId before.
    pub(super) message_id: Option<i64>,
}

/// One thing that is wrong.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) error: String,
    pub(super) code: Option<ErrorCode>,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, error: impl Into<String>) -> Self {
        Self {
            status,
            problems: vec![Problem {
                error: error.into(),
                code: None,
            }],
            message_id: None,
        }
    }

    pub(super) fn bad_request(error: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error)
    }

    /// 400 with a code that programs go by.
    pub(super) fn coded(code: ErrorCode) -> Self {
        let mut refusal = Self::bad_request(code.meaning());
        for problem in &mut refusal.problems {
            problem.code = Some(code);
        }
        refusal
    }

    /// 400 with everything that is wrong with a body. What exceeds the list is counted in its last entry.
    pub(super) fn invalid(mut errors: Vec<String>) -> Self {
        let more = errors.len().saturating_sub(LISTED_ERRORS);
        errors.truncate(LISTED_ERRORS);
        if more > 0 {
            errors.push(format!("{more} more errors are not listed"));
        }
        let problem = |error| Problem { error, code: None };
        Self {
            status: StatusCode::BAD_REQUEST,
            problems: errors.into_iter().map(problem).collect(),
            message_id: None,
        }
    }

    /// 409: there is such a message already.
    pub(super) fn duplicate(message_id: i64) -> Self {
        Self {
            message_id: Some(message_id),
            ..Self::new(
                StatusCode::CONFLICT,
                "a message with this externalId has been sent already",
            )
        }
    }

    /// All of it in a line.
    pub(super) fn reason(&self) -> String {
        let errors: Vec<&str> = self
            .problems
            .iter()
            .map(|problem| problem.error.as_str())
            .collect();
        errors.join("; ")
    }
}
