// SPDX-License-Identifier: Apache-2.0
//! Generations of agencies, and the components of those that may serve.

use std::collections::BTreeSet;

use super::state::{KeptGeneration, State, rows};
use crate::{
    content::{Content, Digest},
    error::{StoreError, Why},
    record::{
        DesiredAgency, Generation, GenerationListing, GenerationOutcome, KEPT_REJECTIONS,
        NewGeneration, Phase, Revision, ServeOrder, Trial,
    },
};

impl State {
    pub(super) fn record_generation(&mut self, wish: &NewGeneration) -> Generation {
        let last = self.of_agency(&wish.agency).next_back();
        let number = last.map_or(0, |last| last.number) + 1;
        let generation = Generation::new(number, self.now, wish);
        let digest = generation.component;
        let is_kept = wish.rejection.is_none();
        if is_kept {
            let body = self.store(&wish.component);
            let replaced = self.components.insert(digest, body);
            self.remove_body(replaced);
        }
        let kept = KeptGeneration {
            generation: generation.clone(),
            is_kept,
        };
        self.generations.insert((wish.agency.clone(), number), kept);
        self.remove_rejections(&wish.agency);
        generation
    }

    /// All but the last ones. The largest number stays, since numbers go on from it.
    fn remove_rejections(&mut self, agency: &str) {
        let is_rejected = |one: &&Generation| matches!(one.outcome, GenerationOutcome::Rejected(_));
        let rejected = self.of_agency(agency).rev().filter(is_rejected);
        let old = rejected.skip(KEPT_REJECTIONS as usize);
        let old: Vec<u64> = old.map(|one| one.number).collect();
        for number in old {
            self.generations.remove(&(agency.to_owned(), number));
        }
    }

    pub(super) fn serve_generations(
        &mut self,
        expected: Revision,
        orders: &[ServeOrder],
    ) -> Result<Revision, StoreError> {
        if self.desired.revision != expected {
            return Err(Why::Revised(self.desired.revision).into());
        }
        if let Some(wrong) = orders.iter().find(|order| !self.is_servable(order)) {
            let not_servable = Why::NotServable {
                agency: wrong.agency.clone(),
                number: wrong.number,
            };
            return Err(not_servable.into());
        }
        for order in orders {
            self.put_into_service(order);
        }
        self.remove_components();
        self.desired.revision = Revision(expected.0 + 1);
        Ok(self.desired.revision)
    }

    fn is_servable(&self, order: &ServeOrder) -> bool {
        let place = (order.agency.clone(), order.number);
        self.generations.get(&place).is_some_and(|kept| {
            let generation = &kept.generation;
            !matches!(generation.outcome, GenerationOutcome::Rejected(_))
                && self.components.contains_key(&generation.component)
        })
    }

    fn put_into_service(&mut self, order: &ServeOrder) {
        let now = self.now;
        let served = self.desired.value.agencies.get(&order.agency).cloned();
        let served = served.unwrap_or_default();
        let place = (order.agency.clone(), order.number);
        let Some(kept) = self.generations.get(&place) else {
            return;
        };
        let earlier = served.earlier_after(&kept.generation);
        let trial = served.trial_after(&kept.generation);
        if served.generation != Some(order.number) {
            let all = self.generations.values_mut();
            for kept in all.filter(|kept| kept.generation.agency == order.agency) {
                let number = Some(kept.generation.number);
                if number == trial {
                    continue;
                }
                match number == Some(order.number) {
                    true => kept.generation.serve(now, order),
                    false => {
                        kept.generation.replaced(now, order);
                        kept.generation.retire(earlier);
                    }
                }
                kept.is_kept = number == Some(order.number) || number == earlier;
            }
        }
        let Some(KeptGeneration { generation, .. }) = self.generations.get(&place) else {
            return;
        };
        let desired = DesiredAgency {
            component: generation.component.to_string(),
            settings: generation.settings.clone(),
            phase: Phase::Serve,
            generation: Some(order.number),
            earlier,
            trial,
            configured: order.configured.clone(),
        };
        let agencies = &mut self.desired.value.agencies;
        agencies.insert(order.agency.clone(), desired);
    }

    pub(super) fn keep_trial(
        &mut self,
        agency: &str,
        number: u64,
        trial: &Trial,
    ) -> Result<(), StoreError> {
        let not_servable = || Why::NotServable {
            agency: agency.to_owned(),
            number,
        };
        let desired = self.desired.value.agencies.get_mut(agency);
        let kept = self.generations.get_mut(&(agency.to_owned(), number));
        let (Some(desired), Some(kept)) = (desired, kept) else {
            return Err(not_servable().into());
        };
        let is_prepared = kept.generation.outcome == GenerationOutcome::Prepared;
        if !is_prepared || !kept.is_kept || desired.trial.is_some_and(|other| other != number) {
            return Err(not_servable().into());
        }
        kept.generation.try_on(trial);
        kept.is_kept = trial.end.is_none();
        let before = desired.trial;
        desired.trial = kept.is_kept.then_some(number);
        if before != desired.trial {
            self.desired.revision = Revision(self.desired.revision.0 + 1);
        }
        self.remove_components();
        Ok(())
    }

    /// Of those that no generation is kept with.
    fn remove_components(&mut self) {
        let kept = self.generations.values().filter(|kept| kept.is_kept);
        let needed: BTreeSet<Digest> = kept.map(|kept| kept.generation.component).collect();
        let all = self.components.iter();
        let gone = all.filter(|(digest, _)| !needed.contains(digest));
        let gone: Vec<_> = gone.map(|(digest, body)| (*digest, *body)).collect();
        for (digest, body) in gone {
            self.components.remove(&digest);
            self.remove_body(Some(body));
        }
    }

    pub(super) fn list_generations(
        &self,
        listing: &GenerationListing,
    ) -> Result<Vec<Generation>, StoreError> {
        let limit = rows("generations", listing.limit)?;
        let is_before = |one: &&Generation| listing.before == 0 || one.number < listing.before;
        let listed = self.of_agency(&listing.agency).rev().filter(is_before);
        Ok(listed.take(limit).cloned().collect())
    }

    pub(super) fn component(&self, digest: &Digest) -> Option<Content> {
        let body = self.components.get(digest)?;
        self.bodies.get(body).cloned()
    }

    fn of_agency(&self, agency: &str) -> impl DoubleEndedIterator<Item = &Generation> {
        let all = (agency.to_owned(), 0)..=(agency.to_owned(), u64::MAX);
        let kept = self.generations.range(all);
        kept.map(|(_, kept)| &kept.generation)
    }
}
