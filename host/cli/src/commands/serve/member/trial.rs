// SPDX-License-Identifier: Apache-2.0
//! A candidate on trial: begun, looked after, promoted, ended.

mod resuming;
mod share;

use std::time::{Duration, Instant};

use silta::{GenerationInfo, Ready};
use silta_config::{Config, Expiry, Snapshot};
use silta_gateway::{
    generations::{self, DeployError, Wanted},
    trials::{TrialSettings, Watch},
};
use silta_store::{
    StoreError,
    record::{Generation, Trial, TrialEvidence, TrialMode, TrialOutcome},
};

use super::{Member, Prepared, Rest};
use crate::{
    commands::serve::{
        component::Component,
        context::ServeContext,
        on_trial::{Phase, Shown},
        records,
    },
    signals::Signal,
};

pub(super) use resuming::{Beside, Waiting};

/// How often it is kept what has been seen.
const NOTED: Duration = Duration::from_secs(60);

/// Who promotes what may serve as soon as it may.
const TRIAL: &str = "trial";

/// A candidate on trial, and what is to be known of it once it serves.
pub(super) struct Trying {
    watch: Watch,
    info: GenerationInfo,
    component: Component,
    expiries: Vec<Expiry>,
    snapshot: Snapshot,
    /// What has been kept of what was seen, and when.
    noted: (TrialEvidence, Instant),
    /// When it was last not promoted, though it was to be.
    not_promoted: Option<Instant>,
}

impl Trying {
    fn number(&self) -> u64 {
        self.watch.number()
    }
}

impl Member {
    /// Number of what is on trial; `None` when nothing is.
    pub(in super::super) fn on_trial(&self) -> Option<u64> {
        self.trial.as_ref().map(Trying::number)
    }

    /// Records a candidate, and puts it on trial.
    pub(in super::super) fn begin_trial(
        &mut self,
        context: &ServeContext,
        prepared: Prepared,
        ((mode, of_thousand), wanted): ((TrialMode, Option<u32>), &Wanted),
    ) -> Result<Generation, DeployError> {
        let settings = self.trial_settings(&context.config);
        let of_thousand = of_thousand.unwrap_or(match mode {
            TrialMode::Shadow => settings.of_thousand,
            TrialMode::Canary => settings.canary_of_thousand,
        });
        let is_same = false;
        let (candidate, rest) = Prepared {
            is_same,
            ..prepared
        }
        .split(self);
        let candidate = candidate.ok_or(DeployError::UnknownAgency)?;
        let (generation, ready) =
            generations::record_trial(&*context.store, candidate, (mode, of_thousand), wanted)?;
        let (number, trial) = (generation.number, generation.trial.clone());
        let trial = trial.ok_or(DeployError::NotOnTrial { on_trial: None })?;
        let begun = self.try_beside(context, ready, rest, (number, trial.clone(), settings));
        begun
            .inspect_err(|error| self.refuse_trial(context, (number, trial), &error.to_string()))?;
        let (agency, version) = (&self.id, &generation.version);
        let (by, why) = (&wanted.by, &wanted.why);
        match mode {
            TrialMode::Shadow => {
                tracing::info!(target: "silta::serve", agency, generation = number, version, share = of_thousand, by, why, "a candidate is on trial: a share of the calls is done again by it, and nothing is answered by it");
            }
            TrialMode::Canary => {
                tracing::warn!(target: "silta::serve", agency, generation = number, version, share = of_thousand, by, why, "a candidate is on trial: it serves a share of the conversations");
            }
        }
        Ok(generation)
    }

    fn try_beside(
        &mut self,
        context: &ServeContext,
        ready: Ready,
        rest: Rest,
        (number, trial, settings): (u64, Trial, TrialSettings),
    ) -> Result<(), DeployError> {
        let info = ready.generation_info();
        let noted = (trial.evidence.clone(), Instant::now());
        let counts = context.trial_counts.clone();
        let place = (self.id.as_str(), &self.agency);
        // What it saw before it did not go on for a moment is more than what was kept.
        let paused = self.paused.take().filter(|it| it.number() == number);
        let watch = match paused {
            Some(paused) => {
                paused.decide_by(&settings);
                Ok(paused)
            }
            None => Watch::start(place, (number, trial), settings, counts),
        };
        let watch = watch.map_err(|error| DeployError::NotJudged {
            agency: self.id.clone(),
            code: "system.threads".to_owned(),
            reason: error.to_string(),
        })?;
        wake_on_rollback(context, &watch);
        watch.put_on_trial(ready);
        self.show_trial(context, &watch, &info);
        self.trial = Some(Trying {
            watch,
            info,
            component: rest.component,
            expiries: rest.expiries,
            snapshot: rest.snapshot,
            noted,
            not_promoted: None,
        });
        Ok(())
    }

