// SPDX-License-Identifier: Apache-2.0
//! What is judged before the component sees it: that an operation is one of its, that its input is within the limits, and content codings.

use super::generation::Generation;
use crate::{
    blob::Blob,
    call::sandbox::Sandbox,
    coding::{self, Uncoded},
    describe::{Direction, Idempotency, Operation, OperationLimits},
    error::Error,
    exchange::{Answer, BuildInput, Call, Fault, Problem, Verdict},
    objects,
};

pub(super) fn outbound<'a>(
    generation: &'a Generation,
    operation: &str,
) -> Result<&'a Operation, Error> {
    let description = &generation.description;
    description.outbound(operation, generation.agency())
}

/// Judges input before the component sees it. Gives the role whose next value the operation sends.
pub(super) fn buildable(
    generation: &Generation,
    input: &BuildInput,
) -> Result<Option<String>, Error> {
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
pub(super) fn readable(operation: &Operation, answer: Answer) -> Result<Answer, Error> {
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

pub(super) fn largest_call(generation: &Generation) -> Option<u64> {
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
pub(super) fn validate_uncoded(
    generation: &Generation,
    sandbox: &Sandbox,
    call: Call,
) -> Result<Verdict, Error> {
    // Without an inbound operation the component says what it makes of calls.
    let limit = largest_call(generation).unwrap_or(0);
    match coding::call(&call, limit, || largest_call_advice(generation))? {
        Uncoded::AsItIs => sandbox.validate(call),
        Uncoded::Call(call) => sandbox.validate(call),
        Uncoded::Verdict(verdict) => Ok(verdict),
    }
}

pub(super) fn size_of_call(generation: &Generation, call: &Call) -> Result<(), Error> {
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
