// SPDX-License-Identifier: Apache-2.0
//! How far an operation has come with its agency.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::SystemTime,
};

use silta_store::{
    Store, StoreError,
    record::{BodyId, Operation},
};

use crate::operation::Progress;

/// Operations of which it is known without reading what was kept of them, their requests included.
const REMEMBERED: usize = 64;

/// What was sent of an operation.
#[derive(Debug, Clone)]
pub(super) enum Sent {
    Nothing,
    Known(Summary),
    /// It cannot be read.
    Unknown,
}

/// What is known of its requests.
#[derive(Debug, Clone, Copy)]
pub(super) struct Summary {
    pub(super) exchanges: u32,
    pub(super) sendings: u32,
    pub(super) unresolved: u32,
    pub(super) first_unresolved: Option<SystemTime>,
    pub(super) not_before: Option<SystemTime>,
}

/// What is known already, by what was kept, which never changes.
#[derive(Default)]
pub(super) struct Remembered(Mutex<BTreeMap<BodyId, Sent>>);

impl Remembered {
    /// What was sent of an operation.
    pub(super) fn of(&self, store: &dyn Store, operation: &Operation) -> Result<Sent, StoreError> {
        let Some(body) = operation.state.progress else {
            return Ok(Sent::Nothing);
        };
        let known = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sent) = known().get(&body) {
            return Ok(sent.clone());
        }
        let Some(kept) = store.body(body)? else {
            // It has ended since.
            return Ok(Sent::Nothing);
        };
        let sent = match Progress::from_bytes(&kept.to_vec()) {
            Ok(progress) => Sent::Known(Summary::of(&progress)),
            Err(_) => Sent::Unknown,
        };
        let mut known = known();
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(body, sent.clone());
        Ok(sent)
    }
}

impl Sent {
    /// Whether the agency may have taken it.
    pub(super) fn may_be_taken(&self) -> bool {
        match self {
            Self::Nothing => false,
            Self::Unknown => true,
            Self::Known(summary) => summary.exchanges > 0 || summary.unresolved > 0,
        }
    }
}

impl Summary {
    fn of(progress: &Progress) -> Self {
        let attempt = progress.attempt();
        let unresolved = attempt.map_or(0, |attempt| attempt.unresolved);
        let first = attempt.and_then(|attempt| attempt.first_sent);
        Self {
            exchanges: progress.exchanges(),
            sendings: attempt.map_or(0, |attempt| attempt.sendings),
            unresolved,
            first_unresolved: first.filter(|_| unresolved > 0),
            not_before: progress.not_before(),
        }
    }
}
