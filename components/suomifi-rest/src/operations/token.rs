// SPDX-License-Identifier: Apache-2.0
//! An access token for the password. The host keeps it and writes it into requests; it is in the component for as long as the answer is read.

use agency_guest::{
    Blob, BuildInput, Problem,
    exports::{
        envelope::Request,
        message::{ObtainedSecret, Outcome},
    },
    imports::ids,
    internal,
    json::{self, NoParameters},
};

use super::{
    outcome::{Given, judge, outcome, unreadable},
    request::{Draft, around_secret},
};
use crate::{
    operation::PASSWORD,
    wire::{Call, Settings, credentials_opened, read_token},
};

pub(crate) fn build(settings: &Settings, input: &BuildInput<'_>) -> Result<Request, Problem> {
    let NoParameters {} = json::parameters(&input.parameters)?;
    let around = credentials_opened(&settings.username);
    let around = around.ok_or_else(|| internal("a body could not be written"))?;
    let body = around_secret(&around, PASSWORD)?;
    let draft = Draft {
        has_token: false,
        ..Draft::post("/v1/token", body, ids::compact(), String::new())
    };
    Ok(draft.request(settings))
}

pub(crate) fn parse(given: &Given<'_>) -> Result<Outcome, Problem> {
    let judged = judge(given, Call::Token)?;
    if !judged.is_taken() {
        return Ok(outcome(given, &judged));
    }
    let token = match read_token(given.settings, &judged.body) {
        Ok(token) => token,
        Err(error) => return Ok(unreadable(given, judged, &error)),
    };
    Ok(Outcome {
        obtained: Some(ObtainedSecret {
            value: Blob::of(token.token.as_bytes())?.into_handle()?,
            lifetime_seconds: token.lifetime_seconds,
        }),
        ..outcome(given, &judged)
    })
}
