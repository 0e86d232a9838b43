// SPDX-License-Identifier: Apache-2.0
use std::{path::Path, sync::Arc, time::Duration};

use silta_store::{SetClock, SqliteSettings, SqliteStore, Store};
use silta_store_conformance::{Bed, START};
use tempfile::TempDir;

/// A store in a folder that is removed with it.
pub(crate) struct SqliteBed {
    store: Option<SqliteStore>,
    clock: SetClock,
    folder: TempDir,
}

impl SqliteBed {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = SetClock::at(START);
        let store = open(&folder.path().join("store"), &clock);
        Self {
            store: Some(store),
            clock,
            folder,
        }
    }
}

/// A store whose larger contents are files, so that small tests have some.
pub(crate) fn open(path: &Path, clock: &SetClock) -> SqliteStore {
    SqliteStore::open(path, settings(clock)).unwrap()
}

pub(crate) fn settings(clock: &SetClock) -> SqliteSettings {
    SqliteSettings {
        largest_row: 65_536,
        clock: Arc::new(clock.clone()),
        // Tests say when.
        reopen_after: Duration::from_secs(3_600),
        ..SqliteSettings::default()
    }
}

impl Bed for SqliteBed {
    fn store(&self) -> &dyn Store {
        self.store.as_ref().unwrap()
    }

    fn clock(&self) -> &SetClock {
        &self.clock
    }

    fn reopen(&mut self) {
        // Given up before it is opened: it has one owner.
        self.store = None;
        self.store = Some(open(&self.folder.path().join("store"), &self.clock));
    }
}
