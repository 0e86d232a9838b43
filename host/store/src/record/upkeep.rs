// SPDX-License-Identifier: Apache-2.0
use std::time::Duration;

use serde::Serialize;

use crate::time::Timestamp;

/// What may be removed. By default nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Retention {
    /// Entries that were acknowledged so long ago.
    pub acknowledged_age: Option<Duration>,
    /// Acknowledged entries, the oldest first, until those that are left have so many bytes at most, their documents included.
    pub acknowledged_bytes: Option<u64>,
    /// Entries that were committed so long ago **though nobody has acknowledged them**.
    pub unacknowledged_age: Option<Duration>,
    /// Operations that ended so long ago, with the idempotency key of each.
    pub ended_age: Option<Duration>,
    /// Deduplication keys that last came so long ago and whose entry or operation is gone. What comes with one later is new.
    pub keys_age: Option<Duration>,
    /// Acts that were done so long ago.
    pub acts_age: Option<Duration>,
    /// What nodes said that were last heard of so long ago.
    pub nodes_age: Option<Duration>,
    /// So many of each kind at most in one call; see [`MOST_ROWS`](super::MOST_ROWS).
    pub limit: u32,
}

/// What was removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Pruned {
    /// Acknowledged entries.
    pub acknowledged: u64,
    /// Entries that nobody had acknowledged.
    pub unacknowledged: u64,
    /// Operations that had ended.
    pub operations: u64,
    /// Deduplication keys.
    pub keys: u64,
    /// Acts.
    pub acts: u64,
    /// Nodes that are gone.
    pub nodes: u64,
    /// Whether there may be more to remove: call again.
    pub more: bool,
}

/// What there is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// The store's time.
    pub now: Timestamp,
    /// Entries.
    pub entries: u64,
    /// Those that nobody has acknowledged.
    pub waiting: u64,
    /// When the oldest of those was committed.
    pub oldest_waiting: Option<Timestamp>,
    /// Bytes of all entries, their documents included.
    pub entry_bytes: u64,
    /// Operations that have not ended, those that are held among them.
    pub queued: u64,
    /// When the oldest of those was queued.
    pub oldest_queued: Option<Timestamp>,
    /// Operations on which a human has to decide.
    pub held: u64,
    /// Operations that have ended and are still known.
    pub ended: u64,
    /// Deduplication keys.
    pub keys: u64,
    /// Acts.
    pub acts: u64,
    /// Contents of documents, payloads, progress and components.
    pub bodies: u64,
    /// Their bytes.
    pub body_bytes: u64,
    /// Entries and operations that a newer version of the program wrote and this one leaves alone.
    pub newer: u64,
    /// Bytes on the disk, where there is one.
    pub disk_bytes: Option<u64>,
    /// Operations that have not ended, by agency.
    pub queues: Vec<Queue>,
}

/// Operations of one agency that have not ended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Queue {
    /// The agency.
    pub agency: String,
    /// Those that are not held.
    pub queued: u64,
    /// When the oldest of those was queued.
    pub oldest_queued: Option<Timestamp>,
    /// Those on which a human has to decide.
    pub held: u64,
    /// When the oldest of those was queued.
    pub oldest_held: Option<Timestamp>,
}

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// What it is about, such as `body 17`.
    pub what: String,
    /// What is wrong with it.
    pub wrong: String,
}
