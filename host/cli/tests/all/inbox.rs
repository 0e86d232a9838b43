// SPDX-License-Identifier: Apache-2.0
//! `silta inbox`, beside `silta serve` and without it.

use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    time::Duration,
};

use serde_json::Value;
use silta_store::{
    MemoryStore, SqliteSettings, SqliteStore, Store,
    record::{Arrival, Document, Event, LeaseWish, Position, Receipt, Received},
};

use crate::{
    project::Project,
    serve::{self, Serving, client, entries, post},
};

/// What has come since the last time, as a platform takes it out.
pub(crate) fn taken(store: &MemoryStore) -> Vec<Received> {
    let wish = LeaseWish {
        owner: "test".to_owned(),
        agency: None,
        limit: 1_000,
        duration: Duration::from_secs(60),
        ..LeaseWish::default()
    };
    let leased = store.lease(&wish).unwrap().into_iter();
    let taken = leased.map(|leased| {
        let lease = leased.lease;
        store.acknowledge(lease.id, Some(lease.epoch)).unwrap();
        leased.entry.received
    });
    taken.collect()
}

/// Something that has come, in the store of a folder.
pub(crate) fn kept(project: &Project) {
    let store = SqliteStore::open(&project.path("store"), SqliteSettings::default()).unwrap();
    let event = Event {
        kind: "k".to_owned(),
        data: "{}".to_owned(),
        deduplication_key: "1".to_owned(),
        about: None,
    };
    let arrival = Arrival {
        agency: "tulli".to_owned(),
        operation: "notify".to_owned(),
        events: vec![event],
        ..Arrival::default()
    };
    // The first of all numbers.
    assert_eq!(store.commit(&arrival).unwrap(), Receipt::New(Position(1)));
}

/// A folder in which so many calls have come, each with an event and a document.
pub(crate) fn filled(calls: usize) -> (Project, Serving) {
    let project = serve::project();
    let serving = Serving::start(&project, "serve --config rogue.toml");
    deliver(&project, &serving, 0..calls);
    (project, serving)
}

fn deliver(project: &Project, serving: &Serving, numbers: std::ops::Range<usize>) {
    let agent = client(project, "intermediary");
    for number in numbers {
        let url = format!("{}/rogue/deliver", serving.url);
        assert_eq!(post(&agent, &url, &format!("call {number}")).0, 202);
    }
}

fn positions(project: &Project) -> Vec<u64> {
    let entries = entries(project);
    let positions = entries.iter().map(|entry| entry["position"].as_u64());
    positions.map(Option::unwrap).collect()
}

#[test]
fn entries_are_listed_shown_and_acknowledged_while_calls_come() {
    let (project, serving) = filled(3);
    let all = positions(&project);
    assert_eq!(all.len(), 3);
    let page = project.silta("inbox list --config rogue.toml --limit 2 --json");
    assert_eq!(page.json()["more"], all[1]);
    let last = format!("inbox list --config rogue.toml --json --after {}", all[1]);
    let last = project.silta(&last).json();
    assert_eq!(last["entries"][0]["position"], all[2]);
    assert_eq!(last["more"], Value::Null);
    let none = project.silta("inbox list --config rogue.toml --agency other --json");
    assert_eq!(none.json()["entries"], Value::Array(Vec::new()));
    let table = project
        .silta("inbox list --config rogue.toml")
        .succeeds()
        .out
        .clone();
    assert!(
        table.contains("called") && !table.contains("call 1"),
        "{table}"
    );

    let shown = project.silta(&format!("inbox show {} --config rogue.toml", all[1]));
    for part in ["call 1", "called/call 1", "behave", "text/plain"] {
        assert!(shown.out.contains(part), "`{part}` is not in {}", shown.out);
    }
    let acknowledged = project.silta(&format!("inbox ack {} --config rogue.toml", all[0]));
    assert_eq!(acknowledged.succeeds().out, "1 acknowledged\n");
    assert_eq!(positions(&project), all[1..]);
    let everything = project.silta("inbox list --config rogue.toml --all --json");
    let everything = everything.json();
    assert_eq!(everything["entries"].as_array().unwrap().len(), 3);
    assert!(everything["entries"][0]["acknowledged"].is_string());
    // Those that are there are acknowledged all the same.
    let some = project.silta(&format!("inbox ack 4000 {} --config rogue.toml", all[1]));
    some.exits(4);
    assert!(some.err.contains("no entry at 4000"), "{}", some.err);
    deliver(&project, &serving, 3..5);
    let through = positions(&project)[1];
    let many = project.silta(&format!(
        "inbox ack --through {through} --config rogue.toml --json"
    ));
    assert_eq!(many.json()["acknowledged"].as_array().unwrap().len(), 2);
    assert_eq!(positions(&project).len(), 1);
    drop(serving);
    assert_eq!(positions(&project).len(), 1);
}

