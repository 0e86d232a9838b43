// SPDX-License-Identifier: Apache-2.0
//! An access token for the password. The host keeps it and writes it into requests; it is in the component for as long as the answer is read.

use agency_guest::{
    Blob, BuildInput, Problem,
    exports::{
        envelope::Request,
        message::{ObtainedSecret, Outcome},
    },
    imports::ids,
    json::{self, NoParameters},
};
use serde_json::json;

use super::{Answered, Draft, password::with_secrets, request};
use crate::{
    operation::{Operation, PASSWORD},
    wire::{self, Settings},
};

pub(crate) fn build(settings: &Settings, input: &BuildInput<'_>) -> Result<Request, Problem> {
    let NoParameters {} = json::parameters(&input.parameters)?;
    let body = with_secrets(&json!({ "user": settings.user }), |writer| {
        writer.append_secret(PASSWORD)
    })?;
    let draft = Draft {
        method: "POST",
        path: "/token",
        body,
        reference: ids::compact(),
        memo: String::new(),
    };
    Ok(request(settings, Operation::Token, draft))
}

pub(crate) fn parse(answered: Answered) -> Result<Outcome, Problem> {
    let token = wire::read_token(&answered.body)?;
    Ok(Outcome {
        obtained: Some(ObtainedSecret {
            value: Blob::of(token.token.as_bytes())?.into_handle()?,
            lifetime_seconds: token.expires_in,
        }),
        ..answered.outcome
    })
}
