// SPDX-License-Identifier: Apache-2.0
//! A tool beside the process that has the store.

use std::{fs, sync::Arc};

use silta_store::{
    OpenError, SetClock, SqliteStore, SqliteVisitor, Store,
    record::{
        ActListing, Actor, Decision, Deed, LeaseWish, Listing, Position, Receipt, Settled, Subject,
        Submission, Submitted, Way,
    },
};
use silta_store_conformance::START;

use crate::{
    beds::{open, settings},
    folder::arrival,
};

const ALL: Listing = Listing {
    after: Position(0),
    newest_first: false,
    agency: None,
    waiting: false,
    limit: 100,
};

fn visitor(folder: &std::path::Path) -> SqliteVisitor {
    SqliteVisitor::with_clock(folder, Arc::new(SetClock::at(START))).unwrap()
}

fn by() -> Actor {
    Actor {
        way: Way::COMMAND_LINE,
        name: "maija".into(),
        address: String::new(),
    }
}

/// An entry, and one with a content in a file.
fn two(store: &SqliteStore) -> [Position; 2] {
    let commit = |key, content: &[u8]| match store.commit(&arrival(key, content)).unwrap() {
        Receipt::New(position) => position,
        Receipt::Duplicate(_) => panic!("nothing is known yet"),
    };
    [commit("1", b"small"), commit("2", &[7; 200_000])]
}

#[test]
fn it_sees_what_is_committed_and_acknowledges_for_all() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), &SetClock::at(START));
    let visitor = visitor(folder.path());
    let before = visitor.version().unwrap();
    let [small, large] = two(&store);
    assert_ne!(visitor.version().unwrap(), before);
    let entries = visitor.list(&ALL).unwrap();
    assert_eq!(entries, store.list(&ALL).unwrap());
    for entry in &entries {
        let body = entry.received.documents[0].body;
        assert_eq!(visitor.body(body).unwrap(), store.body(body).unwrap());
    }
    assert_eq!(visitor.acknowledge(small, &by()).unwrap(), Settled::Done);
    assert_eq!(
        visitor.acknowledge(Position(900), &by()).unwrap(),
        Settled::Stale
    );
    let status = visitor.status().unwrap();
    assert_eq!((status.entries, status.waiting), (2, 1));
    assert_eq!(status, store.status().unwrap());
    let wish = LeaseWish {
        owner: "one".into(),
        agency: None,
        limit: 10,
        duration: std::time::Duration::from_secs(60),
        ..LeaseWish::default()
    };
    let leased = store.lease(&wish).unwrap();
    let leased: Vec<Position> = leased.iter().map(|leased| leased.entry.position).collect();
    assert_eq!(leased, [large]);
    // The one who had it is told that nothing more is wanted of it.
    visitor.acknowledge(large, &by()).unwrap();
    // Once more, nothing changes.
    visitor.acknowledge(large, &by()).unwrap();
    assert!(
        store
            .show(large)
            .unwrap()
            .unwrap()
            .delivery
            .acknowledged
            .is_some()
    );
    // What both wrote has one order of numbers.
    store.commit(&arrival("3", b"x")).unwrap();
    let wish = Submission {
        agency: "vero".into(),
        operation: "send".into(),
        ..Submission::default()
    };
    let (Submitted::New(id) | Submitted::Known(id)) = store.submit(&wish).unwrap();
    store
        .decide(id, None, Decision::Cancel, &Actor::default())
        .unwrap();
    let all = ActListing {
        limit: 10,
        ..ActListing::default()
    };
    let acts = store.acts(&all).unwrap();
    assert_eq!(acts, visitor.acts(&all).unwrap());
    let told = acts.iter().map(|act| (act.id.0, act.record.subject));
    let told: Vec<_> = told.collect();
    let expected = [
        (1, Subject::Entry(small)),
        (2, Subject::Entry(large)),
        (3, Subject::Operation(id)),
    ];
    assert_eq!(told, expected);
    assert_eq!(acts[0].record.by, by());
    assert_eq!(acts[0].record.deed, Deed::ACKNOWLEDGE);
    assert_eq!(store.check().unwrap(), []);
    assert_eq!(visitor.check().unwrap(), []);
}

#[test]
fn it_finds_damage_and_copies_what_there_is() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), &SetClock::at(START));
    let [_, large] = two(&store);
    let copies = tempfile::tempdir().unwrap();
    let copy = copies.path().join("copy");
    let visitor = visitor(folder.path());
    visitor.backup(&copy).unwrap();
    visitor.backup(&copy).unwrap_err();
    let copied = SqliteStore::open(&copy, settings(&SetClock::at(START))).unwrap();
    assert_eq!(copied.list(&ALL).unwrap(), store.list(&ALL).unwrap());
    assert_eq!(copied.check().unwrap(), []);
    let digest = store.show(large).unwrap().unwrap().received.documents[0].sha256;
    fs::write(folder.path().join(format!("bodies/{digest}")), "other").unwrap();
    assert_eq!(visitor.check().unwrap().len(), 1);
}

/// The log is moved by who has the store: it may be about to answer on the strength of it.
#[test]
fn it_leaves_the_log_and_every_other_file_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path(), &SetClock::at(START)));
    let visitor = visitor(folder.path());
    visitor.list(&ALL).unwrap();
    visitor.acknowledge(Position(1), &by()).unwrap();
    drop(visitor);
    assert!(folder.path().join("silta.db-wal").exists());
    // And the next one takes it up.
    let store = open(folder.path(), &SetClock::at(START));
    two(&store);
}

#[test]
fn it_makes_no_store_where_there_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("store");
    let error = SqliteVisitor::open(&missing).unwrap_err();
    assert!(matches!(error, OpenError::Missing(_)), "{error}");
    assert!(!missing.exists());
}
