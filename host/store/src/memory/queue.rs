// SPDX-License-Identifier: Apache-2.0
//! Which operations are due, and who has them.

use std::collections::BTreeSet;

use super::state::{State, rows};
use crate::{
    error::StoreError,
    key,
    record::{Claim, Claimed, Due, Lease, Operation, OperationId},
    time::Timestamp,
};

impl State {
    pub(super) fn claim(&mut self, claim: &Claim) -> Result<Vec<Claimed>, StoreError> {
        let limit = rows("operations", claim.limit)?;
        let (now, until) = (self.now, self.now.after(claim.duration));
        let mut claimed = Vec::new();
        for id in self.candidates(claim) {
            let is_free = self.is_free(claim, id);
            let Some(operation) = self.operations.get_mut(&id) else {
                continue;
            };
            if claimed.len() < limit && operation.state.until <= now && is_free {
                operation.state.epoch += 1;
                operation.state.owner = Some(claim.owner.clone());
                operation.state.until = until;
                claimed.push(operation.clone());
            }
        }
        let claimed = claimed.into_iter().map(|operation| Claimed {
            cursor: operation.wish.poll.as_ref().and_then(|poll| {
                let place = (operation.agency.clone(), poll.clone());
                self.cursors.get(&place).cloned()
            }),
            lease: Lease {
                id: operation.id,
                epoch: operation.state.epoch,
                until,
            },
            operation,
        });
        Ok(claimed.collect())
    }

    /// Leases of operations of an agency and a name that have not ended, by when they do.
    fn leases(&self, agency: &str, name: &str) -> impl Iterator<Item = Timestamp> {
        let open = self.operations.values();
        let out = open.filter(move |it| {
            let state = &it.state;
            let is_out = state.owner.is_some() && state.until > self.now;
            let is_open = state.ended.is_none() && state.held.is_none();
            is_open && is_out && it.agency == agency && it.wish.operation == name
        });
        out.map(|it| it.state.until)
    }

    /// Whether no more are out of its name than may be.
    fn is_free(&self, claim: &Claim, id: OperationId) -> bool {
        let Some(Operation { agency, wish, .. }) = self.operations.get(&id) else {
            return false;
        };
        let most = claim.most_of(&wish.operation);
        most.is_none_or(|most| (self.leases(agency, &wish.operation).count() as u64) < most)
    }

    /// When one that was found can be given out.
    fn free_at(&self, claim: &Claim, operation: &Operation) -> Timestamp {
        let until = operation.state.until.max(self.now);
        if claim.agencies.is_empty() || self.is_free(claim, operation.id) {
            return until;
        }
        let first = self.leases(&operation.agency, &operation.wish.operation);
        first.min().map_or(until, |first| first.max(until))
    }

    /// Those that are given out as soon as their time has come.
    fn candidates(&self, claim: &Claim) -> Vec<OperationId> {
        let mut lanes = BTreeSet::new();
        let open = self.operations.values();
        let open = open.filter(|operation| operation.state.ended.is_none());
        let candidates = open.filter(
            |Operation {
                 agency,
                 wish,
                 state,
                 ..
             }| {
                let lane = key::lane(wish.lane.as_deref(), wish.poll.as_deref());
                // The oldest of its lane comes first, whether it can be claimed or not.
                let is_first = lane.is_none_or(|lane| lanes.insert((agency.clone(), lane)));
                let is_wanted = claim.agencies.is_empty() || claim.agencies.contains(agency);
                let is_left_out = claim.except.contains(&wish.operation);
                is_first && is_wanted && !is_left_out && state.held.is_none()
            },
        );
        candidates.map(|operation| operation.id).collect()
    }

    pub(super) fn due(&self, claim: &Claim) -> Due {
        let candidates = self.candidates(claim);
        let candidates = candidates.iter().filter_map(|id| self.operations.get(id));
        Due {
            now: self.now,
            next: candidates.map(|it| self.free_at(claim, it)).min(),
        }
    }
}
