// SPDX-License-Identifier: Apache-2.0
//! What operations come to, as records of the store, and what the store has of them, as operations take it.

use std::time::SystemTime;

use silta::{
    GenerationInfo,
    exchange::{Attachment, Outcome},
};
use silta_store::{
    Content, Store, StoreError,
    record::{
        Arrival, Document, End, Ending, Event, Note, Operation, OperationId, Provenance,
        StoredDocument,
    },
};

use super::retry::Told;
use crate::{
    inbox,
    operation::{self, Progress, Results},
};

/// Payload and attachments of an operation. `None` where one of them is gone.
pub(super) fn content(
    store: &dyn Store,
    operation: &Operation,
) -> Result<Option<operation::Content>, StoreError> {
    let read = |document: &StoredDocument| store.body(document.body);
    let payload = match &operation.wish.payload {
        None => None,
        Some(payload) => match read(payload)? {
            None => return Ok(None),
            Some(payload) => Some(payload.segments().to_vec().into()),
        },
    };
    let mut attachments = Vec::new();
    for document in &operation.wish.attachments {
        let Some(content) = read(document)? else {
            return Ok(None);
        };
        attachments.push(Attachment {
            name: document.name.clone(),
            media_type: document.media_type.clone(),
            content: content.segments().to_vec().into(),
        });
    }
    Ok(Some(operation::Content {
        payload,
        attachments,
    }))
}

/// Progress as it is kept.
pub(super) fn progress(progress: &Progress) -> Content {
    Content::from_segments(progress.to_blob().to_segments())
}

/// Note of a run.
pub(super) fn note(told: &Told, counts: bool) -> Note {
    Note {
        class: told.class.to_owned(),
        code: told.code.clone(),
        text: told.text.clone(),
        counts,
    }
}

/// Which component by which settings read the answer.
pub(super) fn provenance(generation: Option<&GenerationInfo>) -> Provenance {
    generation.map(inbox::provenance).unwrap_or_default()
}

/// The end of an operation that is done.
pub(super) fn done(outcome: Outcome, provenance: Provenance, at: SystemTime) -> Ending {
    let handed_out = Results {
        events: outcome.events,
        documents: outcome.documents,
        follow_ups: outcome.follow_ups,
    };
    Ending {
        end: End::Done,
        code: outcome.code,
        reference: outcome.reference,
        cursor: outcome.cursor,
        ..of_results(handed_out, provenance, at)
    }
}

/// The end of one that is over and was not done, with what its steps had handed out before and an event that says so, under a deduplication key.
pub(super) fn refused(
    (operation, key): (&Operation, String),
    told: &Told,
    handed_out: Results,
    (provenance, at): (Provenance, SystemTime),
) -> Ending {
    let mut ending = Ending {
        end: End::Refused,
        code: told.code.clone(),
        ..of_results(handed_out, provenance, at)
    };
    let name = &operation.wish.operation;
    let words = (told.code.as_str(), told.text.as_str());
    let event = Event::of_end(operation.id, name, End::Refused, words);
    ending.events.extend(event.map(|event| Event {
        deduplication_key: key,
        ..event
    }));
    ending
}

fn of_results(results: Results, provenance: Provenance, at: SystemTime) -> Ending {
    Ending {
        provenance,
        at: at.into(),
        events: results.events.into_iter().map(inbox::event).collect(),
        documents: results.documents.into_iter().map(inbox::document).collect(),
        follow_ups: results
            .follow_ups
            .into_iter()
            .map(inbox::follow_up)
            .collect(),
        ..Ending::default()
    }
}

/// What the answer of an operation that goes on has brought all the same. `None` for nothing.
pub(super) fn brought(
    operation: &Operation,
    outcome: &Outcome,
    (provenance, at): (Provenance, SystemTime),
) -> Option<Arrival> {
    let events: Vec<_> = outcome.events.iter().cloned().map(inbox::event).collect();
    let documents = outcome.documents.iter().cloned();
    let documents: Vec<Document> = documents.map(inbox::document).collect();
    let follow_ups = outcome.follow_ups.iter().cloned();
    let arrival = Arrival {
        agency: operation.agency.clone(),
        operation: operation.wish.operation.clone(),
        provenance,
        at: at.into(),
        events,
        documents,
        follow_ups: follow_ups.map(inbox::follow_up).collect(),
        trace: operation.wish.trace.clone(),
    };
    (!arrival.is_empty()).then_some(arrival)
}

/// What the steps of an operation that is refused handed out, and its last answer.
pub(super) fn handed_out(progress: &Progress, outcome: Option<&Outcome>) -> Results {
    let mut results = progress.results().clone();
    if let Some(outcome) = outcome {
        results.events.extend(outcome.events.iter().cloned());
        results.documents.extend(outcome.documents.iter().cloned());
        results
            .follow_ups
            .extend(outcome.follow_ups.iter().cloned());
    }
    results
}

/// Where the progress of an operation is, in words, for one whose progress cannot be used.
pub(super) fn unusable(id: OperationId, what: &str) -> Told {
    Told {
        class: "damaged",
        code: "state.damaged".to_owned(),
        text: format!("operation {id} cannot go on: {what}"),
    }
}
