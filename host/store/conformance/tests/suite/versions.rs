// SPDX-License-Identifier: Apache-2.0
//! What another version of the program has left.

use std::{path::Path, time::Duration};

use rusqlite::Connection;
use silta_store::{
    OpenError, SetClock, SqliteStore, Store, StoreError, Why,
    record::{Claim, LeaseWish, Listing, Retention, Submission, Submitted},
};
use silta_store_conformance::START;

use crate::{
    beds::{open, settings},
    folder::arrival,
};

fn spoil(folder: &Path, text: &str) {
    let database = Connection::open(folder.join("silta.db")).unwrap();
    database.execute_batch(text).unwrap();
}

/// How many a database has had.
fn migrations(folder: &Path) -> u32 {
    let database = Connection::open(folder.join("silta.db")).unwrap();
    let text = "SELECT max(version) FROM schema";
    database.query_row(text, (), |row| row.get(0)).unwrap()
}

#[test]
fn records_of_a_newer_version_are_told_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let clock = SetClock::at(START);
    let store = open(folder.path(), &clock);
    let ours = store.commit(&arrival("a", b"1")).unwrap();
    store.commit(&arrival("b", b"2")).unwrap();
    let in_lane = |operation: &str, lane: &str| Submission {
        agency: "vero".into(),
        operation: operation.into(),
        parameters: "{}".into(),
        lane: Some(lane.into()),
        ..Submission::default()
    };
    let Submitted::New(newer) = store.submit(&in_lane("newer", "x")).unwrap() else {
        panic!("nothing was there");
    };
    store.submit(&in_lane("behind it", "x")).unwrap();
    store.submit(&in_lane("beside it", "y")).unwrap();
    drop(store);
    spoil(
        folder.path(),
        "UPDATE entry SET version = 2, record = '{\"later\": []}' WHERE position > 1 AND agency = 'vero' AND position = (SELECT max(position) FROM entry)",
    );
    spoil(
        folder.path(),
        &format!("UPDATE operation SET version = 2 WHERE id = {newer}"),
    );
    let store = open(folder.path(), &clock);
    let wish = LeaseWish {
        owner: "o".into(),
        agency: None,
        limit: 10,
        duration: Duration::from_secs(60),
        ..LeaseWish::default()
    };
    let leased = store.lease(&wish).unwrap();
    assert_eq!(leased.len(), 1, "{ours:?} is ours");
    let claim = Claim {
        owner: "o".into(),
        limit: 10,
        duration: wish.duration,
        ..Claim::default()
    };
    let claimed = store.claim(&claim).unwrap();
    let names: Vec<_> = claimed
        .iter()
        .map(|claimed| &*claimed.operation.wish.operation)
        .collect();
    assert_eq!(
        names,
        ["beside it"],
        "nobody overtakes what another version has to do first"
    );
    let listed = store
        .list(&Listing {
            limit: 10,
            ..Listing::default()
        })
        .unwrap_err();
    assert!(
        matches!(
            &listed,
            StoreError::Refused(Why::Newer {
                found: 2,
                known: 1,
                ..
            })
        ),
        "{listed}"
    );
    assert!(matches!(
        store.operation(newer),
        Err(StoreError::Refused(Why::Newer { .. }))
    ));
    assert_eq!(store.status().unwrap().newer, 2);
    let retention = Retention {
        unacknowledged_age: Some(Duration::ZERO),
        limit: 10,
        ..Retention::default()
    };
    assert_eq!(store.prune(&retention).unwrap().unacknowledged, 1);
    assert_eq!(store.status().unwrap().entries, 1);
    // It is known, whoever wrote it.
    assert!(matches!(
        store.commit(&arrival("b", b"2")),
        Ok(silta_store::record::Receipt::Duplicate(_))
    ));
}

#[test]
fn tables_of_a_newer_version_are_used_if_that_allows_it() {
    let folder = tempfile::tempdir().unwrap();
    let clock = SetClock::at(START);
    drop(open(folder.path(), &clock));
    let ours = migrations(folder.path());
    let next = ours + 1;
    spoil(
        folder.path(),
        &format!("INSERT INTO schema VALUES ({next}, 1); ALTER TABLE entry ADD COLUMN later TEXT;"),
    );
    open(folder.path(), &clock)
        .commit(&arrival("a", b"1"))
        .unwrap();
    let last = next + 1;
    spoil(
        folder.path(),
        &format!("INSERT INTO schema VALUES ({last}, {next})"),
    );
    let refused = SqliteStore::open(folder.path(), settings(&clock)).unwrap_err();
    assert!(
        matches!(
            refused,
            OpenError::Newer { version, known } if (version, known) == (last, ours)
        ),
        "{refused}"
    );
}

#[test]
fn what_is_no_database_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let clock = SetClock::at(START);
    let path = folder.path().join("silta.db");
    std::fs::write(&path, [b'x'; 8_192]).unwrap();
    let refused = SqliteStore::open(folder.path(), settings(&clock)).unwrap_err();
    assert!(matches!(refused, OpenError::Database(_)), "{refused}");
    assert_eq!(std::fs::read(&path).unwrap(), [b'x'; 8_192]);
}
