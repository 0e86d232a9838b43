// SPDX-License-Identifier: Apache-2.0
//! A new password in the place of the one in force. The host has made it and kept it before; neither is ever seen here.
//!
//! The token stands in the body, and one that is not good is refused with 400 like anything else that is wrong. So the host obtains it anew (contract, `rotation`), the first step asks for
//! events with it, where one that is not good is refused with 401, and the second waits a moment: a new token may not be taken for the change at once.

use agency_guest::{
    BuildInput, Problem, ToEvent,
    exports::{envelope::Request, message::Outcome},
    imports::{clock, ids},
    json::{self, NoParameters},
    later, moment,
};

use super::{
    outcome::{Given, judge, outcome, with_end},
    poll::events_path,
    request::{Draft, Part, with_secrets},
};
use crate::{
    events::PasswordChanged,
    operation::{PASSWORD, TOKEN},
    wire::{Call, Settings, change_opened},
};

/// The second step: the change itself.
const CHANGE: &str = "change";

pub(crate) fn build(settings: &Settings, input: &BuildInput<'_>) -> Result<Request, Problem> {
    if input.step.is_none() {
        return build_proof(settings, input);
    }
    let NoParameters {} = json::parameters(&input.parameters)?;
    let [token, current, next, end] = change_opened();
    let body = with_secrets(&[
        Part::Text(token),
        Part::Secret(TOKEN),
        Part::Text(current),
        Part::Secret(PASSWORD),
        Part::Text(next),
        Part::NextSecret(PASSWORD),
        Part::Text(end),
    ])?;
    let reference = ids::compact();
    let draft = Draft {
        has_token: false,
        keep_bytes: true,
        ..Draft::post("/v1/change-password", body, reference.clone(), reference)
    };
    Ok(draft.request(settings))
}

pub(crate) fn parse(given: &Given<'_>) -> Result<Outcome, Problem> {
    if given.sending.step.is_none() {
        return parse_warmup(given);
    }
    let judged = judge(given, Call::ChangePassword)?;
    let mut told = outcome(given, &judged);
    if judged.is_taken() {
        let at = moment(clock::now())?;
        let event = PasswordChanged { at: at.clone() }.event(&at)?;
        told.events.push(event);
    }
    let advice =
        "run the operation again: it finds out which password is in force before it sends anything";
    with_end(given, told, None, advice)
}

/// The token is good; the change follows after a moment.
fn parse_warmup(given: &Given<'_>) -> Result<Outcome, Problem> {
    let judged = judge(given, Call::Events)?;
    let told = outcome(given, &judged);
    if !judged.is_taken() {
        return Ok(told);
    }
    let pause = given.settings.token.token_warmup_seconds;
    Ok(Outcome {
        next_step: Some(CHANGE.into()),
        not_before: (pause > 0).then(|| later(clock::now(), pause)),
        ..told
    })
}

/// Asks for events, as the service's owner advises: it takes a token, and a token is had for the password in force. What is on the page is told by `poll-events`.
pub(crate) fn build_proof(settings: &Settings, input: &BuildInput<'_>) -> Result<Request, Problem> {
    let NoParameters {} = json::parameters(&input.parameters)?;
    let draft = Draft::get(events_path(None), ids::compact(), String::new())?;
    Ok(draft.request(settings))
}

pub(crate) fn parse_proof(given: &Given<'_>) -> Result<Outcome, Problem> {
    let judged = judge(given, Call::Events)?;
    Ok(outcome(given, &judged))
}
