// SPDX-License-Identifier: Apache-2.0
//! Which generation serves, and which would after a rollback.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use arc_swap::ArcSwapOption;

use super::{generation::Generation, trial::Trial};

/// What all handles to an agency share.
pub(super) struct Slot {
    pub(super) agency: String,
    pub(super) serving: ArcSwapOption<Generation>,
    /// What is tried beside it.
    pub(super) trial: ArcSwapOption<Trial>,
    /// What a rollback returns to.
    pub(super) earlier: Mutex<Option<Arc<Generation>>>,
    /// Those that were replaced, for as long as somebody has them.
    pub(super) replaced: Mutex<Vec<Weak<Generation>>>,
    /// Held while a component is deployed.
    pub(super) deploying: Mutex<()>,
    /// The largest number that a generation has had.
    pub(super) last_number: Mutex<u64>,
}

impl Slot {
    pub(super) fn new(agency: &str) -> Self {
        Self {
            agency: agency.to_owned(),
            serving: ArcSwapOption::empty(),
            trial: ArcSwapOption::empty(),
            earlier: Mutex::default(),
            replaced: Mutex::default(),
            deploying: Mutex::default(),
            last_number: Mutex::default(),
        }
    }

    /// Serves a generation, and remembers the one that it replaces.
    pub(super) fn activate(&self, generation: Arc<Generation>) {
        let mut earlier = lock(&self.earlier);
        *earlier = self.swap(generation);
    }

    /// Serves a generation. One of the same component that it replaces is nothing to return to, and what is has the files of before.
    pub(super) fn renew(&self, generation: Arc<Generation>) {
        let mut earlier = lock(&self.earlier);
        let component = generation.info.component.clone();
        let before = self.swap(generation);
        *earlier = before.filter(|before| before.info.component != component);
    }

    fn swap(&self, generation: Arc<Generation>) -> Option<Arc<Generation>> {
        generation.serve();
        let before = self.serving.swap(Some(generation));
        if let Some(before) = &before {
            self.replace(before);
        }
        before
    }

    /// A generation serves no longer; its calls go on.
    pub(super) fn replace(&self, before: &Arc<Generation>) {
        before.retire();
        let mut replaced = lock(&self.replaced);
        // Each once, however often it is rolled back to and replaced again.
        let own = Arc::as_ptr(before);
        replaced.retain(|other| other.strong_count() > 0 && other.as_ptr() != own);
        replaced.push(Arc::downgrade(before));
    }

    /// Those that were replaced and that somebody still has, each once.
    pub(super) fn replaced(&self) -> Vec<Arc<Generation>> {
        let replaced = lock(&self.replaced);
        replaced.iter().filter_map(Weak::upgrade).collect()
    }

    pub(super) fn swap_back(&self) -> bool {
        let _deploying = lock(&self.deploying);
        let mut earlier = lock(&self.earlier);
        let Some(returning) = earlier.take() else {
            return false;
        };
        *earlier = self.swap(returning);
        true
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
