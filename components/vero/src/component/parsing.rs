// SPDX-License-Identifier: Apache-2.0
//! From answers to outcomes.

use agency_guest::{
    Blob, Problem, ToEvent, UnreadableEntries,
    exports::message::{Answer, Outcome, Response, Sending},
    fields,
    imports::{
        blobs, clock,
        facts::{Event, ReceivedDocument},
    },
    internal, moment, not_before, outcome as plain_outcome, read_settings,
};
use agency_http::{JSON, RetryClass, check_coding};

use super::notification::event_of;
use crate::{
    describe::{LARGEST_ANSWER, Operation},
    events::{
        CallbackSecretReplaced, OutcomeUnresolved, PushEnded, PushRegistered, RegistrationStatus,
        SubscriptionsNotRemembered,
    },
    wire::{self, Entry, LONGEST_MEMO, Registration, RequestKind, Settings, Statuses, Unreadable},
};

pub(super) fn parse(
    operation: Operation,
    response: &Response<'_>,
    sending: &Sending,
) -> Result<Outcome, Problem> {
    let settings: Settings = read_settings()?;
    let kind = operation.request_kind();
    let nothing = |class, code: String, what: String| {
        let text = without_words(what, class, &settings, sending);
        outcome(&settings, operation, (class, code, text), sending)
    };
    let Response::Answered(answer) = response else {
        let class = wire::class(None, kind, &settings);
        return nothing(class, "none".into(), "no answer came".into());
    };
    let status = answer.status;
    let class = wire::class(Some(status), kind, &settings);
    let code = format!("http-{status}");
    if class != RetryClass::Done {
        let what = format!("the answer has HTTP status {status}");
        return Ok(waiting(nothing(class, code, what)?, answer));
    }
    let largest = settings.list.largest_list_bytes.max(LARGEST_ANSWER);
    let body = Blob::read_all(answer.body, largest)?;
    if let Some(reason) = unreadable(operation, answer, &body) {
        // Whoever said so with a good status is no interface: a page of a proxy, one that asks for a password, an answer cut short.
        let class = wire::class_of_nothing(kind);
        let what = format!("the answer, with HTTP status {status}, {reason}");
        return Ok(waiting(nothing(class, code, what)?, answer));
    }
    let mut outcome = outcome(&settings, operation, (class, code, String::new()), sending)?;
    match operation {
        Operation::RegisterPush | Operation::ReplaceCallbackSecret => {
            outcome.events.push(registered(operation, sending)?);
        }
        Operation::ListNotifications => {
            notifications(&settings, (answer.body, &body), &mut outcome)?;
        }
        Operation::ListSubscriptions => {
            subscriptions(&settings, &body, &sending.memo, &mut outcome)?;
        }
    }
    Ok(outcome)
}

/// Why an answer is not one of the interface, or cannot be read. What a registration is answered is not public, and nothing is JSON enough; a list is
/// not nothing.
fn unreadable(operation: Operation, answer: &Answer<'_>, body: &[u8]) -> Option<String> {
    if let Err(error) = check_coding(&fields(&answer.headers), answer.body.size()) {
        return Some(format!(
            "cannot be read ({}: {})",
            error.code, error.message
        ));
    }
    let is_list = operation.request_kind() == RequestKind::Query;
    let place = match is_list && body.trim_ascii().is_empty() {
        true => "1:1".into(),
        false => wire::check_json(body).err()?,
    };
    Some(format!(
        "is not JSON (answer.not-json at {place}), so that it is no answer of the interface"
    ))
}

fn outcome(
    settings: &Settings,
    operation: Operation,
    (class, code, text): (RetryClass, String, String),
    sending: &Sending,
) -> Result<Outcome, Problem> {
    let mut outcome = plain_outcome(class, code, text);
    let is_change = operation.request_kind() == RequestKind::Change;
    let is_unknown = is_change && class == RetryClass::UnknownOutcome;
    if is_unknown && settings.resending.is_last_sending(sending.earlier_sendings) {
        let event = unresolved(operation, &outcome, sending)?;
        outcome.events.push(event);
    }
    Ok(outcome)
}

/// With the time that the answer asks to be left alone for.
fn waiting(outcome: Outcome, answer: &Answer<'_>) -> Outcome {
    Outcome {
        not_before: not_before(answer, outcome.class),
        ..outcome
    }
}

/// What came in place of an answer, and what to do after it.
fn without_words(
    what: String,
    class: RetryClass,
    settings: &Settings,
    sending: &Sending,
) -> String {
    let advice = match class {
        RetryClass::RetryLaterNewReference => "ask again later",
        RetryClass::UnknownOutcome
            if settings.resending.is_last_sending(sending.earlier_sendings) =>
        {
            "whether it took effect is not known, and it has been asked for as often as the setting resending.most-sendings allows: look at the list of subscriptions"
        }
        RetryClass::UnknownOutcome => {
            "whether it took effect is not known: ask for the same again, later"
        }
        RetryClass::FixFirst => "correct the request, or the settings url and wire, first",
        RetryClass::Denied => "the certificate or its authorisation is refused",
        RetryClass::Done | RetryClass::AlreadyAccepted | RetryClass::RetryLaterSameReference => "",
    };
    match advice {
        "" => what,
        advice => format!("{what}; {advice}"),
    }
}

