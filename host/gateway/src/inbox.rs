// SPDX-License-Identifier: Apache-2.0
//! Where accepted calls go, and what they bring as records of the store.

use std::time::SystemTime;

use silta::{
    Blob, GenerationInfo,
    exchange::{Acceptance, Document, Event, FollowUp},
};
use silta_store::{
    Content, Store, StoreError,
    record::{self, Arrival, Provenance, Receipt},
};

use crate::trace_context;

/// Name that entries of the gateway's own stand under which are of no agency, such as that its certificate ends.
pub const OWN_ENTRIES: &str = "silta";

/// Keeps what accepted calls bring. Every [`Store`] is one. An implementor guarantees:
///
/// - **Committed is kept.** What is answered, [`Receipt::New`] or [`Receipt::Duplicate`], holds: the agency is told that it need not call again.
/// - **All or nothing.** After [`StoreError::Unknown`] the arrival is kept whole or not at all, and nobody knows which. The agency calls again, and what is
///   answered then holds. After any other error nothing of it is kept.
/// - **Once.** Deduplication keys count for their agency. What is known is left out; an arrival all of whose events are known is a duplicate, and one
///   without events is known as a whole. That holds between calls under way at the same time, too.
///
/// Both methods are called on threads that may block, by several at once. `commit` may be called for an arrival whose sender has been told to try
/// again meanwhile, because the time for an answer had run out.
pub trait Inbox: Send + Sync {
    /// Keeps an arrival.
    ///
    /// # Errors
    /// Those of [`Store::commit`]; the agency is told to try again.
    fn commit(&self, arrival: &Arrival) -> Result<Receipt, StoreError>;

    /// Whether an arrival could be kept now, as far as that can be told without waiting: a call that brings nothing, such as a health check, is
    /// answered well only then.
    ///
    /// # Errors
    /// Why it could not; the agency is told to try again.
    fn ready(&self) -> Result<(), StoreError>;
}

impl<S: Store + ?Sized> Inbox for S {
    fn commit(&self, arrival: &Arrival) -> Result<Receipt, StoreError> {
        Store::commit(self, arrival)
    }

    fn ready(&self) -> Result<(), StoreError> {
        Store::ready(self)
    }
}

/// What an accepted call brings, as it is kept. Contents are shared, not copied.
pub fn arrival(
    agency: &str,
    generation: &GenerationInfo,
    at: SystemTime,
    accepted: Acceptance,
) -> Arrival {
    // Agencies have no field for it: what follows from a call is found by this.
    arrival_in(trace_context::begun(), (agency, generation, at), accepted)
}

/// The same in a trace that has been begun.
pub(crate) fn arrival_in(
    trace: Option<String>,
    (agency, generation, at): (&str, &GenerationInfo, SystemTime),
    accepted: Acceptance,
) -> Arrival {
    Arrival {
        agency: agency.to_owned(),
        operation: accepted.operation,
        provenance: provenance(generation),
        at: at.into(),
        events: accepted.events.into_iter().map(event).collect(),
        documents: accepted.documents.into_iter().map(document).collect(),
        follow_ups: accepted.follow_ups.into_iter().map(follow_up).collect(),
        trace,
    }
}

/// What judged or made something.
pub(crate) fn provenance(generation: &GenerationInfo) -> Provenance {
    Provenance {
        component: generation.component.clone(),
        settings: generation.settings.clone(),
        generation: Some(generation.number),
    }
}

pub(crate) fn event(event: Event) -> record::Event {
    record::Event {
        kind: event.kind,
        data: event.data,
        deduplication_key: event.deduplication_key,
        about: event.about,
    }
}

pub(crate) fn document(document: Document) -> record::Document {
    record::Document {
        name: document.name,
        media_type: document.media_type,
        content: content(&document.content),
    }
}

/// Bytes of a blob, shared with it.
pub(crate) fn content(blob: &Blob) -> Content {
    Content::from_segments(blob.to_segments())
}

/// Nothing that components say of operations puts one behind another, so that each goes by itself.
pub(crate) fn follow_up(follow_up: FollowUp) -> record::FollowUp {
    record::FollowUp {
        operation: follow_up.operation,
        parameters: follow_up.parameters,
        deduplication_key: follow_up.deduplication_key,
        lane: None,
    }
}
