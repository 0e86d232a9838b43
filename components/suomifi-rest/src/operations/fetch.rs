// SPDX-License-Identifier: Apache-2.0
//! A message of a citizen: fetched, then each of its attachments, and told of once all is known. So the event names the documents that came along, whichever
//! could not be fetched.

use agency_guest::{
    BuildInput, Problem, ToEvent,
    exports::{
        envelope::Request,
        message::{Answer, Outcome},
    },
    imports::{clock, facts::ReceivedDocument, ids},
    internal, json, later, moment,
};
use agency_http::RetryClass;
use schemars::JsonSchema;
use serde::Deserialize;
use suomifi_messages::{
    AttachedFile, CitizenMessage as Told, MissingAttachment, Person, RestTransport, Thread,
    Transport,
};

use super::{
    outcome::{Given, Judged, judge, outcome, unreadable},
    request::Draft,
};
use crate::{
    events::CitizenMessageUnavailable,
    wire::{
        self, Call, CitizenMessage, Fetched, Fetching, ListedAttachment, MessageId, MissingSender,
        Remedy, Settings,
    },
};

/// Words of the event that a message is fetched after.
const EVENT: &str = "Electronic message from end user";

/// Seconds until a message without a sender is fetched again, where it is held.
const HELD_SECONDS: u32 = 3600;

/// Longest name of a document, in characters.
const LONGEST_NAME: usize = 200;

/// Which message; as `poll-events` asks for it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Parameters {
    /// The service's number of the message.
    message_id: MessageId,
    /// Service of the authority that it is for: the message does not say, the event does.
    #[serde(default)]
    service_id: Option<String>,
    /// When the service told of it, as it wrote the time.
    #[serde(default)]
    event_time: Option<String>,
}

pub(crate) fn build(settings: &Settings, input: &BuildInput<'_>) -> Result<Request, Problem> {
    let Parameters {
        message_id,
        service_id,
        event_time,
    } = json::parameters(&input.parameters)?;
    let fetching = match &input.step {
        Some(step) => serde_json::from_str(step)
            .map_err(|_| internal("the step of a message cannot be read"))?,
        None => Fetching::new(message_id, service_id, event_time),
    };
    let memo = match &input.step {
        Some(_) => String::new(),
        None => json::write(&fetching)?,
    };
    let next = fetching.next().and_then(|it| it.attachment_id.as_deref());
    let path = match next {
        Some(id) => format!("/v1/attachments/{id}"),
        None => format!("/v2/messages/{message_id}"),
    };
    Ok(Draft::get(path, ids::compact(), memo)?.request(settings))
}

pub(crate) fn parse(given: &Given<'_>) -> Result<Outcome, Problem> {
    let fetching: Fetching = given.carried()?;
    match fetching.next().cloned() {
        Some(attachment) => attachment_came(given, fetching, &attachment),
        None => message_came(given, fetching),
    }
}

fn message_came(given: &Given<'_>, fetching: Fetching) -> Result<Outcome, Problem> {
    let judged = judge(given, Call::CitizenMessage)?;
    let told = outcome(given, &judged);
    if !judged.is_taken() {
        return Ok(told);
    }
    if judged.action.remedy == Remedy::Gone {
        return unavailable(&fetching, told);
    }
    let message = match wire::read_citizen_message(&judged.body) {
        Ok(message) => message,
        Err(error) => return Ok(unreadable(given, judged, &error)),
    };
    let is_held = given.settings.inbound.on_missing_sender == MissingSender::Hold;
    if message.owner.is_none() && is_held {
        return Ok(Outcome {
            class: RetryClass::RetryLaterNewReference.into(),
            code: "sender-missing".into(),
            text: "the message has no sender, and the setting inbound.on-missing-sender has it held until it has one".into(),
            not_before: Some(later(clock::now(), HELD_SECONDS)),
            ..told
        });
    }
    let is_again = fetching.is_last();
    let fetching = match is_again {
        true => fetching,
        false => fetching.with_message(message.clone(), limits(given.settings)),
    };
    match fetching.is_last() {
        true => finished(&fetching, &message, &judged, told),
        false => going_on(told, fetching),
    }
}

fn attachment_came(
    given: &Given<'_>,
    fetching: Fetching,
    attachment: &ListedAttachment,
) -> Result<Outcome, Problem> {
    let judged = judge(given, Call::CitizenAttachment)?;
    let mut told = outcome(given, &judged);
    if !judged.is_taken() {
        return Ok(told);
    }
    let most = given.settings.inbound.max_attachment_bytes;
    let answer = given
        .answer()
        .ok_or_else(|| internal("an answer is missing"))?;
    let fetched = match judged.action.remedy {
        Remedy::Gone => Fetched::Gone,
        _ if answer.body.size() > most.into() => Fetched::TooLarge,
        _ => {
            let position = fetching.fetched.len() + 1;
            told.documents.push(document(answer, attachment, position)?);
            Fetched::Document
        }
    };
    let fetching = fetching.with_fetched(fetched, limits(given.settings));
    match &fetching.message {
        Some(message) if fetching.is_last() && !fetching.is_large => {
            let message = message.as_ref().clone();
            finished(&fetching, &message, &judged, told)
        }
        _ => going_on(told, fetching),
    }
}

