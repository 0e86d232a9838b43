// SPDX-License-Identifier: Apache-2.0
use std::{
    sync::{Arc, Condvar, Mutex, PoisonError},
    time::Duration,
};

/// Hints that something has been committed. One may be lost and one may be false: whoever waits looks into the store after each, and now and then
/// without.
#[derive(Debug, Clone)]
pub struct Wakeups {
    bell: Arc<Bell>,
    heard: u64,
}

/// Rings after commits.
#[derive(Debug, Default)]
pub(crate) struct Bell {
    rings: Mutex<u64>,
    rung: Condvar,
}

impl Wakeups {
    /// Waits until something has been committed since the last wait, so long at most; whether it was.
    pub fn wait(&mut self, at_most: Duration) -> bool {
        let rings = self
            .bell
            .rings
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let heard = self.heard;
        let waited = self
            .bell
            .rung
            .wait_timeout_while(rings, at_most, |rings| *rings == heard);
        let (rings, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let is_new = *rings != self.heard;
        self.heard = *rings;
        is_new
    }
}

impl Bell {
    pub(crate) fn ring(&self) {
        let mut rings = self.rings.lock().unwrap_or_else(PoisonError::into_inner);
        *rings = rings.wrapping_add(1);
        self.rung.notify_all();
    }

    pub(crate) fn wakeups(self: &Arc<Self>) -> Wakeups {
        let heard = *self.rings.lock().unwrap_or_else(PoisonError::into_inner);
        Wakeups {
            bell: self.clone(),
            heard,
        }
    }
}
