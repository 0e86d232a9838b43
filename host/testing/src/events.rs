// SPDX-License-Identifier: Apache-2.0
//! Whether events are as their kinds are published.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use silta::{describe::Description, exchange::Event};

use crate::difference::Difference;

/// What is wrong with events that no platform could rely on: they are of no kind that the component publishes, have data other than published, members that are
/// not described among them, or are about a request of ours although their data name none (`reference`, or `reference` of `thread`), or the other way round.
pub fn unpublished(description: &Description, events: &[Event]) -> Vec<Difference> {
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
    let validator = jsonschema::validator_for(&closed(schema))
        .map_err(|error| unreadable("a schema of its data", &error))?;
    validator.validate(&data).map_err(|error| {
        let expected = "data after the schema that is published".to_owned();
        let place = error.instance_path().to_string();
        (expected, format!("at `{place}`: {}", error.masked()))
    })?;
    let fits = |data: &str, about: &str| {
        let expected =
            format!("about a request of ours exactly if its data name one; they name {data}");
        Err((expected, format!("it is about {about}")))
    };
    match (names_a_request(&data), &event.about) {
        (true, None) => fits("one", "none"),
        (false, Some(_)) => fits("none", "one"),
        _ => Ok(()),
    }
}

/// Whether data name a request of ours, or the message of ours that somebody answers.
fn names_a_request(data: &Value) -> bool {
    let told = ["/reference", "/thread/reference"].map(|place| data.pointer(place));
    let mut told = told.into_iter().flatten().filter_map(Value::as_str);
    told.any(|told| !told.is_empty())
}

/// The schema without room for what it does not describe: consumers have to expect new members, and here there are none.
fn closed(mut schema: Value) -> Value {
    let mut composed = BTreeSet::new();
    find_composed(&schema, &mut composed);
    close(&mut schema, &composed);
    schema
}

/// References to what is a part of an object that has properties beside it: only the whole can be without room.
fn find_composed(schema: &Value, composed: &mut BTreeSet<String>) {
    if let (Some(reference), Some(_)) = (
        schema.get("$ref").and_then(Value::as_str),
        schema.get("properties"),
    ) {
        composed.insert(reference.to_owned());
    }
    match schema {
        Value::Object(members) => members
            .values()
            .for_each(|one| find_composed(one, composed)),
        Value::Array(several) => several.iter().for_each(|one| find_composed(one, composed)),
        _ => {}
    }
}

fn close(schema: &mut Value, composed: &BTreeSet<String>) {
    match schema {
        Value::Object(members) => close_object(members, composed),
        Value::Array(several) => several.iter_mut().for_each(|one| close(one, composed)),
        _ => {}
    }
}

fn close_object(members: &mut Map<String, Value>, composed: &BTreeSet<String>) {
    for (name, member) in members.iter_mut() {
        close(member, composed);
        let Some(definitions) = member.as_object_mut().filter(|_| name == "$defs") else {
            continue;
        };
        for (name, definition) in definitions {
            if composed.contains(&format!("#/$defs/{name}"))
                && let Some(members) = definition.as_object_mut()
            {
                members.remove("unevaluatedProperties");
            }
        }
    }
    if members.get("properties").is_some_and(Value::is_object) {
        let rest = members.entry("unevaluatedProperties");
        rest.or_insert(Value::Bool(false));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_of_two_parts_has_no_room_either() {
        let schema = closed(serde_json::json!({
            "properties": {"inner": {"oneOf": [
                {"properties": {"tag": {"const": "a"}}, "required": ["tag"], "$ref": "#/$defs/Part"},
            ]}},
            "$defs": {"Part": {"properties": {"at": {"type": "string"}}}},
        }));
        let validator = jsonschema::validator_for(&schema).unwrap();
        let is_valid = |inner: Value| validator.is_valid(&serde_json::json!({ "inner": inner }));
        assert!(is_valid(serde_json::json!({"tag": "a", "at": "now"})));
        assert!(!is_valid(serde_json::json!({"tag": "a", "more": 1})));
        assert!(!is_valid(serde_json::json!({"tag": "b"})));
    }
}
