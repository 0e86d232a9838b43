// SPDX-License-Identifier: Apache-2.0
//! What a message comes to after an exchange: it goes on, it was taken, it was taken before, or it fails; and the remedies for refusals that there is an answer to.

use agency_guest::{
    Problem, ToEvent,
    exports::message::Outcome,
    imports::{
        clock, ids,
        log::{self, Level},
    },
    json, moment,
};
use agency_http::RetryClass;
use suomifi_messages::{FailureReason, MessageSent, SendFailed, Transport};

use super::outcome::{Given, Judged, outcome, unreadable, with_end};
use crate::wire::{
    self, Call, Channel, ConflictWithoutId, ErrorBody, MailboxNotInUse, MessageId, Refusal, Remedy,
    ReplyTargetMissing, Sending, Settings, VisibilitySetting,
};

/// Longest text of a refusal that is carried, in characters.
const LONGEST_CARRIED: usize = 300;

/// What an operation that sends comes to.
pub(crate) fn settled(
    given: &Given<'_>,
    (sending, judged): (Sending, Judged),
) -> Result<Outcome, Problem> {
    let settled = match judged.call {
        Call::Upload => uploaded(given, &sending, judged),
        Call::Message => sent(given, &sending, judged),
        _ => looked_up(given, &sending, judged),
    };
    let outcome = Outcome {
        reference: sending.external_id.clone(),
        ..settled?
    };
    let advice = "ask the service under this external id whether it has the message, or run the operation again: it is known by its id, and does not arrive twice";
    with_end(given, outcome, Some(&sending.external_id), advice)
}

fn uploaded(given: &Given<'_>, sending: &Sending, judged: Judged) -> Result<Outcome, Problem> {
    if !judged.is_taken() {
        return failed(given, sending, &judged);
    }
    match wire::read_attachment_id(&judged.body) {
        Ok(id) => {
            let next = sending.clone().with_uploaded(id, clock::now().seconds);
            going_on(outcome(given, &judged), &next)
        }
        Err(error) => Ok(unreadable(given, judged, &error)),
    }
}

fn sent(given: &Given<'_>, sending: &Sending, judged: Judged) -> Result<Outcome, Problem> {
    match judged.action.class {
        RetryClass::Done => match wire::read_message_id(&judged.body) {
            Ok(id) => taken(outcome(given, &judged), sending, Some(id)),
            Err(error) => Ok(unreadable(given, judged, &error)),
        },
        RetryClass::AlreadyAccepted => {
            let outcome = outcome(given, &judged);
            let is_asked = given.settings.conflict_without_id == ConflictWithoutId::Lookup;
            match judged.error.message_id {
                None if is_asked => going_on(outcome, &sending.clone().asking_for_id()),
                id => taken(outcome, sending, id),
            }
        }
        // The service may have taken an earlier sending, whatever it says of this one.
        RetryClass::FixFirst if given.sending.earlier_sendings > 0 => {
            let refusal = refusal(&judged);
            let outcome = Outcome {
                class: RetryClass::Done.into(),
                ..outcome(given, &judged)
            };
            going_on(outcome, &sending.clone().doubting(refusal))
        }
        _ => remedied(given, sending, &judged),
    }
}

fn looked_up(given: &Given<'_>, sending: &Sending, judged: Judged) -> Result<Outcome, Problem> {
    let told = outcome(given, &judged);
    let is_gone = judged.is_taken() && judged.action.remedy == Remedy::Gone;
    if judged.is_taken() && !is_gone {
        return match wire::read_message_id(&judged.body) {
            Ok(id) => taken(already(told), sending, Some(id)),
            Err(error) => Ok(unreadable(given, judged, &error)),
        };
    }
    if !is_gone {
        return Ok(told);
    }
    match sending.clone().answered() {
        // It was refused, and is not there either: the refusal counts.
        (sending, Some(refusal)) => {
            let error = ErrorBody {
                codes: vec![refusal.code],
                text: refusal.text,
                message_id: None,
            };
            let refused = Judged {
                call: Call::Message,
                action: wire::action(Call::Message, Some(refusal.status), &error),
                status: Some(refusal.status),
                error,
                ..judged
            };
            remedied(given, &sending, &refused)
        }
        // The service has it under this id, and does not say as what.
        (sending, None) => {
            log::write(
                Level::Warning,
                "the service says that it has a message already, and gives no id of it",
            );
            taken(already(told), &sending, None)
        }
    }
}

