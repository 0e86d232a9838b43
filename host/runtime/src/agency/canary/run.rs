// SPDX-License-Identifier: Apache-2.0
//! A run: what is done for one conversation, from its first call to its last, by one generation.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use super::super::generation::{Generation, GenerationInfo};
use super::Canary;

/// A candidate that serves a share of the conversations.
pub(in crate::agency) type Candidate = (Arc<Generation>, Arc<Canary>);

/// A run of an operation, or one call of the agency.
#[derive(Default)]
pub(in crate::agency) struct Run {
    /// The candidate that it was given to.
    candidate: Option<Candidate>,
    /// Whether what serves has taken it over.
    is_left: AtomicBool,
    /// Digest of what it belongs to; `None` where nothing was on trial, or nothing is compared.
    pub(super) key: Option<u64>,
    /// What did its last call. Of one run and hardly ever asked for: what threads share is not touched.
    done_by: Mutex<Option<Arc<GenerationInfo>>>,
}

impl Run {
    pub(super) fn new(candidate: Option<Candidate>, key: u64) -> Self {
        Self {
            candidate,
            key: Some(key),
            ..Self::default()
        }
    }

    /// The candidate that has it still.
    pub(super) fn candidate(&self) -> Option<&Candidate> {
        let candidate = self.candidate.as_ref()?;
        let is_left = self.is_left.load(Ordering::SeqCst) || candidate.0.is_cut_off();
        (!is_left).then_some(candidate)
    }

    /// What serves does all that is left of it.
    pub(super) fn leave(&self) {
        self.is_left.store(true, Ordering::SeqCst);
    }

    pub(super) fn was_done_by(&self, generation: &Arc<GenerationInfo>) {
        let mut done_by = self.done_by.lock().unwrap_or_else(PoisonError::into_inner);
        *done_by = Some(Arc::clone(generation));
    }

    pub(super) fn done_by(&self) -> Option<Arc<GenerationInfo>> {
        let done_by = self.done_by.lock();
        done_by.unwrap_or_else(PoisonError::into_inner).clone()
    }
}
