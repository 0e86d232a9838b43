// SPDX-License-Identifier: Apache-2.0
//! What is to go wrong, and when.

use std::collections::VecDeque;

use super::misbehaviour::Misbehaviour;
use super::operation::Operation;

/// What is to go wrong, in this order: at every request the first misbehaviour that fits it is played. A request is an
/// occasion once path and method are right.
///
/// ```
/// use silta_simulators::suomifi_rest::{Misbehaviour, Operation, Script};
///
/// // The first message is accepted without an answer; every page of events is out of order.
/// let script = Script::new()
///     .once_at(Operation::SendElectronic, Misbehaviour::DropKept)
///     .always(Misbehaviour::EventsOutOfOrder);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Script {
    acts: VecDeque<Act>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Act {
    misbehaviour: Misbehaviour,
    /// The only operation it is meant for, if there is one.
    operation: Option<Operation>,
    is_repeated: bool,
}

impl Script {
    /// Nothing goes wrong.
    pub fn new() -> Self {
        Self::default()
    }

    /// Then this, at the next request that it fits.
    pub fn once(self, misbehaviour: Misbehaviour) -> Self {
        self.then(misbehaviour, None, false)
    }

    /// Then this, at the next request of that operation.
    pub fn once_at(self, operation: Operation, misbehaviour: Misbehaviour) -> Self {
        self.then(misbehaviour, Some(operation), false)
    }

    /// Then this, for good, at every request that it fits. What comes after it and fits the same never has its turn.
    pub fn always(self, misbehaviour: Misbehaviour) -> Self {
        self.then(misbehaviour, None, true)
    }

    /// Then this, for good, at every request of that operation.
    pub fn always_at(self, operation: Operation, misbehaviour: Misbehaviour) -> Self {
        self.then(misbehaviour, Some(operation), true)
    }

    fn then(
        mut self,
        misbehaviour: Misbehaviour,
        operation: Option<Operation>,
        is_repeated: bool,
    ) -> Self {
        self.acts.push_back(Act {
            misbehaviour,
            operation,
            is_repeated,
        });
        self
    }

    pub(super) fn append(&mut self, mut other: Self) {
        self.acts.append(&mut other.acts);
    }

    /// What goes wrong at this request; over with it, unless it is for good.
    pub(super) fn take(&mut self, operation: Operation) -> Option<Misbehaviour> {
        let fits = |act: &Act| {
            act.misbehaviour.fits(operation) && act.operation.is_none_or(|only| only == operation)
        };
        let place = self.acts.iter().position(fits)?;
        let act = self.acts.get(place)?;
        if act.is_repeated {
            return Some(act.misbehaviour.clone());
        }
        self.acts.remove(place).map(|act| act.misbehaviour)
    }
}

/// Once.
impl From<Misbehaviour> for Script {
    fn from(misbehaviour: Misbehaviour) -> Self {
        Self::new().once(misbehaviour)
    }
}
