// SPDX-License-Identifier: Apache-2.0
//! A candidate that serves a share of the conversations: after it did calls again, and until it is worse than what serves.

use std::{sync::Arc, time::SystemTime};

use silta_gateway::{
    generations::{self, DeployError, Wanted},
    trials::{CanaryWatch, RolledBackCanary, Watch},
};
use silta_store::{
    StoreError, Why,
    record::{Receipt, Trial, TrialMode, TrialOutcome},
};

use super::{super::Member, TRIAL, Trying, wake_on_rollback};
use crate::commands::serve::context::ServeContext;

impl Member {
    /// Has what did calls again serve a share of the conversations: so many of a thousand, or as many as are configured. First it is kept, so that it does after a crash.
    pub(in super::super::super) fn promote_to_canary(
        &mut self,
        context: &ServeContext,
        of_thousand: Option<u32>,
        (wanted, lacked): (&Wanted, &str),
    ) -> Result<u64, DeployError> {
        let number = self.trial_of(None)?;
        self.judge_trial(context)?;
        let settings = self.trial_settings(&context.config);
        let of_thousand = of_thousand.unwrap_or(settings.canary_of_thousand);
        let none = DeployError::NotOnTrial { on_trial: None };
        let Some(trying) = &mut self.trial else {
            return Err(none);
        };
        let Watch::Shadow(shadow) = trying.watch.clone() else {
            return Err(DeployError::IsCanary { number });
        };
        let why = match lacked {
            "" => wanted.why.clone(),
            lacked => format!("{}; anyway: {lacked}", wanted.why),
        };
        let trial = Trial {
            mode: TrialMode::Canary,
            of_thousand,
            since: context.store.now()?,
            by: wanted.by.clone(),
            why,
            ..shadow.trial()
        };
        generations::note_trial(&*context.store, &self.id, number, &trial)?;
        let place = (self.id.as_str(), &self.agency);
        let counts = context.trial_counts.clone();
        let canary = CanaryWatch::new(place, (number, trial), settings, counts);
        if !self
            .agency
            .try_as_canary(number, of_thousand, Arc::clone(&canary) as _)
        {
            return Err(none);
        }
        shadow.end_repeating();
        trying.watch = Watch::Canary(canary);
        wake_on_rollback(context, &trying.watch);
        let (watch, info) = (trying.watch.clone(), trying.info.clone());
        self.show_trial(context, &watch, &info);
        let (agency, by, why) = (&self.id, &wanted.by, &wanted.why);
        tracing::warn!(target: "silta::serve", agency, generation = number, share = of_thousand, by, why, lacked, "what did calls again serves a share of the conversations");
        Ok(number)
    }

    /// Ends the trial of a candidate that was worse than what serves and is given no conversation any more. Whoever is about to end it otherwise lets that be where this cannot be kept: nobody
    /// would be told then.
    pub(in super::super::super) fn settle_rollback(
        &mut self,
        context: &ServeContext,
    ) -> Result<(), StoreError> {
        let Some(trying) = &self.trial else {
            return Ok(());
        };
        if !trying.watch.is_rolled_back() {
            return Ok(());
        }
        let (info, trial) = (&trying.info, trying.watch.trial());
        let number = info.number;
        let candidate = (number, info.version.as_str(), info.component.as_str());
        self.end_rolled_back(context, candidate, trial)
            .inspect_err(|error| {
                tracing::error!(target: "silta::serve", agency = self.id, generation = number, %error, "a candidate was rolled back and serves nothing, and that is not kept yet; it is tried again");
            })?;
        if let Some(trying) = self.trial.take() {
            self.stop_trying(context, &trying);
        }
        Ok(())
    }

    /// The same with each look: what cannot be kept is tried again.
    pub(in super::super::super) fn try_to_settle_rollback(&mut self, context: &ServeContext) {
        // The log has been told.
        let _ = self.settle_rollback(context);
    }

    /// Tells the inbox of a candidate that was rolled back in the very moment in which its trial was ended otherwise.
    pub(super) fn tell_rollback(
        &self,
        context: &ServeContext,
        trying: &Trying,
    ) -> Result<(), StoreError> {
        if !trying.watch.is_rolled_back() {
            return Ok(());
        }
        let trial = trying.watch.trial();
        let info = &trying.info;
        let candidate = (info.number, info.version.as_str(), info.component.as_str());
        self.tell_inbox(context, candidate, &trial).map(drop)
    }

    fn tell_inbox(
        &self,
        context: &ServeContext,
        (number, version, component): (u64, &str, &str),
        trial: &Trial,
    ) -> Result<Receipt, StoreError> {
        let serving = self.agency.generation_info().ok();
        let canary = RolledBackCanary {
            agency: &self.id,
            number,
            serving: serving.map(|serving| serving.number),
            version,
            component,
            trial,
        };
        context.store.commit(&canary.arrival(SystemTime::now()))
    }

    /// Of a candidate: number, version and digest. Keeps that it serves nothing any more, tells the inbox, and ends the trial, in this order: a program that is killed in between goes on with the next of these.
    pub(super) fn end_rolled_back(
        &self,
        context: &ServeContext,
        candidate: (u64, &str, &str),
        trial: Trial,
    ) -> Result<(), StoreError> {
        let kept = self.keep_rolled_back(context, candidate, trial.clone());
        if !matches!(kept, Err(StoreError::Refused(Why::NotServable { .. }))) {
            return kept;
        }
        // The store has it on trial no more: an answer of it was lost, to the end of the trial or to a promotion that came to nothing.
        let (number, ..) = candidate;
        let desired = context.store.desired()?.value;
        let serves = desired.agencies.get(&self.id).and_then(|it| it.generation);
        let serving = self.agency.generation_info().ok();
        if let Some(serving) = serving.filter(|it| serves == Some(number) && it.number != number) {
            let why = trial.evidence.rollback.as_deref().unwrap_or_default();
            let (place, wanted) = ((self.id.as_str(), serving.number), Wanted::new(TRIAL, why));
            generations::serve_again(&*context.store, place, &self.configured, &wanted)?;
        }
        self.tell_inbox(context, candidate, &trial).map(drop)
    }

    fn keep_rolled_back(
        &self,
        context: &ServeContext,
        candidate: (u64, &str, &str),
        trial: Trial,
    ) -> Result<(), StoreError> {
        let (number, ..) = candidate;
        let (agency, store) = (self.id.as_str(), &*context.store);
        generations::note_trial(store, agency, number, &trial)?;
        let told = self.tell_inbox(context, candidate, &trial)?;
        let why = trial.evidence.rollback.clone().unwrap_or_default();
        let wanted = Wanted::new(TRIAL, &why);
        let ended = (TrialOutcome::ROLLED_BACK, &wanted);
        generations::end_trial(store, (agency, number), trial, ended)?;
        let (Receipt::New(position) | Receipt::Duplicate(position)) = told;
        tracing::warn!(target: "silta::serve", agency, generation = number, why, position = position.0, "a candidate was rolled back: it was worse than what serves; the history has what was seen, and the inbox an entry about it");
        Ok(())
    }
}
