// SPDX-License-Identifier: Apache-2.0
use super::{
    act::{ActRecord, Actor, Deed, Subject},
    ids::OperationId,
};

/// What a human decides on an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// One that is held, or waits, goes on now.
    Resume,
    /// One that nobody has at the moment ends as given up. An entry with one event ([`Event::of_end`](super::Event::of_end)) says so to whoever reads the inbox.
    Cancel,
}

impl Decision {
    /// The act of it, on an operation of this name.
    pub(crate) fn act(self, (id, name): (OperationId, String), by: Actor) -> ActRecord {
        ActRecord {
            by,
            deed: match self {
                Self::Resume => Deed::RESUME,
                Self::Cancel => Deed::CANCEL,
            },
            subject: Subject::Operation(id),
            name,
            new: None,
        }
    }
}

/// Whether a decision was carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decided {
    /// It holds.
    Done,
    /// Somebody carries the operation out at this moment.
    UnderWay,
    /// It has ended, or there is none.
    Over,
    /// Nobody carries it out, but it is not as whoever decides has seen it: its epoch is another.
    Moved,
}
