// SPDX-License-Identifier: Apache-2.0
//! The program before this one, this one, and the one before again, on one store.
//!
//! What the one before has left is made here, in its tables and by records that have not changed since: entries taken out and acknowledged, documents in rows and in files, operations that are
//! done, wait with progress, are held, stand behind one that is held, and were under way; keys of duplicates, of follow-ups and of submissions. Its program is not run: `.ci/upgrade` does that.

use std::{path::Path, time::Duration};

use rusqlite::Connection;
use silta_store::{
    Content, SetClock, SqliteStore, Store, Timestamp,
    record::{
        Arrival, Claim, Document, End, Ending, Entry, Event, FollowUp, IdempotencyKey, LeaseWish,
        Listing, Note, OperationId, OperationListing, OperationPhase, Outcome, Receipt, Settled,
        Submission, Submitted,
    },
};

use silta_store_conformance::START;

use crate::beds::open;

/// Long after all leases of the other program.
const LATER: Timestamp = Timestamp(4_000_000_000_000);

const SHORT: Duration = Duration::from_secs(60);

/// Bytes of a document that is a file of its own.
const LARGE: usize = 70_000;

/// What a program with the first migration alone leaves: the same records, which have not changed since, in tables without what the later ones have added.
const BACK: &str = "
    DROP TABLE component;
    DROP TABLE generation;
    DROP TRIGGER run_gone;
    DROP TABLE run;
    DROP TABLE act;
    DROP INDEX operation_named;
    ALTER TABLE operation DROP COLUMN name;
    ALTER TABLE operation DROP COLUMN resumed;
    ALTER TABLE operation DROP COLUMN last;
    ALTER TABLE operation DROP COLUMN runs;
    DELETE FROM schema WHERE version > 1;
";

/// A folder as the other program has left it.
fn left_by_the_one_before(folder: &Path) -> SqliteStore {
    let store = open(folder, &SetClock::at(START));
    for (agency, key, document) in [
        ("tulli", "S1", &b"one"[..]),
        ("tulli", "S2", &[b'x'; LARGE]),
        ("vero", "N1", b"three"),
    ] {
        Store::commit(&store, &arrival(agency, key, document)).unwrap();
    }
    let wish = LeaseWish {
        owner: "erp".into(),
        agency: None,
        limit: 2,
        duration: SHORT,
        ..LeaseWish::default()
    };
    let first = store.lease(&wish).unwrap().remove(0).lease;
    store.acknowledge(first.id, Some(first.epoch)).unwrap();
    for (name, lane, key) in [
        ("done", None, Some("k1")),
        ("waits", None, Some("k2")),
        ("held", Some("x"), None),
        ("behind", Some("x"), None),
    ] {
        store.submit(&submission(name, lane, key)).unwrap();
    }
    for claimed in claim(&store) {
        let outcome = match &*claimed.operation.wish.operation {
            "done" => Outcome::Ended(Box::new(Ending {
                end: End::Done,
                code: "000".into(),
                events: vec![event("sent/1")],
                ..Ending::default()
            })),
            "waits" => Outcome::Again {
                delay: SHORT,
                progress: Some(Content::from(b"progress".as_slice())),
                note: None,
            },
            "held" => Outcome::Held {
                why: "somebody has to look".into(),
                progress: None,
                note: None,
            },
            // Under way when it ended.
            _ => continue,
        };
        let settled = store.settle(&claimed.lease, &outcome);
        assert_eq!(settled, Ok(Settled::Done));
    }
    drop(store);
    let database = Connection::open(folder.join("silta.db")).unwrap();
    database.execute_batch(BACK).unwrap();
    drop(database);
    open(folder, &SetClock::at(LATER))
}

fn entries(store: &SqliteStore) -> Vec<Entry> {
    let listing = Listing {
        limit: 100,
        ..Listing::default()
    };
    store.list(&listing).unwrap()
}

fn claim(store: &SqliteStore) -> Vec<silta_store::record::Claimed> {
    let claim = Claim {
        owner: "new".into(),
        limit: 100,
        duration: Duration::from_secs(60),
        ..Claim::default()
    };
    store.claim(&claim).unwrap()
}

/// As the other program was brought it.
fn arrival(agency: &str, key: &str, document: &[u8]) -> Arrival {
    Arrival {
        agency: agency.into(),
        operation: "notify".into(),
        events: vec![event(key)],
        documents: vec![Document {
            name: "päätös.txt".into(),
            media_type: "text/plain".into(),
            content: document.into(),
        }],
        follow_ups: vec![FollowUp {
            operation: "download".into(),
            parameters: "{}".into(),
            deduplication_key: format!("d/{key}"),
            lane: None,
        }],
        ..Arrival::default()
    }
}

