// SPDX-License-Identifier: Apache-2.0
use std::time::Duration;

use crate::record::Revision;

/// Why a store did not do what it was asked to. No text of it has any content of a record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The wish cannot be fulfilled as it is. Nothing was changed.
    #[error("{0}")]
    Refused(#[from] Why),
    /// It was kept whole or not at all, and nobody knows which. Asking for the same again settles it: what it says then is durable.
    #[error("whether it was kept is not known: {0}. Ask for the same again")]
    Unknown(Cause),
    /// The store is not open. Nothing was changed.
    #[error("the store is not open: {reason}. Try again in {} s", retry_after.as_secs())]
    Unavailable {
        /// Why not.
        reason: Cause,
        /// When it is looked at next.
        retry_after: Duration,
    },
    /// What is stored cannot be used, or the store has a defect. Nothing was changed; an operator has to look.
    #[error("the store cannot do this: {0}")]
    Broken(Cause),
}

/// Why a wish was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Why {
    /// There is nothing to keep.
    #[error("there is nothing to keep: no event, no document and no follow-up")]
    Nothing,
    /// Another request came under the same idempotency key.
    #[error(
        "another request was submitted under this idempotency key; give each request a key of its own"
    )]
    KeyInUse,
    /// What is desired has been changed by somebody else.
    #[error("what is desired is at revision {}, and not at the one that the change was made from; read it and decide again", .0.0)]
    Revised(Revision),
    /// A generation cannot be put into service.
    #[error(
        "generation {number} of {agency} cannot be put into service: there is none of that number, it was rejected, or its component is no longer kept; deploy the component again"
    )]
    NotServable {
        /// The agency.
        agency: String,
        /// The number.
        number: u64,
    },
    /// More was asked for than one answer may have.
    #[error("{asked} {what} were asked for, and one answer has {allowed} at most; ask for less")]
    TooMany {
        /// What.
        what: &'static str,
        /// How many were asked for.
        asked: u64,
        /// How many are allowed.
        allowed: u64,
    },
    /// A backup is made into a folder of its own.
    #[error("the folder {folder} is there already; give the backup another name")]
    FolderExists {
        /// As it was named.
        folder: String,
    },
    /// A record was written by a newer version of this program.
    #[error(
        "{what} was written by a newer version of Silta (record version {found}, this one knows up to {known}); use that version"
    )]
    Newer {
        /// Which record.
        what: String,
        /// Its version.
        found: u32,
        /// The last that is known here.
        known: u32,
    },
}

/// What stood in the way, in words for the operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Cause(String);

impl Cause {
    /// A cause. No content of a record belongs in it.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}
