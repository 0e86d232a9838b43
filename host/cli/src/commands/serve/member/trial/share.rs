// SPDX-License-Identifier: Apache-2.0
//! A candidate that serves a share of the conversations: after it did calls again, and until it is worse than what serves.

use std::{sync::Arc, time::SystemTime};

use silta_gateway::{
    generations::{self, DeployError, Wanted},
    trials::{CanaryWatch, RolledBackCanary, Watch},
};
use silta_store::{
    StoreError,
    record::{Receipt, Trial, TrialMode, TrialOutcome},
};

use super::{super::Member, TRIAL};
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
        let (watch, info) = (trying.watch.clone(), trying.info.clone());
        self.show_trial(context, &watch, &info);
        let (agency, by, why) = (&self.id, &wanted.by, &wanted.why);
        tracing::warn!(target: "silta::serve", agency, generation = number, share = of_thousand, by, why, lacked, "what did calls again serves a share of the conversations");
        Ok(number)
    }

    /// Ends the trial of a candidate that was worse than what serves and serves no conversation any more. What cannot be kept is tried again with the next look.
    pub(in super::super::super) fn settle_rollback(&mut self, context: &ServeContext) {
        let Some(trying) = &self.trial else {
            return;
        };
        if trying.watch.rollback().is_none() {
            return;
        }
        let (info, trial) = (&trying.info, trying.watch.trial());
        let number = info.number;
        let candidate = (number, info.version.as_str(), info.component.as_str());
        match self.end_rolled_back(context, candidate, trial) {
            Ok(()) => {
                if let Some(trying) = self.trial.take() {
                    self.stop_trying(context, &trying);
                }
            }
            Err(error) => {
                tracing::error!(target: "silta::serve", agency = self.id, generation = number, %error, "a candidate was rolled back and serves nothing, and that is not kept yet; it is tried again");
            }
        }
    }

    /// Of a candidate: number, version and digest. Keeps that it serves nothing any more, tells the inbox, and ends the trial, in this order: a program that is killed in between goes on with the next of these.
    pub(super) fn end_rolled_back(
        &self,
        context: &ServeContext,
        (number, version, component): (u64, &str, &str),
        trial: Trial,
    ) -> Result<(), StoreError> {
        let (agency, store) = (self.id.as_str(), &*context.store);
        generations::note_trial(store, agency, number, &trial)?;
        let serving = self.agency.generation_info().ok();
        let canary = RolledBackCanary {
            agency,
            number,
            serving: serving.map(|serving| serving.number),
            version,
            component,
            trial: &trial,
        };
        let told = store.commit(&canary.arrival(SystemTime::now()))?;
        let why = trial.evidence.rollback.clone().unwrap_or_default();
        let wanted = Wanted::new(TRIAL, &why);
        let ended = (TrialOutcome::ROLLED_BACK, &wanted);
        generations::end_trial(store, (agency, number), trial, ended)?;
        let (Receipt::New(position) | Receipt::Duplicate(position)) = told;
        tracing::warn!(target: "silta::serve", agency, generation = number, why, position = position.0, "a candidate was rolled back: it was worse than what serves; the history has what was seen, and the inbox an entry about it");
        Ok(())
    }
}
