// SPDX-License-Identifier: Apache-2.0
//! A trial goes on: after a start, and beside renewed settings and files; or it ends, where its candidate cannot be tried any more.

use std::time::{Instant, SystemTime};

use silta::Ready;
use silta_config::Config;
use silta_gateway::{
    generations::{self, TrialWaiting, Wanted},
    trials::Watch,
};
use silta_store::{
    StoreError,
    record::{Trial, TrialOutcome},
};

use super::{
    super::{Member, Rest},
    NOTED, Trying,
};
use crate::{
    commands::serve::{
        component::{Component, Refused},
        context::{CONFIGURATION, ServeContext},
        on_trial::{Phase, Shown},
        records,
    },
    failure::Failure,
};

/// A trial that the store has and that does not go on for the moment.
#[derive(Default)]
pub(in crate::commands::serve::member) struct Waiting(Option<(SystemTime, Instant)>);

impl Waiting {
    /// It was looked at, and does not go on; since when it does not.
    fn looked(&mut self) -> SystemTime {
        let since = self.0.map_or_else(SystemTime::now, |(since, _)| since);
        self.0 = Some((since, Instant::now()));
        since
    }

    /// Whether it is time to look again.
    pub(super) fn is_due(&self) -> bool {
        self.0.is_some_and(|(_, looked)| looked.elapsed() >= NOTED)
    }
}

/// What a trial is beside once something was put into service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::commands::serve::member) enum Beside {
    /// What was served before, by the same.
    Same,
    /// The same component, by renewed settings or files.
    Renewed,
    /// Another component.
    Another,
}

/// Why a candidate cannot be tried.
enum NotTried {
    /// It says nothing of the candidate: it may work later.
    Passing(String),
    /// Not by the settings, files and publishers that there are now.
    Refused(String),
}

impl NotTried {
    fn of(failure: &Failure) -> Self {
        let reason = format!("{} [{}]", failure.message(), failure.code());
        match records::is_passing(failure) {
            true => Self::Passing(reason),
            false => Self::Refused(reason),
        }
    }
}

impl Member {
    /// Goes on with what the store says is on trial. Nothing else depends on it: what cannot be tried any more ends, and that is kept.
    pub(in crate::commands::serve::member) fn resume_trial(&mut self, context: &ServeContext) {
        if self.trial.is_some() {
            return;
        }
        let id = self.id.clone();
        let found = desired_trial(context, &id).and_then(|number| {
            let Some(number) = number else {
                return Ok(None);
            };
            let found = records::generation(context, &id, number)?;
            Ok(Some((number, found)))
        });
        let (number, found) = match found {
            Ok(Some(found)) => found,
            Ok(None) => return self.wait_no_more(context),
            Err(error) => {
                tracing::warn!(target: "silta::serve", agency = id, %error, "what is on trial cannot be read from the store; it is tried again");
                self.waiting.looked();
                return;
            }
        };
        let Some((trial, version, component)) = found.and_then(|(generation, component)| {
            Some((generation.trial?, generation.version, component))
        }) else {
            self.wait_no_more(context);
            tracing::error!(target: "silta::serve", agency = id, generation = number, "the store says that this is on trial, and has no record or no component of it; deploy something else, which ends the trial");
            return;
        };
        // What was decided while it did not go on for the moment.
        let paused = self.paused.as_ref().filter(|it| it.number() == number);
        let trial = paused.map_or(trial, Watch::trial);
        if trial.evidence.rollback.is_some() {
            let digest = component.digest();
            let ended =
                self.end_rolled_back(context, (number, version.as_str(), digest.as_str()), trial);
            if let Err(error) = ended {
                tracing::warn!(target: "silta::serve", agency = id, generation = number, %error, "that a candidate was rolled back is not kept yet; it is tried again");
                self.waiting.looked();
                return;
            }
            return self.wait_no_more(context);
        }
        let tried = self.candidate_of(context, &context.config, &component);
        let tried = tried.and_then(|(ready, rest)| {
            let settings = self.trial_settings(&context.config);
            let ready = ready.numbered(number);
            let begun = self.try_beside(context, ready, rest, (number, trial.clone(), settings));
            // The system refuses a thread.
            begun.map_err(|error| NotTried::Passing(error.to_string()))
        });
        match tried {
            Ok(()) => {
                self.waiting = Waiting::default();
                tracing::info!(target: "silta::serve", agency = id, generation = number, "the trial of a candidate goes on, with what was seen of it before the start");
            }
            Err(NotTried::Refused(reason)) => {
                self.refuse_trial(context, (number, trial), &reason);
                self.wait_no_more(context);
            }
            Err(NotTried::Passing(reason)) => {
                let candidate = (number, version.as_str(), component.digest());
                self.await_trial(context, candidate, (trial, &reason));
            }
        }
    }

