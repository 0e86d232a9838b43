// SPDX-License-Identifier: Apache-2.0
//! Events, documents and follow-ups, which answers and calls bring alike, for programs and for people.

use serde_json::{Map, Value, json};
use silta::{
    exchange::{Document, Event, FollowUp},
    observe::hexadecimal,
};

use crate::output::section;

pub(crate) fn events_json(events: &[Event]) -> Value {
    let events = events.iter().map(|event| {
        event_json(
            &event.kind,
            &event.data,
            &event.deduplication_key,
            event.about.as_deref(),
        )
    });
    events.collect()
}

/// An event, wherever it comes from.
pub(crate) fn event_json(kind: &str, data: &str, key: &str, about: Option<&str>) -> Value {
    let mut shown = json!({"kind": kind, "data": embedded(data), "deduplicationKey": key});
    if let (Some(shown), Some(about)) = (shown.as_object_mut(), about) {
        shown.insert("about".to_owned(), about.into());
    }
    shown
}

/// Everything but the content.
pub(crate) fn document_json(document: &Document) -> Map<String, Value> {
    let members = [
        ("name", document.name.as_str().into()),
        ("mediaType", document.media_type.as_str().into()),
        ("size", document.content.size().into()),
        ("sha256", hexadecimal(&document.content.sha256()).into()),
    ];
    let owned = |(name, value): (&str, Value)| (name.to_owned(), value);
    members.into_iter().map(owned).collect()
}

pub(crate) fn follow_ups_json(follow_ups: &[FollowUp]) -> Value {
    let follow_ups = follow_ups.iter().map(|follow_up| {
        json!({
            "operation": follow_up.operation,
            "parameters": embedded(&follow_up.parameters),
            "deduplicationKey": follow_up.deduplication_key,
        })
    });
    follow_ups.collect()
}

pub(crate) fn events_text(events: &[Event]) -> String {
    let events = events.iter().map(|event| {
        vec![
            event.kind.clone(),
            event.data.clone(),
            event.deduplication_key.clone(),
        ]
    });
    let header = ["kind", "data", "deduplication key"];
    section("Events", &header, events.collect())
}

pub(crate) fn follow_ups_text(follow_ups: &[FollowUp]) -> String {
    let follow_ups = follow_ups.iter().map(|follow_up| {
        vec![
            follow_up.operation.clone(),
            follow_up.parameters.clone(),
            follow_up.deduplication_key.clone(),
        ]
    });
    let header = ["operation", "parameters", "deduplication key"];
    section("Follow-ups", &header, follow_ups.collect())
}

/// JSON that came as text; the text itself if it should be none after all.
pub(crate) fn embedded(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| text.into())
}
