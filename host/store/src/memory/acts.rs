// SPDX-License-Identifier: Apache-2.0
use super::state::{State, in_sequence, rows};
use crate::{
    error::StoreError,
    record::{Act, ActId, ActListing, Retention},
};

impl State {
    pub(super) fn list_acts(&self, listing: &ActListing) -> Result<Vec<Act>, StoreError> {
        let limit = rows("acts", listing.limit)?;
        let behind = in_sequence(&self.acts, listing.after, listing.newest_first);
        let wanted = behind.filter(|act| {
            let is_of_agency =
                listing.agencies.is_empty() || listing.agencies.contains(&act.agency);
            let subject = listing.subject;
            is_of_agency && subject.is_none_or(|subject| subject == act.record.subject)
        });
        Ok(wanted.take(limit).cloned().collect())
    }

    pub(super) fn prune_acts(&mut self, retention: &Retention, limit: usize) -> u64 {
        let Some(end) = retention.acts_age.map(|age| self.now.before(age)) else {
            return 0;
        };
        let old = self.acts.values().filter(|act| act.at <= end);
        let old: Vec<ActId> = old.map(|act| act.id).take(limit).collect();
        old.iter().for_each(|id| {
            self.acts.remove(id);
        });
        old.len() as u64
    }
}
