// SPDX-License-Identifier: Apache-2.0
//! The states of messages: a poll that goes on from a cursor, a few pages at a time.

use agency_guest::{
    BuildInput, EventData, Fault, Problem, ToEvent,
    exports::{envelope::Request, message::Outcome},
    imports::ids,
    internal,
    json::{self, NoParameters},
    problem,
};

use super::{Answered, Draft, nothing, request};
use crate::{
    operation::Operation,
    wire::{self, Listed, Listing, Settings},
};

impl EventData for Listed {
    const KIND: &'static str = "message-state";
    const SUMMARY: &'static str = "Something has become of a message.";
}

pub(crate) fn build(settings: &Settings, input: &BuildInput<'_>) -> Result<Request, Problem> {
    let NoParameters {} = json::parameters(&input.parameters)?;
    let listing = match &input.step {
        Some(step) => read(step)?,
        None => Listing {
            after: input.cursor.clone(),
            ..Listing::default()
        },
    };
    let path = match &listing.after {
        None => "/messages".to_owned(),
        Some(after) if wire::is_token(after) => format!("/messages?after={after}"),
        Some(_) => {
            let message = "the cursor is none that Courier hands out; begin without one";
            return Err(problem(Fault::Caller, "cursor.invalid", "", message));
        }
    };
    let draft = Draft {
        method: "GET",
        path: &path,
        body: nothing()?,
        reference: ids::compact(),
        memo: json::write(&listing)?,
    };
    Ok(request(settings, Operation::List, draft))
}

/// What a page means. The memo is the listing as it was before.
pub(crate) fn parse(answered: Answered, memo: &str) -> Result<Outcome, Problem> {
    let mut outcome = answered.outcome;
    let page = wire::read_page(&answered.body)?;
    for listed in &page.messages {
        let name = format!("{}/{}", listed.external_id, listed.state.0);
        let event = listed.event_about(&name, Some(&listed.external_id))?;
        outcome.events.push(event);
    }
    if page.more {
        let following = read(memo)?.following(&page.next);
        outcome.next_step = following.map(|next| json::write(&next)).transpose()?;
        outcome.more_waits = outcome.next_step.is_none();
    }
    outcome.cursor = Some(page.next);
    Ok(outcome)
}

/// What was carried is what was written here.
fn read(text: &str) -> Result<Listing, Problem> {
    serde_json::from_str(text).map_err(|_| internal("the step of a list cannot be read"))
}
