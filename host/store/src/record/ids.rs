// SPDX-License-Identifier: Apache-2.0
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

macro_rules! number {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

number! {
    /// Where an entry stands in the inbox: those committed later stand behind it. Never used twice; there are gaps. 0 is before the first.
    Position
}

number! {
    /// An operation. Never used twice.
    OperationId
}

number! {
    /// The bytes of a document, of a payload or of progress. Never used twice.
    BodyId
}

number! {
    /// An act. Acts have numbers of their own, never used twice, in the order in which they became durable.
    ActId
}

number! {
    /// How often what is desired has been changed.
    Revision
}

/// What somebody has for a while, and nobody else.
///
/// The epoch goes up each time that it is given out or given back. Whoever comes with an old one is told so, whatever the clocks say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease<Id> {
    /// Of what.
    pub id: Id,
    /// Which time it was given out.
    pub epoch: u64,
    /// Until when, in the store's time. From then on another may get it.
    pub until: Timestamp,
}