/// The message is there.
fn taken(outcome: Outcome, sending: &Sending, id: Option<MessageId>) -> Result<Outcome, Problem> {
    let data = MessageSent {
        reference: sending.external_id.clone(),
        message_id: id.map(|id| id.to_string()),
        at: moment(clock::now())?,
        known_already: outcome.class == RetryClass::AlreadyAccepted.into(),
    };
    let name = sending.external_id.as_str();
    let mut outcome = outcome;
    outcome.events.push(data.event_about(name, Some(name))?);
    Ok(outcome)
}

fn already(outcome: Outcome) -> Outcome {
    Outcome {
        class: RetryClass::AlreadyAccepted.into(),
        ..outcome
    }
}

/// The step is over, and another follows.
fn going_on(outcome: Outcome, next: &Sending) -> Result<Outcome, Problem> {
    Ok(Outcome {
        next_step: Some(json::write(next)?),
        not_before: None,
        ..outcome
    })
}

/// A refusal, with the remedy for it where there is one.
fn remedied(given: &Given<'_>, sending: &Sending, judged: &Judged) -> Result<Outcome, Problem> {
    let Some((next, what)) = remedy(given.settings, sending, judged) else {
        return failed(given, sending, judged);
    };
    log::write(Level::Warning, what);
    let told = outcome(given, judged);
    let outcome = Outcome {
        class: RetryClass::Done.into(),
        text: format!("{}; {what}", told.text)
            .chars()
            .take(wire::LONGEST_TEXT)
            .collect(),
        ..told
    };
    going_on(outcome, &next)
}

/// The message as it is sent after a refusal, and what is done about that.
fn remedy(
    settings: &Settings,
    sending: &Sending,
    judged: &Judged,
) -> Option<(Sending, &'static str)> {
    let next = sending.clone();
    match judged.action.remedy {
        Remedy::OnPaper => {
            let is_wanted = settings.on_mailbox_not_in_use == MailboxNotInUse::Multichannel;
            let is_possible = sending.has_paper && sending.channel == Channel::Electronic;
            let external_id = match settings.reuse_external_id_on_channel_switch {
                true => next.external_id.clone(),
                false => ids::uuid(),
            };
            (is_wanted && is_possible).then(|| {
                let next = Sending {
                    channel: Channel::Multichannel,
                    external_id,
                    ..next
                };
                (next, "the recipient has no active mailbox, so that the message goes to both channels (on-mailbox-not-in-use)")
            })
        }
        Remedy::AsNew => {
            let is_wanted = settings.on_reply_target_missing == ReplyTargetMissing::SendNew;
            (is_wanted && sending.is_reply).then(|| {
                let is_reply = false;
                (Sending { is_reply, ..next }, "the message that is answered is there no more, so that the answer goes as a new message (on-reply-target-missing)")
            })
        }
        Remedy::Repair => {
            let is_asked_for = judged.error.text.to_lowercase().contains("visibility");
            let is_omitted = settings.visibility == VisibilitySetting::Omit
                && !sending.is_visible
                && sending.channel != Channel::Paper;
            let hours = settings.attachments.upload_hours;
            if is_asked_for && is_omitted {
                let is_visible = true;
                return Some((
                    Sending { is_visible, ..next },
                    "the service asks for `visibility`, so that the message goes once more with it; set visibility to normal to spare that",
                ));
            }
            sending.is_stale(clock::now().seconds, hours).then(|| {
                (next.renewed(), "the attachments went up too long ago to be relied on, so that they go up once more")
            })
        }
        _ => None,
    }
}

/// A refusal that stands, with its event where the message has failed.
fn failed(given: &Given<'_>, sending: &Sending, judged: &Judged) -> Result<Outcome, Problem> {
    let mut outcome = outcome(given, judged);
    if let Some(reason) = judged.action.failure {
        let event = failure(sending, judged, reason, &outcome)?;
        outcome.events.push(event);
    }
    Ok(outcome)
}

fn failure(
    sending: &Sending,
    judged: &Judged,
    reason: FailureReason,
    outcome: &Outcome,
) -> Result<agency_guest::imports::facts::Event, Problem> {
    let data = SendFailed {
        reason,
        code: Some(outcome.code.clone()),
        text: judged.error.text.clone(),
        at: Some(moment(clock::now())?),
        reference: Some(sending.external_id.clone()),
        message_id: None,
        service_id: Some(sending.service_id.clone()),
        recipient: None,
        transport: Transport::Rest(Box::new(judged.transport())),
    };
    let name = format!("{}/{}", sending.external_id, outcome.code);
    data.event_about(&name, Some(&sending.external_id))
}

fn refusal(judged: &Judged) -> Refusal {
    Refusal {
        status: judged.status.unwrap_or_default(),
        code: judged.code(),
        text: judged.error.text.chars().take(LONGEST_CARRIED).collect(),
    }
}
