// SPDX-License-Identifier: Apache-2.0
//! Files that something serves with, read again when they have changed: one for whatever has such files.

use std::time::Duration;

use silta_config::Snapshot;

use super::{
    changes::{Change, Changes},
    retry::Retry,
};
use crate::failure::Failure;

/// How soon files that are being changed are looked at again.
const SETTLING: Duration = Duration::from_millis(250);

/// What is known of the files of something that serves.
pub(super) struct Upkeep {
    changes: Changes<Snapshot>,
    retry: Retry,
    interval: Duration,
}

/// What is to be done after a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Look {
    /// The files are to be read: they have changed, or could not be used a while ago.
    pub(super) is_to_be_read: bool,
    /// When to look again.
    pub(super) next: Duration,
}

/// What is said when files were read again.
pub(super) struct Words {
    /// They are in use.
    pub(super) used: &'static str,
    /// They cannot be used.
    pub(super) unusable: &'static str,
}

impl Upkeep {
    /// For files that were like this just before they were read.
    pub(super) fn since(files: Snapshot, interval: Duration) -> Self {
        Self {
            changes: Changes::since(files),
            retry: Retry::default(),
            interval,
        }
    }

    /// Looks at the files as they are now.
    pub(super) fn look(&mut self, files: Snapshot) -> Look {
        let change = self.changes.look(files);
        Look {
            is_to_be_read: change == Change::Settled
                || (change == Change::None && self.retry.is_due()),
            next: next(change == Change::Settling, self.interval),
        }
    }

    /// Where there is nothing to look at.
    pub(super) fn interval(&self) -> Duration {
        self.interval
    }

    /// Looks so often from now on.
    pub(super) fn look_every(&mut self, interval: Duration) {
        self.interval = interval;
    }

    /// The files were read again, with this result.
    pub(super) fn read_again(&mut self, used: Result<(), Failure>, words: &Words) {
        match used {
            Ok(()) => {
                self.retry.succeeded();
                tracing::info!(target: "silta::serve", "{}", words.used);
            }
            Err(failure) => self.retry.failed(&failure, |code, reason| {
                tracing::error!(target: "silta::serve", code, reason, "{}", words.unusable);
            }),
        }
    }
}

/// After what time to look again.
pub(super) fn next(is_settling: bool, interval: Duration) -> Duration {
    match is_settling {
        true => SETTLING.min(interval),
        false => interval,
    }
}
