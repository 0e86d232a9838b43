// SPDX-License-Identifier: Apache-2.0
//! From answers to outcomes.

use agency_guest::{
    Problem, ToEvent, UnreadableEntries,
    exports::message::{Answer as HttpAnswer, Outcome, Response, Sending},
    imports::{
        blobs,
        clock::{self, Instant},
        facts::Event,
    },
    later, load_labelled, not_before, outcome as plain_outcome, read_settings,
};
use agency_http::{AnswerError, RetryClass};

use super::{
    download,
    facts::{message_available, outcome_unresolved},
    transport::{self, Message},
};
use crate::{
    events::{NamedValues, UploadAcknowledged},
    wire::{
        self, Answer, Continuation, Entry, MessageInformation, Operation, Settings, fingerprint,
    },
};

pub(super) fn parse(
    operation: Operation,
    response: &Response<'_>,
    sending: &Sending,
) -> Result<Outcome, Problem> {
    let settings: Settings = read_settings()?;
    let mut outcome = match response {
        Response::Answered(answer) => answered(&settings, operation, answer, sending)?,
        _ => {
            let read = wire::no_answer(&settings, operation, sending.earlier_sendings);
            outcome(&settings, operation, &read, sending)?
        }
    };
    let asked = match response {
        Response::Answered(answer) => not_before(answer, outcome.class),
        _ => None,
    };
    let moments = [asked, next_list(&settings, operation)].into_iter();
    let moments = moments.flatten();
    outcome.not_before = moments.max_by_key(|moment| (moment.seconds, moment.nanoseconds));
    Ok(outcome)
}

/// Customs allows one list in so long a time, whatever comes of it (notice of 16.1.2013, guide 2015 p. 8), counted from the answer, which is later than the call.
fn next_list(settings: &Settings, operation: Operation) -> Option<Instant> {
    match operation {
        Operation::DownloadList => Some(later(clock::now(), settings.list_interval())),
        Operation::Upload | Operation::Download | Operation::CheckConnectivity => None,
    }
}

fn answered(
    settings: &Settings,
    operation: Operation,
    answer: &HttpAnswer<'_>,
    sending: &Sending,
) -> Result<Outcome, Problem> {
    let limits = match operation {
        Operation::DownloadList => wire::list_limits(settings),
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
    let read = wire::read_answer(settings, operation, received, sending.earlier_sendings)?;
    let mut outcome = outcome(settings, operation, &read, sending)?;
    match read.class {
        RetryClass::Done => add_result(
            settings,
            operation,
            (message.as_ref().map_or(answer.body, Message::blob), &read),
            sending,
            &mut outcome,
        )?,
        // What was sent before is known to have arrived, and what Customs noted of it then is not.
        RetryClass::AlreadyAccepted => {
            let nothing = MessageInformation::default();
            let event = acknowledged(Ok(&nothing), &outcome, sending)?;
            outcome.events.push(event);
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

/// The result of a request that was granted.
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
            let event = acknowledged(information.as_ref(), outcome, sending)?;
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

/// A message that Customs has taken is a fact. It is about what was sent, whatever Customs calls that.
fn acknowledged(
    information: Result<&MessageInformation, &AnswerError>,
    outcome: &Outcome,
    sending: &Sending,
) -> Result<Event, Problem> {
    let read = information.ok();
    let reference = outcome.reference.as_str();
    let data = UploadAcknowledged {
        reference,
        code: &outcome.code,
        message_information: read.map(|found| NamedValues::from(&*found.fields)),
        unreadable: information.err().map(From::from),
    };
    let sent = match sending.memo.as_str() {
        "" => reference,
        memo => memo,
    };
    data.event_about(reference, Some(sent))
}
