// SPDX-License-Identifier: Apache-2.0
//! What is on trial, for whoever shows it: nobody who changes what serves is waited for.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use silta_gateway::{
    generations::{TrialStanding, TrialWaiting},
    trials::Watch,
};
use silta_store::{Store, Timestamp, record::Trial};

/// Trials by agency. Clones are the same.
#[derive(Clone, Default)]
pub(super) struct OnTrial(Arc<Mutex<BTreeMap<String, Shown>>>);

/// How far a trial has come.
#[derive(Clone)]
pub(super) enum Phase {
    /// It goes on.
    UnderWay(Watch),
    /// It does not for the moment: number, and what is kept of it.
    Waiting(u64, Box<Trial>, TrialWaiting),
}

/// A trial.
#[derive(Clone)]
pub(super) struct Shown {
    pub(super) phase: Phase,
    /// Version that the component gives itself.
    pub(super) version: String,
    /// SHA-256 of it, in hexadecimal.
    pub(super) component: String,
}

impl OnTrial {
    pub(super) fn show(&self, agency: &str, shown: Shown) {
        self.all().insert(agency.to_owned(), shown);
    }

    pub(super) fn hide(&self, agency: &str) {
        self.all().remove(agency);
    }

    /// How the trial of an agency stands; `None` when there is none.
    pub(super) fn standing(&self, store: &dyn Store, agency: &str) -> Option<TrialStanding> {
        let Shown {
            phase,
            version,
            component,
        } = self.all().get(agency)?.clone();
        let watch = match phase {
            Phase::UnderWay(watch) => watch,
            Phase::Waiting(number, trial, waiting) => {
                return Some(TrialStanding {
                    number,
                    version,
                    component,
                    trial: *trial,
                    lacking: Vec::new(),
                    waiting: Some(waiting),
                });
            }
        };
        // A store's time may be written, and nobody else waits for that. Without it nobody knows for how long.
        let now = store.now().unwrap_or(Timestamp(0));
        Some(TrialStanding {
            number: watch.number(),
            version,
            component,
            trial: watch.trial(),
            lacking: watch.lacking(now),
            waiting: None,
        })
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<String, Shown>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
