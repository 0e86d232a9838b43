// SPDX-License-Identifier: Apache-2.0
use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

use super::{
    arrival::{Event, Provenance},
    ids::{BodyId, Lease, OperationId, Position},
};
use crate::{content::Digest, time::Timestamp};

/// What one arrival, or one operation that has ended, brought: for the platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Where it stands.
    pub position: Position,
    /// The agency.
    pub agency: String,
    /// What was brought. It never changes.
    pub received: Received,
    /// How far it has been handed over.
    pub delivery: Delivery,
}

/// What was brought, without what was known already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Received {
    /// The agency's operation that was called, or ours that ended.
    pub operation: String,
    /// How it came.
    pub source: Source,
    /// What judged it.
    pub provenance: Provenance,
    /// When it had been read, by the clock of the node.
    pub at: Timestamp,
    /// When it was committed, in the store's time.
    pub committed: Timestamp,
    /// Facts.
    pub events: Vec<Event>,
    /// Files.
    pub documents: Vec<StoredDocument>,
    /// Operations that were queued with it.
    pub follow_ups: Vec<OperationId>,
    /// Trace that it belongs to: a `traceparent` (W3C Trace Context).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
}

/// How an entry came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Source {
    /// The agency called.
    Call,
    /// An operation of ours ended.
    Operation(OperationId),
}

/// A file whose bytes are read with [`Store::body`](crate::Store::body).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StoredDocument {
    /// Name without a folder.
    pub name: String,
    /// Media type.
    pub media_type: String,
    /// Size in bytes.
    pub size: u64,
    /// SHA-256 of the bytes.
    pub sha256: Digest,
    /// The bytes.
    pub body: BodyId,
}

/// How far an entry has been handed over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Delivery {
    /// When it was acknowledged.
    pub acknowledged: Option<Timestamp>,
    /// Who has it, or had it when the lease ended; nobody after it was given back.
    pub owner: Option<String>,
    /// It is not given out before this moment, which is when a lease ends or when the wait after it was handed back is over.
    pub until: Timestamp,
    /// Goes up each time that it is given out or handed back.
    pub epoch: u64,
}

/// Which entries to read. Reading changes nothing: it is for people and for followers that keep their position themselves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// Those behind this position; the last one that was read, or 0.
    pub after: Position,
    /// From the last one down to the first: behind a position are those before it then, and behind 0 are all.
    pub newest_first: bool,
    /// Those of one agency.
    pub agency: Option<String>,
    /// Only those that have not been acknowledged.
    pub waiting: bool,
    /// So many at most; see [`MOST_ROWS`](super::MOST_ROWS).
    pub limit: u32,
}

/// Which entries somebody wants to handle.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeaseWish {
    /// Who; for people to read.
    pub owner: String,
    /// Those of one agency.
    pub agency: Option<String>,
    /// Only those at these positions; any where there is none.
    pub only: Vec<Position>,
    /// So many at most; see [`MOST_ROWS`](super::MOST_ROWS).
    pub limit: u32,
    /// For how long.
    pub duration: Duration,
}

/// An entry that is to be handled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeasedEntry {
    /// The entry.
    pub entry: Entry,
    /// What it is acknowledged with.
    pub lease: Lease<Position>,
}

impl fmt::Debug for StoredDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredDocument")
            .field("media_type", &self.media_type)
            .field("size", &self.size)
            .field("body", &self.body)
            .finish_non_exhaustive()
    }
}
