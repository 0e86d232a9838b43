// SPDX-License-Identifier: Apache-2.0
//! What happens when the database cannot take it.

use std::time::Duration;

use silta_store::{
    SetClock, SqliteSettings, SqliteStore, Store, StoreError,
    record::{LeaseWish, Listing, Receipt, Retention},
};
use silta_store_conformance::START;

use crate::{beds::settings, folder::arrival};

static CONTENT: [u8; 20_000] = [b'x'; 20_000];

/// Commits until that fails; how many were kept, and the key that was not.
fn fill(store: &SqliteStore) -> (usize, String, StoreError) {
    for number in 0..1_000 {
        let key = number.to_string();
        if let Err(error) = store.commit(&arrival(&key, &CONTENT)) {
            return (number, key, error);
        }
    }
    panic!("it never was full");
}

#[test]
fn a_full_database_acknowledges_nothing_and_takes_more_when_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let clock = SetClock::at(START);
    let limited = SqliteSettings {
        most_bytes: Some(1 << 20),
        ..settings(&clock)
    };
    let store = SqliteStore::open(folder.path(), limited).unwrap();
    let (kept, key, error) = fill(&store);
    assert!(kept > 10, "{kept}");
    assert!(matches!(error, StoreError::Unknown(_)), "{error}");
    // Closed, and it says why; nothing is read or written.
    let unready = store.ready().unwrap_err();
    assert!(
        matches!(unready, StoreError::Unavailable { .. }) && unready.to_string().contains("full"),
        "{unready}"
    );
    for refused in [
        store.commit(&arrival("0", &CONTENT)).map(drop),
        store
            .list(&Listing {
                limit: 1,
                ..Listing::default()
            })
            .map(drop),
        store.status().map(drop),
    ] {
        assert!(
            matches!(refused, Err(StoreError::Unavailable { .. })),
            "{refused:?}"
        );
    }
    store.reopen().unwrap();
    store.ready().unwrap();
    // All that was acknowledged is there, once, and known; the one that failed is not.
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
    assert_eq!(
        keys,
        (0..kept)
            .map(|number| number.to_string())
            .collect::<Vec<_>>()
    );
    assert!(matches!(
        store.commit(&arrival("0", &CONTENT)),
        Ok(Receipt::Duplicate(_))
    ));
    // Room is made; the same arrival is new.
    for entry in &entries {
        store.acknowledge(entry.position, None).unwrap();
    }
    let retention = Retention {
        acknowledged_age: Some(Duration::ZERO),
        limit: 1_000,
        ..Retention::default()
    };
    assert_eq!(store.prune(&retention).unwrap().acknowledged, kept as u64);
    assert!(matches!(
        store.commit(&arrival(&key, &CONTENT)),
        Ok(Receipt::New(_))
    ));
    assert!(store.check().unwrap().is_empty());
}

/// However full the database is, entries are given out, acknowledged and handed back, and what is acknowledged is removed: otherwise it would stay full.
#[test]
fn a_full_database_can_be_emptied() {
    for pages in 256..264 {
        let folder = tempfile::tempdir().unwrap();
        let limited = SqliteSettings {
            most_bytes: Some(pages << 12),
            ..settings(&SetClock::at(START))
        };
        let store = SqliteStore::open(folder.path(), limited.clone()).unwrap();
        let (kept, ..) = fill(&store);
        store.reopen().unwrap();
        // To the last page that arrivals may have: what is small has found room still.
        for number in 0.. {
            if store
                .commit(&arrival(&format!("small {number}"), b"x"))
                .is_err()
            {
                break;
            }
        }
        store.reopen().unwrap();
        let wish = LeaseWish {
            owner: "platform".to_owned(),
            limit: 1_000,
            duration: Duration::from_secs(60),
            ..LeaseWish::default()
        };
        let leased = store.lease(&wish).unwrap();
        assert!(leased.len() >= kept, "{pages} pages: {}", leased.len());
        let mut leased = leased.into_iter();
        let back = leased.next().unwrap().lease;
        store.hand_back(&back, Duration::ZERO, None).unwrap();
        for leased in leased {
            store.acknowledge(leased.lease.id, None).unwrap();
        }
        let retention = Retention {
            acknowledged_age: Some(Duration::ZERO),
            limit: 1_000,
            ..Retention::default()
        };
        assert!(store.prune(&retention).unwrap().acknowledged >= kept as u64 - 1);
        assert!(matches!(
            store.commit(&arrival("afterwards", &CONTENT)),
            Ok(Receipt::New(_))
        ));
    }
}

/// Several of a group fail together, also those that had room.
#[test]
fn a_closed_store_is_opened_again_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let clock = SetClock::at(START);
    let limited = SqliteSettings {
        most_bytes: Some(1 << 20),
        reopen_after: Duration::from_millis(20),
        ..settings(&clock)
    };
    let store = SqliteStore::open(folder.path(), limited).unwrap();
    let (kept, ..) = fill(&store);
    while store.ready().is_err() {
        std::thread::yield_now();
    }
    assert_eq!(store.status().unwrap().entries, kept as u64);
}

#[test]
fn one_that_is_refused_does_not_spoil_what_shares_its_transaction() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path(), settings(&SetClock::at(START))).unwrap();
    std::thread::scope(|scope| {
        for writer in 0..8 {
            let store = &store;
            scope.spawn(move || {
                for number in 0..10 {
                    if writer % 2 == 0 {
                        store
                            .commit(&arrival(&format!("{writer}-{number}"), b"x"))
                            .unwrap();
                    } else {
                        let wrong = silta_store::record::Revision(999);
                        store.set_desired(wrong, &Default::default()).unwrap_err();
                    }
                }
            });
        }
    });
    assert_eq!(store.status().unwrap().entries, 40);
}

/// What is damaged is not written to: it is closed by the first who meets the damage, and stays closed.
#[test]
fn a_damaged_database_is_closed_by_who_reads_it() {
    let folder = tempfile::tempdir().unwrap();
    let clock = SetClock::at(START);
    let store = SqliteStore::open(folder.path(), settings(&clock)).unwrap();
    for number in 0..50 {
        store
            .commit(&arrival(&number.to_string(), &CONTENT))
            .unwrap();
    }
    drop(store);
    let path = folder.path().join("silta.db");
    let mut bytes = std::fs::read(&path).unwrap();
    // The page that has the record of an entry in the middle is no page any more.
    let record = br#""deduplicationKey":"25""#;
    let at = bytes.windows(record.len()).position(|part| part == record);
    let page = at.unwrap() / 4_096 * 4_096;
    bytes[page] = 0xff;
    std::fs::write(&path, bytes).unwrap();
    let store = SqliteStore::open(folder.path(), settings(&clock)).unwrap();
    store.ready().unwrap();
    let read = store.list(&Listing {
        limit: 1_000,
        ..Listing::default()
    });
    assert!(matches!(read, Err(StoreError::Broken(_))), "{read:?}");
    let still = store.reopen().unwrap_err();
    assert!(still.to_string().contains("damaged"), "{still}");
    let refused = store.commit(&arrival("new", b"x"));
    assert!(matches!(refused, Err(StoreError::Unavailable { .. })));
}
