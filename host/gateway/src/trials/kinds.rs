// SPDX-License-Identifier: Apache-2.0
//! A trial of either kind, for whoever looks after it.

use std::{io, sync::Arc};

use silta::{Agency, Ready};
use silta_store::{
    Timestamp,
    record::{Trial, TrialMode},
};

use super::{Lacking, TrialSettings, canary::CanaryWatch, watch::TrialWatch};
use crate::metrics::TrialCounts;

/// A trial of either kind.
#[derive(Debug, Clone)]
pub enum Watch {
    /// The candidate does calls again.
    Shadow(Arc<TrialWatch>),
    /// It serves a share of the conversations.
    Canary(Arc<CanaryWatch>),
}

impl Watch {
    /// Begins a trial, or goes on with one. Nothing comes until a candidate is [put on trial](Self::put_on_trial) by it.
    ///
    /// # Errors
    /// The system refuses a thread.
    pub fn start(
        place: (&str, &Agency),
        (number, trial): (u64, Trial),
        settings: TrialSettings,
        counts: TrialCounts,
    ) -> io::Result<Self> {
        let trial = (number, trial);
        Ok(match trial.1.mode {
            TrialMode::Shadow => Self::Shadow(TrialWatch::start(place, trial, settings, counts)?),
            TrialMode::Canary => Self::Canary(CanaryWatch::new(place, trial, settings, counts)),
        })
    }

    /// Puts a candidate on trial, in the place of whatever was. One that was rolled back meanwhile stays so.
    pub fn put_on_trial(&self, ready: Ready) {
        match self {
            Self::Shadow(watch) => drop(ready.shadow(Arc::clone(watch) as _)),
            Self::Canary(watch) => {
                let agency = ready.canary(watch.trial().of_thousand, Arc::clone(watch) as _);
                if watch.is_rolled_back() {
                    agency.end_trial(watch.number());
                }
            }
        }
    }

    /// Number of the generation that is on trial.
    pub fn number(&self) -> u64 {
        match self {
            Self::Shadow(watch) => watch.number(),
            Self::Canary(watch) => watch.number(),
        }
    }

    /// The trial, with what has been seen so far.
    pub fn trial(&self) -> Trial {
        match self {
            Self::Shadow(watch) => watch.trial(),
            Self::Canary(watch) => watch.trial(),
        }
    }

    /// What the candidate lacks before it may serve, at this moment of the store's time; nothing where it may.
    pub fn lacking(&self, now: Timestamp) -> Vec<Lacking> {
        match self {
            Self::Shadow(watch) => watch.lacking(now),
            Self::Canary(watch) => watch.lacking(now),
        }
    }

    /// Whether it is to serve as soon as it may.
    pub fn is_automatic(&self) -> bool {
        match self {
            Self::Shadow(watch) => watch.is_automatic(),
            Self::Canary(watch) => watch.thresholds().is_automatic,
        }
    }

    /// From now on it is decided by these when it may serve, whether by itself, and when it is worse than what serves. Which calls are done again, and which conversations it serves, stays as it
    /// was begun.
    pub fn decide_by(&self, settings: &TrialSettings) {
        match self {
            Self::Shadow(watch) => watch.decide_by(settings),
            Self::Canary(watch) => *watch.thresholds() = settings.clone(),
        }
    }

    /// Ends the trial where calls are made.
    pub fn stop(&self) {
        match self {
            Self::Shadow(watch) => watch.stop(),
            Self::Canary(watch) => watch.stop(),
        }
    }

    /// Nothing ends it from now on but who decides on it; whether anything is to be decided still.
    pub fn begin_deciding(&self) -> bool {
        match self {
            Self::Shadow(_) => true,
            Self::Canary(watch) => watch.begin_deciding(),
        }
    }

    /// Has somebody woken as soon as the candidate serves nothing any more because it was worse than what serves.
    pub fn on_rollback(&self, wake: impl Fn() + Send + Sync + 'static) {
        if let Self::Canary(watch) = self {
            watch.on_rollback(wake);
        }
    }

    /// It goes on as before.
    pub fn give_up_deciding(&self) {
        if let Self::Canary(watch) = self {
            watch.give_up_deciding();
        }
    }

    /// Whether the candidate serves nothing any more because it was worse than what serves. Why, the evidence of the trial says.
    pub fn is_rolled_back(&self) -> bool {
        match self {
            Self::Shadow(_) => false,
            Self::Canary(watch) => watch.is_rolled_back(),
        }
    }
}
