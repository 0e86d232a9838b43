//! From answers to outcomes.

use std::collections::BTreeMap;

use agency_guest::{
    Blob, Problem,
    exports::message::{Outcome, Response, Sending},
    imports::{
        blobs, clock,
        facts::{Event, ReceivedDocument},
    },
    internal, json,
};
use serde_json::json;

use super::{notification::event_of, read_settings};
use crate::{
    convert,
    describe::{LARGEST_LIST, Operation},
    wire::{self, Asked, Class, Settings},
};

pub(super) fn parse(
    operation: Operation,
    response: &Response<'_>,
    sending: &Sending,
) -> Result<Outcome, Problem> {
    let settings = read_settings()?;
    let asked = match operation {
        Operation::RegisterPush => Asked::Change,
        Operation::ListNotifications | Operation::ListSubscriptions => Asked::Information,
    };
    let (status, code, text) = match response {
        Response::Answered(answer) => (Some(answer.status), format!("http-{}", answer.status), ""),
        Response::Unanswered => (None, "none".to_owned(), "no answer came"),
    };
    let class = wire::class(status, asked, &settings);
    let mut outcome = Outcome {
        class: convert::retry_class(class),
        code,
        text: text.into(),
        reference: String::new(),
        events: Vec::new(),
        documents: Vec::new(),
        follow_ups: Vec::new(),
        cursor: None,
    };
    if let (Class::Done, Response::Answered(answer)) = (class, response) {
        match operation {
            Operation::RegisterPush => outcome.events.push(registered(sending)?),
            Operation::ListNotifications => notifications(&settings, answer.body, &mut outcome)?,
            Operation::ListSubscriptions => {
                subscriptions(&settings, answer.body, &sending.memo, &mut outcome)?;
            }
        }
    }
    Ok(outcome)
}

/// The health check has been answered, or the push has ended: the Tax Administration says so by its status alone.
fn registered(sending: &Sending) -> Result<Event, Problem> {
    let kind = if sending.memo == "end" {
        "push-ended"
    } else {
        "push-registered"
    };
    let at = convert::moment(clock::now())?;
    Ok(Event {
        kind: kind.into(),
        data: json::write(&json!({ "at": at }))?,
        deduplication_key: format!("{kind}/{at}"),
    })
}

/// Each of them is the event that a push would have been. Who they concern stays in the answer, which is handed out as a document.
fn notifications(
    settings: &Settings,
    body: &blobs::Blob,
    outcome: &mut Outcome,
) -> Result<(), Problem> {
    let bytes = Blob::read_all(body, LARGEST_LIST)?;
    let list = wire::read_notifications(&settings.wire, &bytes).map_err(convert::answer_problem)?;
    for notification in &list {
        outcome.events.push(event_of(settings, notification)?);
    }
    let whole = body.slice(0, body.size());
    outcome.documents.push(ReceivedDocument {
        name: "notifications.json".into(),
        media_type: "application/json".into(),
        content: whole.map_err(|_| internal("an answer could not be shared"))?,
    });
    Ok(())
}

/// What has changed since the last list.
fn subscriptions(
    settings: &Settings,
    body: &blobs::Blob,
    last: &str,
    outcome: &mut Outcome,
) -> Result<(), Problem> {
    let bytes = Blob::read_all(body, LARGEST_LIST)?;
    let list = wire::read_subscriptions(&settings.wire, &bytes).map_err(convert::answer_problem)?;
    // What cannot be read is as if nothing had been seen: everything is told again.
    let last: BTreeMap<i64, String> = serde_json::from_str(last).unwrap_or_default();
    let at = convert::moment(clock::now())?;
    for registration in &list {
        let (subscription, status) = (registration.subscription, registration.status.as_str());
        if last.get(&subscription).is_some_and(|known| known == status) {
            continue;
        }
        let data = json!({
            "environment": settings.environment.name(),
            "subscription": subscription,
            "status": status,
            "previous": last.get(&subscription),
        });
        outcome.events.push(Event {
            kind: "registration-status".into(),
            data: json::write(&data)?,
            deduplication_key: format!("registration-status/{subscription}/{status}/{at}"),
        });
    }
    let seen = list.into_iter().map(|one| (one.subscription, one.status));
    outcome.cursor = Some(json::write(&seen.collect::<BTreeMap<_, _>>())?);
    Ok(())
}