fn event(key: &str) -> Event {
    Event {
        kind: "message".into(),
        data: "{}".into(),
        deduplication_key: key.into(),
        about: None,
    }
}

fn submission(name: &str, lane: Option<&str>, key: Option<&str>) -> Submission {
    Submission {
        agency: "vero".into(),
        operation: name.into(),
        parameters: "{}".into(),
        payload: Some(b"payload".as_slice().into()),
        lane: lane.map(str::to_owned),
        idempotency: key.map(|key| IdempotencyKey {
            client: "erp".into(),
            key: key.into(),
        }),
        ..Submission::default()
    }
}

fn names(store: &SqliteStore, phase: OperationPhase) -> Vec<String> {
    let listing = OperationListing {
        phase: Some(phase),
        limit: 100,
        ..OperationListing::default()
    };
    let page = store.operations(&listing).unwrap();
    let names = page.operations.into_iter();
    names.map(|operation| operation.wish.operation).collect()
}

#[test]
fn nothing_of_what_the_one_before_has_left_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let store = left_by_the_one_before(folder.path());
    assert_eq!(store.check().unwrap(), []);
    let kept = entries(&store);
    let keys = kept.iter().flat_map(|entry| &entry.received.events);
    let keys: Vec<_> = keys.map(|event| event.deduplication_key.as_str()).collect();
    assert_eq!(keys, ["S1", "S2", "N1", "sent/1"]);
    let acknowledged = kept.iter().map(|it| it.delivery.acknowledged.is_some());
    assert_eq!(
        acknowledged.collect::<Vec<_>>(),
        [true, false, false, false]
    );
    // The second document lies in a file.
    let documents = kept.iter().flat_map(|entry| &entry.received.documents);
    let contents = documents.map(|it| store.body(it.body).unwrap().unwrap().to_vec());
    let sizes: Vec<_> = contents.map(|content| content.len()).collect();
    assert_eq!(sizes, [3, LARGE, 5]);
    assert_eq!(names(&store, OperationPhase::Held), ["held"]);
    assert_eq!(names(&store, OperationPhase::Ended), ["done"]);
    let queued = names(&store, OperationPhase::Queued);
    assert_eq!(
        queued,
        ["download", "download", "download", "waits", "behind"]
    );
}

#[test]
fn it_is_gone_on_with() {
    let folder = tempfile::tempdir().unwrap();
    let store = left_by_the_one_before(folder.path());
    // What was known is known.
    let again = Store::commit(&store, &arrival("tulli", "S1", b"one")).unwrap();
    assert!(matches!(again, Receipt::Duplicate(_)), "{again:?}");
    let submission = submission("done", None, Some("k1"));
    let known = store.submit(&submission).unwrap();
    assert!(matches!(known, Submitted::Known(_)), "{known:?}");
    // What waits goes on with what was kept of it; what is behind one that is held does not.
    let claimed = claim(&store);
    let progress = claimed.iter().map(|one| {
        let kept = one.operation.state.progress;
        let kept = kept.map(|body| store.body(body).unwrap().unwrap().to_vec());
        (one.operation.wish.operation.as_str(), kept)
    });
    let progress: Vec<_> = progress.collect();
    let kept = Some(b"progress".to_vec());
    assert_eq!(
        progress,
        [
            ("download", None),
            ("download", None),
            ("download", None),
            ("waits", kept)
        ]
    );
    for one in &claimed {
        let ending = Ending {
            end: End::Done,
            code: "000".into(),
            ..Ending::default()
        };
        let settled = store.settle(&one.lease, &Outcome::Ended(Box::new(ending)));
        assert_eq!(settled, Ok(Settled::Done));
    }
    let wish = LeaseWish {
        owner: "erp".into(),
        agency: None,
        limit: 100,
        duration: Duration::from_secs(60),
        ..LeaseWish::default()
    };
    let leased = store.lease(&wish).unwrap();
    assert_eq!(leased.len(), 3);
    for one in &leased {
        let lease = one.lease;
        let taken = store.acknowledge(lease.id, Some(lease.epoch));
        assert_eq!(taken, Ok(Settled::Done));
    }
    assert_eq!(store.check().unwrap(), []);
}

