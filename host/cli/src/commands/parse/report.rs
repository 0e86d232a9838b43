use serde_json::{Value, json};
use silta::exchange::{Outcome, RetryClass};

use super::documents::WrittenDocument;
use crate::output::{facts, hexadecimal, section};

pub(super) fn as_json(outcome: &Outcome, documents: &[WrittenDocument<'_>]) -> Value {
    let events = outcome.events.iter().map(|event| {
        json!({
            "kind": event.kind,
            "data": embedded(&event.data),
            "deduplicationKey": event.deduplication_key,
        })
    });
    let documents = documents.iter().map(|WrittenDocument { document, file }| {
        json!({
            "name": document.name,
            "mediaType": document.media_type,
            "size": document.content.size(),
            "sha256": hexadecimal(&document.content.sha256()),
            "file": file.as_ref().map(|file| file.display().to_string()),
        })
    });
    let follow_ups = outcome.follow_ups.iter().map(|follow_up| {
        json!({
            "operation": follow_up.operation,
            "parameters": embedded(&follow_up.parameters),
            "deduplicationKey": follow_up.deduplication_key,
        })
    });
    json!({
        "class": outcome.class,
        "code": outcome.code,
        "text": outcome.text,
        "reference": outcome.reference,
        "events": events.collect::<Vec<_>>(),
        "documents": documents.collect::<Vec<_>>(),
        "followUps": follow_ups.collect::<Vec<_>>(),
        "cursor": outcome.cursor,
    })
}

pub(super) fn as_text(outcome: &Outcome, documents: &[WrittenDocument<'_>]) -> String {
    let meaning = meaning(outcome.class);
    let mut text = facts(&[
        ("class", format!("{}: {meaning}", outcome.class.name())),
        ("code", outcome.code.clone()),
        ("text", outcome.text.clone()),
        ("reference", outcome.reference.clone()),
        ("cursor", outcome.cursor.clone().unwrap_or_default()),
    ]);
    let events = outcome.events.iter().map(|event| {
        vec![
            event.kind.clone(),
            event.data.clone(),
            event.deduplication_key.clone(),
        ]
    });
    text += &section(
        "Events",
        &["kind", "data", "deduplication key"],
        events.collect(),
    );
    let documents = documents.iter().map(|WrittenDocument { document, file }| {
        let file = file.as_ref().map(|file| file.display().to_string());
        vec![
            document.name.clone(),
            document.media_type.clone(),
            document.content.size().to_string(),
            file.unwrap_or_else(|| "not written; see --documents".to_owned()),
        ]
    });
    text += &section(
        "Documents",
        &["name", "media type", "bytes", "file"],
        documents.collect(),
    );
    let follow_ups = outcome.follow_ups.iter().map(|follow_up| {
        vec![
            follow_up.operation.clone(),
            follow_up.parameters.clone(),
            follow_up.deduplication_key.clone(),
        ]
    });
    let header = ["operation", "parameters", "deduplication key"];
    text + &section("Follow-ups", &header, follow_ups.collect())
}

/// What to do next, for people.
pub(crate) fn meaning(class: RetryClass) -> &'static str {
    match class {
        RetryClass::Done => "finished",
        RetryClass::RetryLaterSameReference => "refused for now; send the same bytes again, later",
        RetryClass::RetryLaterNewReference => {
            "refused for now; build anew under a new reference, later"
        }
        RetryClass::UnknownOutcome => {
            "nobody knows whether it was taken; send the very same bytes again, later"
        }
        RetryClass::FixFirst => "refused; correct the content first",
        RetryClass::Denied => "refused; certificate, authorisation or agreement is wrong",
        RetryClass::AlreadyAccepted => "an earlier sending of these bytes had succeeded",
    }
}

/// JSON that came as text; the text itself if it should be none after all.
fn embedded(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| text.into())
}
