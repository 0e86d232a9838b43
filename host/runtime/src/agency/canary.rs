// SPDX-License-Identifier: Apache-2.0
//! A candidate that serves a share of the conversations beside what serves the others: which ones, and how their calls end.

mod ending;
mod run;

use std::{borrow::Cow, sync::Arc, time::Instant};

use super::{
    Agency,
    generation::{Generation, GenerationInfo},
};
use crate::{call::sandbox::Sandbox, digest::sha256, error::Error, exchange::Call};

pub(super) use ending::Ended;
pub use ending::Terms;
use ending::{ended, is_cut_off, is_not_taken, is_stopped};
use run::Candidate;
pub(super) use run::Run;

/// How a call ended that was made while a candidate served a share of the conversations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallEnd {
    /// It came to something.
    Done,
    /// The component found something wrong, with this code: a problem, a rejected call, or an answer after which the operation goes no further (`fix-first`, `denied`, `unknown-outcome`). Also
    /// of a candidate, that it does not take what was given (`operation.unknown`, `input.too-large`), or was slower than its caller waited (`gateway.too-slow`).
    Problem(String),
    /// The component was stopped, with this code: it crashed, broke the contract, or met a limit or its deadline.
    Stopped(String),
}

/// A call that ended while a candidate served a share of the conversations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServedCall<'a> {
    /// Whether the candidate did it.
    pub is_candidate: bool,
    /// Digest of the key of what it belongs to, the same for all that belongs to it; `None` where nothing is compared, as of the run of a poll.
    pub key: Option<u64>,
    /// The contract's function, such as `envelope.build`; `send` for a request that could not be sent.
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
    /// The same for a run in a conversation, or for what has the place of one. Where a candidate [serves](crate::Ready::canary) a share of them and this one is among them, it does all that is
    /// asked of what this returns, to the end of the run, whatever becomes of its trial; but once what serves had to do a call in its place, what serves does the rest. Which it is follows from the
    /// name of the agency, the number of the candidate and the key alone, so that it is the same after a restart. An operation of ours is named: one that only one of both has is done by that, and
    /// one that replaces a secret by what serves. `key` is asked only while there is a candidate.
    #[must_use]
    pub fn in_conversation(&self, operation: Option<&str>, key: impl FnOnce() -> Vec<u8>) -> Self {
        self.given(operation, key, |canary, _, digest| {
            in_thousand(digest) < canary.of_thousand
        })
    }

    /// The same for a run of an operation that the generation of this number has queued: it is done by that, while it is on trial.
    #[must_use]
    pub fn following(&self, operation: &str, made_by: u64, key: impl FnOnce() -> Vec<u8>) -> Self {
        self.given(Some(operation), key, |_, number, _| number == made_by)
    }

    /// The same for a run that is left to what serves, whatever is on trial.
    #[must_use]
    pub fn by_what_serves(&self) -> Self {
        self.with_run(Run::default())
    }

    /// Leaves the rest of a run to what serves, where a candidate has it, and says whether one had it: for what an agency does not let the candidate do, and may let what serves, such as logging in.
    #[must_use]
    pub fn leave_to_what_serves(&self) -> bool {
        let Some(run) = &self.run else {
            return false;
        };
        let has_it = run.candidate().is_some();
        run.leave();
        has_it
    }

    /// Says that a request of a run could not be sent, and the code of why. While a candidate serves a share of the conversations, that is a problem of whoever has the run: of a candidate whose
    /// settings name another address, nothing else shows it.
    pub fn was_not_sent(&self, operation: &str, code: &str) {
        let run = self.run.as_ref();
        let chosen = run.and_then(|run| run.candidate().cloned());
        let is_candidate = chosen.is_some();
        if let Some((_, canary)) = chosen.or_else(|| self.canary()) {
            let end = CallEnd::Problem(code.to_owned());
            self.tell(&canary, ("send", operation), (is_candidate, Some(end)));
        }
    }

    /// What did the last call of a run; before the first one, what would do it.
    ///
    /// # Errors
    /// [`Error::UnknownAgency`] when nothing serves.
    pub fn last_generation_info(&self) -> Result<GenerationInfo, Error> {
        match self.run.as_ref().and_then(|run| run.done_by()) {
            Some(done_by) => Ok((*done_by).clone()),
            None => self.generation_info(),
        }
    }

    /// So many bytes of an answer to an operation are read at most: what serves may take what a candidate does not.
    ///
    /// # Errors
    /// [`Error::UnknownAgency`], [`Error::UnknownOperation`].
    pub fn response_limit(&self, operation: &str) -> Result<u64, Error> {
        let limit = |generation: &Generation| {
            let description = &generation.description;
            let known = description.outbound(operation, generation.agency());
            known.map(|known| known.limits.response_limit)
        };
        let own = limit(&*self.generation()?);
        match limit(&*self.serving()?) {
            Ok(other) => Ok(own.unwrap_or_default().max(other)),
            Err(_) => own,
        }
    }

    fn with_run(&self, run: Run) -> Self {
        Self {
            slot: Arc::clone(&self.slot),
            run: Some(Arc::new(run)),
        }
    }

    fn given(
        &self,
        operation: Option<&str>,
        key: impl FnOnce() -> Vec<u8>,
        is_of_candidate: impl FnOnce(&Canary, u64, u64) -> bool,
    ) -> Self {
        let Some((candidate, canary)) = self.canary() else {
            return self.by_what_serves();
        };
        let number = candidate.info.number;
        let digest = digest_of(&self.slot.agency, number, &key());
        let is_chosen = is_of_candidate(&canary, number, digest);
        let is_given = match operation {
            Some(operation) => self.has_it((&candidate, &canary), operation, (is_chosen, digest)),
            None => is_chosen,
        };
        let candidate = is_given.then_some((candidate, canary));
        self.with_run(Run::new(candidate, digest))
    }

    /// Whether a candidate does an operation of a conversation that it was chosen for, or not.
    fn has_it(
        &self,
        (candidate, canary): (&Generation, &Canary),
        operation: &str,
        (is_chosen, key): (bool, u64),
    ) -> bool {
        let has = |generation: &Generation| {
            let description = &generation.description;
            description.outbound(operation, generation.agency()).is_ok()
        };
        let serving = self.serving().ok();
        let replaced = serving
            .as_ref()
            .is_some_and(|it| replaces_secret(it, operation));
        if replaced || replaces_secret(candidate, operation) {
            return false;
        }
        let (has_own, has_other) = (has(candidate), serving.is_some_and(|it| has(&it)));
        if is_chosen && has_other && !has_own {
            canary.tap.ended(&ServedCall {
                is_candidate: true,
                key: Some(key),
                function: "envelope.build",
                operation,
                end: CallEnd::Problem("operation.unknown".to_owned()),
                is_alone: false,
            });
        }
        has_own && (is_chosen || !has_other)
    }

    /// The candidate that serves a share of the conversations.
    pub(super) fn canary(&self) -> Option<Candidate> {
        let trial = self.slot.trial.load();
        let trial = trial.as_ref()?;
        let canary = trial.canary().cloned()?;
        Some((Arc::clone(&trial.generation), canary))
    }

    /// The candidate that has the run that this is for.
    pub(super) fn chosen(&self) -> Option<&Arc<Generation>> {
        let (candidate, _) = self.run.as_ref()?.candidate()?;
        Some(candidate)
    }

    /// Has a call done by the candidate that has the run, or by what serves; and by what serves where that candidate is stopped or does not take the call: nothing of it has left the host then,
    /// and what serves does the rest of the run. While there is a candidate, it is told how calls end. The generation of which the result is.
    pub(super) fn done<I: Clone, T: Ended>(
        &self,
        called: (&'static str, &str),
        (input, terms): (I, Terms),
        call: impl Fn(&Generation, &Sandbox, I) -> Result<T, Error>,
    ) -> Result<(Arc<Generation>, Result<T, Error>), Error> {
        let (generation, result) = self.done_by_either(called, (input, terms), call)?;
        if let Some(run) = &self.run {
            run.was_done_by(&generation.info);
        }
        Ok((generation, result))
    }

    fn done_by_either<I: Clone, T: Ended>(
        &self,
        called: (&'static str, &str),
        (input, terms): (I, Terms),
        call: impl Fn(&Generation, &Sandbox, I) -> Result<T, Error>,
    ) -> Result<(Arc<Generation>, Result<T, Error>), Error> {
        let serving = self.serving()?;
        let chosen = self
            .run
            .as_ref()
            .and_then(|run| Some((run, run.candidate()?)));
        let Some((run, (candidate, canary))) = chosen else {
            let canary = self.canary();
            let result = call(&serving, &self.watched(&serving), input);
            if let Some((_, canary)) = canary {
                self.tell(&canary, called, (false, ended(&result, terms)));
            }
            return Ok((serving, result));
        };
        let sandbox = within(Cow::Borrowed(&candidate.sandbox), terms.half());
        let result = call(candidate, &sandbox, input.clone());
        let is_not_taken_by_it = is_not_taken(&result, terms);
        let is_again = is_stopped(&result) || is_not_taken_by_it || is_cut_off(&result);
        // It may have been put into service meanwhile; and nobody waits for an answer any more.
        if !is_again || Arc::ptr_eq(candidate, &serving) || terms.is_over() {
            self.tell(canary, called, (true, ended(&result, terms)));
            return Ok((Arc::clone(candidate), result));
        }
        run.leave();
        let sandbox = within(self.watched(&serving), terms.answered_by);
        let again = call(&serving, &sandbox, input);
        if is_not_taken_by_it && is_not_taken(&again, terms) {
            // What neither takes says nothing of either.
            return Ok((serving, again));
        }
        let end = match ended(&result, terms) {
            // What serves recognizes the caller.
            None if is_not_taken_by_it => ended(&result, Terms::default()),
            end => end,
        };
        // What stops both says nothing of the candidate.
        let is_done = ended(&again, Terms::default()).is_some() && !is_stopped(&again);
        self.tell_of(canary, called, (true, end, is_stopped(&result) && is_done));
        self.tell(canary, called, (false, ended(&again, Terms::default())));
        Ok((serving, again))
    }

    fn tell(
        &self,
        canary: &Canary,
        called: (&'static str, &str),
        (is_candidate, end): (bool, Option<CallEnd>),
    ) {
        self.tell_of(canary, called, (is_candidate, end, false));
    }

    fn tell_of(
        &self,
        canary: &Canary,
        (function, operation): (&'static str, &str),
        (is_candidate, end, is_alone): (bool, Option<CallEnd>, bool),
    ) {
        let Some(end) = end else {
            return;
        };
        canary.tap.ended(&ServedCall {
            is_candidate,
            key: self.run.as_ref().and_then(|run| run.key),
            function,
            operation,
            end,
            is_alone,
        });
    }
}

fn within(sandbox: Cow<'_, Sandbox>, until: Option<Instant>) -> Cow<'_, Sandbox> {
    match until {
        Some(until) => Cow::Owned(sandbox.into_owned().until(until)),
        None => sandbox,
    }
}

fn replaces_secret(generation: &Generation, operation: &str) -> bool {
    generation.description.rotated_by(operation).is_some()
}

/// What a conversation is told apart by. For another candidate, and another agency, it is another one.
fn digest_of(agency: &str, number: u64, key: &[u8]) -> u64 {
    let parts = [agency.as_bytes(), &[0], &number.to_be_bytes(), key];
    let digest = sha256(&parts.concat());
    let (first, _) = digest.split_at(8);
    first.try_into().map_or(0, u64::from_be_bytes)
}

/// The place of a conversation among a thousand.
fn in_thousand(digest: u64) -> u32 {
    // Less than a thousand.
    u32::try_from(digest % 1_000).unwrap_or_default()
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

    fn place(agency: &str, number: u64, key: &[u8]) -> u32 {
        in_thousand(digest_of(agency, number, key))
    }

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
