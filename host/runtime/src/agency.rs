// SPDX-License-Identifier: Apache-2.0
//! An agency: which generation serves it, and which would after a rollback.

pub(crate) mod component_bytes;
pub(crate) mod credentials;
pub(crate) mod deploy;
pub(crate) mod deployment;
mod description;
pub(crate) mod generation;
mod replay;
mod revision;
pub(crate) mod rotation;
mod self_test;

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use arc_swap::ArcSwapOption;

use crate::{
    agency::generation::{Draining, Generation, GenerationInfo},
    blob::Blob,
    coding::{self, Uncoded},
    describe::{Description, Direction, Idempotency, Operation, OperationLimits},
    error::Error,
    exchange::{
        Answer, BuildInput, Call, Fault, Outcome, Problem, Request, Response, Sending, Verdict,
    },
    objects,
};

/// The result of a call, and who validated it.
#[derive(Debug)]
pub struct Validation {
    /// The generation.
    pub generation: Arc<GenerationInfo>,
    /// Its verdict, or why it came to none.
    pub verdict: Result<Verdict, Error>,
}

/// An agency in service. Cheap to clone and to share between threads; every call takes the generation that serves when it starts.
#[derive(Clone)]
pub struct Agency {
    slot: Arc<Slot>,
}

impl Agency {
    pub(crate) fn new(id: &str) -> Self {
        let slot = Slot {
            agency: id.to_owned(),
            serving: ArcSwapOption::empty(),
            earlier: Mutex::default(),
            replaced: Mutex::default(),
            deploying: Mutex::default(),
            last_number: Mutex::default(),
        };
        Self {
            slot: Arc::new(slot),
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
        let generation = self.generation()?;
        let sent = buildable(&generation, &input)?;
        generation.sandbox.build(input, sent)
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
        let generation = self.generation()?;
        let known = outbound(&generation, operation)?;
        let response = match response {
            Response::Answered(answer) => Response::Answered(readable(known, answer)?),
            other => other,
        };
        let (mut outcome, value) = generation.sandbox.parse(operation, response, sending)?;
        outcome.obtained = credentials::keep(&generation, operation, &outcome, value)?;
        Ok(outcome)
    }

    /// Validates a call of the agency. A body in gzip (Content-Encoding) is decoded first, within the limit of calls; one in another coding is
    /// rejected with 415.
    ///
    /// # Errors
    /// [`Error::TooLarge`], [`Error::Limit`], [`Error::Crash`] or [`Error::Contract`]; a call that is not what it should be is a [`Verdict::Rejected`].
    pub fn validate(&self, call: Call) -> Result<Verdict, Error> {
        self.validate_with_generation(call)?.verdict
    }

    /// The same, and which generation did it: while components are swapped, nothing else tells.
    ///
    /// # Errors
    /// [`Error::UnknownAgency`] when nothing serves; a failure of the call itself is in [`Validation::verdict`].
    pub fn validate_with_generation(&self, call: Call) -> Result<Validation, Error> {
        let generation = self.generation()?;
        let verdict = size_of_call(&generation, &call);
        let verdict = verdict.and_then(|()| validate_uncoded(&generation, call));
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
        let current = self.generation()?;
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

    fn generation(&self) -> Result<Arc<Generation>, Error> {
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

/// What all handles to an agency share.
struct Slot {
    agency: String,
    serving: ArcSwapOption<Generation>,
    /// What a rollback returns to.
    earlier: Mutex<Option<Arc<Generation>>>,
    /// Those that were replaced, for as long as somebody has them.
    replaced: Mutex<Vec<Weak<Generation>>>,
    /// Held while a component is deployed.
    deploying: Mutex<()>,
    /// The largest number that a generation has had.
    last_number: Mutex<u64>,
}

impl Slot {
    /// Serves a generation, and remembers the one that it replaces.
    fn activate(&self, generation: Arc<Generation>) {
        let mut earlier = lock(&self.earlier);
        *earlier = self.swap(generation);
    }

    /// Serves a generation. One of the same component that it replaces is nothing to return to, and what is has the files of before.
    fn renew(&self, generation: Arc<Generation>) {
        let mut earlier = lock(&self.earlier);
        let component = generation.info.component.clone();
        let before = self.swap(generation);
        *earlier = before.filter(|before| before.info.component != component);
    }

    fn swap(&self, generation: Arc<Generation>) -> Option<Arc<Generation>> {
        generation.serve();
        let before = self.serving.swap(Some(generation));
        if let Some(before) = &before {
            before.retire();
            let mut replaced = lock(&self.replaced);
            // Each once, however often it is rolled back to and replaced again.
            let own = Arc::as_ptr(before);
            replaced.retain(|other| other.strong_count() > 0 && other.as_ptr() != own);
            replaced.push(Arc::downgrade(before));
        }
        before
    }

    /// Those that were replaced and that somebody still has, each once.
    fn replaced(&self) -> Vec<Arc<Generation>> {
        let replaced = lock(&self.replaced);
        replaced.iter().filter_map(Weak::upgrade).collect()
    }

    fn swap_back(&self) -> bool {
        let _deploying = lock(&self.deploying);
        let mut earlier = lock(&self.earlier);
        let Some(returning) = earlier.take() else {
            return false;
        };
        *earlier = self.swap(returning);
        true
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A component that has passed every step of its deployment and does not serve yet.
#[must_use = "it serves nothing until it is told to"]
pub struct Ready {
    pub(crate) agency: Agency,
    pub(crate) generation: Generation,
}

impl Ready {
    /// Puts it into service. Calls that run keep the generation they started with; calls that start afterwards get this one.
    pub fn serve(self) -> Agency {
        self.agency.slot.activate(Arc::new(self.generation));
        self.agency
    }

    /// The same; but where its component serves already, by other settings or files, that is nothing to return to. Nothing is then until something [stands by](Self::stand_by)
    /// anew: what did has been prepared with the settings and files of before.
    pub fn serve_or_renew(self) -> Agency {
        self.agency.slot.renew(Arc::new(self.generation));
        self.agency
    }

    /// Makes it what a rollback returns to, in the place of whatever was: after a start, the generation that served before the one that serves. It stays warm.
    pub fn stand_by(self) {
        *lock(&self.agency.slot.earlier) = Some(Arc::new(self.generation));
    }

    /// Gives it its number, for whoever counts generations as they are judged fit. The number that it was prepared with is nobody's then.
    pub fn numbered(self, number: u64) -> Self {
        self.agency.number(Some(number));
        Self {
            generation: self.generation.numbered(number),
            ..self
        }
    }

    /// What the component says of itself, with the limits that follow from its settings.
    pub fn description(&self) -> &Description {
        &self.generation.description
    }

    /// Which component it is, and which number it will serve as.
    pub fn generation_info(&self) -> GenerationInfo {
        (*self.generation.info).clone()
    }
}

impl fmt::Debug for Ready {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Ready").field(&self.generation.info).finish()
    }
}

fn outbound<'a>(generation: &'a Generation, operation: &str) -> Result<&'a Operation, Error> {
    let description = &generation.description;
    description.outbound(operation, generation.agency())
}

/// Judges input before the component sees it. Gives the role whose next value the operation sends.
fn buildable(generation: &Generation, input: &BuildInput) -> Result<Option<String>, Error> {
    let operation = outbound(generation, &input.operation)?;
    check_input(operation, input)?;
    let rotated = generation.description.rotated_by(&input.operation);
    Ok(rotated.map(|(role, _)| role.requirement.name.clone()))
}

/// Checks what holds for every operation: parameters that are one object, a payload that is not empty, and no more than the operation takes.
fn check_input(operation: &Operation, input: &BuildInput) -> Result<(), Error> {
    objects::check(&input.parameters)
        .map_err(|flaw| Error::Problem(flaw.into_problem(Fault::Caller, "parameter")))?;
    if input.payload.as_ref().is_some_and(Blob::is_empty) && !operation.empty_payload {
        return Err(Error::Problem(Problem {
            fault: Fault::Caller,
            code: "payload.empty".into(),
            path: String::new(),
            message: format!(
                "the payload of `{}` is empty (0 bytes); check that the file was written, or give no payload",
                operation.name
            ),
        }));
    }
    let limits = &operation.limits;
    let payload = input.payload.as_ref().map_or(0, Blob::size);
    let attachments = input.attachments.len() as u64;
    for (what, asked, allowed) in [
        ("the payload", payload, limits.payload_limit.unwrap_or(0)),
        (
            "the number of attachments",
            attachments,
            limits.attachment_limit.into(),
        ),
    ] {
        if asked > allowed {
            return Err(Error::TooLarge {
                fault: Fault::Caller,
                what,
                operation: operation.name.clone(),
                allowed,
                asked,
                advice: String::new(),
            });
        }
    }
    Ok(())
}

/// An answer within the limit of the operation, without its content coding.
fn readable(operation: &Operation, answer: Answer) -> Result<Answer, Error> {
    let (allowed, asked) = (operation.limits.response_limit, answer.body.size());
    let advice = || too_large_an_answer(operation);
    if asked > allowed {
        return Err(Error::TooLarge {
            fault: Fault::Counterparty,
            what: "the answer",
            operation: operation.name.clone(),
            allowed,
            asked,
            advice: advice(),
        });
    }
    let uncoded = coding::answer(&answer, &operation.name, allowed, advice)?;
    Ok(uncoded.unwrap_or(answer))
}

/// What to do about an answer that is not read: of what took effect at the agency, nobody knows then whether it did.
fn too_large_an_answer(operation: &Operation) -> String {
    let unknown = match operation.idempotency {
        Idempotency::ReadOnly => "",
        Idempotency::ByReference => {
            "whether the agency has taken the request is not known: send the very same bytes again, later"
        }
        Idempotency::Never => {
            "whether the agency has taken the request is not known: ask the agency before it is sent again"
        }
    };
    let clauses = [unknown, operation.limits.response_advice.as_str()];
    let clauses = clauses.into_iter().filter(|clause| !clause.is_empty());
    clauses.collect::<Vec<_>>().join("; ")
}

fn largest_call_advice(generation: &Generation) -> String {
    call_limits(generation).map_or_else(String::new, |limits| limits.response_advice.clone())
}

fn largest_call(generation: &Generation) -> Option<u64> {
    call_limits(generation).map(|limits| limits.response_limit)
}

/// Limits of the inbound operation that takes the largest call.
fn call_limits(generation: &Generation) -> Option<&OperationLimits> {
    let operations = generation.description.operations.iter();
    let inbound = operations.filter(|known| known.direction == Direction::Inbound);
    let limits = inbound.map(|known| &known.limits);
    limits.max_by_key(|limits| limits.response_limit)
}

/// Takes a content coding off first: the component sees the body as it was before.
fn validate_uncoded(generation: &Generation, call: Call) -> Result<Verdict, Error> {
    // Without an inbound operation the component says what it makes of calls.
    let limit = largest_call(generation).unwrap_or(0);
    match coding::call(&call, limit, || largest_call_advice(generation))? {
        Uncoded::AsItIs => generation.sandbox.validate(call),
        Uncoded::Call(call) => generation.sandbox.validate(call),
        Uncoded::Verdict(verdict) => Ok(verdict),
    }
}

fn size_of_call(generation: &Generation, call: &Call) -> Result<(), Error> {
    let asked = match call {
        Call::Http(call) => call.body.size(),
        Call::Mail(mail) => mail.content.size(),
    };
    match largest_call(generation) {
        Some(allowed) if asked > allowed => Err(Error::TooLarge {
            fault: Fault::Counterparty,
            what: "the call",
            operation: "validate".into(),
            allowed,
            asked,
            advice: largest_call_advice(generation),
        }),
        _ => Ok(()),
    }
}
