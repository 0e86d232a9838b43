// SPDX-License-Identifier: Apache-2.0
//! Entries of the inbox as the API shows them.

use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use silta_store::record::{Entry, Event, Lease, LeasedEntry, Source, StoredDocument};
use utoipa::ToSchema;

use super::moment::moment;

/// JSON as it was written; what is none is shown as a text.
fn embedded(json: &str) -> Option<Box<RawValue>> {
    RawValue::from_string(json.to_owned())
        .or_else(|_| to_raw_value(json))
        .ok()
}

/// An entry of the inbox.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EntryLink {
    /// Its position.
    #[schema(example = 23)]
    pub(super) position: u64,
    /// Where it is.
    #[schema(example = "/v1/inbox/23")]
    pub(super) href: String,
}

/// What one call of an agency, or one operation that has ended, brought.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EntryView {
    /// Where it stands in the inbox. Positions grow in the order in which entries became durable, and there are gaps.
    #[schema(example = 23)]
    position: u64,
    /// Agency that it is of.
    #[schema(example = "courier")]
    agency: String,
    /// Operation of the agency's that was called, or of ours that ended.
    #[schema(example = "deliver")]
    operation: String,
    /// How it came.
    source: SourceView,
    /// When it had been read, by the clock of the gateway (RFC 3339).
    #[schema(format = DateTime)]
    at: String,
    /// When it was kept, by the time of the store (RFC 3339).
    #[schema(format = DateTime)]
    committed: String,
    /// SHA-256 of the component that judged it, in hexadecimal.
    component: String,
    /// What names the settings that it was judged by.
    settings: String,
    /// Number of the generation that judged it, see `GET /v1/agencies/{agency}/generations`; not there in what was kept before generations were.
    #[serde(skip_serializing_if = "Option::is_none")]
    generation: Option<u64>,
    /// Facts.
    events: Vec<EventView>,
    /// Files.
    documents: Vec<DocumentView>,
    /// Operations that were queued with it, by their numbers.
    follow_ups: Vec<u64>,
    /// Trace that it belongs to: a `traceparent` (W3C Trace Context).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]
    trace: Option<String>,
    /// When it was acknowledged (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    acknowledged: Option<String>,
    /// Where it is.
    #[schema(example = "/v1/inbox/23")]
    href: String,
}

/// How an entry came.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum SourceView {
    /// The agency called.
    Call,
    /// The operation of this number ended.
    Operation(u64),
}

/// Something that happened.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EventView {
    /// Kind, as `silta describe` names it.
    #[schema(example = "delivered")]
    kind: String,
    /// Details: one JSON object, as the component wrote it.
    #[schema(value_type = Object)]
    data: Option<Box<RawValue>>,
    /// Two events of an agency with the same key are one event: the second is left out.
    deduplication_key: String,
    /// Reference of the request of ours that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    about: Option<String>,
}

/// A file.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DocumentView {
    /// Its name, as its sender gave it, without a folder.
    #[schema(example = "decision.pdf")]
    name: String,
    /// Media type, as its sender gave it.
    #[schema(example = "application/pdf")]
    media_type: String,
    /// Size in bytes.
    size: u64,
    /// SHA-256 of its bytes, in hexadecimal.
    sha256: String,
    /// Where its bytes are.
    #[schema(example = "/v1/inbox/23/documents/1")]
    href: String,
}

/// An entry that was given out.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LeasedView {
    /// The entry.
    entry: EntryView,
    /// What it is acknowledged with.
    lease: LeaseView,
}

/// For how long somebody has an entry.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LeaseView {
    /// Which time it was given out: what `ack`, `nack` and `extend` are sent.
    #[schema(example = 1)]
    epoch: u64,
    /// From this moment on others may get it (RFC 3339, by the time of the store).
    #[schema(format = DateTime)]
    until: String,
}

/// Entries that were given out.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LeasedList {
    /// By position; none where nothing came in time.
    pub(crate) entries: Vec<LeasedView>,
}

/// An event, and the entry that brought it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ListedEvent {
    /// The entry that brought it.
    entry: EntryLink,
    /// Agency that it is of.
    agency: String,
    /// When it was kept (RFC 3339).
    #[schema(format = DateTime)]
    committed: String,
    /// The event.
    event: EventView,
}

/// Events, by the positions of their entries.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventList {
    /// The events.
    pub(crate) events: Vec<ListedEvent>,
    /// Position up to which entries were looked at: ask for what comes behind with `after` set to it.
    pub(crate) after: u64,
    /// Whether there were more entries to look at.
    pub(crate) more: bool,
}

impl From<Entry> for EntryView {
    fn from(entry: Entry) -> Self {
        let (position, received) = (entry.position, entry.received);
        let documents = received.documents.into_iter().zip(1..);
        Self {
            position: position.0,
            agency: entry.agency,
            operation: received.operation,
            source: match received.source {
                Source::Call => SourceView::Call,
                Source::Operation(id) => SourceView::Operation(id.0),
            },
            at: moment(received.at),
            committed: moment(received.committed),
            component: received.provenance.component,
            settings: received.provenance.settings,
            generation: received.provenance.generation,
            events: received.events.into_iter().map(EventView::from).collect(),
            documents: documents
                .map(|(document, number)| DocumentView::new(document, position.0, number))
                .collect(),
            follow_ups: received.follow_ups.into_iter().map(|id| id.0).collect(),
            trace: received.trace,
            acknowledged: entry.delivery.acknowledged.map(moment),
            href: format!("/v1/inbox/{position}"),
        }
    }
}

impl DocumentView {
    fn new(document: StoredDocument, position: u64, number: usize) -> Self {
        Self {
            name: document.name,
            media_type: document.media_type,
            size: document.size,
            sha256: document.sha256.to_string(),
            href: format!("/v1/inbox/{position}/documents/{number}"),
        }
    }
}

impl From<Event> for EventView {
    fn from(event: Event) -> Self {
        Self {
            kind: event.kind,
            data: embedded(&event.data),
            deduplication_key: event.deduplication_key,
            about: event.about,
        }
    }
}

impl ListedEvent {
    /// The events of an entry that somebody wants.
    pub(crate) fn of(entry: Entry, wanted: impl Fn(&Event) -> bool) -> impl Iterator<Item = Self> {
        let (position, agency) = (entry.position, entry.agency);
        let committed = moment(entry.received.committed);
        let events = entry.received.events.into_iter();
        events
            .filter(move |event| wanted(event))
            .map(move |event| Self {
                entry: EntryLink {
                    position: position.0,
                    href: format!("/v1/inbox/{position}"),
                },
                agency: agency.clone(),
                committed: committed.clone(),
                event: event.into(),
            })
    }
}

impl<Id> From<&Lease<Id>> for LeaseView {
    fn from(lease: &Lease<Id>) -> Self {
        Self {
            epoch: lease.epoch,
            until: moment(lease.until),
        }
    }
}

impl From<&LeasedEntry> for LeasedView {
    fn from(leased: &LeasedEntry) -> Self {
        Self {
            entry: leased.entry.clone().into(),
            lease: (&leased.lease).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_are_shown_as_they_were_written() {
        let shown = |data: &str| serde_json::to_string(&embedded(data)).unwrap();
        let exact = r#"{"sum": 12345678901234567890.10, "sum": 1}"#;
        assert_eq!(shown(exact), exact);
        assert_eq!(shown("{no json"), r#""{no json""#);
    }
}
