// SPDX-License-Identifier: Apache-2.0
//! Entries for people and for programs.

use serde_json::{Value, json};
use silta_store::{
    SqliteVisitor,
    record::{Entry, Operation, Source},
};

use crate::{
    failure::Failure,
    output::{facts, section},
    received::{embedded, event_json},
    store::{failed, moment},
};

/// Everything of an entry but the contents of its documents.
pub(super) fn as_json(store: &SqliteVisitor, entry: &Entry) -> Result<Value, Failure> {
    let received = &entry.received;
    let events = received.events.iter().map(|event| {
        event_json(
            &event.kind,
            &event.data,
            &event.deduplication_key,
            event.about.as_deref(),
        )
    });
    let documents = received.documents.iter().map(|document| {
        json!({
            "name": document.name,
            "mediaType": document.media_type,
            "size": document.size,
            "sha256": document.sha256,
        })
    });
    let follow_ups = follow_ups(store, entry)?;
    let follow_ups = follow_ups.iter().map(|operation| {
        json!({
            "id": operation.id,
            "operation": operation.wish.operation,
            "parameters": embedded(&operation.wish.parameters),
        })
    });
    Ok(json!({
        "position": entry.position,
        "agency": entry.agency,
        "operation": received.operation,
        "source": source(received.source),
        "at": moment(received.at),
        "committed": moment(received.committed),
        "component": received.provenance.component,
        "settings": received.provenance.settings,
        "generation": received.provenance.generation,
        "events": events.collect::<Vec<_>>(),
        "documents": documents.collect::<Vec<_>>(),
        "followUps": follow_ups.collect::<Vec<_>>(),
        "acknowledged": entry.delivery.acknowledged.map(moment),
    }))
}

/// Adds to each document the name of the file that it lies in.
pub(super) fn with_files(entry: &mut Value, files: impl Iterator<Item = Option<String>>) {
    let documents = entry.get_mut("documents").and_then(Value::as_array_mut);
    for (document, file) in documents.into_iter().flatten().zip(files) {
        if let (Some(document), Some(file)) = (document.as_object_mut(), file) {
            document.insert("file".to_owned(), file.into());
        }
    }
}

/// A line for an entry. What events say stays out of it: it is people's mail.
pub(super) fn as_line(entry: &Entry) -> String {
    let row = row(entry);
    format!("{}\n", row.join("  "))
}

pub(super) fn table(entries: &[Entry]) -> String {
    let header = [
        "position",
        "agency",
        "operation",
        "committed",
        "events",
        "documents",
        "acknowledged",
    ];
    section("Entries", &header, entries.iter().map(row).collect())
}

fn row(entry: &Entry) -> Vec<String> {
    let received = &entry.received;
    let kinds: Vec<&str> = received
        .events
        .iter()
        .map(|event| event.kind.as_str())
        .collect();
    vec![
        entry.position.to_string(),
        entry.agency.clone(),
        received.operation.clone(),
        moment(received.committed),
        counted(&kinds),
        received.documents.len().to_string(),
        entry
            .delivery
            .acknowledged
            .map_or_else(|| "no".to_owned(), moment),
    ]
}

/// Kinds, each once, with how many there are of it.
fn counted(kinds: &[&str]) -> String {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for kind in kinds {
        match counts.iter_mut().find(|(known, _)| known == kind) {
            Some((_, count)) => *count += 1,
            None => counts.push((kind, 1)),
        }
    }
    let counted = counts.iter().map(|(kind, count)| match count {
        1 => (*kind).to_owned(),
        _ => format!("{kind} ({count})"),
    });
    let counted: Vec<String> = counted.collect();
    match counted.is_empty() {
        true => "none".to_owned(),
        false => counted.join(", "),
    }
}

pub(super) fn as_text(store: &SqliteVisitor, entry: &Entry) -> Result<String, Failure> {
    let received = &entry.received;
    let mut text = facts(&[
        ("position", entry.position.to_string()),
        ("agency", entry.agency.clone()),
        ("operation", received.operation.clone()),
        ("received", moment(received.at)),
        ("committed", moment(received.committed)),
        (
            "acknowledged",
            entry
                .delivery
                .acknowledged
                .map_or_else(|| "no".to_owned(), moment),
        ),
        ("component", received.provenance.component.clone()),
        ("settings", received.provenance.settings.clone()),
        (
            "generation",
            received
                .provenance
                .generation
                .map_or_else(String::new, |number| number.to_string()),
        ),
    ]);
    let events = received.events.iter().map(|event| {
        vec![
            event.kind.clone(),
            event.data.clone(),
            event.deduplication_key.clone(),
        ]
    });
    let header = ["kind", "data", "deduplication key"];
    text += &section("Events", &header, events.collect());
    let documents = received.documents.iter().map(|document| {
        vec![
            document.name.clone(),
            document.media_type.clone(),
            document.size.to_string(),
            document.sha256.to_string(),
        ]
    });
    let header = ["name", "media type", "size", "SHA-256"];
    text += &section("Documents", &header, documents.collect());
    let follow_ups = follow_ups(store, entry)?;
    let follow_ups = follow_ups.iter().map(|operation| {
        vec![
            operation.wish.operation.clone(),
            operation.id.to_string(),
            operation.wish.parameters.clone(),
        ]
    });
    let header = ["operation", "number", "parameters"];
    text += &section("Follow-ups", &header, follow_ups.collect());
    Ok(text)
}

/// The operations that were queued with an entry and are still known.
fn follow_ups(store: &SqliteVisitor, entry: &Entry) -> Result<Vec<Operation>, Failure> {
    let found = entry.received.follow_ups.iter();
    let found = found.map(|id| store.operation(*id).map_err(|error| failed(&error)));
    found.filter_map(Result::transpose).collect()
}

fn source(source: Source) -> Value {
    match source {
        Source::Call => "call".into(),
        Source::Operation(id) => json!({"operation": id}),
    }
}
