// SPDX-License-Identifier: Apache-2.0
//! Agencies in service, and how many of their calls may be in the sandbox at once.

use std::{fmt, sync::Arc, time::Duration};

use silta::Agency;

use crate::call_queue::{CallQueue, NotDone};

/// An agency in service with its limit on concurrent calls. Clones share the limit: it holds for all routes of the agency together.
#[derive(Clone)]
pub struct ServedAgency {
    id: Arc<str>,
    agency: Agency,
    queue: Arc<CallQueue>,
}

impl fmt::Debug for ServedAgency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ServedAgency").field(&self.id).finish()
    }
}

impl ServedAgency {
    /// An agency of which at most so many calls, at least one, are in the sandbox at once, and at most three quarters as many of callers without an
    /// accepted call.
    pub fn new(id: impl Into<Arc<str>>, agency: Agency, calls_at_once: u32) -> Self {
        Self {
            id: id.into(),
            agency,
            queue: Arc::new(CallQueue::new(calls_at_once as usize)),
        }
    }

    /// Its id. What its calls bring is committed under it.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What serves it, or will.
    pub fn agency(&self) -> &Agency {
        &self.agency
    }

    /// Waits until one more call may enter the sandbox, for so long at most, and does what it has to do there on a thread that may block.
    ///
    /// # Errors
    /// See [`NotDone`].
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        is_known: bool,
        longest_wait: Duration,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, NotDone> {
        self.queue.run(is_known, longest_wait, work).await
    }
}
