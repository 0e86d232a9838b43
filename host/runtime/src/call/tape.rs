// SPDX-License-Identifier: Apache-2.0
//! Where the answers of a call that is recorded are kept until it has ended.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use crate::{exchange::RecordedAnswer, observe::Records};

/// What a call that is recorded was answered so far. Clones are one.
#[derive(Clone)]
pub(crate) struct Tape {
    taped: Arc<Mutex<Taped>>,
    records: Records,
}

/// What was taped of a call.
#[derive(Default)]
pub(crate) struct Taped {
    /// When the call began; `None` of one for which there was no room.
    pub(crate) at: Option<SystemTime>,
    /// In the order in which they were given.
    pub(crate) answers: Vec<RecordedAnswer>,
    /// Whether a secret was written into something that the component gave.
    pub(crate) holds_secret: bool,
}

impl Tape {
    pub(crate) fn new(records: Records) -> Self {
        Self {
            taped: Arc::default(),
            records,
        }
    }

    pub(crate) fn records(&self) -> Records {
        self.records
    }

    pub(crate) fn began(&self, at: SystemTime) {
        self.taped().at = Some(at);
    }

    pub(crate) fn answered(&self, answer: RecordedAnswer) {
        self.taped().answers.push(answer);
    }

    pub(crate) fn secret_was_written(&self) {
        self.taped().holds_secret = true;
    }

    /// What there is, taken off the tape.
    pub(crate) fn take(&self) -> Taped {
        std::mem::take(&mut *self.taped())
    }

    fn taped(&self) -> MutexGuard<'_, Taped> {
        self.taped.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
