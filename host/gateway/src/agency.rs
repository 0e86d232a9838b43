// SPDX-License-Identifier: Apache-2.0
//! Agencies in service, and how many of their calls may be in the sandbox at once.

use std::{fmt, sync::Arc};

use silta::Agency;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// An agency in service with its limit on concurrent calls. Clones share the limit: it holds for all routes of the agency together.
#[derive(Clone)]
pub struct ServedAgency {
    id: Arc<str>,
    agency: Agency,
    permits: Arc<Semaphore>,
    stranger_permits: Arc<Semaphore>,
}

impl fmt::Debug for ServedAgency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ServedAgency").field(&self.id).finish()
    }
}

/// Held while a call is in the sandbox.
pub(crate) struct CallPermit {
    _permit: Option<OwnedSemaphorePermit>,
    _stranger_permit: Option<OwnedSemaphorePermit>,
}

impl ServedAgency {
    /// An agency of which at most so many calls, at least one, are in the sandbox at once, and at most three quarters as many of callers without an
    /// accepted call.
    pub fn new(id: impl Into<Arc<str>>, agency: Agency, calls_at_once: u32) -> Self {
        let calls = calls_at_once.max(1) as usize;
        Self {
            id: id.into(),
            agency,
            permits: Arc::new(Semaphore::new(calls)),
            stranger_permits: Arc::new(Semaphore::new(calls - calls / 4)),
        }
    }

    /// Its id. What its calls bring is committed under it.
    pub fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn agency(&self) -> &Agency {
        &self.agency
    }

    /// Waits until one more call may enter the sandbox.
    pub(crate) async fn acquire(&self, is_known: bool) -> CallPermit {
        // They are never closed, so that there is always a permit.
        let permit_of =
            async |permits: &Arc<Semaphore>| Arc::clone(permits).acquire_owned().await.ok();
        let stranger_permit = if is_known {
            None
        } else {
            permit_of(&self.stranger_permits).await
        };
        CallPermit {
            _permit: permit_of(&self.permits).await,
            _stranger_permit: stranger_permit,
        }
    }
}
