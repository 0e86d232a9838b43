// SPDX-License-Identifier: Apache-2.0
//! A candidate that serves a share of the conversations beside what serves the others: which ones, and how their calls end.

use std::sync::Arc;

use super::{
    Agency,
    generation::Generation,
    trial::{Trial, Way},
};
use crate::{
    call::limits::Limit,
    digest::sha256,
    error::Error,
    exchange::{Call, Outcome, Request, RetryClass, Verdict},
};

/// How a call ended that was made while a candidate served a share of the conversations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallEnd {
    /// It came to something.
    Done,
    /// The component found something wrong, with this code: a problem, a rejected call, or an answer after which the operation goes no further (`fix-first`, `denied`, `unknown-outcome`). Also
    /// of a candidate, that it does not take what was given (`operation.unknown`, `input.too-large`).
    Problem(String),
    /// The component was stopped, with this code: it crashed, broke the contract, or met a limit or its deadline.
    Stopped(String),
}

/// A call that ended while a candidate served a share of the conversations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServedCall<'a> {
    /// Whether the candidate did it.
    pub is_candidate: bool,
    /// The contract's function, such as `envelope.build`.
    pub function: &'static str,
    /// The operation, or `validate`.
    pub operation: &'a str,
    /// How it ended.
    pub end: CallEnd,
    /// Whether the candidate alone is at fault: it was stopped, and what serves did the same call after it and was not.
    pub is_alone: bool,
}

/// Is told how calls end while a candidate serves a share of the conversations, on the threads of the calls.
pub trait CanaryTap: Send + Sync {
    /// A call has ended. Those that say nothing of a component (no room, cut off by the host) are not told.
    fn ended(&self, call: &ServedCall<'_>);
}

/// How a candidate serves a share of the conversations.
pub(super) struct Canary {
    pub(super) of_thousand: u32,
    pub(super) tap: Arc<dyn CanaryTap>,
}

impl Agency {
    /// The same for one conversation. Where a candidate [serves](crate::Ready::canary) a share of them and this one is among them, it does all that is asked of what this returns, for as long
    /// as it is on trial; otherwise what serves does. Which it is follows from the name of the agency, the number of the candidate and the key alone, so that it is the same after a restart.
    /// An operation of ours is named, so that what a candidate does not have is left to what serves; one that replaces a secret is, too. `key` is asked only while there is a candidate.
    #[must_use]
    pub fn in_conversation(&self, operation: Option<&str>, key: impl FnOnce() -> Vec<u8>) -> Self {
        let serving = Self {
            slot: Arc::clone(&self.slot),
            chosen: None,
        };
        let Some((trial, canary)) = self.canary() else {
            return serving;
        };
        let candidate = &trial.generation;
        let number = candidate.info.number;
        if place(&self.slot.agency, number, &key()) >= canary.of_thousand {
            return serving;
        }
        if let Some(operation) = operation {
            if replaces_secret(candidate, operation)
                || self
                    .serving()
                    .is_ok_and(|it| replaces_secret(&it, operation))
            {
                return serving;
            }
            let known = candidate
                .description
                .outbound(operation, candidate.agency());
            if let Err(error) = known {
                canary.tap.ended(&ServedCall {
                    is_candidate: true,
                    function: "envelope.build",
                    operation,
                    end: CallEnd::Problem(error.code()),
                    is_alone: false,
                });
                return serving;
            }
        }
        Self {
            chosen: Some(number),
            ..serving
        }
    }

    /// The candidate that serves a share of the conversations.
    fn canary(&self) -> Option<(Arc<Trial>, Arc<Canary>)> {
        let trial = self.slot.trial.load();
        let trial = trial.as_ref()?;
        match &trial.way {
            Way::Canary(canary) => Some((Arc::clone(trial), Arc::clone(canary))),
            Way::Shadow { .. } => None,
        }
    }

    /// The candidate, where this is for a conversation that it serves.
    pub(super) fn chosen(&self) -> Option<Arc<Generation>> {
        let chosen = self.chosen?;
        let (trial, _) = self.canary()?;
        let generation = &trial.generation;
        (generation.info.number == chosen).then(|| Arc::clone(generation))
    }

