// SPDX-License-Identifier: Apache-2.0
//! Who can be written to.

use std::str::FromStr;

/// What there is of a recipient's mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MailboxState {
    /// In use.
    Active,
    /// Not taken into use, or given up; what it held is kept.
    NotInUse,
    /// Deleted with all that it held: its messages can be neither read nor replied to.
    Deleted,
}

/// The text names no state of a mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a mailbox is active, not-in-use or deleted")]
pub struct UnknownMailboxState;

impl FromStr for MailboxState {
    type Err = UnknownMailboxState;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "active" => Ok(Self::Active),
            "not-in-use" => Ok(Self::NotInUse),
            "deleted" => Ok(Self::Deleted),
            _ => Err(UnknownMailboxState),
        }
    }
}
