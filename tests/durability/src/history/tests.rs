// SPDX-License-Identifier: Apache-2.0
use std::{fs, path::PathBuf};

use tempfile::TempDir;

use silta_store::record::Position;

use super::*;
use crate::records::{outcome, settings};

/// A store with an arrival, a submission, and a log that says so.
fn kept() -> (TempDir, PathBuf, Log) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let store = SqliteStore::open(&path, settings(1 << 20)).unwrap();
    let mut log = Log::open(folder.path(), "log").unwrap();
    for key in ["a3", "b7"] {
        log.asked(key).unwrap();
    }
    let receipt = store.commit(&arrival("a3")).unwrap();
    log.committed("a3", receipt).unwrap();
    let answer = store.submit(&submission("b7")).unwrap();
    log.submitted("b7", answer).unwrap();
    (folder, path, log)
}

fn check(folder: &TempDir, store: &Path) -> Result<Tally> {
    History::read(folder.path()).unwrap().check(store)
}

fn complaint(folder: &TempDir, store: &Path) -> String {
    format!("{:#}", check(folder, store).unwrap_err())
}

#[test]
fn what_is_right_is_counted() {
    let (folder, store, mut log) = kept();
    log.asked("open").unwrap();
    let tally = check(&folder, &store).unwrap();
    assert_eq!((tally.asked, tally.answered, tally.unanswered), (3, 2, 1));
    let again = Tally::from_line(&tally.to_line()).unwrap();
    assert_eq!(again.to_string(), tally.to_string());
}

#[test]
fn what_is_missing_is_found() {
    for key in ["c1", "c7"] {
        let (folder, store, mut log) = kept();
        log.committed(key, Receipt::Duplicate(Position(1))).unwrap();
        assert!(complaint(&folder, &store).contains("missing"), "{key}");
    }
    let (folder, store, mut log) = kept();
    log.settled("done b7").unwrap();
    assert!(complaint(&folder, &store).contains("its event is missing"));
    let (folder, store, mut log) = kept();
    log.acknowledged(Position(1)).unwrap();
    assert!(complaint(&folder, &store).contains("no longer acknowledged"));
}

#[test]
fn what_was_removed_has_to_be_known_still() {
    let (folder, store, mut log) = kept();
    log.pruning().unwrap();
    check(&folder, &store).unwrap();
    log.committed("c1", Receipt::New(Position(9))).unwrap();
    assert!(complaint(&folder, &store).contains("not known any more"));
}

#[test]
fn what_is_there_and_nobody_asked_for_is_found_and_so_is_what_was_new_twice() {
    let (folder, store, mut log) = kept();
    log.committed("a3", Receipt::New(Position(1))).unwrap();
    assert!(complaint(&folder, &store).contains("new 2 times"));
    let (folder, path, _) = kept();
    let store = SqliteStore::open(&path, settings(1 << 20)).unwrap();
    store.commit(&arrival("nobody's")).unwrap();
    drop(store);
    assert!(complaint(&folder, &path).contains("nobody asked for it"));
}

#[test]
fn a_document_that_is_another_is_found() {
    let (folder, path, mut log) = kept();
    let store = SqliteStore::open(&path, settings(1 << 20)).unwrap();
    log.asked("c1").unwrap();
    let mut other = arrival("c1");
    other.documents = arrival("c2").documents;
    let receipt = store.commit(&other).unwrap();
    log.committed("c1", receipt).unwrap();
    drop(store);
    assert!(complaint(&folder, &path).contains("the document of c1"));
    let (folder, path, _) = kept();
    let bodies = fs::read_dir(path.join("bodies")).unwrap();
    let bodies = bodies.map(|body| body.unwrap().path());
    bodies.for_each(|body| fs::write(body, b"another").unwrap());
    assert!(complaint(&folder, &path).contains("damaged"));
}

#[test]
fn a_copy_has_what_was_acknowledged_before_it() {
    let (folder, path, mut log) = kept();
    let store = SqliteStore::open(&path, settings(1 << 20)).unwrap();
    store.backup(&folder.path().join("copy")).unwrap();
    log.backed_up("copy").unwrap();
    log.asked("late").unwrap();
    let receipt = store.commit(&arrival("late")).unwrap();
    log.committed("late", receipt).unwrap();
    drop(store);
    check(&folder, &path).unwrap();
    log.backed_up("copy").unwrap();
    assert!(complaint(&folder, &path).contains("the copy copy: late"));
}

#[test]
fn an_operation_that_has_ended_is_there_with_its_event() {
    let (folder, path, mut log) = kept();
    let store = SqliteStore::open(&path, settings(1 << 20)).unwrap();
    let claim = silta_store::record::Claim {
        limit: 8,
        duration: std::time::Duration::from_secs(60),
        ..Default::default()
    };
    for claimed in store.claim(&claim).unwrap() {
        let key = claimed.operation.wish.parameters;
        store.settle(&claimed.lease, &outcome(&key)).unwrap();
        log.settled(&crate::records::done(&key)).unwrap();
    }
    drop(store);
    assert_eq!(check(&folder, &path).unwrap().settled, 2);
}
