// SPDX-License-Identifier: Apache-2.0
//! Operations for people and for programs: for these with the names that the API has.

use serde_json::{Map, Value, json};
use silta::observe::masked;
use silta_gateway::operation::Progress;
use silta_store::{
    Timestamp,
    record::{End, Operation, OperationPage, OperationPhase, Origin, Runs},
};

use crate::{output::section, store::moment};

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

/// What is known of one operation beside its record.
#[derive(Default)]
pub(super) struct More<'a> {
    pub(super) progress: Option<&'a Progress>,
    pub(super) runs: Option<&'a Runs>,
}

pub(super) fn as_json(operation: &Operation, now: Timestamp, more: &More<'_>) -> Value {
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
    add("progress", more.progress.map(progress_json));
    add("runs", more.runs.map(runs_json));
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
    add("trace", wish.trace.as_ref().map(|trace| json!(trace)));
    shown.into()
}

fn runs_json(runs: &Runs) -> Value {
    let kept = runs.kept.iter().map(|run| {
        json!({
            "number": run.number,
            "at": moment(run.at),
            "class": run.class,
            "code": run.code,
            "reason": masked(&run.text),
        })
    });
    json!({"cut": runs.cut, "kept": kept.collect::<Vec<_>>()})
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
