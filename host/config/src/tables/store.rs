// SPDX-License-Identifier: Apache-2.0
use std::path::PathBuf;

use serde::Deserialize;

use super::Table;

/// `[store]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct StoreTable {
    /// Folder, made where it is missing. Default `store`, beside the configuration. One process uses it at a time.
    pub(crate) folder: PathBuf,
    /// A document larger than this, in bytes, is a file of its own beside the database. Default 1 MiB, 1 to 64 MiB.
    pub(crate) largest_row_bytes: u64,
    /// The most bytes that the database takes, documents in files not counted: then it is full, and calls are answered with 503. Default none: as
    /// many as the disk has.
    pub(crate) most_bytes: Option<u64>,
    /// How many arrivals share one write to the disk. Default 256, 1 to 10,000.
    pub(crate) arrivals_per_write: u32,
    /// How many runs of an operation are kept, the last ones: when, how it ended, the code. Default 50, 1 to 1,000.
    pub(crate) kept_runs: u32,
    /// How many components of an agency that were refused are kept in the history, the last ones: step, code, reason. Default 100, 1 to 1,000.
    pub(crate) kept_rejections: u32,
    pub(crate) retention: Table<RetentionTable>,
}

impl Default for StoreTable {
    fn default() -> Self {
        Self {
            folder: "store".into(),
            largest_row_bytes: 1 << 20,
            most_bytes: None,
            arrivals_per_write: 256,
            kept_runs: 50,
            kept_rejections: 100,
            retention: Table::default(),
        }
    }
}

/// `[store.retention]`. Days are of 24 hours; 0 removes at the next look.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RetentionTable {
    /// Entries, their documents included, so long after they were acknowledged. Default 30 days.
    pub(crate) acknowledged_days: u32,
    /// Acknowledged entries, the oldest first, until those that are left have so many bytes. Default none: age alone decides.
    pub(crate) acknowledged_bytes: Option<u64>,
    /// Entries that **nobody has acknowledged**, so long after they came. Default none: they stay.
    pub(crate) unacknowledged_days: Option<u32>,
    /// Operations so long after they ended, their idempotency keys with them. Default 30 days.
    pub(crate) ended_days: u32,
    /// Deduplication keys so long after they last came; what comes with one later is new. Default 400 days: agencies send again what is a year old.
    pub(crate) keys_days: u32,
    /// What somebody decided, and who (`silta acts`), so long after it was done. Default 400 days.
    pub(crate) acts_days: u32,
    /// How often what may be removed is removed. Default 60 minutes, 1 to 10,080: a week.
    pub(crate) look_minutes: u32,
}

impl Default for RetentionTable {
    fn default() -> Self {
        Self {
            acknowledged_days: 30,
            acknowledged_bytes: None,
            unacknowledged_days: None,
            ended_days: 30,
            keys_days: 400,
            acts_days: 400,
            look_minutes: 60,
        }
    }
}