    /// The component of a trial, prepared by what files hold now; or why it may not be tried.
    fn candidate_of(
        &self,
        context: &ServeContext,
        config: &Config,
        component: &Component,
    ) -> Result<(Ready, Rest), NotTried> {
        let judged = component.judge(config, &self.id);
        judged.map_err(|refused| NotTried::Refused(in_words(&refused)))?;
        let snapshot = config.snapshot(&self.id);
        let snapshot = snapshot.map_err(|error| NotTried::of(&error.into()))?;
        let prepared = self.prepare(context, config, component);
        let (ready, expiries) = prepared.map_err(|failure| NotTried::of(&failure))?;
        let rest = Rest {
            component: component.clone(),
            configured: self.configured.clone(),
            expiries,
            snapshot,
        };
        Ok((ready, rest))
    }

    /// It cannot be tried at the moment: that is no reason to end its trial. It is shown why, and since when.
    fn await_trial(
        &mut self,
        context: &ServeContext,
        (number, version, component): (u64, &str, String),
        (trial, reason): (Trial, &str),
    ) {
        let agency = self.id.as_str();
        tracing::warn!(target: "silta::serve", agency, generation = number, reason, "the trial of a candidate does not go on for the moment; it is tried again");
        let waiting = TrialWaiting {
            why: reason.to_owned(),
            since: self.waiting.looked(),
        };
        let shown = Shown {
            phase: Phase::Waiting(number, Box::new(trial), waiting),
            version: version.to_owned(),
            component,
        };
        context.on_trial.show(&self.id, shown);
        context.trial_counts.waits(&self.id, true);
    }

    /// Nothing is waited for any more.
    pub(super) fn wait_no_more(&mut self, context: &ServeContext) {
        let waiting = std::mem::take(&mut self.waiting);
        if waiting.0.is_some() {
            context.on_trial.hide(&self.id);
            context.trial_counts.waits(&self.id, false);
        }
    }

    /// What the store says is on trial, with its record; `None` when nothing is, or its record is gone.
    pub(in crate::commands::serve) fn kept_trial(
        &self,
        context: &ServeContext,
    ) -> Result<Option<(u64, Trial)>, StoreError> {
        let Some(number) = desired_trial(context, &self.id)? else {
            return Ok(None);
        };
        let record = generations::recorded(&*context.store, &self.id, number)?;
        Ok(record.and_then(|record| Some((number, record.trial?))))
    }

    /// Ends what cannot be tried any more.
    pub(super) fn refuse_trial(
        &self,
        context: &ServeContext,
        (number, trial): (u64, Trial),
        reason: &str,
    ) {
        let agency = self.id.as_str();
        tracing::warn!(target: "silta::serve", agency, generation = number, reason, "the trial of a candidate has ended: it cannot serve by the settings, files and publishers that there are now");
        let wanted = Wanted::new(CONFIGURATION, reason);
        let ended = (TrialOutcome::REFUSED, &wanted);
        if let Err(error) = generations::end_trial(&*context.store, (agency, number), trial, ended)
        {
            tracing::error!(target: "silta::serve", agency, generation = number, %error, "that a trial has ended is not kept");
        }
    }

    /// The trial once something was put into service: beside another component nothing has been seen of it, and beside renewed files it goes on with these. Publishers may be others in any case.
    pub(in crate::commands::serve::member) fn trial_after(
        &mut self,
        context: &ServeContext,
        config: &Config,
        beside: Beside,
    ) {
        if beside == Beside::Another {
            return self.drop_trial(context);
        }
        let settings = self.trial_settings(config);
        let Some(mut trying) = self.trial.take() else {
            return;
        };
        trying.watch.decide_by(&settings);
        if beside == Beside::Same {
            match trying.component.judge(config, &self.id) {
                Ok(_) => self.trial = Some(trying),
                Err(refused) => self.end_refused(context, &trying, &in_words(&refused)),
            }
            return;
        }
        match self.candidate_of(context, config, &trying.component) {
            Ok((ready, rest)) => {
                let ready = ready.numbered(trying.number());
                trying.info = ready.generation_info();
                trying.watch.put_on_trial(ready);
                (trying.expiries, trying.snapshot) = (rest.expiries, rest.snapshot);
                self.trial = Some(trying);
            }
            Err(NotTried::Refused(reason)) => self.end_refused(context, &trying, &reason),
            Err(NotTried::Passing(reason)) => {
                let number = trying.number();
                if let Watch::Canary(_) = &trying.watch {
                    self.paused = Some(trying.watch.clone());
                }
                self.trial = Some(trying);
                self.pause_trial(context);
                // Unless it was rolled back meanwhile.
                let Some(trying) = self.trial.take() else {
                    return;
                };
                let info = &trying.info;
                let candidate = (number, info.version.as_str(), info.component.clone());
                self.await_trial(context, candidate, (trying.watch.trial(), &reason));
            }
        }
    }

    /// Stops a trial, and keeps that it ended and why.
    pub(super) fn end_refused(&self, context: &ServeContext, trying: &Trying, reason: &str) {
        self.stop_trying(context, trying);
        let ended = (trying.number(), trying.watch.trial());
        self.refuse_trial(context, ended, reason);
    }
}

/// The number of what the store says is on trial.
fn desired_trial(context: &ServeContext, id: &str) -> Result<Option<u64>, StoreError> {
    let desired = context.store.desired()?.value;
    Ok(desired.agencies.get(id).and_then(|desired| desired.trial))
}

fn in_words(refused: &Refused) -> String {
    format!("{} [{}]", refused.reason, refused.code)
}
