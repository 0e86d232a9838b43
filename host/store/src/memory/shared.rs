// SPDX-License-Identifier: Apache-2.0
//! What all nodes share: budgets, what is desired, and what each says.

use super::state::State;
use crate::{
    error::{StoreError, Why},
    record::{Budget, Desired, MOST_CALLS, NodeSeen, NodeState, Reserved, Revised, Revision},
};

impl State {
    pub(super) fn reserve(&mut self, budget: &Budget) -> Result<Reserved, StoreError> {
        if !(1..=MOST_CALLS).contains(&budget.calls) {
            let too_many = Why::TooMany {
                what: "calls",
                asked: budget.calls.into(),
                allowed: MOST_CALLS.into(),
            };
            return Err(too_many.into());
        }
        let now = self.now;
        let window = budget.window.saturating_add(budget.margin);
        let calls = self
            .budgets
            .entry((budget.agency.clone(), budget.name.clone()))
            .or_default();
        calls.retain(|call| call.after(window) > now);
        let excess = calls.len().checked_sub(budget.calls as usize);
        // Room for one comes when so many of the oldest have left the window.
        if let Some(oldest) = excess.and_then(|excess| calls.get(excess)) {
            return Ok(Reserved::NotBefore(oldest.after(window)));
        }
        calls.push(now);
        Ok(Reserved::Now)
    }

    pub(super) fn set_desired(
        &mut self,
        expected: Revision,
        next: &Desired,
    ) -> Result<Revision, StoreError> {
        if self.desired.revision != expected {
            return Err(Why::Revised(self.desired.revision).into());
        }
        let revision = Revision(expected.0 + 1);
        self.desired = Revised {
            revision,
            value: next.clone(),
        };
        Ok(revision)
    }

    pub(super) fn report(&mut self, state: &NodeState) {
        let seen = NodeSeen {
            state: state.clone(),
            at: self.now,
        };
        self.nodes.insert(state.node.clone(), seen);
    }
}
