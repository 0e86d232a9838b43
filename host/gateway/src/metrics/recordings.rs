// SPDX-License-Identifier: Apache-2.0
//! What recording calls counts.

use std::fmt;

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family},
    registry::Registry,
};

/// Calls that were to be recorded, by outcome. Clones count together.
#[derive(Clone, Default)]
pub struct RecordingCounts {
    recordings: Family<Ended, Counter>,
    removed: Counter,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Ended {
    agency: String,
    result: &'static str,
}

/// The outcome of a recording. The call itself is as if nobody recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RecordingOutcome {
    /// It is a bundle in the folder.
    Kept,
    /// A secret cannot be told apart from the rest of it.
    Withheld,
    /// It has more than `record.most-bytes`.
    TooLarge,
    /// `record.most-waiting` others wait to be written.
    NoRoom,
    /// It could not be sealed or written.
    Failed,
}

impl RecordingOutcome {
    fn name(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Withheld => "withheld",
            Self::TooLarge => "most-bytes",
            Self::NoRoom => "most-waiting",
            Self::Failed => "failed",
        }
    }
}

impl RecordingCounts {
    pub(super) fn register(&self, registry: &mut Registry) {
        let help = "Calls that were to be recorded, by outcome";
        registry.register("recordings", help, self.recordings.clone());
        let help = "Bundles that were removed, because there were too many, too much of them, or too old ones";
        registry.register("recordings_removed", help, self.removed.clone());
    }

    pub(crate) fn ended(&self, agency: &str, outcome: RecordingOutcome) {
        let agency = agency.to_owned();
        let result = outcome.name();
        let ended = Ended { agency, result };
        self.recordings.get_or_create(&ended).inc();
    }

    pub(crate) fn removed(&self, bundles: u64) {
        self.removed.inc_by(bundles);
    }

    #[cfg(test)]
    pub(crate) fn number(&self, agency: &str, outcome: RecordingOutcome) -> u64 {
        let agency = agency.to_owned();
        let result = outcome.name();
        let ended = self.recordings.get(&Ended { agency, result });
        ended.map_or(0, |counter| counter.get())
    }
}

impl fmt::Debug for RecordingCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordingCounts").finish_non_exhaustive()
    }
}