/// Nobody knows whether a registration took effect, and it is not asked for again: somebody has to look.
fn unresolved(
    operation: Operation,
    outcome: &Outcome,
    sending: &Sending,
) -> Result<Event, Problem> {
    let at = moment(clock::now())?;
    let advice = match operation {
        Operation::ReplaceCallbackSecret => {
            "have the secret replaced again: the same new one is sent, and calls may repeat either until that is done"
        }
        _ => {
            "look at the list of subscriptions whether the registration took effect, before it is asked for again"
        }
    };
    let data = OutcomeUnresolved {
        at: &at,
        code: &outcome.code,
        sendings: u64::from(sending.earlier_sendings) + 1,
        advice,
    };
    data.event(&at)
}

/// The health check has been answered, or the push has ended: the Tax Administration says so by its status alone.
fn registered(operation: Operation, sending: &Sending) -> Result<Event, Problem> {
    let at = &*moment(clock::now())?;
    if operation == Operation::ReplaceCallbackSecret {
        return CallbackSecretReplaced { at }.event(at);
    }
    match &*sending.memo {
        "end" => PushEnded { at }.event(at),
        _ => PushRegistered { at }.event(at),
    }
}

/// Each of them is the event that a push would have been. Who they concern stays in the answer, which is handed out as a document.
fn notifications(
    settings: &Settings,
    (body, bytes): (&blobs::Blob, &[u8]),
    outcome: &mut Outcome,
) -> Result<(), Problem> {
    let list = wire::read_notifications(&settings.wire, bytes)?;
    let mut unreadable_entries = UnreadableEntries::default();
    for entry in &list {
        outcome.events.push(match entry {
            Entry::Read(notification) => event_of(settings, notification)?,
            Entry::Unreadable(unreadable) => told(&mut unreadable_entries, unreadable)?,
        });
    }
    let whole = body.slice(0, body.size());
    outcome.documents.push(ReceivedDocument {
        name: "notifications.json".into(),
        media_type: JSON.into(),
        content: whole.map_err(|_| internal("an answer could not be shared"))?,
    });
    Ok(())
}

/// What has changed since the last list.
fn subscriptions(
    settings: &Settings,
    body: &[u8],
    last: &str,
    outcome: &mut Outcome,
) -> Result<(), Problem> {
    let list = wire::read_subscriptions(&settings.wire, body)?;
    let last = wire::read_seen(last);
    let at = moment(clock::now())?;
    let mut unreadable_entries = UnreadableEntries::default();
    let mut seen = Statuses::new();
    // Which of them are unreadable, and whether that may be any.
    let (mut unreadable, mut is_any) = (Vec::new(), false);
    for entry in list {
        let Registration {
            subscription,
            status,
        } = match entry {
            Entry::Read(registration) => registration,
            Entry::Unreadable(entry) => {
                outcome.events.push(told(&mut unreadable_entries, &entry)?);
                unreadable.extend(entry.subscription);
                is_any |= entry.subscription.is_none();
                continue;
            }
        };
        let previous = last.get(&subscription);
        if previous != Some(&status) {
            let data = RegistrationStatus {
                environment: settings.environment,
                subscription,
                status: &status,
                previous: previous.map(String::as_str),
            };
            let name = format!("{subscription}/{status}/{at}");
            outcome.events.push(data.event(&name)?);
        }
        wire::remember(&mut seen, subscription, &status);
    }
    // What is unreadable has been seen all the same.
    for (subscription, status) in &last {
        let is_unreadable = is_any || unreadable.contains(subscription);
        if is_unreadable && !seen.contains_key(subscription) {
            wire::remember(&mut seen, *subscription, status);
        }
    }
    let largest = settings.list.remembered_bytes;
    let (cursor, remembered) = wire::write_seen(&seen, largest as usize);
    if remembered < seen.len() {
        outcome
            .events
            .push(not_remembered(settings, remembered, seen.len())?);
    }
    outcome.cursor = Some(cursor);
    Ok(())
}

/// More subscriptions than can be remembered.
fn not_remembered(settings: &Settings, remembered: usize, listed: usize) -> Result<Event, Problem> {
    let largest = settings.list.remembered_bytes;
    let data = SubscriptionsNotRemembered {
        environment: settings.environment,
        listed,
        remembered,
        advice: format!(
            "the setting list.remembered-bytes has {largest}, of at most {LONGEST_MEMO}; the subscriptions with the largest numbers, beyond those that are remembered, are told in every list"
        ),
    };
    let environment = settings.environment.name();
    data.event(&format!("{environment}/{remembered}/{listed}"))
}

fn told(entries: &mut UnreadableEntries, entry: &Unreadable<'_>) -> Result<Event, Problem> {
    entries.event(entry.position, entry.text, &entry.error)
}
