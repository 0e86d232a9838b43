// SPDX-License-Identifier: Apache-2.0
//! Where accepted calls go.

mod known_keys;
mod memory;

use std::{error::Error, time::SystemTime};

use silta::exchange::{Document, Event, FollowUp};

pub use known_keys::KnownKeys;
pub use memory::MemoryInbox;

/// What an accepted call brings.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// Id of the agency that called.
    pub agency: String,
    /// Number of the generation of its component that validated the call.
    pub generation: u64,
    /// When the call had been read whole.
    pub at: SystemTime,
    /// Inbound operation that was called.
    pub operation: String,
    /// Facts for the platform, each with its deduplication key.
    pub events: Vec<Event>,
    /// Files.
    pub documents: Vec<Document>,
    /// Operations to run next, each with its deduplication key.
    pub follow_ups: Vec<FollowUp>,
}

impl Arrival {
    /// Whether there is nothing to keep, as for a health check.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty() && self.documents.is_empty() && self.follow_ups.is_empty()
    }
}

/// The result of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receipt {
    /// At least one event is new, or there are no events but documents or follow-ups.
    New,
    /// Every event had been committed before; nothing was stored.
    Duplicate,
}

/// Why an inbox could not commit. Its text goes to the operator's log: no content of the arrival belongs in it.
#[derive(Debug, thiserror::Error)]
#[error("the inbox cannot commit: {0}")]
pub struct InboxError(#[source] Box<dyn Error + Send + Sync>);

impl InboxError {
    /// An error with its cause.
    pub fn new(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }
}

/// Keeps what accepted calls bring. An implementor guarantees:
///
/// - **Committed is kept.** Once `commit` has returned [`Receipt::New`], the events, documents and follow-ups survive whatever the inbox promises to
///   survive; the agency is told that it need not call again.
/// - **All or nothing.** After an error nothing of the arrival is kept, its deduplication keys least of all: the agency calls again, and must not
///   be taken for a duplicate then.
/// - **Once.** Deduplication keys count per agency. An arrival all of whose events are known is a [`Receipt::Duplicate`]; of any other one, the events
///   that are known already are left out, and so are the follow-ups whose keys are known. [`KnownKeys`](crate::KnownKeys) has these rules. They hold between
///   calls under way at the same time, too.
///
/// `commit` is called on a thread that may block, by several threads at once. It may be called for an arrival whose sender has been told to try again
/// meanwhile, because the time for an answer had run out.
pub trait Inbox: Send + Sync {
    /// Keeps an arrival.
    ///
    /// # Errors
    /// Nothing is kept; the agency is told to try again.
    fn commit(&self, arrival: Arrival) -> Result<Receipt, InboxError>;

    /// Whether an arrival of an agency could be kept now, as far as that can be told without waiting: a call that brings nothing, such as a
    /// health check, is answered well only then. By default it can.
    ///
    /// # Errors
    /// Why it could not; the agency is told to try again.
    fn check(&self, _agency: &str) -> Result<(), InboxError> {
        Ok(())
    }
}
