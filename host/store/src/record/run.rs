// SPDX-License-Identifier: Apache-2.0
use std::fmt;

use super::{
    operation::{End, Note},
    outcome::Ending,
};
use crate::time::Timestamp;

/// Runs of an operation that are kept where nobody says how many.
pub const KEPT_RUNS: u32 = 50;

/// A run of an operation, as it ended.
#[derive(Clone, PartialEq, Eq)]
pub struct Run {
    /// Which one: the first is 1. What was only put off is no run, and numbers go on when a human lets the operation go on.
    pub number: u32,
    /// When it ended, in the store's time.
    pub at: Timestamp,
    /// What kind of end it is: that of its note, or of one that ended the operation, `done`, `refused` or `given-up`.
    pub class: String,
    /// The agency's code, or one of our own.
    pub code: String,
    /// In words.
    pub text: String,
}

/// Runs of an operation, the last ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Runs {
    /// Those that are kept, by number.
    pub kept: Vec<Run>,
    /// How many came before these and are not kept any more.
    pub cut: u32,
}

impl Runs {
    pub(crate) fn of(kept: Vec<Run>) -> Self {
        let first = kept.first().map_or(1, |run| run.number);
        Self {
            cut: first.saturating_sub(1),
            kept,
        }
    }
}

impl Run {
    /// The one after so many, with this note.
    pub(crate) fn noted(after: u32, at: Timestamp, note: &Note) -> Self {
        Self {
            number: after.saturating_add(1),
            at,
            class: note.class.clone(),
            code: note.code.clone(),
            text: note.text.clone(),
        }
    }
}

impl Note {
    /// That of a run that has ended its operation.
    pub(crate) fn of_end(ending: &Ending) -> Self {
        let class = match ending.end {
            End::Done => "done",
            End::Refused => "refused",
            End::GivenUp => "given-up",
        };
        Self {
            class: class.to_owned(),
            code: ending.code.clone(),
            text: String::new(),
            counts: true,
        }
    }
}

impl fmt::Debug for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run")
            .field("number", &self.number)
            .field("at", &self.at)
            .field("class", &self.class)
            .field("code", &self.code)
            .finish_non_exhaustive()
    }
}
