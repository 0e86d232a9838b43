// SPDX-License-Identifier: Apache-2.0
use std::{fmt, time::Duration};

use super::{
    arrival::{Document, Event, FollowUp, Provenance},
    ids::OperationId,
    operation::{End, Note, Wish},
};
use crate::{content::Content, time::Timestamp};

/// How a run of a claimed operation came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It goes on later.
    Again {
        /// After so long.
        delay: Duration,
        /// Its progress; what is kept already, when there is none.
        progress: Option<Content>,
        /// What the run came to; nothing, when it was only given back.
        note: Option<Note>,
    },
    /// A human has to decide; its conversation waits.
    Held {
        /// Why, in words for the operator. No content of the operation belongs in it.
        why: String,
        /// Its progress; what is kept already, when there is none.
        progress: Option<Content>,
        /// What the run came to.
        note: Option<Note>,
    },
    /// It is over.
    Ended(Box<Ending>),
}

/// What an operation that is over hands out. All of it is committed with its end.
#[derive(Clone, PartialEq, Eq)]
pub struct Ending {
    /// Which way.
    pub end: End,
    /// The agency's code.
    pub code: String,
    /// What the agency calls the transmission.
    pub reference: String,
    /// What read the agency's answer.
    pub provenance: Provenance,
    /// When the answer had been read, by the clock of the node.
    pub at: Timestamp,
    /// Facts; those that are known are left out.
    pub events: Vec<Event>,
    /// Files. They are left out where there are events and all of them are known.
    pub documents: Vec<Document>,
    /// Operations to run next; those that are known are left out.
    pub follow_ups: Vec<FollowUp>,
    /// Where the next run of its poll begins; where it began, when there is none.
    pub cursor: Option<String>,
}

impl Ending {
    /// That of an operation that a human has cancelled.
    pub(crate) fn cancelled(id: OperationId, wish: &Wish, now: Timestamp) -> Self {
        let told = (CANCELLED, "it was cancelled");
        Self {
            end: End::GivenUp,
            code: CANCELLED.to_owned(),
            at: now,
            events: Event::of_end(id, &wish.operation, End::GivenUp, told)
                .into_iter()
                .collect(),
            ..Self::default()
        }
    }
}

/// Code of what a human has cancelled.
const CANCELLED: &str = "cancelled";

impl Default for Ending {
    /// Done, and nothing handed out.
    fn default() -> Self {
        Self {
            end: End::Done,
            code: String::new(),
            reference: String::new(),
            provenance: Provenance::default(),
            at: Timestamp::default(),
            events: Vec::new(),
            documents: Vec::new(),
            follow_ups: Vec::new(),
            cursor: None,
        }
    }
}

/// Whether a change was made under a lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// It was, now or when the same was asked before.
    Done,
    /// It was not: the lease has moved on, or what it was of is gone.
    Stale,
}

impl fmt::Debug for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ending")
            .field("end", &self.end)
            .field("code", &self.code)
            .field("events", &self.events)
            .field("documents", &self.documents)
            .field("follow_ups", &self.follow_ups)
            .finish_non_exhaustive()
    }
}