#[test]
fn entries_are_followed_as_they_come() {
    let (project, serving) = filled(1);
    let mut following = Command::new(env!("CARGO_BIN_EXE_silta"))
        .args("inbox follow --config rogue.toml --json --acknowledge --count 3".split(' '))
        .current_dir(project.path(""))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(following.stdout.take().unwrap()).lines();
    let mut next = || -> Value { serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap() };
    assert_eq!(next()["events"][0]["data"]["text"], "call 0");
    deliver(&project, &serving, 1..3);
    for text in ["call 1", "call 2"] {
        assert_eq!(next()["events"][0]["data"]["text"], text);
    }
    assert!(following.wait().unwrap().success());
    assert_eq!(positions(&project).len(), 0);
}

#[test]
fn a_reader_that_has_gone_acknowledges_nothing() {
    let (project, _serving) = filled(1);
    let run = project.shell("silta inbox follow --config rogue.toml --acknowledge >/dev/full");
    assert_eq!(run.exit, 8, "{}", run.err);
    assert_eq!(positions(&project).len(), 1);
}

#[test]
fn entries_become_files() {
    let (project, _serving) = filled(2);
    let export = "inbox export --waiting --config rogue.toml --out kept --acknowledge --json";
    let folders = project.silta(export).json()["folders"].clone();
    let folders = folders.as_array().unwrap();
    assert_eq!(folders.len(), 2);
    for (number, folder) in folders.iter().enumerate() {
        let folder = project.path(folder.as_str().unwrap());
        let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
        let entry: Value = serde_json::from_str(&read("entry.json")).unwrap();
        let document = &entry["documents"][0];
        assert_eq!(
            read(document["file"].as_str().unwrap()),
            format!("call {number}")
        );
        assert_eq!(entry["events"][0]["data"]["text"], format!("call {number}"));
    }
    assert_eq!(positions(&project).len(), 0);
    let left: Vec<_> = fs::read_dir(project.path("kept")).unwrap().collect();
    assert_eq!(left.len(), 2);
    // Whose folder is there is not written over.
    let first = folders[0].as_str().unwrap().rsplit('/').next().unwrap();
    let again = project.silta(&format!(
        "inbox export {first} --config rogue.toml --out kept"
    ));
    again.exits(8);
}

/// The facts of an entry have their name, whatever its documents are called.
#[test]
fn no_document_stands_in_for_the_entry() {
    let project = Project::new();
    let store = SqliteStore::open(&project.path("store"), SqliteSettings::default()).unwrap();
    let arrival = Arrival {
        agency: "tulli".to_owned(),
        operation: "notify".to_owned(),
        documents: vec![Document {
            name: "entry.json".to_owned(),
            media_type: "application/json".to_owned(),
            content: b"{\"position\": 900}".as_slice().into(),
        }],
        ..Arrival::default()
    };
    let Receipt::New(position) = store.commit(&arrival).unwrap() else {
        panic!("nothing is known yet");
    };
    drop(store);
    project
        .silta("inbox export --waiting --out kept")
        .succeeds();
    let folder = format!("kept/{position}");
    let entry: Value =
        serde_json::from_str(&project.text(&format!("{folder}/entry.json"))).unwrap();
    assert_eq!(entry["position"], position.0);
    let file = entry["documents"][0]["file"].as_str().unwrap();
    assert_eq!(
        project.text(&format!("{folder}/{file}")),
        "{\"position\": 900}"
    );
}

#[test]
fn where_nothing_has_been_kept_that_is_said() {
    let project = serve::project();
    for command in ["inbox list", "inbox show 1", "inbox follow", "inbox ack 1"] {
        let run = project.silta(&format!("{command} --config rogue.toml"));
        run.exits(5);
        assert!(run.err.contains("there is no store in"), "{}", run.err);
        assert!(run.err.contains("store.folder"), "{}", run.err);
    }
    assert!(!project.path("store").exists());
    let (project, _serving) = filled(0);
    project.silta("inbox show 1 --config rogue.toml").exits(4);
    project.silta("inbox ack --config rogue.toml").exits(2);
}

#[test]
fn entries_are_listed_by_the_kind_of_their_events() {
    let project = Project::new();
    kept(&project);
    for (kind, number) in [("k", 1), ("silta.unreadable", 0)] {
        let listed = project.silta(&format!("inbox list --kind {kind} --json"));
        let listed = listed.succeeds().json();
        assert_eq!(
            listed["entries"].as_array().unwrap().len(),
            number,
            "{kind}"
        );
        assert!(listed["more"].is_null());
    }
}
