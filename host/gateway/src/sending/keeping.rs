// SPDX-License-Identifier: Apache-2.0
//! Progress kept in the store, under the lease of the operation.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use silta_store::{
    Store, StoreError,
    record::{Lease, OperationId, Settled},
};

use super::records;
use crate::operation::{Keep, Progress};

/// Keeps progress as long as the lease is ours.
pub(super) struct Keeping {
    pub(super) store: Arc<dyn Store>,
    pub(super) lease: Lease<OperationId>,
    /// Somebody else has the operation by now.
    pub(super) is_lost: Arc<AtomicBool>,
}

impl Keep for Keeping {
    fn keep(&mut self, progress: &Progress) -> io::Result<()> {
        let lost = || io::Error::other("the operation has been given to another");
        if self.is_lost.load(Ordering::SeqCst) {
            return Err(lost());
        }
        let progress = records::progress(progress);
        // The store waits for its disk: this thread is of no use to others meanwhile, and is replaced.
        let kept = tokio::task::block_in_place(|| self.store.keep(&self.lease, &progress));
        match kept {
            Ok(Settled::Done) => Ok(()),
            Ok(Settled::Stale) => {
                self.is_lost.store(true, Ordering::SeqCst);
                Err(lost())
            }
            Err(error) => Err(io::Error::other(error.to_string())),
        }
    }
}

/// Asks the store, on a thread that may block.
pub(super) async fn ask<T: Send + 'static>(
    store: &Arc<dyn Store>,
    question: impl FnOnce(&dyn Store) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let store = Arc::clone(store);
    let asked = tokio::task::spawn_blocking(move || question(&*store)).await;
    asked.unwrap_or_else(|error| {
        let cause = silta_store::Cause::new(format!("a question did not end: {error}"));
        Err(StoreError::Broken(cause))
    })
}