fn limits(settings: &Settings) -> (u32, u32) {
    let inbound = &settings.inbound;
    (inbound.max_attachment_bytes, inbound.max_attachments)
}

fn going_on(outcome: Outcome, fetching: Fetching) -> Result<Outcome, Problem> {
    Ok(Outcome {
        // That something is gone is no matter of the whole.
        class: RetryClass::Done.into(),
        next_step: Some(json::write(&fetching.carried())?),
        ..outcome
    })
}

fn document(
    answer: &Answer<'_>,
    attachment: &ListedAttachment,
    position: usize,
) -> Result<ReceivedDocument, Problem> {
    let content = answer.body.slice(0, answer.body.size());
    let media_type = attachment.media_type.clone();
    let is_line = |text: &String| !text.is_empty() && !text.contains(char::is_control);
    Ok(ReceivedDocument {
        name: file_name(attachment.filename.as_deref(), position),
        media_type: media_type
            .filter(is_line)
            .unwrap_or_else(|| "application/octet-stream".into()),
        content: content.map_err(|_| internal("an attachment could not be shared"))?,
    })
}

/// A name without a folder, made up where there is none.
fn file_name(given: Option<&str>, position: usize) -> String {
    let name = given.unwrap_or_default();
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain: String = last
        .chars()
        .filter(|c| !c.is_control())
        .take(LONGEST_NAME)
        .collect();
    match plain.trim() {
        "" | "." | ".." => format!("attachment-{position}"),
        name => name.to_owned(),
    }
}

fn unavailable(fetching: &Fetching, outcome: Outcome) -> Result<Outcome, Problem> {
    let data = CitizenMessageUnavailable {
        message_id: fetching.message_id.to_string(),
        service_id: fetching.service_id.clone(),
        event_time: fetching.event_time.clone(),
        at: moment(clock::now())?,
    };
    let mut outcome = outcome;
    outcome.events.push(data.event(&data.message_id)?);
    Ok(outcome)
}

fn finished(
    fetching: &Fetching,
    message: &CitizenMessage,
    judged: &Judged,
    outcome: Outcome,
) -> Result<Outcome, Problem> {
    let (attachments, missing) = attached(fetching, message);
    let person = |party: &wire::Party| Person::of(party.id.as_deref(), party.name.as_deref());
    let thread = Thread {
        reference: message.thread_external_id.clone(),
        message_id: message.root_message_id.map(|id| id.to_string()),
    };
    let is_thread = thread.reference.is_some() || thread.message_id.is_some();
    let data = Told {
        message_id: message.message_id.to_string(),
        service_id: fetching.service_id.clone(),
        sent_at: message.sent_at.clone(),
        sender: message.owner.as_ref().map(person),
        agent: message.agent.as_ref().map(person),
        title: message.title.clone(),
        body: message.body.clone(),
        thread: is_thread.then_some(thread),
        attachments,
        transport: Transport::Rest(Box::new(RestTransport {
            kind: Some(EVENT.into()),
            event_time: fetching.event_time.clone(),
            missing_attachments: missing,
            ..judged.transport()
        })),
    };
    let about = message.thread_external_id.as_deref();
    let mut outcome = Outcome {
        class: RetryClass::Done.into(),
        ..outcome
    };
    outcome
        .events
        .push(data.event_about(&data.message_id, about)?);
    Ok(outcome)
}

/// The attachments with the documents that they have become, and those that have not.
fn attached(
    fetching: &Fetching,
    message: &CitizenMessage,
) -> (Vec<AttachedFile>, Vec<MissingAttachment>) {
    let (mut files, mut missing, mut documents) = (Vec::new(), Vec::new(), 0);
    for (index, attachment) in message.attachments.iter().enumerate() {
        let reason = fetching.outcome(index).reason();
        if let Some(reason) = reason {
            missing.push(MissingAttachment {
                attachment: index,
                reason: reason.into(),
            });
        }
        files.push(AttachedFile {
            name: attachment.filename.clone(),
            media_type: attachment.media_type.clone(),
            size: attachment.size_bytes,
            document: reason.is_none().then_some(documents),
            id: attachment.attachment_id.clone(),
            url: None,
            description: None,
        });
        documents += usize::from(reason.is_none());
    }
    (files, missing)
}
