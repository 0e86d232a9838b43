// SPDX-License-Identifier: Apache-2.0
//! What is on trial, for whoever shows it: nobody who changes what serves is waited for.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use silta_gateway::{generations::TrialStanding, trials::Watch};
use silta_store::{Store, Timestamp};

/// Trials by agency. Clones are the same.
#[derive(Clone, Default)]
pub(super) struct OnTrial(Arc<Mutex<BTreeMap<String, Shown>>>);

/// A trial.
#[derive(Clone)]
pub(super) struct Shown {
    pub(super) watch: Watch,
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
            watch,
            version,
            component,
        } = self.all().get(agency)?.clone();
        // A store's time may be written, and nobody else waits for that. Without it nobody knows for how long.
        let now = store.now().unwrap_or(Timestamp(0));
        Some(TrialStanding {
            number: watch.number(),
            version,
            component,
            trial: watch.trial(),
            lacking: watch.lacking(now),
        })
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<String, Shown>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
