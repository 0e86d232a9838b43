// SPDX-License-Identifier: Apache-2.0
//! What is known of a request that was not answered.

use std::{error::Error, fmt};

use super::{
    phase::Phase,
    reason::{Fault, Reason},
};

/// Not a byte of the request left this machine. It may be sent again in whatever form.
#[derive(Debug, Clone, PartialEq)]
pub struct NotSent {
    /// What was under way.
    pub phase: Phase,
    /// Why it ended.
    pub reason: Reason,
}

/// Some of the request may have arrived, and no whole answer came. Only the very same bytes may be sent again.
#[derive(Debug, Clone, PartialEq)]
pub struct Unknown {
    /// What was under way.
    pub phase: Phase,
    /// Why it ended.
    pub reason: Reason,
}

impl NotSent {
    pub(super) fn new(phase: Phase, reason: Reason) -> Self {
        Self { phase, reason }
    }

    /// Who has to act, see [`Reason`].
    pub fn fault(&self) -> Fault {
        self.reason.fault()
    }
}

impl Unknown {
    /// Who has to act, see [`Reason`].
    pub fn fault(&self) -> Fault {
        self.reason.fault()
    }
}

impl fmt::Display for NotSent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "nothing was sent: {}: {}", self.phase, self.reason)
    }
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { phase, reason } = self;
        write!(
            f,
            "nobody knows whether it arrived: {phase}: {reason}; if it is sent again, then the very same bytes"
        )
    }
}

impl Error for NotSent {}
impl Error for Unknown {}
