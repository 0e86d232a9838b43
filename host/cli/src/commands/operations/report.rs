// SPDX-License-Identifier: Apache-2.0
//! Operations for people and for programs: for these with the names that the API has.

use serde_json::{Map, Value, json};
use silta_gateway::operation::Progress;
use silta_store::{
    Timestamp,
    record::{End, Operation, OperationPage, OperationPhase, Origin},
};

use crate::{
    output::{facts, section},
    store::moment,
};

fn end(end: End) -> &'static str {
    match end {
        End::Done => "done",
        End::Refused => "refused",
        End::GivenUp => "givenUp",
    }
}

/// The moment that matters for one that is running or waits.
fn until(operation: &Operation, now: Timestamp) -> Option<String> {
    let matters = matches!(
        operation.state.phase(now),
        OperationPhase::Running | OperationPhase::Waiting
    );
    matters.then(|| moment(operation.state.until))
}

pub(super) fn as_json(operation: &Operation, now: Timestamp, progress: Option<&Progress>) -> Value {
    let (wish, state) = (&operation.wish, &operation.state);
    let origin = match wish.origin {
        Origin::Submitted => json!("submitted"),
        Origin::Entry(position) => json!({"entry": position}),
        Origin::Operation(id) => json!({"operation": id}),
    };
    let mut shown = Map::new();
    let mut add = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            shown.insert(name.to_owned(), value);
        }
    };
    add("id", Some(json!(operation.id)));
    add("agency", Some(json!(operation.agency)));
    add("operation", Some(json!(wish.operation)));
    add("state", Some(json!(state.phase(now).name())));
    add("epoch", Some(json!(state.epoch)));
    add("submitted", Some(json!(moment(wish.submitted))));
    add("origin", Some(origin));
    let by = wish.by.as_ref();
    add(
        "submittedBy",
        by.map(|by| json!({"way": by.way.name(), "name": by.name})),
    );
    add("replayOf", wish.replay_of.map(|old| json!(old)));
    add("conversation", wish.lane.as_ref().map(|lane| json!(lane)));
    add("until", until(operation, now).map(Value::from));
    add("heldBecause", state.held.as_ref().map(|why| json!(why)));
    add("progress", progress.map(progress_json));
    let ended = state.ended.as_ref().map(|ended| {
        json!({
            "end": end(ended.end),
            "code": ended.code,
            "reference": ended.reference,
            "at": moment(ended.at),
            "entry": ended.entry,
        })
    });
    add("ended", ended);
    shown.into()
}

fn progress_json(progress: &Progress) -> Value {
    let attempt = progress.attempt();
    let first = attempt.and_then(|attempt| attempt.first_sent);
    json!({
        "exchanges": progress.exchanges(),
        "sendings": attempt.map_or(0, |attempt| attempt.sendings),
        "unresolved": attempt.map_or(0, |attempt| attempt.unresolved),
        "firstSent": first.map(|at| moment(at.into())),
        "reference": attempt.map(|attempt| &attempt.request.reference),
        "notBefore": progress.not_before().map(|at| moment(at.into())),
    })
}

pub(super) fn table(page: &OperationPage) -> String {
    let header = [
        "id",
        "agency",
        "operation",
        "state",
        "submitted",
        "until",
        "what",
    ];
    let row = |operation: &Operation| {
        let state = &operation.state;
        let what = match (&state.ended, &state.held) {
            (Some(ended), _) => format!("{} {}", end(ended.end), ended.code),
            (None, Some(why)) => why.clone(),
            (None, None) => String::new(),
        };
        vec![
            operation.id.to_string(),
            operation.agency.clone(),
            operation.wish.operation.clone(),
            state.phase(page.now).name().to_owned(),
            moment(operation.wish.submitted),
            until(operation, page.now).unwrap_or_default(),
            what,
        ]
    };
    let rows = page.operations.iter().map(row);
    section("Operations", &header, rows.collect())
}

pub(super) fn as_text(
    operation: &Operation,
    now: Timestamp,
    progress: Option<&Progress>,
) -> String {
    let state = &operation.state;
    let mut shown = vec![
        ("operation", operation.wish.operation.clone()),
        ("agency", operation.agency.clone()),
        ("state", state.phase(now).name().to_owned()),
        ("epoch", state.epoch.to_string()),
        ("submitted", moment(operation.wish.submitted)),
    ];
    if let Some(lane) = &operation.wish.lane {
        shown.push(("conversation", lane.clone()));
    }
    if let Some(until) = until(operation, now) {
        shown.push(("until", until));
    }
    if let Some(why) = &state.held {
        shown.push(("held because", why.clone()));
    }
    if let Some(progress) = progress {
        let attempt = progress.attempt();
        let (sendings, unresolved) = attempt.map_or((0, 0), |it| (it.sendings, it.unresolved));
        shown.push(("exchanges over", progress.exchanges().to_string()));
        shown.push((
            "sendings",
            format!("{sendings}, {unresolved} of them unresolved"),
        ));
        if let Some(first) = attempt.and_then(|attempt| attempt.first_sent) {
            shown.push(("first sent", moment(first.into())));
        }
        if let Some(attempt) = attempt {
            shown.push(("request", attempt.request.reference.clone()));
        }
    }
    if let Some(ended) = &state.ended {
        shown.push((
            "ended",
            format!("{} at {}", end(ended.end), moment(ended.at)),
        ));
        shown.push(("code", ended.code.clone()));
        shown.push(("reference", ended.reference.clone()));
        if let Some(entry) = ended.entry {
            shown.push(("entry", entry.to_string()));
        }
    }
    facts(&shown)
}
