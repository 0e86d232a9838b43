// SPDX-License-Identifier: Apache-2.0
//! What a simulator has seen and done, one line each.

use std::time::SystemTime;

use serde_json::{Value, json};
use silta::time::Moment;
use silta_simulators::Event;

use crate::{
    failure::Failure,
    output::{json_line, print, print_bytes, printable_line},
};

/// Writes lines for people, or for programs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lines {
    pub(super) json: bool,
}

impl Lines {
    /// The first line.
    pub(super) fn started(self, url: &str) -> Result<(), Failure> {
        match self.json {
            true => print_bytes(json_line(&json!({"url": url})).as_bytes()),
            false => print(&format!("{url}\n")),
        }
    }

    /// A line for each.
    pub(super) fn show(self, events: &[Event]) -> Result<(), Failure> {
        events.iter().try_for_each(|event| {
            let text = match self.json {
                true => json_line(&members(event)),
                false => text(event),
            };
            print_bytes(text.as_bytes())
        })
    }
}

fn members(event: &Event) -> Value {
    let mut members = json!({
        "time": time(event.at),
        "operation": event.operation,
        "verdict": event.verdict,
        "code": event.code,
        "reason": event.reason,
    });
    if let (Value::Object(members), Value::Object(details)) = (&mut members, &event.details) {
        members.extend(details.clone());
    }
    members
}

/// In columns; the misbehaviour, which people did ask for, comes before the reason.
fn text(event: &Event) -> String {
    let misbehaviour = event.details.get("misbehaviour").and_then(Value::as_str);
    let misbehaviour = misbehaviour.map(|name| format!("[{name}] "));
    let line = format!(
        "{}  {:24}  {:8}  {:3}  {}{}",
        time(event.at),
        event.operation.as_deref().unwrap_or("–"),
        event.verdict,
        event.code.as_deref().unwrap_or("–"),
        misbehaviour.unwrap_or_default(),
        event.reason.as_deref().unwrap_or_default(),
    );
    format!("{}\n", printable_line(line.trim_end()))
}

/// With milliseconds, in UTC.
fn time(at: SystemTime) -> String {
    Moment::from_system_time(at).map_or_else(|| "–".to_owned(), |time| format!("{time:.3}"))
}