    fn show_trial(&self, context: &ServeContext, watch: &Watch, info: &GenerationInfo) {
        let shown = Shown {
            phase: Phase::UnderWay(watch.clone()),
            version: info.version.clone(),
            component: info.component.clone(),
        };
        context.on_trial.show(&self.id, shown);
        context.trial_counts.waits(&self.id, false);
    }

    /// Out of their ranges they were refused at the start.
    fn trial_settings(&self, config: &Config) -> TrialSettings {
        config.trial(&self.id).unwrap_or_default()
    }

    /// Another component was put into service, which the store has kept as the end of the trial.
    pub(in super::super) fn drop_trial(&mut self, context: &ServeContext) {
        self.wait_no_more(context);
        self.paused = None;
        let Some(trying) = self.trial.take() else {
            return;
        };
        self.stop_trying(context, &trying);
        if let Err(error) = self.tell_rollback(context, &trying) {
            let (agency, generation) = (&self.id, trying.number());
            tracing::error!(target: "silta::serve", agency, generation, %error, "a candidate was rolled back just when another component was put into service, and the inbox could not be told");
        }
        let (agency, generation) = (&self.id, trying.number());
        tracing::warn!(target: "silta::serve", agency, generation, "the trial of a candidate has ended: another component was put into service than it was tried beside");
    }

    fn stop_trying(&self, context: &ServeContext, trying: &Trying) {
        trying.watch.stop();
        context.on_trial.hide(&self.id);
    }

    /// Keeps what has been seen, if it is more than was kept; where it is not urgent, once a minute.
    pub(in super::super) fn note_trial(&mut self, context: &ServeContext, is_urgent: Urgency) {
        let Some(trying) = &mut self.trial else {
            return;
        };
        let trial = trying.watch.trial();
        let (noted, at) = &trying.noted;
        let is_due = is_urgent == Urgency::Now || at.elapsed() >= NOTED;
        if !is_due || *noted == trial.evidence {
            return;
        }
        let (agency, number) = (self.id.as_str(), trying.watch.number());
        match generations::note_trial(&*context.store, agency, number, &trial) {
            Ok(()) => trying.noted = (trial.evidence, Instant::now()),
            Err(error) => {
                trying.noted.1 = Instant::now();
                tracing::warn!(target: "silta::serve", agency, generation = number, %error, "what was seen of a candidate on trial is not kept; it is tried again");
            }
        }
    }

    /// Looks after the trial: keeps what has been seen, and promotes what may serve where that is configured.
    pub(in super::super) fn look_after_trial(&mut self, context: &ServeContext) {
        if self.waiting.is_due() {
            self.resume_trial(context);
        }
        self.try_to_settle_rollback(context);
        self.note_trial(context, Urgency::Later);
        let Some(trying) = &self.trial else {
            return;
        };
        let is_due = trying.not_promoted.is_none_or(|at| at.elapsed() >= NOTED);
        let is_ready = is_due
            && trying.watch.is_automatic()
            && context
                .store
                .now()
                .is_ok_and(|now| trying.watch.lacking(now).is_empty());
        if !is_ready {
            return;
        }
        let why = "it lacked nothing of what `agencies.ID.trial` demands";
        let Err(error) = self.promote(context, (&Wanted::new(TRIAL, why), "")) else {
            return;
        };
        let Some(mut trying) = self.trial.take() else {
            return;
        };
        if let DeployError::Refused { code, reason, .. } = &error {
            self.end_refused(context, &trying, &format!("{reason} [{code}]"));
        } else {
            trying.not_promoted = Some(Instant::now());
            self.trial = Some(trying);
            let agency = self.id.as_str();
            tracing::error!(target: "silta::serve", agency, %error, "what is on trial was not promoted; it is tried again");
        }
    }

    /// Whether what is on trial may be decided on: its number.
    pub(in super::super) fn trial_of(&self, number: Option<u64>) -> Result<u64, DeployError> {
        let on_trial = self.on_trial();
        match on_trial.filter(|own| number.is_none_or(|number| number == *own)) {
            Some(own) => Ok(own),
            None => Err(DeployError::NotOnTrial { on_trial }),
        }
    }

    /// What is on trial lacks this, in words.
    pub(in super::super) fn lacking(&self, context: &ServeContext) -> Result<String, StoreError> {
        let now = context.store.now()?;
        let lacking = self.trial.as_ref().map(|trying| trying.watch.lacking(now));
        let lacking = lacking.unwrap_or_default();
        let lacking: Vec<_> = lacking.iter().map(ToString::to_string).collect();
        Ok(lacking.join("; "))
    }

