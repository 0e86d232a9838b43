// SPDX-License-Identifier: Apache-2.0
//! Who has an active mailbox, some at a time. What is told is for the sending at hand: the service's rules do not allow to store it.

use agency_guest::{
    Blob, BuildInput, Problem, ToEvent,
    exports::{envelope::Request, message::Outcome},
    imports::{clock, ids},
    internal, json, moment,
};
use serde::{Deserialize, Serialize};

use super::{
    outcome::{Given, judge, outcome, unreadable},
    request::{Draft, refused},
};
use crate::{
    events::ActiveMailboxes,
    wire::{Call, EndUsers, Mailboxes, MailboxesParameters, Settings, read_active},
};

/// What is left for the answer: how far it is, and how many this request is about.
#[derive(Deserialize, Serialize)]
struct Memo {
    asking: Mailboxes,
    batch: usize,
}

pub(crate) fn build(settings: &Settings, input: &BuildInput<'_>) -> Result<Request, Problem> {
    let parameters: MailboxesParameters = json::parameters(&input.parameters)?;
    let people = parameters.checked().map_err(refused)?;
    let asking = match &input.step {
        Some(step) => serde_json::from_str(step)
            .map_err(|_| internal("the step of a question cannot be read"))?,
        None => Mailboxes {
            reference: ids::compact(),
            asked: 0,
            all: people.len(),
        },
    };
    let batch = asking.next(settings.mailbox_batch_size);
    let asked = people.iter().skip(asking.asked).take(batch);
    let body = json::write(&EndUsers::of(asked))?;
    let reference = asking.reference.clone();
    let memo = json::write(&Memo { asking, batch })?;
    let body = Blob::of(body.as_bytes())?.into_handle()?;
    Ok(Draft::post("/v1/mailboxes/active", body, reference, memo).request(settings))
}

pub(crate) fn parse(given: &Given<'_>) -> Result<Outcome, Problem> {
    let Memo { asking, batch } = given.carried()?;
    let judged = judge(given, Call::Mailboxes)?;
    if !judged.is_taken() {
        return Ok(outcome(given, &judged));
    }
    let active = match read_active(&judged.body) {
        Ok(active) => active,
        Err(error) => return Ok(unreadable(given, judged, &error)),
    };
    let mut told = outcome(given, &judged);
    let data = ActiveMailboxes {
        first: asking.asked,
        asked: batch,
        active,
        at: moment(clock::now())?,
    };
    let name = format!("{}/{}", asking.reference, asking.asked);
    told.events.push(data.event(&name)?);
    told.next_step = asking
        .following(batch)
        .map(|next| json::write(&next))
        .transpose()?;
    Ok(told)
}
