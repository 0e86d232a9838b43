// SPDX-License-Identifier: Apache-2.0
//! From answers to outcomes.

use agency_guest::{
    Problem, UnreadableEntries, event,
    exports::message::{Outcome, Response, Sending},
    imports::{blobs, facts::Event},
    load_labelled, outcome as plain_outcome, read_settings,
};
use agency_http::{AnswerError, RetryClass};
use serde_json::json;

use super::{
    download,
    facts::{message_available, named_values, outcome_unresolved},
    transport::{self, Message},
};
use crate::wire::{
    self, Answer, Continuation, Entry, MessageInformation, Operation, Settings, fingerprint,
};

pub(super) fn parse(
    operation: Operation,
    response: &Response<'_>,
    sending: &Sending,
) -> Result<Outcome, Problem> {
    let settings: Settings = read_settings()?;
    let earlier_sendings = sending.earlier_sendings;
    let Response::Answered(answer) = response else {
        let read = wire::no_answer(&settings, operation, earlier_sendings);
        return outcome(&settings, operation, &read, sending);
    };
    let limits = match operation {
        Operation::DownloadList => wire::list_limits(&settings),
        Operation::Upload | Operation::Download | Operation::CheckConnectivity => {
            wire::message_limits()
        }
    };
    let message = transport::message(answer)?;
    let document = match &message {
        Ok(message) => load_labelled(message.blob(), message.charset(), &limits)?
            .map_err(|error| wire::not_xml(&error)),
        Err(error) => Err(error.clone()),
    };
    let received = wire::Received {
        status: answer.status,
        action: message.as_ref().ok().and_then(Message::action),
        message: document.as_ref().map_err(AnswerError::clone),
    };
    let read = wire::read_answer(&settings, operation, received, earlier_sendings)?;
    let mut outcome = outcome(&settings, operation, &read, sending)?;
    match read.class {
        RetryClass::Done => add_result(
            &settings,
            operation,
            (message.as_ref().map_or(answer.body, Message::blob), &read),
            sending,
            &mut outcome,
        )?,
        // What was sent before is known to have arrived, and what Customs noted of it then is not.
        RetryClass::AlreadyAccepted => {
            let nothing = MessageInformation::default();
            outcome.events.push(acknowledged(Ok(&nothing), &outcome)?);
        }
        // Everything else is a matter between the host and Customs.
        _ => {}
    }
    Ok(outcome)
}

fn outcome(
    settings: &Settings,
    operation: Operation,
    answer: &Answer<'_>,
    sending: &Sending,
) -> Result<Outcome, Problem> {
    let reference = match operation {
        Operation::Upload | Operation::Download => sending.memo.clone(),
        // Customs has no name for these.
        Operation::DownloadList | Operation::CheckConnectivity => String::new(),
    };
    let is_read = answer.class == RetryClass::Done && answer.response.is_some();
    let cursor = match operation {
        Operation::DownloadList => Continuation::cursor(&sending.memo, is_read),
        Operation::Upload | Operation::Download | Operation::CheckConnectivity => None,
    };
    let mut outcome = Outcome {
        reference,
        cursor: cursor.map(str::to_owned),
        ..plain_outcome(answer.class, answer.code.clone(), answer.text.clone())
    };
    let is_unknown = operation == Operation::Upload && answer.class == RetryClass::UnknownOutcome;
    if is_unknown && settings.resending.is_last_sending(sending.earlier_sendings) {
        let sendings = u64::from(sending.earlier_sendings) + 1;
        let event = outcome_unresolved(&outcome, sendings)?;
        outcome.events.push(event);
    }
    Ok(outcome)
}

/// What a request came to that was granted.
fn add_result(
    settings: &Settings,
    operation: Operation,
    (body, answer): (&blobs::Blob, &Answer<'_>),
    sending: &Sending,
    outcome: &mut Outcome,
) -> Result<(), Problem> {
    let Some(response) = answer.response else {
        // A fault whose code means success by the operator's own settings has nothing more to say.
        return Ok(());
    };
    match operation {
        Operation::Upload => {
            // The code says that it was taken. What Customs noted of it may be readable or not: it is not sent again for that.
            let information = wire::read_acknowledgement(settings, response);
            if let Ok(information) = &information
                && let Some(reference) = &information.reference
            {
                outcome.reference.clone_from(reference);
            }
            let event = acknowledged(information.as_ref(), outcome)?;
            outcome.events.push(event);
        }
        Operation::DownloadList => {
            let mut unreadable_entries = UnreadableEntries::default();
            for entry in wire::read_list(settings, response) {
                match entry {
                    Entry::Waiting(information) => {
                        let (event, follow_up) = message_available(&information)?;
                        outcome.events.push(event);
                        outcome.follow_ups.push(follow_up);
                    }
                    Entry::Unreadable(unreadable) => {
                        let content = fingerprint(unreadable.element);
                        let position = unreadable.position;
                        let event =
                            unreadable_entries.event(position, &content, &unreadable.error)?;
                        outcome.events.push(event);
                    }
                }
            }
        }
        Operation::Download => {
            let found = wire::read_download(settings, response, &sending.memo);
            let (information, message) = found?;
            download::add(
                settings,
                (body, message),
                (&information, &sending.memo),
                outcome,
            )?;
        }
        Operation::CheckConnectivity => {
            wire::check_echo(settings, response, &sending.memo)?;
        }
    }
    Ok(())
}

/// A message that Customs has taken is a fact.
fn acknowledged(
    information: Result<&MessageInformation, &AnswerError>,
    outcome: &Outcome,
) -> Result<Event, Problem> {
    let data = match information {
        Ok(information) => json!({
            "reference": outcome.reference,
            "code": outcome.code,
            "messageInformation": named_values(&information.fields),
        }),
        Err(error) => json!({
            "reference": outcome.reference,
            "code": outcome.code,
            "messageInformation": null,
            "unreadable": {"code": error.code, "path": error.path, "reason": error.message},
        }),
    };
    event("upload-acknowledged", &outcome.reference, &data)
}
