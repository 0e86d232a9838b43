// SPDX-License-Identifier: Apache-2.0
//! One operation for people, from what the API says of it; what is read from the store has the same names.

use serde_json::Value;

use crate::output::{facts, printable_line, section};

/// Names for people, and where in the value they are (RFC 6901).
const FACTS: [(&str, &str); 22] = [
    ("id", "/id"),
    ("agency", "/agency"),
    ("operation", "/operation"),
    ("state", "/state"),
    ("epoch", "/epoch"),
    ("submitted", "/submitted"),
    ("submitted by", "/submittedBy/name"),
    ("conversation", "/conversation"),
    ("replay of", "/replayOf"),
    ("until", "/until"),
    ("held because", "/heldBecause"),
    ("exchanges over", "/progress/exchanges"),
    ("sendings", "/progress/sendings"),
    ("unresolved", "/progress/unresolved"),
    ("first sent", "/progress/firstSent"),
    ("not before", "/progress/notBefore"),
    ("request", "/progress/reference"),
    ("ended", "/ended/end"),
    ("at", "/ended/at"),
    ("code", "/ended/code"),
    ("reference", "/ended/reference"),
    ("trace", "/trace"),
];

const RUNS: [(&str, &str); 5] = [
    ("run", "/number"),
    ("at", "/at"),
    ("class", "/class"),
    ("code", "/code"),
    ("reason", "/reason"),
];

/// A table of what there is, and how its runs ended.
pub(crate) fn operation_facts(operation: &Value) -> String {
    let mut all: Vec<_> = FACTS
        .iter()
        .map(|(name, pointer)| (*name, text(at(operation, pointer))))
        .collect();
    // The API links the entry.
    let entry = match at(operation, "/ended/entry") {
        Value::Object(entry) => entry.get("position").map(text).unwrap_or_default(),
        position => text(position),
    };
    all.push(("entry", entry));
    all.retain(|(_, text)| !text.is_empty());
    let mut shown = facts(&all);
    let runs = at(operation, "/runs/kept").as_array();
    let rows = runs.into_iter().flatten().map(|run| {
        let cells = RUNS.iter().map(|(_, pointer)| text(at(run, pointer)));
        cells.collect::<Vec<_>>()
    });
    let rows: Vec<_> = rows.collect();
    if !rows.is_empty() {
        let cut = at(operation, "/runs/cut").as_u64().unwrap_or_default();
        let heading = match cut {
            0 => "Runs".to_owned(),
            cut => format!("Runs, without {cut} earlier ones that are not kept any more"),
        };
        let header = RUNS.map(|(name, _)| name);
        shown += &section(&heading, &header, rows);
    }
    shown
}

/// A part of a value, by its pointer; null where there is none.
pub(crate) fn at<'a>(value: &'a Value, pointer: &str) -> &'a Value {
    static NULL: Value = Value::Null;
    value.pointer(pointer).unwrap_or(&NULL)
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => printable_line(text),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_there_is_stands_in_a_table_and_runs_in_another() {
        let run = json!({"number": 4, "at": "2026-01-02T03:04:05Z", "class": "denied", "code": "474", "reason": "no\nway"});
        let operation = json!({
            "id": 17,
            "agency": "tulli",
            "progress": {"sendings": 2, "unresolved": 0, "firstSent": null},
            "ended": {"end": "refused", "code": "", "entry": {"position": 23, "href": "/v1/inbox/23"}},
            "runs": {"cut": 3, "kept": [run]},
        });
        let shown = operation_facts(&operation);
        for line in [
            "id          17",
            "sendings    2",
            "unresolved  0",
            "ended       refused",
            "entry       23",
            "Runs, without 3 earlier ones that are not kept any more",
        ] {
            assert!(shown.lines().any(|shown| shown == line), "{line}: {shown}");
        }
        let has = |name: &str| shown.lines().any(|line| line.starts_with(name));
        assert!(!has("first sent") && !has("code"), "{shown}");
        assert!(
            shown.contains("denied") && !shown.contains("no\nway"),
            "{shown}"
        );
        // As the store has it.
        let entry = json!({"id": 1, "ended": {"entry": 23}, "runs": {"cut": 0, "kept": []}});
        assert_eq!(operation_facts(&entry), "id     1\nentry  23\n");
    }
}
