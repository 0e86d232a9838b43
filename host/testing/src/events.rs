// SPDX-License-Identifier: Apache-2.0
//! Whether events are as their kinds are published.

use serde_json::Value;
use silta::{describe::Description, exchange::Event};

use crate::difference::Difference;

/// Events that are of no kind that the component publishes, or have other data than published. A platform could not rely on them.
pub(crate) fn unpublished(description: &Description, events: &[Event]) -> Vec<Difference> {
    let mut differences = Vec::new();
    for (number, event) in events.iter().enumerate() {
        if let Err((expected, found)) = check(description, event) {
            differences.push(Difference {
                place: format!("event {}, `{}`", number + 1, event.kind),
                expected: Some(expected),
                found: Some(found),
            });
        }
    }
    differences
}

/// What was to be, and what is.
fn check(description: &Description, event: &Event) -> Result<(), (String, String)> {
    let kind = description
        .events
        .iter()
        .find(|kind| kind.kind == event.kind);
    let Some(kind) = kind else {
        let known: Vec<&str> = description
            .events
            .iter()
            .map(|kind| kind.kind.as_str())
            .collect();
        let expected = format!("a kind that is published: {}", known.join(", "));
        return Err((expected, "another".to_owned()));
    };
    let unreadable = |what: &str, error: &dyn std::fmt::Display| {
        (format!("{what} that can be read"), error.to_string())
    };
    let schema: Value = serde_json::from_str(&kind.data)
        .map_err(|error| unreadable("a schema of its data", &error))?;
    let data: Value =
        serde_json::from_str(&event.data).map_err(|error| unreadable("data", &error))?;
    let validator = jsonschema::validator_for(&schema)
        .map_err(|error| unreadable("a schema of its data", &error))?;
    validator.validate(&data).map_err(|error| {
        let expected = "data after the schema that is published".to_owned();
        let place = error.instance_path().to_string();
        (expected, format!("at `{place}`: {}", error.masked()))
    })
}
