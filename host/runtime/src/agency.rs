// SPDX-License-Identifier: Apache-2.0
//! An agency: which generation serves it, and which would after a rollback.

pub(crate) mod canary;
pub(crate) mod component_bytes;
pub(crate) mod credentials;
pub(crate) mod deploy;
pub(crate) mod deployment;
mod description;
pub(crate) mod generation;
mod input;
pub(crate) mod ready;
mod replay;
mod revision;
pub(crate) mod rotation;
mod self_test;
mod slot;
pub(crate) mod trial;

use std::{
    fmt,
    sync::{Arc, MutexGuard},
    time::Duration,
};

use crate::{
    agency::{
        canary::{Run, Terms, conversation_of},
        generation::{Draining, Generation, GenerationInfo},
        input::{buildable, largest_call, outbound, readable, size_of_call, validate_uncoded},
        slot::{Slot, lock},
    },
    describe::Description,
    error::Error,
    exchange::{BuildInput, Call, Outcome, Request, Response, Sending, Verdict},
};

/// The result of a call, and who validated it.
#[derive(Debug)]
pub struct Validation {
    /// The generation.
    pub generation: Arc<GenerationInfo>,
    /// Its verdict, or why it came to none.
    pub verdict: Result<Verdict, Error>,
}

/// An agency in service. Cheap to clone and to share between threads; every call takes the generation that serves when it starts, but for [runs](Self::in_conversation) of a candidate.
#[derive(Clone)]
pub struct Agency {
    slot: Arc<Slot>,
    /// The run that this is for, which stays with one generation.
    run: Option<Arc<Run>>,
}

impl Agency {
    pub(crate) fn new(id: &str) -> Self {
        Self {
            slot: Arc::new(Slot::new(id)),
            run: None,
        }
    }

