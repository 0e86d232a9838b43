// SPDX-License-Identifier: Apache-2.0
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{
    ids::OperationId,
    operation::{Operation, OperationState},
    submission::IdempotencyKey,
};
use crate::time::Timestamp;

/// Which operations to read. Reading changes nothing.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct OperationListing {
    /// Those behind this number; the last one that was read, or 0.
    pub after: OperationId,
    /// From the last one down to the first: behind a number are those before it then, and behind 0 are all.
    pub newest_first: bool,
    /// Those of these agencies; of all, when there are none.
    pub agencies: Vec<String>,
    /// Those of one operation, by its name.
    pub operation: Option<String>,
    /// Those that have come so far, by the store's time.
    pub phase: Option<OperationPhase>,
    /// The one that was submitted under this key, as long as that is known.
    pub submitted_under: Option<IdempotencyKey>,
    /// So many at most; see [`MOST_ROWS`](super::MOST_ROWS).
    pub limit: u32,
}

/// Operations by their numbers, and the store's time that their phases are of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationPage {
    /// The store's time.
    pub now: Timestamp,
    /// The operations.
    pub operations: Vec<Operation>,
}

/// How far an operation has come, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OperationPhase {
    /// Its time has come, and nobody has it. An earlier one of its conversation may hold it up.
    Queued,
    /// Somebody carries it out.
    Running,
    /// It goes on later.
    Waiting,
    /// A human has to decide on it.
    Held,
    /// It is over.
    Ended,
}

impl OperationPhase {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Queued,
        Self::Running,
        Self::Waiting,
        Self::Held,
        Self::Ended,
    ];

    /// Stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Held => "held",
            Self::Ended => "ended",
        }
    }
}

impl OperationState {
    /// How far it has come at a moment of the store's time.
    pub fn phase(&self, now: Timestamp) -> OperationPhase {
        match (&self.ended, &self.held, &self.owner) {
            (Some(_), ..) => OperationPhase::Ended,
            (None, Some(_), _) => OperationPhase::Held,
            _ if self.until <= now => OperationPhase::Queued,
            (None, None, Some(_)) => OperationPhase::Running,
            (None, None, None) => OperationPhase::Waiting,
        }
    }
}

impl fmt::Debug for OperationListing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OperationListing")
            .field("after", &self.after)
            .field("newest_first", &self.newest_first)
            .field("agencies", &self.agencies)
            .field("operation", &self.operation)
            .field("phase", &self.phase)
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}
