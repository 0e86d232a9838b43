// SPDX-License-Identifier: Apache-2.0
//! What a store leaves on the disk, and who may have it.

use std::{
    fs,
    path::{Path, PathBuf},
    thread,
};

use rusqlite::Connection;
use silta_store::{
    Content, OpenError, SetClock, SqliteStore, Store, StoreError,
    record::{Arrival, Document, Event, Listing, NewGeneration, Position, Receipt, Retention},
};
use silta_store_conformance::START;

use crate::beds::{open, settings};

/// Larger than what stands in a row.
const LARGE: usize = 200_000;

fn clock() -> SetClock {
    SetClock::at(START)
}

pub(crate) fn arrival(key: &str, content: &[u8]) -> Arrival {
    let event = Event {
        kind: "k".into(),
        data: "{}".into(),
        deduplication_key: key.into(),
        about: None,
    };
    let document = Document {
        name: "d".into(),
        media_type: "text/plain".into(),
        content: Content::from(content),
    };
    Arrival {
        agency: "vero".into(),
        operation: "notify".into(),
        events: vec![event],
        documents: vec![document],
        ..Arrival::default()
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let (folders, mut found): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    found.extend(folders.iter().flat_map(|folder| files(folder)));
    found
}

#[test]
fn a_store_has_one_owner() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(folder.path(), &clock());
    let second = SqliteStore::open(folder.path(), settings(&clock()));
    assert!(matches!(second, Err(OpenError::InUse(path)) if path == folder.path()));
    first.commit(&arrival("a", b"")).unwrap();
    drop(first);
    let second = open(folder.path(), &clock());
    assert!(matches!(
        second.commit(&arrival("a", b"")),
        Ok(Receipt::Duplicate(_))
    ));
}

#[cfg(unix)]
#[test]
fn nobody_else_may_read_it() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    fs::create_dir(&path).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    let store = open(&path, &clock());
    store.commit(&arrival("a", &[0; LARGE])).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!([mode(&path), mode(&path.join("bodies"))], [0o700, 0o700]);
    let all = files(&path);
    assert!(all.len() >= 5, "{all:?}");
    for file in all {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
    // A database that somebody has opened to others is closed to them again.
    drop(store);
    fs::set_permissions(path.join("silta.db"), fs::Permissions::from_mode(0o644)).unwrap();
    open(&path, &clock());
    assert_eq!(mode(&path.join("silta.db")), 0o600);
}

/// What a killed process leaves: a log that nobody has synced. A duplicate of what is in there may be acknowledged only when it is in the database.
#[test]
fn what_a_killed_process_committed_is_made_durable_before_anything_is_answered() {
    let folder = tempfile::tempdir().unwrap();
    let (running, killed) = (folder.path().join("running"), folder.path().join("killed"));
    let store = open(&running, &clock());
    store.commit(&arrival("a", b"1")).unwrap();
    fs::create_dir(&killed).unwrap();
    for name in ["silta.db", "silta.db-wal"] {
        fs::copy(running.join(name), killed.join(name)).unwrap();
    }
    let log = |folder: &Path| fs::metadata(folder.join("silta.db-wal")).map_or(0, |log| log.len());
    assert!(log(&killed) > 0, "it was in the log");
    let restarted = open(&killed, &clock());
    // The log was emptied into the database; what is in there again is the probe: one page, and no entry.
    fs::copy(killed.join("silta.db"), folder.path().join("copy.db")).unwrap();
    let copy = Connection::open(folder.path().join("copy.db")).unwrap();
    let entries: u32 = copy
        .query_row("SELECT count(*) FROM entry", (), |row| row.get(0))
        .unwrap();
    assert_eq!(entries, 1, "the entry is in the database itself");
    assert!(log(&killed) < 10_000);
    assert!(matches!(
        restarted.commit(&arrival("a", b"1")),
        Ok(Receipt::Duplicate(_))
    ));
}

#[test]
fn large_contents_are_files_as_long_as_a_row_names_them() {
    let folder = tempfile::tempdir().unwrap();
    let bodies = folder.path().join("bodies");
    let store = open(folder.path(), &clock());
    for key in ["a", "b"] {
        store.commit(&arrival(key, &[7; LARGE])).unwrap();
    }
    store.commit(&arrival("c", b"small")).unwrap();
    let digest = Content::from(vec![7; LARGE]).digest().to_string();
    assert_eq!(
        names(&bodies),
        [&*digest],
        "the same content is one file, a small one is none"
    );
    let retention = Retention {
        acknowledged_age: Some(std::time::Duration::ZERO),
        limit: 10,
        ..Retention::default()
    };
    let entries = store
        .list(&Listing {
            limit: 10,
            ..Listing::default()
        })
        .unwrap();
    store.acknowledge(entries[0].position, None).unwrap();
    store.prune(&retention).unwrap();
    assert_eq!(names(&bodies), [&*digest]);
    store.acknowledge(entries[1].position, None).unwrap();
    store.prune(&retention).unwrap();
    // It goes after the answer has left; the next command waits for that.
    store.now().unwrap();
    assert!(names(&bodies).is_empty());
}

/// Nothing names the other content that a repetition brings, so that it does not outlive the next command.
#[test]
fn a_content_that_is_not_stored_leaves_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), &clock());
    let bodies = folder.path().join("bodies");
    let first = store.commit(&arrival("a", &[b'1'; LARGE])).unwrap();
    assert!(matches!(first, Receipt::New(_)));
    let kept = names(&bodies);
    let again = store.commit(&arrival("a", &[b'2'; LARGE])).unwrap();
    assert!(matches!(again, Receipt::Duplicate(_)));
    store.now().unwrap();
    // What can be done after an answer is done before the next one.
    store.now().unwrap();
    assert_eq!(names(&bodies), kept);
}

