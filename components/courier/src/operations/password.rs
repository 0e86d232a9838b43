// SPDX-License-Identifier: Apache-2.0
//! A new password in the place of the one in force. The host has made it and kept it before; neither is ever seen here.
//!
//! Courier takes the same change again, and answers 409 where the new password is the one in force already.

use agency_guest::{
    BuildInput, EventData, Problem, ToEvent,
    exports::{envelope::Request, message::Outcome},
    imports::{blobs, ids},
    internal,
    json::{self, NoParameters},
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::{Answered, Draft, nothing, request, unwritten};
use crate::{
    operation::{Operation, PASSWORD},
    wire::{Settings, opened},
};

/// Data of the event `password-changed`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Changed {}

impl EventData for Changed {
    const KIND: &'static str = "password-changed";
    const SUMMARY: &'static str = "Courier has a new password.";
}

pub(crate) fn build(settings: &Settings, input: &BuildInput<'_>) -> Result<Request, Problem> {
    let NoParameters {} = json::parameters(&input.parameters)?;
    let reference = ids::compact();
    let body = with_secrets(&json!({ "user": settings.user }), |writer| {
        writer.append_secret(PASSWORD)?;
        writer.write(b"\",\"next\":\"")?;
        writer.append_next_secret(PASSWORD)
    })?;
    let draft = Draft {
        method: "POST",
        path: "/password",
        body,
        memo: reference.clone(),
        reference,
    };
    Ok(request(settings, Operation::ChangePassword, draft))
}

pub(crate) fn parse(answered: Answered, memo: &str) -> Result<Outcome, Problem> {
    let mut outcome = answered.outcome;
    outcome
        .events
        .push(Changed {}.event_about(memo, Some(memo))?);
    Ok(outcome)
}

/// Asks for something that only a token can be asked for with, and a token is had for the password in force.
pub(crate) fn build_proof(settings: &Settings, input: &BuildInput<'_>) -> Result<Request, Problem> {
    let NoParameters {} = json::parameters(&input.parameters)?;
    let draft = Draft {
        method: "GET",
        path: "/account",
        body: nothing()?,
        reference: ids::compact(),
        memo: String::new(),
    };
    Ok(request(settings, Operation::Prove, draft))
}

/// An object whose last members are secrets. Their form is base64, so that they stand in JSON as they are.
pub(super) fn with_secrets<T: Serialize>(
    object: &T,
    append: impl FnOnce(&blobs::Writer) -> Result<(), blobs::BlobError>,
) -> Result<blobs::Blob, Problem> {
    let head = opened(object, "password").map_err(|_| internal("a body is no JSON"))?;
    let writer = blobs::Writer::new();
    writer.write(head.as_bytes()).map_err(unwritten)?;
    append(&writer).map_err(unwritten)?;
    writer.write(b"\"}").map_err(unwritten)?;
    writer.finish().map_err(unwritten)
}
