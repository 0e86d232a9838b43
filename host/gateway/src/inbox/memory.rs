// SPDX-License-Identifier: Apache-2.0
//! An inbox that forgets.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::inbox::{Arrival, Inbox, InboxError, KnownKeys, Receipt};

/// Keeps arrivals in memory, without a bound, until they are taken out: for demonstrations and tests. Nothing survives the process.
#[derive(Debug, Default)]
pub struct MemoryInbox {
    content: Mutex<Content>,
}

#[derive(Debug, Default)]
struct Content {
    known: KnownKeys,
    arrivals: Vec<Arrival>,
}

impl MemoryInbox {
    /// What has been committed and not been taken out, in the order of commits; each arrival without what was known already.
    pub fn arrivals(&self) -> Vec<Arrival> {
        self.content().arrivals.clone()
    }

    /// Takes it out. Its deduplication keys stay known.
    pub fn take(&self) -> Vec<Arrival> {
        std::mem::take(&mut self.content().arrivals)
    }

    fn content(&self) -> MutexGuard<'_, Content> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inbox for MemoryInbox {
    fn commit(&self, arrival: Arrival) -> Result<Receipt, InboxError> {
        let mut content = self.content();
        let Some(new) = content.known.unknown(arrival) else {
            return Ok(Receipt::Duplicate);
        };
        content.known.remember(&new);
        content.arrivals.push(new);
        Ok(Receipt::New)
    }
}
