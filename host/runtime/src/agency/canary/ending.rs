// SPDX-License-Identifier: Apache-2.0
//! What the end of a call says of the component that did it.

use std::time::Instant;

use super::CallEnd;
use crate::{
    call::limits::Limit,
    error::Error,
    exchange::{Outcome, Request, RetryClass, Verdict},
};

/// Code of a call whose caller had been told that it takes too long.
const TOO_SLOW: &str = "gateway.too-slow";

/// How long a call may take, and who called.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Terms {
    /// When the caller is told that it takes too long. A candidate that serves a share has half of the time until then, so that what serves can do its call in the other half. `None` where
    /// nobody is told.
    pub answered_by: Option<Instant>,
    /// Whether nobody knows the caller: that its call is rejected says nothing of a component.
    pub is_stranger: bool,
}

impl Terms {
    /// The time of a candidate.
    pub(super) fn half(self) -> Option<Instant> {
        let now = Instant::now();
        let answered_by = self.answered_by?;
        Some(now + answered_by.saturating_duration_since(now) / 2)
    }

    pub(super) fn is_over(self) -> bool {
        self.answered_by.is_some_and(|at| Instant::now() >= at)
    }
}

/// What a call comes to.
pub(in crate::agency) trait Ended {
    /// The code of what is wrong, where it comes to nothing.
    fn wrong(&self) -> Option<&str>;

    /// Whether it is a call that is rejected.
    fn is_rejected(&self) -> bool {
        false
    }
}

impl Ended for Request {
    fn wrong(&self) -> Option<&str> {
        None
    }
}

impl Ended for Outcome {
    fn wrong(&self) -> Option<&str> {
        match self.class {
            RetryClass::FixFirst | RetryClass::Denied | RetryClass::UnknownOutcome => {
                Some(&self.code)
            }
            _ => None,
        }
    }
}

impl Ended for Verdict {
    fn wrong(&self) -> Option<&str> {
        match self {
            Self::Accepted(_) => None,
            Self::Rejected(rejected) => Some(&rejected.reason.code),
        }
    }

    fn is_rejected(&self) -> bool {
        matches!(self, Self::Rejected(_))
    }
}

/// What ends a call of which nothing is known of the component then: it is not told of.
pub(super) fn ended<T: Ended>(result: &Result<T, Error>, terms: Terms) -> Option<CallEnd> {
    match result {
        Ok(value) if terms.is_stranger && value.is_rejected() => None,
        Ok(_) if terms.is_over() => Some(CallEnd::Problem(TOO_SLOW.to_owned())),
        Ok(value) => Some(match value.wrong() {
            None => CallEnd::Done,
            Some(code) => CallEnd::Problem(code.to_owned()),
        }),
        Err(error) if is_stop(error) => Some(CallEnd::Stopped(error.code())),
        Err(Error::Problem(problem)) => Some(CallEnd::Problem(problem.code.clone())),
        Err(error) if is_refusal(error) => Some(CallEnd::Problem(error.code())),
        Err(_) => None,
    }
}

pub(super) fn is_stopped<T>(result: &Result<T, Error>) -> bool {
    result.as_ref().is_err_and(is_stop)
}

/// Whether another component may take what this one does not: by what it declares; or of a stranger, whom it may not recognize.
pub(super) fn is_not_taken<T: Ended>(result: &Result<T, Error>, terms: Terms) -> bool {
    match result {
        Ok(value) => terms.is_stranger && value.is_rejected(),
        Err(error) => is_refusal(error),
    }
}

/// Whether the host ended it, since it had gone on for so long after the component was replaced.
pub(super) fn is_cut_off<T>(result: &Result<T, Error>) -> bool {
    let Err(Error::Limit { exceeded, .. }) = result else {
        return false;
    };
    exceeded.limit == Limit::Drain
}

fn is_stop(error: &Error) -> bool {
    match error {
        Error::Crash { .. } | Error::Contract { .. } => true,
        Error::Limit { exceeded, .. } => {
            !matches!(exceeded.limit, Limit::ConcurrentCalls | Limit::Drain)
        }
        _ => false,
    }
}

/// By what the component declares: what serves may declare something else.
fn is_refusal(error: &Error) -> bool {
    matches!(
        error,
        Error::UnknownOperation { .. } | Error::TooLarge { .. }
    )
}
