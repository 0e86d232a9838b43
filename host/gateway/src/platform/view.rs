// SPDX-License-Identifier: Apache-2.0
//! Records of the store as the API shows them.

use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use silta::observe::masked;
use silta_store::{
    Timestamp,
    record::{
        Actor, End, Entry, Event, Lease, LeasedEntry, Operation, OperationPhase, Origin, Runs,
        Source, StoredDocument,
    },
};
use utoipa::ToSchema;

use crate::operation::Progress;

/// RFC 3339, in UTC; empty for what is beyond the calendar.
pub(crate) fn moment(at: Timestamp) -> String {
    let moment = silta::time::Moment::from_system_time(at.to_system_time());
    moment.map_or_else(String::new, |at| at.to_string())
}

/// JSON as it was written; what is none is shown as a text.
fn embedded(json: &str) -> Option<Box<RawValue>> {
    RawValue::from_string(json.to_owned())
        .or_else(|_| to_raw_value(json))
        .ok()
}

/// An operation, and how far it has come.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OperationView {
    /// Its number. Numbers grow, and there are gaps.
    #[schema(example = 17)]
    id: u64,
    /// Agency that it is for.
    #[schema(example = "courier")]
    agency: String,
    /// The operation.
    #[schema(example = "deliver")]
    operation: String,
    /// How far it has come.
    state: StateView,
    /// Goes up each time that it is given out to be carried out, or given back.
    epoch: u64,
    /// When it was queued (RFC 3339).
    #[schema(format = DateTime)]
    submitted: String,
    /// Where it comes from.
    origin: OriginView,
    /// Of one that somebody submitted: who.
    #[serde(skip_serializing_if = "Option::is_none")]
    submitted_by: Option<ActorView>,
    /// The conversation whose operations go one after the other.
    #[serde(skip_serializing_if = "Option::is_none")]
    conversation: Option<String>,
    /// Of one that is running: when it may be given out again should nothing be heard of it. Of one that is waiting: when it goes on. RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    until: Option<String>,
    /// Of one that is held: why somebody has to decide on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    held_because: Option<String>,
    /// What was sent so far. Only where one operation is asked for, and only when a request was built.
    #[serde(skip_serializing_if = "Option::is_none")]
    progress: Option<ProgressView>,
    /// How its runs ended, the last ones. Only where one operation is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    runs: Option<RunsView>,
    /// Of one that has ended: how.
    #[serde(skip_serializing_if = "Option::is_none")]
    ended: Option<EndedView>,
    /// The operation that it does once more, because somebody had that replayed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 16)]
    replay_of: Option<u64>,
    /// Trace that it belongs to: the `traceparent` (W3C Trace Context) that it was submitted with, or one that was made then.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]
    trace: Option<String>,
    /// Where it is.
    #[schema(example = "/v1/operations/17")]
    href: String,
}

/// Who did something.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ActorView {
    /// By which way: `token`, `page` (the operator's), or another.
    #[schema(example = "token")]
    way: String,
    /// The id of a token, or a user; empty where nobody is named.
    #[schema(example = "erp")]
    name: String,
}

impl From<Actor> for ActorView {
    fn from(actor: Actor) -> Self {
        Self {
            way: actor.way.name().to_owned(),
            name: actor.name,
        }
    }
}

/// How far an operation has come.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum StateView {
    /// Its time has come, and nobody has it; an earlier one of its conversation may hold it up.
    Queued,
    /// It is being carried out.
    Running,
    /// It goes on later.
    Waiting,
    /// Somebody has to decide on it.
    Held,
    /// It is over.
    Ended,
}

/// Where an operation comes from.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum OriginView {
    /// Somebody submitted it.
    Submitted,
    /// It follows from the entry of this position.
    Entry(u64),
    /// It follows from the operation of this number.
    Operation(u64),
}

/// What was sent of an operation.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProgressView {
    /// Exchanges with the agency that are over.
    exchanges: u32,
    /// How often the request under way may have left.
    sendings: u32,
    /// After how many of these nobody knows whether the agency took it.
    unresolved: u32,
    /// When the first of the unresolved ones was sent (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    first_sent: Option<String>,
    /// The reference under which the request was built.
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
    /// Before this moment it does not go on, because the agency said so (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    not_before: Option<String>,
}

/// How runs of an operation ended. What was only put off is no run.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RunsView {
    /// How many came before these and are not kept any more (`store.kept-runs`).
    cut: u32,
    /// Those that are kept, by number.
    kept: Vec<RunView>,
}