    /// Waits until no other deployment of this agency is under way.
    pub(crate) fn deploying(&self) -> MutexGuard<'_, ()> {
        lock(&self.slot.deploying)
    }

    /// The number of the next generation: the one given, or one more than the largest so far.
    pub(crate) fn number(&self, given: Option<u64>) -> u64 {
        let mut last = lock(&self.slot.last_number);
        let number = given.unwrap_or_else(|| last.saturating_add(1));
        *last = number.max(*last);
        number
    }

    pub(crate) fn is_serving(&self) -> bool {
        self.slot.serving.load().is_some()
    }

    /// Builds the request of an operation.
    ///
    /// # Errors
    /// [`Error::Problem`] when the component finds the input wrong, [`Error::UnknownOperation`], [`Error::TooLarge`], [`Error::Limit`],
    /// [`Error::Crash`] or [`Error::Contract`]. Nothing has been sent or stored.
    pub fn build(&self, input: BuildInput) -> Result<Request, Error> {
        let operation = input.operation.clone();
        let call = ("envelope.build", operation.as_str());
        let input = (input, Terms::default());
        let (_, built) = self.done(call, input, |generation, sandbox, input| {
            let sent = buildable(generation, &input)?;
            sandbox.build(input, sent)
        })?;
        built
    }

    /// Has the request of an operation built, and throws it away: what would be wrong with it is known before it is to be sent. Keys are judged as when a
    /// request is built (role, algorithm, validity, signatures per call), but sign nothing: the component gets zeros of the length of a signature, and the
    /// audit trail has neither a signature nor a request.
    ///
    /// # Errors
    /// As [`build`](Self::build), except that a key that fails to sign, and an audit trail that cannot be kept, are not noticed.
    pub fn check(&self, input: BuildInput) -> Result<(), Error> {
        let generation = self.generation()?;
        let sent = buildable(&generation, &input)?;
        generation.sandbox.check(input, sent)
    }

    /// Says what the answer to a request means. A body in gzip (Content-Encoding) is decoded first, within the limit of the operation.
    ///
    /// # Errors
    /// As [`build`](Self::build); a [`Error::Problem`] of fault `counterparty` means that nobody knows whether the agency took the request.
    pub fn parse(
        &self,
        operation: &str,
        response: Response,
        sending: Sending,
    ) -> Result<Outcome, Error> {
        let call = ("message.parse", operation);
        let input = ((response, sending), Terms::default());
        let (_, parsed) = self.done(call, input, |generation, sandbox, (response, sending)| {
            let known = outbound(generation, operation)?;
            let response = match response {
                Response::Answered(answer) => Response::Answered(readable(known, answer)?),
                other => other,
            };
            let (mut outcome, value) = sandbox.parse(operation, response, sending)?;
            outcome.obtained = credentials::keep(generation, operation, &outcome, value)?;
            Ok(outcome)
        })?;
        parsed
    }

    /// Validates a call of the agency. A body in gzip (Content-Encoding) is decoded first, within the limit of calls; one in another coding is
    /// rejected with 415.
    ///
    /// # Errors
    /// [`Error::TooLarge`], [`Error::Limit`], [`Error::Crash`] or [`Error::Contract`]; a call that is not what it should be is a [`Verdict::Rejected`].
    pub fn validate(&self, call: Call) -> Result<Verdict, Error> {
        self.validate_with_generation(call)?.verdict
    }

    /// The same, and which generation did it: while components are swapped, nothing else tells. While a candidate serves a share of the conversations, what a call has in the place of one
    /// decides which does: the call itself, so that it is the same for a repetition.
    ///
    /// # Errors
    /// [`Error::UnknownAgency`] when nothing serves; a failure of the call itself is in [`Validation::verdict`].
    pub fn validate_with_generation(&self, call: Call) -> Result<Validation, Error> {
        self.validate_on(call, Terms::default())
    }

    /// The same for a caller who waits for so long.
    ///
    /// # Errors
    /// As [`validate_with_generation`](Self::validate_with_generation).
    pub fn validate_on(&self, call: Call, terms: Terms) -> Result<Validation, Error> {
        // Without a candidate it is nobody's run.
        let agency = match self.canary() {
            Some(_) => self.in_conversation(None, || conversation_of(&call)),
            None => Self {
                slot: Arc::clone(&self.slot),
                run: None,
            },
        };
        let called = ("notification.validate", "validate");
        let input = (call, terms);
        let (generation, verdict) = agency.done(called, input, |generation, sandbox, call| {
            size_of_call(generation, &call)?;
            validate_uncoded(generation, sandbox, call)
        })?;
        Ok(Validation {
            generation: Arc::clone(&generation.info),
            verdict,
        })
    }

    /// Largest call in bytes that the serving component takes: which operation is called shows only inside, so it is that of the most
    /// generous one. `None` when it has no inbound operation.
    ///
    /// # Errors
    /// [`Error::UnknownAgency`] when nothing serves.
    pub fn inbound_limit(&self) -> Result<Option<u64>, Error> {
        Ok(largest_call(&*self.generation()?))
    }

    /// What the serving component says of itself, shared.
    ///
    /// # Errors
    /// [`Error::UnknownAgency`] when nothing serves.
    pub fn description(&self) -> Result<Arc<Description>, Error> {
        Ok(Arc::clone(&self.generation()?.description))
    }

    /// Which component serves.
    ///
    /// # Errors
    /// [`Error::UnknownAgency`] when nothing serves.
    pub fn generation_info(&self) -> Result<GenerationInfo, Error> {
        Ok((*self.generation()?.info).clone())
    }

    /// Puts the generation before this one back into service, at once: it has stayed warm. A second rollback undoes the first.
    ///
    /// # Errors
    /// [`Error::NoEarlierGeneration`].
    pub fn roll_back(&self) -> Result<GenerationInfo, Error> {
        let current = self.serving()?;
        if !self.slot.swap_back() {
            return Err(Error::NoEarlierGeneration {
                agency: current.agency().to_owned(),
            });
        }
        self.generation_info()
    }

    /// What a rollback returns to; `None` when there is nothing.
    pub fn earlier_generation_info(&self) -> Option<GenerationInfo> {
        let earlier = lock(&self.slot.earlier);
        earlier.as_ref().map(|earlier| (*earlier.info).clone())
    }

    /// Calls under way of generations that no longer serve, by number: each call keeps the generation that it began with.
    pub fn draining(&self) -> Vec<Draining> {
        let replaced = self.slot.replaced().into_iter();
        let draining = replaced.filter_map(|generation| generation.draining());
        let mut draining: Vec<_> = draining.collect();
        draining.sort_by_key(|draining| draining.number);
        draining
    }

    /// Cuts off the calls of generations that have not served for so long, each call by itself, within two ticks of the runtime's clock; how many. They end with
    /// [`Limit::Drain`](crate::Limit::Drain), as at any other limit. A call ends by its own deadline in any case.
    pub fn cut_drained(&self, grace: Duration) -> usize {
        let replaced = self.slot.replaced().into_iter();
        replaced.map(|generation| generation.cut_after(grace)).sum()
    }

    /// What does what is asked: what serves, or the candidate that has the run that this is for.
    fn generation(&self) -> Result<Arc<Generation>, Error> {
        match self.chosen() {
            Some(candidate) => Ok(Arc::clone(candidate)),
            None => self.serving(),
        }
    }

    fn serving(&self) -> Result<Arc<Generation>, Error> {
        self.slot
            .serving
            .load_full()
            .ok_or_else(|| Error::UnknownAgency {
                agency: self.slot.agency.clone(),
                deployed: Vec::new(),
            })
    }
}

impl fmt::Debug for Agency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Agency")
            .field(&self.generation_info().ok())
            .finish()
    }
}
