// SPDX-License-Identifier: Apache-2.0
//! Sending: whether a message is accepted, and what becomes of it.

use std::time::Duration;

use serde_json::Value;

use super::answer::Answer;
use super::attachments::Attachment;
use super::citizens::Thread;
use super::event_log::StatusChange;
use super::mailboxes::MailboxState;
use super::misbehaviour::ErrorCode;
use super::operation::Operation;
use super::outbox::{Channel, SentMessage, text};
use super::received::Received;
use super::refusal::Refusal;
use super::service::{Service, State};

/// The attachmentIds of a part.
fn attachment_ids<'a>(body: &'a Value, part: &str) -> Vec<&'a str> {
    let list = body.pointer(&format!("/{part}/attachments"));
    let list = list.and_then(Value::as_array).into_iter().flatten();
    list.map(|entry| text(entry, "/attachmentId")).collect()
}

/// Accepts a message whose shape is right, or says why not. Whoever sends it again, changed or not, meets the same
/// externalId before anything else is looked at.
pub(super) fn send(
    service: &Service,
    operation: Operation,
    body: Value,
    received: &mut Received,
) -> Result<Answer, Refusal> {
    let mut state = service.state();
    let external_id = text(&body, "/externalId").to_owned();
    if let Some(id) = state.sent.id(&external_id) {
        return Err(Refusal::duplicate(id));
    }
    received.checks.push("new-external-id");
    check_sender(service, &body)?;
    received.checks.push("sender-active");
    let replied_to = replied_to(service, &state, &body)?;
    received.checks.push("reply-target");
    let channel = channel(&state, operation, &body)?;
    received.checks.push("mailbox");
    let attachments = attachments(service, &state, channel, &body)?;
    received.checks.push("attachments");

    state.uploads.use_up(&attachment_ids(&body, "electronic"));
    state.uploads.use_up(&attachment_ids(&body, "paperMail"));
    let message_id = state.next_id();
    let thread = replied_to.unwrap_or_else(|| Thread {
        root: message_id,
        external_id: Some(external_id.clone()),
    });
    let message = SentMessage {
        message_id,
        external_id,
        operation,
        channel,
        service_id: text(&body, "/sender/serviceId").to_owned(),
        request: body,
        attachments,
    };
    plan(service, &mut state, &message);
    let external_id = message.external_id.clone();
    state.sent.add(message, thread);
    state.reply(&external_id, service.clock.now());
    Ok(Answer::sent(message_id))
}

fn check_sender(service: &Service, body: &Value) -> Result<(), Refusal> {
    if !service.system_is_active {
        return Err(Refusal::coded(ErrorCode::SystemNotActive));
    }
    let id = text(body, "/sender/serviceId");
    match service.inactive_services.iter().any(|own| own == id) {
        true => Err(Refusal::coded(ErrorCode::ServiceNotActive)),
        false => Ok(()),
    }
}

/// The thread of the citizen's message that is replied to, if one is.
fn replied_to(service: &Service, state: &State, body: &Value) -> Result<Option<Thread>, Refusal> {
    let Some(id) = body
        .pointer("/electronic/inReplyToMessageId")
        .and_then(Value::as_i64)
    else {
        return Ok(None);
    };
    let found = state
        .citizens
        .find(id, service.clock.now(), service.retention)
        .filter(|kept| state.mailbox(&kept.message.sender.id) != MailboxState::Deleted)
        .ok_or_else(|| Refusal::coded(ErrorCode::MessageBeingRepliedToNotFound))?;
    let recipient = text(body, "/recipient/id");
    match recipient.eq_ignore_ascii_case(&found.message.sender.id) {
        true => Ok(Some(found.thread.clone())),
        false => Err(Refusal::bad_request(
            "/recipient/id is not the owner of the mailbox that the message replied to came from",
        )),
    }
}

fn channel(state: &State, operation: Operation, body: &Value) -> Result<Channel, Refusal> {
    let is_active = || state.mailbox(text(body, "/recipient/id")) == MailboxState::Active;
    match operation {
        Operation::SendPaper => Ok(Channel::Paper),
        _ if is_active() => Ok(Channel::Electronic),
        Operation::SendMultichannel => Ok(Channel::Paper),
        _ => Err(Refusal::coded(ErrorCode::MailboxNotInUse)),
    }
}

/// Those of both parts have to be there, whichever way the message goes; the files of the way that it goes. What goes to
/// paper is a PDF.
fn attachments(
    service: &Service,
    state: &State,
    channel: Channel,
    body: &Value,
) -> Result<Vec<Attachment>, Refusal> {
    let find = |part: &str| {
        let (rules, now) = (&service.upload_rules, service.clock.now());
        state.uploads.find(rules, &attachment_ids(body, part), now)
    };
    let (electronic, paper) = (find("electronic")?, find("paperMail")?);
    if paper
        .iter()
        .any(|attachment| attachment.media_type != "application/pdf")
    {
        return Err(Refusal::bad_request(
            "/paperMail/attachments/0 is not application/pdf",
        ));
    }
    match channel {
        Channel::Electronic => Ok(electronic),
        Channel::Paper => Ok(paper),
    }
}

fn plan(service: &Service, state: &mut State, message: &SentMessage) {
    let plan = &service.plan;
    let part = match message.channel {
        Channel::Electronic => "electronic",
        Channel::Paper => "paperMail",
    };
    let kind = text(&message.request, &format!("/{part}/messageServiceType"));
    let then = |delay: Option<Duration>| delay.map(|delay| plan.created.saturating_add(delay));
    let last = |delay| then(delay).filter(|_| kind == "Verifiable");
    let changes = match message.channel {
        Channel::Electronic => [
            (StatusChange::Created, Some(plan.created)),
            (StatusChange::Read, then(plan.read)),
            (StatusChange::ReceiptConfirmed, last(plan.receipt)),
        ],
        Channel::Paper => [
            (StatusChange::PaperCreated, Some(plan.created)),
            (StatusChange::SentForPrinting, then(plan.printing)),
            (StatusChange::Posti(plan.posti_outcome), last(plan.posti)),
        ],
    };
    let now = service.clock.now();
    state.log.plan(plan, &message.subject(), &changes, now);
}
