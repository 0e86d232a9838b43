// SPDX-License-Identifier: Apache-2.0
//! When the log is moved into the database.

use std::fs;

use silta_store::{SetClock, SqliteSettings, SqliteStore, Store};
use silta_store_conformance::START;

use crate::{beds::settings, folder::arrival};

/// The log keeps its length when it has been moved, and is written from its beginning again.
#[test]
fn what_was_moved_is_not_moved_again_with_each_transaction() {
    let folder = tempfile::tempdir().unwrap();
    let settings = SqliteSettings {
        log_bytes: 1 << 20,
        ..settings(&SetClock::at(START))
    };
    let store = SqliteStore::open(folder.path(), settings).unwrap();
    let database = folder.path().join("silta.db");
    let mut seen = fs::read(&database).unwrap();
    let mut number = 0;
    let mut is_moved = || {
        store.commit(&arrival(&number.to_string(), b"x")).unwrap();
        number += 1;
        let now = fs::read(&database).unwrap();
        std::mem::replace(&mut seen, now) != seen
    };
    let round = (1..1_000).find(|_| is_moved()).unwrap();
    assert!(round > 10, "{round}");
    let moves = (0..2 * round).filter(|_| is_moved()).count();
    assert!((1..=4).contains(&moves), "{moves} in {round} twice");
}
