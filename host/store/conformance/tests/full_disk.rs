// SPDX-License-Identifier: Apache-2.0
//! A disk that takes no more, and takes more again, without a restart.
//!
//! The largest file that this process may write is what is limited; that is why it is a test program of its own.

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    reason = "a test stops at the first surprise, and so do the functions it is made of"
)]

use std::{
    sync::{Arc, atomic::AtomicBool},
    thread,
    time::Duration,
};

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use silta_store::{
    Content, SqliteSettings, SqliteStore, Store, StoreError,
    record::{Arrival, Document, Event, Listing, Receipt},
};

fn arrival(key: &str, size: usize) -> Arrival {
    let event = Event {
        kind: "k".into(),
        data: "{}".into(),
        deduplication_key: key.into(),
        about: None,
    };
    let document = Document {
        name: "d".into(),
        media_type: "text/plain".into(),
        content: Content::from(vec![7; size]),
    };
    Arrival {
        agency: "vero".into(),
        operation: "notify".into(),
        events: vec![event],
        documents: vec![document],
        ..Arrival::default()
    }
}

fn largest_file(bytes: u64) {
    let (_, hard) = getrlimit(Resource::RLIMIT_FSIZE).unwrap();
    setrlimit(Resource::RLIMIT_FSIZE, bytes.min(hard), hard).unwrap();
}

#[test]
fn nothing_is_acknowledged_that_the_disk_did_not_take() {
    // A write beyond the limit is an error, and not the end of the process.
    signal_hook::flag::register(
        signal_hook::consts::SIGXFSZ,
        Arc::new(AtomicBool::new(false)),
    )
    .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let settings = SqliteSettings {
        // The log is not emptied meanwhile, so that it meets the limit.
        log_bytes: 1 << 30,
        reopen_after: Duration::from_millis(50),
        ..SqliteSettings::default()
    };
    let store = SqliteStore::open(folder.path(), settings).unwrap();
    largest_file(600_000);
    let mut acknowledged = Vec::new();
    let lost = loop {
        let key = acknowledged.len().to_string();
        match store.commit(&arrival(&key, 20_000)) {
            Ok(receipt) => acknowledged.push((key, receipt)),
            Err(error) => break (key, error),
        }
        assert!(acknowledged.len() < 1_000, "the disk takes everything");
    };
    let (key, error) = lost;
    assert!(acknowledged.len() > 5, "{}", acknowledged.len());
    assert!(matches!(error, StoreError::Unknown(_)), "{error}");
    // A large content fails before there is a row, so that it is known that nothing was kept; or the store is not open yet.
    let large = store.commit(&arrival("large", 2 << 20)).unwrap_err();
    assert!(matches!(large, StoreError::Unavailable { .. }), "{large}");
    largest_file(u64::MAX);
    while store.ready().is_err() {
        thread::sleep(Duration::from_millis(10));
    }
    let entries = store
        .list(&Listing {
            limit: 1_000,
            ..Listing::default()
        })
        .unwrap();
    let keys: Vec<_> = entries
        .iter()
        .map(|entry| entry.received.events[0].deduplication_key.clone())
        .collect();
    for (key, _) in &acknowledged {
        assert_eq!(
            keys.iter().filter(|found| *found == key).count(),
            1,
            "{key}"
        );
    }
    // The one of which nobody knew is asked for again, and is there once.
    let again = store.commit(&arrival(&key, 20_000)).unwrap();
    let was_kept = keys.contains(&key);
    assert_eq!(
        matches!(again, Receipt::Duplicate(_)),
        was_kept,
        "{again:?}"
    );
    store.commit(&arrival("large", 2 << 20)).unwrap();
    let names = std::fs::read_dir(folder.path().join("bodies"))
        .unwrap()
        .count();
    assert_eq!(names, 1, "nothing is left of the one that failed");
    assert_eq!(
        store.status().unwrap().entries,
        acknowledged.len() as u64 + 2
    );
    assert!(store.check().unwrap().is_empty());
}
