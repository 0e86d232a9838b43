// SPDX-License-Identifier: Apache-2.0
use std::{error::Error, fmt};

/// Why a text is not a time: what was expected, and where. Never the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeError {
    /// Character at which reading stopped, counted from 1.
    pub position: usize,
    /// What was expected there.
    pub expected: &'static str,
}

impl fmt::Display for TimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { position, expected } = self;
        write!(f, "expected {expected} at character {position}")
    }
}

impl Error for TimeError {}
