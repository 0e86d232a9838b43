// SPDX-License-Identifier: Apache-2.0
//! What is asked for under a key: always the same.

use std::time::Duration;

use silta_store::{
    Content, SqliteSettings,
    record::{Arrival, Document, Ending, Event, FollowUp, IdempotencyKey, Outcome, Submission},
};

/// A store with little room for everything, so that little has to happen until a content is a file and the log is moved into the database.
pub(crate) fn settings(log_bytes: u64) -> SqliteSettings {
    SqliteSettings {
        largest_row: 32_768,
        log_bytes,
        reopen_after: Duration::from_millis(20),
        ..SqliteSettings::default()
    }
}

/// Begins the key of an arrival that brings the document of another one once more.
pub(crate) const AGAIN: &str = "again ";

/// The last digit of a key says what it is of, so that it is the same when it is asked for again: a submission,
pub(crate) fn is_submission(key: &str) -> bool {
    key.ends_with('7')
}

/// or an arrival with a large document and a follow-up; or else one with a small document.
fn is_large(key: &str) -> bool {
    key.ends_with('3')
}

pub(crate) fn event(key: &str) -> Event {
    Event {
        kind: "message".into(),
        data: format!("{{\"of\":\"{key}\"}}"),
        deduplication_key: key.into(),
        about: None,
    }
}

/// The document of an arrival.
pub(crate) fn content(key: &str) -> Content {
    let size = if is_large(key) { 40_000 } else { 2_000 };
    let of = key.strip_prefix(AGAIN).unwrap_or(key);
    Content::from(of.bytes().cycle().take(size).collect::<Vec<u8>>())
}

pub(crate) fn arrival(key: &str) -> Arrival {
    let document = Document {
        name: "d".into(),
        media_type: "text/plain".into(),
        content: content(key),
    };
    let follow_up = FollowUp {
        operation: "download".into(),
        parameters: key.into(),
        deduplication_key: key.into(),
        lane: None,
    };
    Arrival {
        agency: "vero".into(),
        operation: "notify".into(),
        events: vec![event(key)],
        documents: vec![document],
        follow_ups: if is_large(key) {
            vec![follow_up]
        } else {
            Vec::new()
        },
        ..Arrival::default()
    }
}

/// The payload of a submission; that of every tenth is large.
pub(crate) fn payload(key: &str) -> Content {
    let size = if key.ends_with("07") { 40_000 } else { 200 };
    Content::from(key.bytes().rev().cycle().take(size).collect::<Vec<u8>>())
}

pub(crate) fn submission(key: &str) -> Submission {
    Submission {
        agency: "vero".into(),
        operation: "send".into(),
        parameters: key.into(),
        payload: Some(payload(key)),
        idempotency: Some(IdempotencyKey {
            client: "c".into(),
            key: key.into(),
        }),
        ..Submission::default()
    }
}

/// The event with which the operation of a key ends.
pub(crate) fn done(key: &str) -> String {
    format!("done {key}")
}

/// What asked for the operation that ended with an event; or, for another event, that event.
pub(crate) fn asked_for(event: &str) -> &str {
    event.strip_prefix("done ").unwrap_or(event)
}

/// How the operation of a key ends.
pub(crate) fn outcome(key: &str) -> Outcome {
    Outcome::Ended(Box::new(Ending {
        events: vec![event(&done(key))],
        ..Ending::default()
    }))
}
