// SPDX-License-Identifier: Apache-2.0
//! What the inbox is told of operations on which somebody has to decide.

use serde_json::json;
use silta_store::record::{Arrival, Event, Operation};

use super::retry::Told;

/// Kind of the event: no component has named one.
pub const OPERATION_HELD: &str = "silta.operation-held";

/// An entry with one event. Its data is `{"operation", "name", "class", "code", "text", "remedy"}`.
///
/// It is committed before the operation is held. Should the process end in between, the next run is held by the same key: that of the operation, of what it is
/// held for, and of the run before, which only a settlement changes. So each hold is told once.
pub(super) fn arrival(operation: &Operation, told: &Told, now: std::time::SystemTime) -> Arrival {
    let last = operation.state.last.as_ref();
    let before = last.map_or(0, |last| last.at.0);
    let data = json!({
        "operation": operation.id.0,
        "name": operation.wish.operation,
        "class": told.class,
        "code": told.code,
        "text": told.text,
        "remedy": remedy(told.class),
    });
    Arrival {
        agency: operation.agency.clone(),
        operation: operation.wish.operation.clone(),
        at: now.into(),
        events: vec![Event {
            kind: OPERATION_HELD.to_owned(),
            data: data.to_string(),
            deduplication_key: format!(
                "silta.operation-{}/held/{}/{before}",
                operation.id, told.class
            ),
            about: None,
        }],
        trace: operation.wish.trace.clone(),
        ..Arrival::default()
    }
}

/// What somebody can do, by the class of [`retry`](super::retry).
fn remedy(class: &str) -> &'static str {
    match class {
        "denied" => {
            "have certificate, authorisation or agreement mended with the agency; then let it go on (`silta operations resume`), or cancel it"
        }
        "may-repeat" | "exhausted" | "refused" => {
            "nobody knows whether the agency has it: ask there; then let it be sent again (`silta operations resume`), or cancel it"
        }
        "no-relay" => {
            "add the table of the relay that mails to this agency go to; then let it go on (`silta operations resume`)"
        }
        "unknown-operation" => {
            "put a component into service that has this operation; then let it go on (`silta operations resume`), or cancel it"
        }
        "internal" => {
            "a defect of the component or of this program, see the log; have it mended, then let it go on (`silta operations resume`), or cancel it"
        }
        "damaged" => {
            "what it was built with is gone or damaged: cancel it (`silta operations cancel`), ask the agency whether it has it, and submit another one"
        }
        _ => {
            "look into it, then let it go on (`silta operations resume`), or cancel it (`silta operations cancel`)"
        }
    }
}