    /// Publishers and the time are others than when the trial began.
    fn judge_trial(&self, context: &ServeContext) -> Result<(), DeployError> {
        if let Some(trying) = &self.trial {
            let judged = trying.component.judge(&context.config, &self.id);
            judged.map_err(|refused| records::told(refused, &self.id))?;
        }
        Ok(())
    }

    /// Puts what is on trial into service, unless its component is not to be taken any more.
    pub(in super::super) fn promote(
        &mut self,
        context: &ServeContext,
        (wanted, lacked): (&Wanted, &str),
    ) -> Result<u64, DeployError> {
        self.judge_trial(context)?;
        self.settle_rollback(context)?;
        self.note_trial(context, Urgency::Now);
        let number = self.trial_of(None)?;
        let watch = self.trial.as_ref().map(|trying| trying.watch.clone());
        let watch = watch.filter(Watch::begin_deciding);
        let watch = watch.ok_or(DeployError::NotOnTrial { on_trial: None })?;
        let place = (self.id.as_str(), &self.agency);
        let configured = self.configured.as_str();
        let is_swapped = generations::promote(
            &*context.store,
            place,
            (number, configured),
            (wanted, lacked),
        );
        if !is_swapped.inspect_err(|_| watch.give_up_deciding())? {
            watch.give_up_deciding();
            return Err(DeployError::NotOnTrial { on_trial: None });
        }
        let Some(trying) = self.trial.take() else {
            return Ok(number);
        };
        self.stop_trying(context, &trying);
        self.take(Rest {
            component: trying.component,
            configured: self.configured.clone(),
            expiries: trying.expiries,
            snapshot: trying.snapshot,
        });
        if self.agency.earlier_generation_info().is_none() {
            self.stand_by(context, &context.config);
        }
        let (agency, by, why) = (&self.id, &wanted.by, &wanted.why);
        tracing::warn!(target: "silta::serve", agency, generation = number, by, why, lacked, "promoted: what was on trial serves");
        Ok(number)
    }

    /// Ends the trial, if it is that of a generation: also one that the store has, and that does not go on for the moment.
    pub(in super::super) fn discard(
        &mut self,
        context: &ServeContext,
        expected: Option<u64>,
        wanted: &Wanted,
    ) -> Result<u64, DeployError> {
        let watch = self.trial.as_ref().map(|trying| trying.watch.clone());
        // What has been rolled back is decided.
        if watch.as_ref().is_some_and(|watch| !watch.begin_deciding()) {
            self.settle_rollback(context)?;
        }
        let discarded = self.discard_trial(context, expected, wanted);
        discarded.inspect_err(|_| {
            if let Some(watch) = watch {
                watch.give_up_deciding();
            }
        })
    }

    fn discard_trial(
        &mut self,
        context: &ServeContext,
        expected: Option<u64>,
        wanted: &Wanted,
    ) -> Result<u64, DeployError> {
        let on_trial = match &self.trial {
            Some(trying) => Some((trying.number(), trying.watch.trial())),
            None => self.kept_trial(context)?,
        };
        let number = on_trial.as_ref().map(|(number, _)| *number);
        let is_expected = |(number, _): &(u64, Trial)| expected.is_none_or(|it| it == *number);
        let Some((number, trial)) = on_trial.filter(is_expected) else {
            return Err(DeployError::NotOnTrial { on_trial: number });
        };
        let ended = (TrialOutcome::DISCARDED, wanted);
        let place = (self.id.as_str(), number);
        generations::end_trial(&*context.store, place, trial, ended)?;
        self.paused = None;
        self.wait_no_more(context);
        if let Some(trying) = self.trial.take() {
            self.stop_trying(context, &trying);
        }
        let (agency, by, why) = (&self.id, &wanted.by, &wanted.why);
        tracing::warn!(target: "silta::serve", agency, generation = number, by, why, "discarded: the trial of a candidate has ended");
        Ok(number)
    }

    /// The program ends: what has been seen is kept, and the trial goes on from the next start on.
    pub(in super::super) fn pause_trial(&mut self, context: &ServeContext) {
        if let Some(trying) = &self.trial {
            trying.watch.stop();
        }
        self.note_trial(context, Urgency::Now);
    }
}

/// Whoever looks after the agencies is woken as soon as a candidate serves nothing any more, so that this is kept and told.
fn wake_on_rollback(context: &ServeContext, watch: &Watch) {
    let wake = context.wake.clone();
    watch.on_rollback(move || {
        let _ = wake.send(Signal::RolledBack);
    });
}

/// When something is to be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Urgency {
    /// At once.
    Now,
    /// When it is time.
    Later,
}
