// SPDX-License-Identifier: Apache-2.0
use std::sync::Arc;

use silta_store::{MemoryStore, SetClock, Store, Timestamp};

/// What the clock of a new bed says.
pub const START: Timestamp = Timestamp(1_800_000_000_000);

/// A store under test, and what can be done to it.
pub trait Bed {
    /// The store.
    fn store(&self) -> &dyn Store;

    /// Its clock; [`START`] at first.
    fn clock(&self) -> &SetClock;

    /// Ends it and opens it again, as after a restart. All that it said it kept is there then.
    fn reopen(&mut self);
}

/// A [`MemoryStore`], which has nothing to open again.
pub struct MemoryBed {
    store: MemoryStore,
    clock: SetClock,
}

impl MemoryBed {
    /// An empty one.
    pub fn new() -> Self {
        let clock = SetClock::at(START);
        let store = MemoryStore::with_clock(Arc::new(clock.clone()));
        Self { store, clock }
    }
}

impl Default for MemoryBed {
    fn default() -> Self {
        Self::new()
    }
}

impl Bed for MemoryBed {
    fn store(&self) -> &dyn Store {
        &self.store
    }

    fn clock(&self) -> &SetClock {
        &self.clock
    }

    fn reopen(&mut self) {}
}
