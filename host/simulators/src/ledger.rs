// SPDX-License-Identifier: Apache-2.0
//! What a simulator remembers, until somebody takes it.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

/// Records of one kind, in the order made. All are kept until they are taken.
pub(crate) struct Ledger<T> {
    records: Mutex<Records<T>>,
    recorded: Condvar,
}

struct Records<T> {
    kept: Vec<T>,
    total: usize,
}

/// A connection that ended before there was a request.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RefusedHandshake {
    /// When the server gave up.
    pub at: SystemTime,
    /// Why, in the words of the TLS library.
    pub reason: String,
}

impl<T: Clone> Ledger<T> {
    pub(crate) fn record(&self, record: T) {
        let mut records = lock(&self.records);
        records.kept.push(record);
        records.total += 1;
        self.recorded.notify_all();
    }

    /// What has not been taken yet.
    pub(crate) fn all(&self) -> Vec<T> {
        lock(&self.records).kept.clone()
    }

    /// How many there ever were, taken or not.
    pub(crate) fn total(&self) -> usize {
        lock(&self.records).total
    }

    /// Takes what is there; waits up to `timeout` while there is nothing.
    pub(crate) fn take(&self, timeout: Duration) -> Vec<T> {
        let is_empty = |records: &mut Records<T>| records.kept.is_empty();
        let (mut records, _) = self
            .recorded
            .wait_timeout_while(lock(&self.records), timeout, is_empty)
            .unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut records.kept)
    }
}

impl<T> Default for Ledger<T> {
    fn default() -> Self {
        Self {
            records: Mutex::new(Records {
                kept: Vec::new(),
                total: 0,
            }),
            recorded: Condvar::new(),
        }
    }
}

/// Locks, whoever panicked: a failing test thread must not hide what was received.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
