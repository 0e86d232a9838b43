// SPDX-License-Identifier: Apache-2.0
use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

use super::{
    act::{ActRecord, Actor, Deed, Subject},
    arrival::{Document, Event, FollowUp, Provenance},
    entry::StoredDocument,
    ids::{BodyId, Lease, OperationId, Position},
};
use crate::{content::Content, time::Timestamp};

/// An operation that somebody asks for.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Submission {
    /// Name that the agency is deployed under.
    pub agency: String,
    /// Operation.
    pub operation: String,
    /// Parameters: one JSON object.
    pub parameters: String,
    /// Payload, where the operation takes one.
    pub payload: Option<Content>,
    /// Attachments.
    pub attachments: Vec<Document>,
    /// The conversation whose operations go one after the other. Operations without one go side by side.
    pub lane: Option<String>,
    /// The poll that it is a run of: its runs are one conversation, and each has the cursor that the last one left.
    pub poll: Option<String>,
    /// It is not claimed before so long after now.
    pub delay: Duration,
    /// Under which it is submitted once.
    pub idempotency: Option<IdempotencyKey>,
    /// The operation that it does once more: one that has ended, and not well. It is no part of what makes two submissions the same.
    pub replay_of: Option<OperationId>,
    /// Trace that it belongs to: a `traceparent` (W3C Trace Context). It is no part of what makes two submissions the same, either.
    pub trace: Option<String>,
    /// Who submits it; nobody, where the program does by itself. Of one that does another once more, an act is kept. It is no part of what makes two submissions the same, either.
    pub by: Option<Actor>,
}

/// What a caller calls a request.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct IdempotencyKey {
    /// Whose key it is: keys of different clients are different.
    pub client: String,
    /// The key.
    pub key: String,
}

/// What a submission came to. Both are acknowledgements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Submitted {
    /// It is queued.
    New(OperationId),
    /// The same request has been submitted under this key.
    Known(OperationId),
}

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

/// What a run came to after which the operation goes on later or waits for a human, for the operator to read.
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

/// Which operations somebody wants to carry out.
///
/// Given out are those whose time has come, the oldest first; of a conversation only its oldest that has not ended, and not while another has that.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claim {
    /// Who; for people to read.
    pub owner: String,
    /// Those of these agencies; of all, when there are none.
    pub agencies: Vec<String>,
    /// But not those of these names. They hold up their conversations all the same.
    pub except: Vec<String>,
    /// And of these names not more than so many of one agency at once, counted with those that others have at the moment. Who has let a lease run out has none.
    pub at_once: Vec<AtOnce>,
    /// So many at most; see [`MOST_ROWS`](super::MOST_ROWS).
    pub limit: u32,
    /// For how long.
    pub duration: Duration,
}

/// How many operations of a name may be out at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtOnce {
    /// The name.
    pub operation: String,
    /// So many of one agency at most.
    pub most: u32,
}

impl Claim {
    /// How many operations of a name may be out at once; `None` for any number.
    pub(crate) fn most_of(&self, name: &str) -> Option<u64> {
        let mut limits = self.at_once.iter();
        let limit = limits.find(|limit| limit.operation == name);
        limit.map(|limit| limit.most.into())
    }
}

/// When there will be something to claim. A hint: it is read beside those who write, and says nothing that is kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Due {
    /// The store's time.
    pub now: Timestamp,
    /// When the first of them can be claimed, if nothing else happens: now, or later; `None` when there is none. What is asked for by agencies and is out as often as it may be
    /// (`at_once`) can be when the first lease of it ends.
    pub next: Option<Timestamp>,
}

/// An operation that is to be carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// The operation.
    pub operation: Operation,
    /// Where its poll is.
    pub cursor: Option<Cursor>,
    /// What it is settled with.
    pub lease: Lease<OperationId>,
}

/// How far a poll has come.
#[derive(Clone, PartialEq, Eq)]
pub struct Cursor {
    /// What the component said; nobody else reads it.
    pub value: String,
    /// Since when, in the store's time.
    pub at: Timestamp,
}

/// What became of a claimed operation.
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

/// What a human decides on an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// One that is held, or waits, goes on now.
    Resume,
    /// One that nobody has at the moment ends as given up. An entry with one event ([`Event::of_end`]) says so to whoever reads the inbox.
    Cancel,
}

impl Decision {
    /// The act of it, on an operation of this name.
    pub(crate) fn act(self, (id, name): (OperationId, String), by: Actor) -> ActRecord {
        ActRecord {
            by,
            deed: match self {
                Self::Resume => Deed::RESUME,
                Self::Cancel => Deed::CANCEL,
            },
            subject: Subject::Operation(id),
            name,
            new: None,
        }
    }
}

/// What became of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decided {
    /// It holds.
    Done,
    /// Somebody carries the operation out at this moment.
    UnderWay,
    /// It has ended, or there is none.
    Over,
    /// Nobody carries it out, but it is not as whoever decides has seen it: its epoch is another.
    Moved,
}

impl fmt::Debug for Submission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Submission")
            .field("agency", &self.agency)
            .field("operation", &self.operation)
            .field("delay", &self.delay)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("IdempotencyKey");
        shown.field("client", &self.client).finish_non_exhaustive()
    }
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

impl fmt::Debug for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Cursor");
        shown.field("at", &self.at).finish_non_exhaustive()
    }
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
