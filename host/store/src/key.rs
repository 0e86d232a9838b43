// SPDX-License-Identifier: Apache-2.0
//! What makes two arrivals, or two submissions, the same.

use crate::{
    content::{Content, Digest, Hasher},
    record::{Arrival, Document, Submission},
};

/// What an arrival without events is known by.
///
/// Not by when it came, by what judged it, or by the lanes of its follow-ups: the agency that calls again because nobody answered brings the same.
pub(crate) fn of_arrival(arrival: &Arrival) -> Digest {
    let mut hasher = Hasher::default();
    hasher.value(b"arrival 1");
    hasher.value(arrival.operation.as_bytes());
    documents(&mut hasher, &arrival.documents);
    hasher.value(&(arrival.follow_ups.len() as u64).to_be_bytes());
    for follow_up in &arrival.follow_ups {
        hasher.value(follow_up.operation.as_bytes());
        hasher.value(follow_up.parameters.as_bytes());
        hasher.value(follow_up.deduplication_key.as_bytes());
    }
    hasher.finish()
}

/// What two submissions under one idempotency key have in common.
pub(crate) fn of_submission(wish: &Submission) -> Digest {
    let mut hasher = Hasher::default();
    hasher.value(b"submission 1");
    for text in [&wish.agency, &wish.operation, &wish.parameters] {
        hasher.value(text.as_bytes());
    }
    for text in [&wish.lane, &wish.poll] {
        hasher.value(&[u8::from(text.is_some())]);
        hasher.value(text.as_deref().unwrap_or_default().as_bytes());
    }
    let payload = wish.payload.as_ref().map(Content::digest);
    hasher.value(payload.as_ref().map_or(&[][..], |digest| &digest.0));
    documents(&mut hasher, &wish.attachments);
    hasher.finish()
}

/// The lane that the runs of a poll, or the operations of a conversation, go in.
pub(crate) fn lane(lane: Option<&str>, poll: Option<&str>) -> Option<String> {
    match (poll, lane) {
        (Some(poll), _) => Some(format!("poll {poll}")),
        (None, Some(lane)) => Some(format!("lane {lane}")),
        (None, None) => None,
    }
}

fn documents(hasher: &mut Hasher, documents: &[Document]) {
    hasher.value(&(documents.len() as u64).to_be_bytes());
    for document in documents {
        hasher.value(document.name.as_bytes());
        hasher.value(document.media_type.as_bytes());
        hasher.value(&document.content.digest().0);
    }
}