/// How a run of an operation ended.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RunView {
    /// Which one: the first is 1.
    #[schema(example = 1)]
    number: u32,
    /// When (RFC 3339).
    #[schema(format = DateTime)]
    at: String,
    /// What kind of end it is: `not-sent`, `unknown-outcome`, `denied` and others; `done`, `refused` and `given-up` ended the operation.
    #[schema(example = "not-sent")]
    class: String,
    /// The agency's code, or one of our own; empty where there is none.
    code: String,
    /// In words; empty where there are none. What looks like a personal identity code is masked.
    reason: String,
}

impl From<Runs> for RunsView {
    fn from(runs: Runs) -> Self {
        let kept = runs.kept.into_iter().map(|run| RunView {
            number: run.number,
            at: moment(run.at),
            reason: masked(&run.text).into(),
            class: run.class,
            code: run.code,
        });
        Self {
            cut: runs.cut,
            kept: kept.collect(),
        }
    }
}

/// How an operation ended.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EndedView {
    /// Which way.
    end: EndView,
    /// The agency's code; empty where there is none.
    code: String,
    /// What the agency calls the transmission; empty where there is nothing.
    reference: String,
    /// When (RFC 3339).
    #[schema(format = DateTime)]
    at: String,
    /// The entry of the inbox with what it brought, if that was anything new.
    #[serde(skip_serializing_if = "Option::is_none")]
    entry: Option<EntryLink>,
}

/// Which way an operation ended.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum EndView {
    /// Done.
    Done,
    /// The agency refused it for good.
    Refused,
    /// It was given up, or somebody cancelled it.
    GivenUp,
}

/// An entry of the inbox.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EntryLink {
    /// Its position.
    #[schema(example = 23)]
    position: u64,
    /// Where it is.
    #[schema(example = "/v1/inbox/23")]
    href: String,
}

/// Operations, by their numbers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OperationList {
    /// Moment that their states are of (RFC 3339).
    #[schema(format = DateTime)]
    pub(crate) now: String,
    /// The operations.
    pub(crate) operations: Vec<OperationView>,
    /// There may be more: ask again with `after` set to this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) more: Option<u64>,
}

impl OperationView {
    pub(crate) fn new(operation: Operation, now: Timestamp) -> Self {
        let phase = operation.state.phase(now);
        let until = matches!(phase, OperationPhase::Running | OperationPhase::Waiting);
        let (id, wish, state) = (operation.id.0, operation.wish, operation.state);
        Self {
            id,
            agency: operation.agency,
            operation: wish.operation,
            state: match phase {
                OperationPhase::Queued => StateView::Queued,
                OperationPhase::Running => StateView::Running,
                OperationPhase::Waiting => StateView::Waiting,
                OperationPhase::Held => StateView::Held,
                OperationPhase::Ended => StateView::Ended,
            },
            epoch: state.epoch,
            submitted: moment(wish.submitted),
            origin: match wish.origin {
                Origin::Submitted => OriginView::Submitted,
                Origin::Entry(position) => OriginView::Entry(position.0),
                Origin::Operation(id) => OriginView::Operation(id.0),
            },
            submitted_by: wish.by.map(ActorView::from),
            conversation: wish.lane,
            until: until.then(|| moment(state.until)),
            held_because: state.held,
            progress: None,
            runs: None,
            ended: state.ended.map(|ended| EndedView {
                end: match ended.end {
                    End::Done => EndView::Done,
                    End::Refused => EndView::Refused,
                    End::GivenUp => EndView::GivenUp,
                },
                code: ended.code,
                reference: ended.reference,
                at: moment(ended.at),
                entry: ended.entry.map(|position| EntryLink {
                    position: position.0,
                    href: format!("/v1/inbox/{position}"),
                }),
            }),
            replay_of: wish.replay_of.map(|old| old.0),
            trace: wish.trace,
            href: format!("/v1/operations/{id}"),
        }
    }

    pub(crate) fn with_runs(self, runs: Runs) -> Self {
        Self {
            runs: Some(runs.into()),
            ..self
        }
    }

    pub(crate) fn with_progress(self, progress: &Progress) -> Self {
        let attempt = progress.attempt();
        let shown = |at: std::time::SystemTime| moment(at.into());
        let progress = ProgressView {
            exchanges: progress.exchanges(),
            sendings: attempt.map_or(0, |attempt| attempt.sendings),
            unresolved: attempt.map_or(0, |attempt| attempt.unresolved),
            first_sent: attempt.and_then(|attempt| attempt.first_sent).map(shown),
            reference: attempt.map(|attempt| attempt.request.reference.clone()),
            not_before: progress.not_before().map(shown),
        };
        Self {
            progress: Some(progress),
            ..self
        }
    }
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
