//! The place of an agency: which generation serves it, and which would after a rollback.

pub(crate) mod deploy;
pub(crate) mod deployment;
pub(crate) mod generation;
mod self_test;

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use arc_swap::ArcSwapOption;

use crate::{
    agency::generation::Generation,
    blob::Blob,
    call::Mode,
    call::invoke,
    coding::{self, Uncoded},
    describe::{Description, Direction, Idempotency, Operation},
    error::Error,
    exchange::{BuildInput, Call, Fault, Outcome, Problem, Request, Response, Sending, Verdict},
    objects,
    observe::hexadecimal,
};

/// Which component serves an agency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GenerationInfo {
    /// Number, ascending within the slot.
    pub number: u64,
    /// SHA-256 of the component, in hexadecimal.
    pub component: String,
    /// Version the component gives itself.
    pub version: String,
}

/// What a generation made of a call.
#[derive(Debug)]
pub struct Judgement {
    /// Number of the generation.
    pub generation: u64,
    /// Its verdict, or why it came to none.
    pub verdict: Result<Verdict, Error>,
}

/// An agency in service. Cheap to clone and to share between threads; every call takes the generation that serves when it starts.
#[derive(Clone)]
pub struct Agency {
    slot: Arc<Slot>,
}

impl Agency {
    pub(crate) fn new(slot: Arc<Slot>) -> Self {
        Self { slot }
    }

    /// Builds the request of an operation.
    ///
    /// # Errors
    /// [`Error::Problem`] when the component finds the input wrong, [`Error::UnknownOperation`], [`Error::TooLarge`], [`Error::Limit`],
    /// [`Error::Crash`] or [`Error::Contract`]. Nothing has been sent or stored.
    pub fn build(&self, input: &BuildInput) -> Result<Request, Error> {
        let generation = self.generation()?;
        let operation = outbound(&generation, &input.operation)?;
        check_input(operation, input).map_err(Error::Problem)?;
        let too_large = |what, allowed, asked| Error::TooLarge {
            fault: Fault::Caller,
            what,
            operation: operation.name.clone(),
            allowed,
            asked,
            advice: String::new(),
        };
        let (payload, allowed) = (
            input.payload.as_ref().map_or(0, |payload| payload.size()),
            operation.limits.payload_limit.unwrap_or(0),
        );
        if payload > allowed {
            return Err(too_large("the payload", allowed, payload));
        }
        let attachments = input.attachments.len() as u64;
        if attachments > operation.limits.attachment_limit.into() {
            return Err(too_large(
                "the number of attachments",
                operation.limits.attachment_limit.into(),
                attachments,
            ));
        }
        invoke::build(&generation, Mode::Serve, input)
    }

    /// Says what the answer to a request means. A body in gzip (Content-Encoding) is decoded first, within the limit of the operation.
    ///
    /// # Errors
    /// As [`build`](Self::build); a [`Error::Problem`] of fault `counterparty` means that nobody knows whether the agency took the request.
    pub fn parse(
        &self,
        operation: &str,
        response: &Response,
        sending: &Sending,
    ) -> Result<Outcome, Error> {
        let generation = self.generation()?;
        let known = outbound(&generation, operation)?;
        if let Response::Answered(answer) = response
            && answer.body.size() > known.limits.response_limit
        {
            let (allowed, asked) = (known.limits.response_limit, answer.body.size());
            return Err(Error::TooLarge {
                fault: Fault::Counterparty,
                what: "the answer",
                operation: operation.to_owned(),
                allowed,
                asked,
                advice: too_large_an_answer(known),
            });
        }
        let uncoded = match response {
            Response::Answered(answer) => {
                let limit = known.limits.response_limit;
                coding::answer(answer, operation, limit, || too_large_an_answer(known))?
            }
            Response::Unanswered => None,
        };
        let uncoded = uncoded.map(Response::Answered);
        let response = uncoded.as_ref().unwrap_or(response);
        invoke::parse(&generation, Mode::Serve, operation, response, sending)
    }

    /// Judges a call of the agency. A body in gzip (Content-Encoding) is decoded first, within the limit of calls; one in another coding is
    /// rejected with 415.
    ///
    /// # Errors
    /// [`Error::TooLarge`], [`Error::Limit`], [`Error::Crash`] or [`Error::Contract`]; a call that is not what it should be is a [`Verdict::Rejected`].
    pub fn validate(&self, call: &Call) -> Result<Verdict, Error> {
        self.judge(call)?.verdict
    }

