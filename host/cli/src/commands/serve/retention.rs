// SPDX-License-Identifier: Apache-2.0
use std::{
    sync::{
        Arc,
        mpsc::{self, RecvTimeoutError, Sender},
    },
    thread::{self, JoinHandle},
    time::{Duration, SystemTime},
};

use silta_config::StoreConfig;
use silta_store::{
    SqliteStore, Store, Timestamp,
    record::{Pruned, Retention},
};

use crate::failure::Failure;

/// How far the store may be ahead of the clock before it is told of.
const AHEAD: Duration = Duration::from_secs(60);

/// Removes what the configuration lets be removed, while calls are served.
pub(super) struct Retaining {
    stop: Sender<()>,
    thread: JoinHandle<()>,
}

impl Retaining {
    /// Begins at once, and looks again after each interval.
    pub(super) fn start(store: Arc<SqliteStore>, config: &StoreConfig) -> Result<Self, Failure> {
        let (retention, interval) = (config.retention.clone(), config.look);
        let (stop, stopped) = mpsc::channel();
        let thread = thread::Builder::new().name("silta-retention".to_owned());
        let started = thread.spawn(move || {
            let (mut wait, mut is_told) = (Duration::ZERO, false);
            while stopped.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                tell_ahead(&*store, &mut is_told);
                // Between two parts of what there is to remove, others write.
                wait = match prune(&*store, &retention) {
                    true => Duration::ZERO,
                    false => interval,
                };
            }
        });
        let thread = started.map_err(|error| {
            let message = format!("no thread for removing what is old: {error}");
            Failure::internal("serve.not-started", &message)
        })?;
        Ok(Self { stop, thread })
    }

    /// Ends it, and waits until the store is free of it.
    pub(super) fn stop(self) {
        drop(self.stop);
        let _ = self.thread.join();
    }
}

/// Tells of a clock that was set back by much, once until it has been caught up with: nothing else shows why everything takes its time.
fn tell_ahead(store: &dyn Store, is_told: &mut bool) {
    let ahead = ahead(store, SystemTime::now().into());
    if let Some(ahead) = ahead.filter(|_| !*is_told) {
        let seconds = ahead.as_secs();
        tracing::warn!(target: "silta::store", seconds, "the store's time is ahead of the clock of this machine, which was ahead before or is behind now: until it has been caught up with, pauses, leases and rates last twice as long; check how this machine gets its time");
    }
    *is_told = ahead.is_some();
}

/// By how much the store's time is ahead of a clock, where that is much.
fn ahead(store: &dyn Store, clock: Timestamp) -> Option<Duration> {
    let now = store.peek_now().ok()?;
    let ahead = Duration::from_millis(now.0.saturating_sub(clock.0));
    (ahead > AHEAD).then_some(ahead)
}

/// Removes a part, and says whether there is more.
fn prune(store: &dyn Store, retention: &Retention) -> bool {
    match store.prune(retention) {
        Ok(pruned) => {
            if pruned != Pruned::default() {
                let Pruned {
                    acknowledged,
                    unacknowledged,
                    operations,
                    keys,
                    acts,
                    ..
                } = pruned;
                tracing::info!(target: "silta::store", acknowledged, unacknowledged, operations, keys, acts, "removed what [store.retention] lets be removed");
            }
            if pruned.unacknowledged > 0 {
                let entries = pruned.unacknowledged;
                tracing::warn!(target: "silta::store", entries, "entries were removed that nobody had acknowledged, as store.retention.unacknowledged-days has it");
            }
            pruned.more
        }
        Err(error) => {
            tracing::error!(target: "silta::store", %error, "nothing was removed; it is tried again later");
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use silta_store::{MemoryStore, SetClock};

    use super::*;

    #[test]
    fn a_store_that_is_ahead_of_the_clock_by_much_is_told_of() {
        let start = Timestamp(1_800_000_000_000);
        let store = MemoryStore::with_clock(Arc::new(SetClock::at(start)));
        let hours = Duration::from_secs(3 * 3_600);
        assert_eq!(ahead(&store, start.before(hours)), Some(hours));
        for near in [start.before(AHEAD), start, start.after(hours)] {
            assert_eq!(ahead(&store, near), None);
        }
    }
}