    /// Has a call done by what serves its conversation, and by what serves the others where that is a candidate which is stopped: nothing of the call has left the host then. While there is
    /// a candidate, it is told how calls end. The generation of which the result is.
    pub(super) fn done<I: Clone, T: Ended>(
        &self,
        (function, operation): (&'static str, &str),
        input: I,
        call: impl Fn(&Generation, I) -> Result<T, Error>,
    ) -> Result<(Arc<Generation>, Result<T, Error>), Error> {
        let Some((trial, canary)) = self.canary() else {
            let serving = self.serving()?;
            let result = call(&serving, input);
            return Ok((serving, result));
        };
        let tell = |is_candidate, result: &Result<T, Error>, is_alone| {
            if let Some(end) = ended(result) {
                canary.tap.ended(&ServedCall {
                    is_candidate,
                    function,
                    operation,
                    end,
                    is_alone,
                });
            }
        };
        let serving = self.serving()?;
        let candidate = &trial.generation;
        if self.chosen != Some(candidate.info.number) {
            let result = call(&serving, input);
            tell(false, &result, false);
            return Ok((serving, result));
        }
        let result = call(candidate, input.clone());
        if !is_stopped(&result) && !is_not_taken(&result) {
            tell(true, &result, false);
            return Ok((Arc::clone(candidate), result));
        }
        let again = call(&serving, input);
        // What stops both, or what neither takes, says nothing of the candidate.
        let is_alone = is_stopped(&result) && ended(&again).is_some() && !is_stopped(&again);
        tell(true, &result, is_alone);
        tell(false, &again, false);
        Ok((serving, again))
    }
}

/// What a call comes to.
pub(super) trait Ended {
    /// The code of what is wrong, where it comes to nothing.
    fn wrong(&self) -> Option<&str>;
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
}

/// What ends a call of which nothing is known of the component then: it is not told of.
fn ended<T: Ended>(result: &Result<T, Error>) -> Option<CallEnd> {
    match result {
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

fn is_stopped<T>(result: &Result<T, Error>) -> bool {
    result.as_ref().is_err_and(is_stop)
}

fn is_not_taken<T>(result: &Result<T, Error>) -> bool {
    result.as_ref().is_err_and(is_refusal)
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

fn replaces_secret(generation: &Generation, operation: &str) -> bool {
    generation.description.rotated_by(operation).is_some()
}

/// The place of a conversation among a thousand. Another candidate, and another agency, has it elsewhere.
fn place(agency: &str, number: u64, key: &[u8]) -> u32 {
    let parts = [agency.as_bytes(), &[0], &number.to_be_bytes(), key];
    let digest = sha256(&parts.concat());
    let (first, _) = digest.split_at(8);
    let first = first.try_into().map_or(0, u64::from_be_bytes);
    // Less than a thousand.
    u32::try_from(first % 1_000).unwrap_or_default()
}

/// What a call has in the place of a conversation, which shows only once it is judged: the call itself. Made once more, it is judged by the same generation.
pub(super) fn conversation_of(call: &Call) -> Vec<u8> {
    match call {
        Call::Http(call) => {
            let digest = call.body.sha256();
            let parts = [
                b"call",
                call.method.as_bytes(),
                call.target.as_bytes(),
                &digest,
            ];
            parts.join(&0)
        }
        Call::Mail(mail) => [b"mail".as_slice(), &mail.content.sha256()].join(&0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conversation_has_its_place_by_agency_candidate_and_key_alone() {
        // Written down: after a restart, and with another version of the program, it is the same.
        let known = [("vero", 2, "one"), ("vero", 3, "one"), ("tulli", 2, "one")];
        let places = known.map(|(agency, number, key)| place(agency, number, key.as_bytes()));
        assert_eq!(places, [903, 578, 250]);
    }

    #[test]
    fn places_are_spread_evenly() {
        let keys = 0..100_000_u32;
        let below = keys.filter(|key| place("vero", 7, &key.to_be_bytes()) < 100);
        let below = below.count();
        // Of 10,000, five standard deviations of 95.
        assert!((9_525..10_475).contains(&below), "{below}");
    }
}
