// SPDX-License-Identifier: Apache-2.0
//! Events compared with the kinds that their component publishes.

use std::{cell::RefCell, collections::BTreeSet};

use serde_json::Value;
use silta::{
    describe::{Description, EventKind},
    exchange::Event,
};
use silta_testing::unpublished;

/// The kinds that a component publishes, and those of them that were seen.
pub(super) struct Kinds {
    description: Description,
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
            description: description.clone(),
            seen: RefCell::default(),
        }
    }

    /// Whether every event is as a platform may rely on it, by the judge that components of others are tested with.
    pub(super) fn check(&self, events: &[Event]) -> Result<(), String> {
        let kinds = self.description.events.iter().map(|kind| &kind.kind);
        let came = kinds.filter(|kind| events.iter().any(|event| event.kind == **kind));
        self.seen.borrow_mut().extend(came.cloned());
        let flaws = unpublished(&self.description, events);
        let told: Vec<String> = flaws.iter().map(ToString::to_string).collect();
        match told.is_empty() {
            true => Ok(()),
            false => Err(told.join("\n")),
        }
    }

    /// Whether no kind is published that never comes.
    pub(super) fn check_all_seen(&self) {
        let kinds = self.description.events.iter();
        let published: BTreeSet<String> = kinds.map(|kind| kind.kind.clone()).collect();
        assert_eq!(*self.seen.borrow(), published);
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
    #[rustfmt::skip]
    let rows = [
        ("given", whole, Some("R"), "a kind that is published: taken"),
        ("taken", "{}", None, "reference"),
        ("taken", r#"{"reference": 1}"#, None, "reference"),
        ("taken", r#"{"reference": null, "more": 1}"#, None, "more"),
        ("taken", r#"{"reference": null, "inner": {"more": 1}}"#, None, "more"),
        ("taken", whole, None, "it is about none"),
        ("taken", r#"{"reference": null}"#, Some("R"), "it is about one"),
    ];
    for (kind, data, about, says) in rows {
        let failure = check(kind, data, about).unwrap_err();
        assert!(failure.contains(says), "{failure}");
    }
    kinds.check_all_seen();
}
