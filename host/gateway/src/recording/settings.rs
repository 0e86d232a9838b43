// SPDX-License-Identifier: Apache-2.0
//! What is recorded, and where it is kept.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use serde::Deserialize;
use silta_bundles::{Room, SealingKey};

/// What is recorded, and where it is kept.
#[derive(Debug, Clone)]
pub struct RecordingSettings {
    /// Whom bundles are sealed to.
    pub key: SealingKey,
    /// Folder of the bundles; other processes of the same user may write to it as well.
    pub folder: PathBuf,
    /// What it may hold.
    pub room: Room,
    /// Most bytes of what one call saw and gave; one with more is not recorded (`record.most-bytes`).
    pub most_bytes: u64,
    /// Most calls that wait to be written, each of `most_bytes` at most; further ones are not recorded (`record.most-waiting`).
    pub most_waiting: usize,
    /// Version of the contract between host and components, for who replays.
    pub contract: String,
    /// Of agencies that have no share of their own.
    pub share: RecordingShare,
    /// By agency.
    pub shares: BTreeMap<String, RecordingShare>,
}

impl RecordingSettings {
    /// The share of an agency.
    pub(super) fn share_of(&self, agency: &str) -> &RecordingShare {
        self.shares.get(agency).unwrap_or(&self.share)
    }
}

/// Which calls of an agency are recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordingShare {
    /// Of a thousand calls, so many; 0 to 1,000.
    pub of_thousand: u32,
    /// Of these kinds.
    pub functions: BTreeSet<RecordedFunction>,
}

/// A kind of call that is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RecordedFunction {
    /// A request is built.
    Build,
    /// An answer is read.
    Parse,
    /// A call of the agency is judged.
    Validate,
}

impl RecordedFunction {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Build, Self::Parse, Self::Validate];

    /// The contract's function.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Build => "envelope.build",
            Self::Parse => "message.parse",
            Self::Validate => "notification.validate",
        }
    }
}