#[test]
fn files_that_no_row_names_are_removed_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let bodies = folder.path().join("bodies");
    drop(open(folder.path(), &clock()));
    // A process was killed before its row was committed, another while it wrote.
    let orphan = Content::from(b"orphan".as_slice()).digest().to_string();
    fs::write(bodies.join(&orphan), b"orphan").unwrap();
    fs::write(bodies.join(format!("{orphan}-3.part")), b"orp").unwrap();
    fs::write(bodies.join("notes.txt"), b"ours").unwrap();
    let _store = open(folder.path(), &clock());
    assert_eq!(names(&bodies), ["notes.txt"]);
}

#[test]
fn damage_is_found_and_never_handed_out() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), &clock());
    store.commit(&arrival("a", &[1; LARGE])).unwrap();
    store.commit(&arrival("b", &[2; LARGE])).unwrap();
    store.commit(&arrival("c", b"small")).unwrap();
    let bodies: Vec<_> = store
        .list(&Listing {
            limit: 10,
            ..Listing::default()
        })
        .unwrap();
    let bodies: Vec<_> = bodies
        .iter()
        .map(|entry| entry.received.documents[0].body)
        .collect();
    let file = |byte| {
        folder
            .path()
            .join("bodies")
            .join(Content::from(vec![byte; LARGE]).digest().to_string())
    };
    fs::remove_file(file(1)).unwrap();
    let mut damaged = vec![2; LARGE];
    damaged[77] = 3;
    fs::write(file(2), damaged).unwrap();
    drop(store);
    let database = Connection::open(folder.path().join("silta.db")).unwrap();
    database
        .execute(
            "UPDATE body SET bytes = x'00' WHERE id = ?1",
            (bodies[2].0,),
        )
        .unwrap();
    drop(database);
    let store = open(folder.path(), &clock());
    let findings = store.check().unwrap();
    let about: Vec<_> = findings
        .iter()
        .map(|finding| finding.what.clone())
        .collect();
    assert_eq!(
        about,
        bodies
            .iter()
            .map(|body| format!("body {body}"))
            .collect::<Vec<_>>()
    );
    for body in bodies {
        let error = store.body(body).unwrap_err();
        assert!(matches!(error, StoreError::Broken(_)), "{error}");
    }
}

#[test]
fn a_component_that_was_damaged_is_whole_when_it_is_recorded_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), &clock());
    let components = [vec![1; LARGE], b"small".to_vec()].map(Content::from);
    let record = |store: &SqliteStore| {
        for component in &components {
            let wish = NewGeneration {
                agency: "vero".into(),
                component: component.clone(),
                version: "1.0.0".into(),
                settings: "s".into(),
                by: "configuration".into(),
                why: String::new(),
                is_downgrade: false,
                package: None,
                rejection: None,
            };
            store.record_generation(&wish).unwrap();
        }
    };
    record(&store);
    let file = folder.path().join("bodies");
    let file = file.join(components[0].digest().to_string());
    // It is there, and cannot be read: that may be over soon.
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    let unread = store.component(&components[0].digest()).unwrap_err();
    assert!(matches!(unread, StoreError::Unavailable { .. }), "{unread}");
    fs::remove_dir(&file).unwrap();
    fs::write(&file, vec![2; LARGE]).unwrap();
    let database = Connection::open(folder.path().join("silta.db")).unwrap();
    let text = "UPDATE body SET bytes = x'00' WHERE bytes IS NOT NULL";
    assert_eq!(database.execute(text, ()).unwrap(), 1);
    drop(database);
    for component in &components {
        let broken = store.component(&component.digest()).unwrap_err();
        assert!(matches!(broken, StoreError::Broken(_)), "{broken}");
    }
    record(&store);
    for component in &components {
        let found = store.component(&component.digest()).unwrap();
        assert_eq!(found.as_ref(), Some(component));
    }
    assert_eq!(store.check().unwrap(), []);
    assert_eq!(store.status().unwrap().bodies, 2);
}

#[test]
fn a_backup_is_a_store_of_one_moment() {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("store"), folder.path().join("backup"));
    let store = open(&from, &clock());
    store.commit(&arrival("large", &[1; LARGE])).unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            for number in 0..50 {
                store.commit(&arrival(&number.to_string(), b"x")).unwrap();
            }
        });
        store.backup(&to).unwrap();
    });
    let again = store.backup(&to).unwrap_err();
    assert!(again.to_string().contains("there already"), "{again}");
    let copy = open(&to, &clock());
    assert!(copy.check().unwrap().is_empty());
    let keys = |store: &dyn Store| -> Vec<String> {
        let entries = store
            .list(&Listing {
                limit: 1_000,
                ..Listing::default()
            })
            .unwrap();
        entries
            .iter()
            .map(|entry| entry.received.events[0].deduplication_key.clone())
            .collect()
    };
    let (all, copied) = (keys(&store), keys(&copy));
    assert_eq!(copied[..], all[..copied.len()], "a beginning, without gaps");
    let first = copy.show(Position(1)).unwrap().unwrap();
    let body = copy
        .body(first.received.documents[0].body)
        .unwrap()
        .unwrap();
    assert_eq!(body.to_vec(), vec![1; LARGE]);
}

#[test]
fn commands_of_many_share_transactions() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), &clock());
    thread::scope(|scope| {
        for writer in 0..16 {
            let store = &store;
            scope.spawn(move || {
                for number in 0..20 {
                    store
                        .commit(&arrival(&format!("{writer}-{number}"), b"x"))
                        .unwrap();
                }
            });
        }
    });
    let counts = store.commits();
    assert_eq!(counts.commands, 320);
    assert!(counts.groups < counts.commands, "{counts:?}");
}
