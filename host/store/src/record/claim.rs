// SPDX-License-Identifier: Apache-2.0
use std::{fmt, time::Duration};

use super::{
    ids::{Lease, OperationId},
    operation::Operation,
};
use crate::time::Timestamp;

/// Which operations somebody wants to carry out.
///
/// Given out are those whose time has come, the oldest first; of a conversation only its oldest that has not ended, and not while another has that.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claim {
    /// Who; for people to read.
    pub owner: String,
    /// Those of these agencies; of all, when there are none.
    pub agencies: Vec<String>,
    /// But not those of these names. They hold up their conversations all the same.
    pub except: Vec<String>,
    /// And of these names not more than so many of one agency at once, counted with those that others have at the moment. Who has let a lease run out has none.
    pub at_once: Vec<AtOnce>,
    /// So many at most; see [`MOST_ROWS`](super::MOST_ROWS).
    pub limit: u32,
    /// For how long.
    pub duration: Duration,
}

/// How many operations of a name may be out at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtOnce {
    /// The name.
    pub operation: String,
    /// So many of one agency at most.
    pub most: u32,
}

impl Claim {
    /// How many operations of a name may be out at once; `None` for any number.
    pub(crate) fn most_of(&self, name: &str) -> Option<u64> {
        let mut limits = self.at_once.iter();
        let limit = limits.find(|limit| limit.operation == name);
        limit.map(|limit| limit.most.into())
    }
}

/// When there will be something to claim. A hint: it is read beside those who write, and says nothing that is kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Due {
    /// The store's time.
    pub now: Timestamp,
    /// When the first of them can be claimed, if nothing else happens: now, or later; `None` when there is none. What is asked for by agencies and is out as often as it may be
    /// (`at_once`) can be when the first lease of it ends.
    pub next: Option<Timestamp>,
}

/// An operation that is to be carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// The operation.
    pub operation: Operation,
    /// Where its poll is.
    pub cursor: Option<Cursor>,
    /// What it is settled with.
    pub lease: Lease<OperationId>,
}

/// How far a poll has come.
#[derive(Clone, PartialEq, Eq)]
pub struct Cursor {
    /// What the component said; nobody else reads it.
    pub value: String,
    /// Since when, in the store's time.
    pub at: Timestamp,
}

impl fmt::Debug for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Cursor");
        shown.field("at", &self.at).finish_non_exhaustive()
    }
}