/// Its runs were counted and not kept: numbers go on behind them, and their history says that it has a beginning that is gone.
#[test]
fn runs_that_the_one_before_has_counted_are_missed() {
    let folder = tempfile::tempdir().unwrap();
    let store = left_by_the_one_before(folder.path());
    let run = |counts| {
        let claimed = claim(&store);
        let one = claimed
            .iter()
            .find(|one| one.operation.wish.operation == "waits");
        let note = Note {
            class: "unanswered".into(),
            counts,
            ..Note::default()
        };
        let again = Outcome::Again {
            delay: Duration::ZERO,
            progress: None,
            note: Some(note),
        };
        store.settle(&one.unwrap().lease, &again).unwrap();
        one.unwrap().operation.id
    };
    let id = run(false);
    let told = || {
        let runs = store.runs(id).unwrap();
        let numbers: Vec<_> = runs.kept.iter().map(|run| run.number).collect();
        (numbers, runs.cut)
    };
    assert_eq!(told(), (vec![], 0));
    let counted = |runs: u32| {
        let database = Connection::open(folder.path().join("silta.db")).unwrap();
        let text = "UPDATE operation SET runs = ?2 WHERE id = ?1";
        assert_eq!(database.execute(text, (id.0, runs)), Ok(1));
    };
    counted(7);
    assert_eq!(told(), (vec![], 7));
    run(true);
    run(true);
    assert_eq!(told(), (vec![8, 9], 7));
    assert_eq!(store.operation(id).unwrap().unwrap().state.runs, 9);
}

/// Everything that this program writes, the one before may read: no record has a version that it does not know, no table lacks what it writes, and nothing asks for a newer program.
#[test]
fn the_one_before_may_go_on_with_what_this_one_has_left() {
    let folder = tempfile::tempdir().unwrap();
    let store = left_by_the_one_before(folder.path());
    Store::commit(&store, &arrival("tulli", "NEW", b"new")).unwrap();
    for one in claim(&store) {
        let note = Some(Note {
            class: "unanswered".into(),
            code: "none".into(),
            text: "words".into(),
            counts: true,
        });
        let again = Outcome::Again {
            delay: Duration::from_secs(3_600),
            progress: Some(Content::from(b"of the new one".as_slice())),
            note,
        };
        store.settle(&one.lease, &again).unwrap();
    }
    store.hasten("vero", &["unanswered"]).unwrap();
    drop(store);
    let database = Connection::open(folder.path().join("silta.db")).unwrap();
    let number = |text: &str| -> u32 { database.query_row(text, (), |row| row.get(0)).unwrap() };
    assert_eq!(number("SELECT max(readable_by) FROM schema"), 1);
    for table in ["entry", "operation"] {
        let newest = number(&format!("SELECT max(version) FROM {table}"));
        assert_eq!(newest, 1, "{table}");
    }
    assert!(number("SELECT count(*) FROM run") > 1);
    // Its own words: it names the columns that it knows.
    #[rustfmt::skip]
    let rows = [
        (
            "INSERT INTO operation (id, agency, lane, submitted, until, version, record) VALUES (1000, 'vero', NULL, 0, 0, 1, '{\"operation\":\"of the one before\",\"parameters\":\"{}\",\"attachments\":[],\"origin\":\"submitted\",\"submitted\":0}')",
            1,
        ),
        ("UPDATE operation SET owner = 'old', until = 1, epoch = epoch + 1 WHERE id = 1000", 1),
        ("DELETE FROM operation WHERE id = (SELECT min(operation) FROM run)", 1),
        ("INSERT INTO known (agency, kind, key, place, first, last) VALUES ('tulli', 0, 'OLD', 1, 0, 0)", 1),
    ];
    for (text, rows) in rows {
        assert_eq!(database.execute(text, ()).unwrap(), rows, "{text}");
    }
    // What it does not know of goes with what it removes.
    let orphans = "SELECT count(*) FROM run WHERE operation NOT IN (SELECT id FROM operation)";
    assert_eq!(number(orphans), 0);
    assert!(number("SELECT count(*) FROM run") > 0);
    drop(database);
    // And this one goes on with what it wrote.
    let store = open(folder.path(), &SetClock::at(LATER));
    let written = store.operation(OperationId(1000)).unwrap().unwrap();
    assert_eq!(written.wish.operation, "of the one before");
    assert_eq!(written.state.runs, 0);
    assert_eq!(store.check().unwrap(), []);
}
