// SPDX-License-Identifier: Apache-2.0
use std::{
    sync::{
        Arc,
        mpsc::{self, RecvTimeoutError, Sender},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use silta_config::StoreConfig;
use silta_store::{
    SqliteStore, Store,
    record::{Pruned, Retention},
};

use crate::failure::Failure;

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
            let mut wait = Duration::ZERO;
            while stopped.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
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
