//! From answers to outcomes.

use agency_guest::{
    Problem,
    exports::message::{Outcome, Response, Sending},
    load_labelled,
};
use canonical_xml::Limits;
use serde_json::json;

use super::{
    download,
    facts::{event, fields, message_available},
    read_settings, transport,
};
use crate::{
    convert,
    wire::{self, Answer, Class, Operation, Settings},
};

/// Limits of Customs' messages. Long runs of base64 stay in the host and do not count, unless carriage returns or references to them break them up: then a
/// document of 2 MiB makes a hundred thousand steps.
pub(super) fn limits() -> Limits {
    Limits {
        bytes: 8 << 20,
        text_length: 8 << 20,
        events: 1 << 18,
        ..Limits::default()
    }
}

pub(super) fn parse(
    operation: Operation,
    response: &Response<'_>,
    sending: &Sending,
) -> Result<Outcome, Problem> {
    let settings = read_settings()?;
    let Response::Answered(answer) = response else {
        return Ok(outcome(
            operation,
            &wire::no_answer(&settings, operation),
            sending,
        ));
    };
    let message = transport::message(answer)?;
    let body = load_labelled(message.blob(), message.charset(), &limits())?;
    let received = wire::Received {
        status: answer.status,
        action: message.action(),
        body: &body,
    };
    let read = wire::read_answer(&settings, operation, received, sending.earlier_sendings)
        .map_err(convert::answer_problem)?;
    let mut outcome = outcome(operation, &read, sending);
    match read.class {
        Class::Done => add_result(
            &settings,
            operation,
            (message.blob(), &read),
            sending,
            &mut outcome,
        )?,
        // What was sent before is known to have arrived, and what Customs noted of it then is not.
        Class::AlreadyAccepted => {
            let nothing = wire::MessageInformation::default();
            outcome.events.push(acknowledged(&nothing, &outcome)?);
        }
        // Everything else is a matter between the host and Customs.
        _ => {}
    }
    Ok(outcome)
}

fn outcome(operation: Operation, answer: &Answer<'_>, sending: &Sending) -> Outcome {
    let reference = match operation {
        Operation::Upload | Operation::Download => sending.memo.clone(),
        // Customs has no name for these.
        Operation::DownloadList | Operation::CheckConnectivity => String::new(),
    };
    Outcome {
        class: convert::retry_class(answer.class),
        code: answer.code.clone(),
        text: answer.text.clone(),
        reference,
        events: Vec::new(),
        documents: Vec::new(),
        follow_ups: Vec::new(),
        cursor: None,
    }
}

/// What a request came to that was granted.
fn add_result(
    settings: &Settings,
    operation: Operation,
    (body, answer): (&agency_guest::imports::blobs::Blob, &Answer<'_>),
    sending: &Sending,
    outcome: &mut Outcome,
) -> Result<(), Problem> {
    let Some(response) = answer.response else {
        // A fault whose code means success by the operator's own settings has nothing more to say.
        return Ok(());
    };
    match operation {
        Operation::Upload => {
            let information = wire::read_acknowledgement(settings, response);
            let information = information.map_err(convert::answer_problem)?;
            if let Some(reference) = &information.reference {
                outcome.reference.clone_from(reference);
            }
            outcome.events.push(acknowledged(&information, outcome)?);
        }
        Operation::DownloadList => {
            let list = wire::read_list(settings, response).map_err(convert::answer_problem)?;
            for information in &list {
                let (event, follow_up) = message_available(information)?;
                outcome.events.push(event);
                outcome.follow_ups.push(follow_up);
            }
            outcome.cursor = Some(sending.memo.clone()).filter(|cursor| !cursor.is_empty());
        }
        Operation::Download => {
            let found = wire::read_download(settings, response, &sending.memo);
            let (information, message) = found.map_err(convert::answer_problem)?;
            download::add(
                settings,
                (body, message),
                (&information, &sending.memo),
                outcome,
            )?;
        }
        Operation::CheckConnectivity => {
            wire::check_echo(settings, response, &sending.memo).map_err(convert::answer_problem)?;
        }
    }
    Ok(())
}

/// A message that Customs has taken is a fact.
fn acknowledged(
    information: &wire::MessageInformation,
    outcome: &Outcome,
) -> Result<agency_guest::imports::facts::Event, Problem> {
    let data = json!({
        "reference": outcome.reference,
        "code": outcome.code,
        "messageInformation": fields(&information.fields),
    });
    event("upload-acknowledged", &outcome.reference, &data)
}
