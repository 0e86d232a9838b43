// SPDX-License-Identifier: Apache-2.0
//! Events compared with the kinds that their component publishes.

use std::{cell::RefCell, collections::BTreeSet};

use serde_json::{Map, Value};
use silta::{
    describe::{Description, EventKind},
    exchange::Event,
};

/// The kinds that a component publishes, and those of them that were seen.
pub(super) struct Kinds {
    published: Vec<EventKind>,
    seen: RefCell<BTreeSet<String>>,
}

impl Kinds {
    pub(super) fn of(description: &Description) -> Self {
        for kind in &description.events {
            let schema: Value = serde_json::from_str(&kind.data).unwrap();
            jsonschema::meta::validate(&schema).unwrap();
            let dialect = "https://json-schema.org/draft/2020-12/schema";
            assert_eq!(schema["$schema"], dialect, "{}", kind.kind);
        }
        Self {
            published: description.events.clone(),
            seen: RefCell::default(),
        }
    }

    /// Whether every event is of a published kind, with the data that are published for it and nothing else, and is about a request where its data name one.
    pub(super) fn check(&self, events: &[Event]) -> Result<(), String> {
        events.iter().try_for_each(|event| {
            let checked = self.check_one(event);
            checked.map_err(|failure| format!("{}: {failure}", event.deduplication_key))
        })
    }

    /// Whether no kind is published that never comes.
    pub(super) fn check_all_seen(&self) {
        let published: BTreeSet<String> = self
            .published
            .iter()
            .map(|kind| kind.kind.clone())
            .collect();
        assert_eq!(*self.seen.borrow(), published);
    }

    fn check_one(&self, event: &Event) -> Result<(), String> {
        let kind = self.published.iter().find(|kind| kind.kind == event.kind);
        let kind = kind.ok_or_else(|| format!("the kind {} is not published", event.kind))?;
        self.seen.borrow_mut().insert(event.kind.clone());
        let schema: Value = serde_json::from_str(&kind.data).unwrap();
        let data: Value = serde_json::from_str(&event.data).map_err(|error| error.to_string())?;
        let validator = jsonschema::validator_for(&closed(schema)).unwrap();
        let validated = validator.validate(&data);
        validated.map_err(|error| format!("{error} at {}", error.instance_path()))?;
        // A message of somebody's is about the one that it answers.
        let told = [&data["reference"], &data["thread"]["reference"]];
        let mut told = told.into_iter().filter_map(Value::as_str);
        let told = told.find(|told| !told.is_empty());
        match (told, &event.about) {
            (Some(_), Some(_)) | (None, None) => Ok(()),
            (told, about) => Err(format!("its data name {told:?}, and it is about {about:?}")),
        }
    }
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
    if let (Some(reference), Some(_)) = (schema["$ref"].as_str(), schema.get("properties")) {
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

#[test]
fn an_event_that_is_not_as_published_is_noticed() {
    let kinds = Kinds::of(&Description {
        events: vec![EventKind {
            kind: "taken".into(),
            summary: "Something was taken.".into(),
            data: r##"{
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                "type": "object",
                "properties": {"reference": {"type": ["string", "null"]}, "inner": {"$ref": "#/$defs/Inner"}},
                "required": ["reference"],
                "$defs": {"Inner": {"type": "object", "properties": {"at": {"type": "string"}}}}
            }"##
            .into(),
        }],
        ..Description::default()
    });
    let check = |kind: &str, data: &str, about: Option<&str>| {
        kinds.check(&[Event {
            kind: kind.into(),
            data: data.into(),
            deduplication_key: "key".into(),
            about: about.map(str::to_owned),
        }])
    };
    let whole = r#"{"reference": "R", "inner": {"at": "now"}}"#;
    assert_eq!(check("taken", whole, Some("R")), Ok(()));
    assert_eq!(check("taken", r#"{"reference": null}"#, None), Ok(()));
    for (kind, data, about, says) in [
        ("given", whole, Some("R"), "is not published"),
        ("taken", "{}", None, "reference"),
        ("taken", r#"{"reference": 1}"#, None, "reference"),
        ("taken", r#"{"reference": null, "more": 1}"#, None, "more"),
        (
            "taken",
            r#"{"reference": null, "inner": {"more": 1}}"#,
            None,
            "more",
        ),
        ("taken", whole, None, "it is about"),
        ("taken", r#"{"reference": null}"#, Some("R"), "it is about"),
    ] {
        let failure = check(kind, data, about).unwrap_err();
        assert!(failure.contains(says), "{failure}");
    }
    kinds.check_all_seen();
}

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
