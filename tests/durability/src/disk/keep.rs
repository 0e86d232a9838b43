// SPDX-License-Identifier: Apache-2.0
use std::fmt;

use crate::random::Random;

/// What is kept, when the power fails, of what was written and not synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    /// Nothing.
    Nothing,
    /// All of it.
    Everything,
    /// What came before a moment, as if the disk took all in order.
    Before(u64),
    /// Each piece of so many bytes, each length and each name by chance, in whatever order.
    Pieces(usize),
}

impl Keep {
    /// By chance; `now` is the moment of the cut.
    pub(crate) fn choose(random: &mut Random, now: u64) -> Self {
        match random.below(20) {
            0..=4 => Self::Nothing,
            5 => Self::Everything,
            // Most of what is open is young.
            6..=9 => Self::Before(now.saturating_sub(random.below(40))),
            10..=14 => Self::Pieces(512),
            _ => Self::Pieces(4_096),
        }
    }
}

impl fmt::Display for Keep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("nothing"),
            Self::Everything => f.write_str("everything"),
            Self::Before(_) => f.write_str("a beginning"),
            Self::Pieces(size) => write!(f, "pieces of {size}"),
        }
    }
}
