// SPDX-License-Identifier: Apache-2.0
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{
    act::{ActRecord, Actor, Deed, Subject},
    entry::StoredDocument,
    ids::{BodyId, OperationId, Position},
};
use crate::time::Timestamp;

/// An operation, and how far it has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// Its number.
    pub id: OperationId,
    /// The agency.
    pub agency: String,
    /// What is to be done. It never changes.
    pub wish: Wish,
    /// How far it has come.
    pub state: OperationState,
}

/// What is to be done.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Wish {
    /// Operation.
    pub operation: String,
    /// Parameters: one JSON object.
    pub parameters: String,
    /// Payload.
    pub payload: Option<StoredDocument>,
    /// Attachments.
    pub attachments: Vec<StoredDocument>,
    /// The conversation.
    pub lane: Option<String>,
    /// The poll.
    pub poll: Option<String>,
    /// Who asked for it.
    pub origin: Origin,
    /// When it was queued, in the store's time.
    pub submitted: Timestamp,
    /// The operation that it does once more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replay_of: Option<OperationId>,
    /// Trace that it belongs to: a `traceparent` (W3C Trace Context).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
    /// Who submitted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Actor>,
}

impl Wish {
    /// The act of one that is queued because somebody had another one done once more.
    pub(crate) fn replay(&self, id: OperationId) -> Option<ActRecord> {
        Some(ActRecord {
            by: self.by.clone().unwrap_or_default(),
            deed: Deed::REPLAY,
            subject: Subject::Operation(self.replay_of?),
            name: self.operation.clone(),
            new: Some(id),
        })
    }
}

/// Who asked for an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Origin {
    /// Somebody submitted it.
    Submitted,
    /// It follows from what an entry brought.
    Entry(Position),
    /// It follows from an operation that brought nothing else.
    Operation(OperationId),
}

/// How far an operation has come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OperationState {
    /// Who has it, or had it when the lease ended; nobody after it was given back.
    pub owner: Option<String>,
    /// It is not claimed before this moment, which is when a lease ends or when its wait is over.
    pub until: Timestamp,
    /// Goes up each time that it is claimed or given back.
    pub epoch: u64,
    /// Why a human has to decide on it before it goes on.
    pub held: Option<String>,
    /// Its progress.
    pub progress: Option<BodyId>,
    /// How often it has been run since it was queued, or since a human let it go on. What was put off before anything was tried is not counted.
    pub runs: u32,
    /// What the last run came to that did not end it.
    pub last: Option<LastRun>,
    /// A human let it go on, and nothing has been kept or counted since: so it may do once what it was held for.
    pub resumed: bool,
    /// How it ended.
    pub ended: Option<Ended>,
}

/// The outcome of a run after which the operation goes on later or waits for a human, for the operator to read.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Note {
    /// What kind of end it is; who runs the operation says which there are.
    pub class: String,
    /// The agency's code, or one of our own.
    pub code: String,
    /// In words. No content of the operation belongs in it.
    pub text: String,
    /// Whether something was tried; `false` for what was only put off.
    pub counts: bool,
}

/// A note, and when it was made.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LastRun {
    /// What kind of end it is.
    pub class: String,
    /// The agency's code, or one of our own.
    pub code: String,
    /// In words.
    pub text: String,
    /// When, in the store's time.
    pub at: Timestamp,
    /// How many runs in a row that were counted came to the same class, this one included, since a human let it go on.
    pub times: u32,
}

impl OperationState {
    /// Takes the note of a run that ends at a moment.
    pub(crate) fn take(&mut self, note: &Note, at: Timestamp) {
        let before = self.last.take().filter(|last| last.class == note.class);
        let before = before.map_or(0, |last| last.times);
        let counted = u32::from(note.counts);
        self.runs = self.runs.saturating_add(counted);
        self.resumed &= !note.counts;
        self.last = Some(LastRun {
            class: note.class.clone(),
            code: note.code.clone(),
            text: note.text.clone(),
            at,
            times: before.saturating_add(counted),
        });
    }

    /// Whether nothing would change if a human let it go on now: it is free, due, and somebody did so since it was run last.
    pub(crate) fn is_resumed(&self, now: Timestamp) -> bool {
        let is_free = self.owner.is_none() && self.held.is_none() && self.ended.is_none();
        is_free && self.until <= now && self.resumed
    }

    /// A human lets it go on: runs are counted anew.
    pub(crate) fn resume(&mut self) {
        self.runs = 0;
        self.resumed = true;
        if let Some(last) = &mut self.last {
            last.times = 0;
        }
    }
}

/// How an operation ended.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ended {
    /// Which way.
    pub end: End,
    /// The agency's code.
    pub code: String,
    /// What the agency calls the transmission.
    pub reference: String,
    /// When, in the store's time.
    pub at: Timestamp,
    /// The entry with what it brought, if that was anything new.
    pub entry: Option<Position>,
}

/// Which way an operation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum End {
    /// Done.
    Done,
    /// The agency refused it for good.
    Refused,
    /// It was given up, or a human cancelled it.
    GivenUp,
}

impl fmt::Debug for Wish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wish")
            .field("operation", &self.operation)
            .field("origin", &self.origin)
            .field("submitted", &self.submitted)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Note")
            .field("class", &self.class)
            .field("code", &self.code)
            .field("counts", &self.counts)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for LastRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LastRun")
            .field("class", &self.class)
            .field("code", &self.code)
            .field("at", &self.at)
            .field("times", &self.times)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ended")
            .field("end", &self.end)
            .field("code", &self.code)
            .field("at", &self.at)
            .field("entry", &self.entry)
            .finish_non_exhaustive()
    }
}