    /// The same, for who has to know which generation judged: while components are swapped, nothing else tells.
    ///
    /// # Errors
    /// [`Error::UnknownAgency`] when nothing serves; what [`validate`](Self::validate) comes to is in the judgement.
    pub fn judge(&self, call: &Call) -> Result<Judgement, Error> {
        let generation = self.generation()?;
        let verdict =
            size_of_call(&generation, call).and_then(|()| judge_uncoded(&generation, call));
        Ok(Judgement {
            generation: generation.number,
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

    /// What the serving component says of itself.
    ///
    /// # Errors
    /// [`Error::UnknownAgency`] when nothing serves.
    pub fn description(&self) -> Result<Description, Error> {
        Ok(self.generation()?.description.clone())
    }

    /// Which component serves.
    ///
    /// # Errors
    /// [`Error::UnknownAgency`] when nothing serves.
    pub fn generation_info(&self) -> Result<GenerationInfo, Error> {
        let generation = self.generation()?;
        Ok(GenerationInfo {
            number: generation.number,
            component: hexadecimal(&generation.digest),
            version: generation.description.version.clone(),
        })
    }

    /// Puts the generation before this one back into service, at once: it has stayed warm. A second rollback undoes the first.
    ///
    /// # Errors
    /// [`Error::NoEarlierGeneration`].
    pub fn roll_back(&self) -> Result<GenerationInfo, Error> {
        let current = self.generation()?;
        if !self.slot.swap_back() {
            return Err(Error::NoEarlierGeneration {
                agency: current.agency.clone(),
            });
        }
        self.generation_info()
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

/// The place of an agency.
pub(crate) struct Slot {
    agency: String,
    serving: ArcSwapOption<Generation>,
    earlier: ArcSwapOption<Generation>,
    deployments: Mutex<Deployments>,
}

/// How many deployments a slot has seen.
#[derive(Default)]
pub(crate) struct Deployments(u64);

impl Deployments {
    pub(crate) fn next_number(&mut self) -> u64 {
        self.0 += 1;
        self.0
    }
}

impl Slot {
    pub(crate) fn new(agency: &str) -> Self {
        Self {
            agency: agency.to_owned(),
            serving: ArcSwapOption::empty(),
            earlier: ArcSwapOption::empty(),
            deployments: Mutex::default(),
        }
    }

    /// Waits until no other deployment of this slot is under way.
    pub(crate) fn deploying(&self) -> MutexGuard<'_, Deployments> {
        self.deployments
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn activate(&self, generation: Arc<Generation>) {
        let replaced = self.serving.swap(Some(generation));
        self.earlier.store(replaced);
    }

    pub(crate) fn is_serving(&self) -> bool {
        self.serving.load().is_some()
    }

    fn swap_back(&self) -> bool {
        let _deploying = self.deploying();
        let Some(earlier) = self.earlier.load_full() else {
            return false;
        };
        let replaced = self.serving.swap(Some(earlier));
        self.earlier.store(replaced);
        true
    }
}

fn outbound<'a>(generation: &'a Generation, operation: &str) -> Result<&'a Operation, Error> {
    let outbound = |known: &&Operation| known.direction == Direction::Outbound;
    generation
        .description
        .operation(operation)
        .filter(outbound)
        .ok_or_else(|| Error::UnknownOperation {
            agency: generation.agency.clone(),
            operation: operation.to_owned(),
            known: generation
                .description
                .operations
                .iter()
                .filter(outbound)
                .map(|known| known.name.clone())
                .collect(),
        })
}

/// Judges what every operation asks for: parameters that are one object, and a payload that is there when it is given.
fn check_input(operation: &Operation, input: &BuildInput) -> Result<(), Problem> {
    objects::check(&input.parameters)
        .map_err(|flaw| flaw.into_problem(Fault::Caller, "parameter"))?;
    let is_empty = |payload: &Blob| payload.size() == 0;
    if input.payload.as_ref().is_some_and(is_empty) && !operation.empty_payload {
        return Err(Problem {
            fault: Fault::Caller,
            code: "payload.empty".into(),
            path: String::new(),
            message: format!(
                "the payload of `{}` is empty (0 bytes); check that the file was written, or give no payload",
                operation.name
            ),
        });
    }
    Ok(())
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
    let operations = generation.description.operations.iter();
    let inbound = operations.filter(|known| known.direction == Direction::Inbound);
    let largest = inbound.max_by_key(|known| known.limits.response_limit);
    largest.map_or_else(String::new, |known| known.limits.response_advice.clone())
}

fn largest_call(generation: &Generation) -> Option<u64> {
    let operations = generation.description.operations.iter();
    operations
        .filter(|known| known.direction == Direction::Inbound)
        .map(|known| known.limits.response_limit)
        .max()
}

/// Takes a content coding off first: the component sees the body as it was before.
fn judge_uncoded(generation: &Arc<Generation>, call: &Call) -> Result<Verdict, Error> {
    // Without an inbound operation the component says what it makes of calls.
    let limit = largest_call(generation).unwrap_or(0);
    match coding::call(call, limit, || largest_call_advice(generation))? {
        Uncoded::AsItIs => invoke::validate(generation, Mode::Serve, call),
        Uncoded::Call(call) => invoke::validate(generation, Mode::Serve, &call),
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
