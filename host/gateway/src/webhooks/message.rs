// SPDX-License-Identifier: Apache-2.0
//! What a receiver is sent.

use serde::Serialize;
use silta_store::record::Entry;

use crate::{
    platform::view::{EntryView, moment},
    trace_context,
};

/// `type` of an entry whose events are of several kinds, or that has none.
const MIXED: &str = "silta.entry";

/// The body of a message (Standard Webhooks, "Payload structure").
#[derive(Serialize)]
struct Payload {
    #[serde(rename = "type")]
    kind: String,
    timestamp: String,
    data: EntryView,
}

/// A message, the same at each attempt but for time and signature.
pub(super) struct Message {
    /// `webhook-id`. The moment of the commit is in it so that an entry of another store, or of one that was begun anew, has another one.
    pub(super) id: String,
    pub(super) body: Vec<u8>,
    /// `traceparent` of this attempt.
    pub(super) trace: Option<String>,
}

impl Message {
    pub(super) fn of(webhook: &str, entry: Entry) -> Result<Self, serde_json::Error> {
        let committed = entry.received.committed;
        let id = format!("silta_{webhook}_{}_{}", entry.position, committed.0);
        let trace = entry.received.trace.as_deref();
        let trace = trace.and_then(trace_context::step);
        let payload = Payload {
            kind: kind(&entry).to_owned(),
            timestamp: moment(committed),
            data: entry.into(),
        };
        let body = serde_json::to_vec(&payload)?;
        Ok(Self { id, body, trace })
    }
}

/// The kind of the entry's events.
fn kind(entry: &Entry) -> &str {
    let mut kinds = entry
        .received
        .events
        .iter()
        .map(|event| event.kind.as_str());
    match kinds.next() {
        Some(first) if kinds.all(|kind| kind == first) => first,
        _ => MIXED,
    }
}
