// SPDX-License-Identifier: Apache-2.0
//! What is queued in the store, sent to a simulated Customs while calls are served.

use std::{
    collections::BTreeSet,
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use silta_simulators::customs::{CustomsSetup, CustomsSimulator, Reply, Verdict};
use silta_store::{
    SqliteSettings, SqliteStore, Store,
    record::{Submission, Submitted},
};

use super::{LISTENER, Serving};
use crate::{customs, identities::COMPANY, project::Project};

const SENDING: &str = "\n[sending]\nlook-milliseconds = 100\nfirst-delay-seconds = 1\nlongest-delay-seconds = 1\nlease-seconds = 10\n";

/// No honest step takes as long.
const PATIENCE: Duration = Duration::from_secs(90);

/// Customs lets itself be asked for a list once a second. It is asked less often: on a busy machine a request may take longer than the next.
const LISTS: Duration = Duration::from_secs(1);

fn project(more: &str) -> (Project, CustomsSimulator) {
    let project = Project::new();
    let customs = customs::start_with(&project, |setup| CustomsSetup {
        list_interval: LISTS,
        ..setup
    });
    project.set("settings.list.interval-seconds", 3);
    project.set("polls.download-list.interval-seconds", 3);
    let text = project.text("silta.toml");
    project.write("silta.toml", format!("{text}{LISTENER}{more}"));
    (project, customs)
}

/// Queues an upload for a program that does not run yet.
fn queue(project: &Project, reference: &str) {
    let store = SqliteStore::open(&project.path("store"), SqliteSettings::default()).unwrap();
    project.set_parameter("reference", reference);
    let upload = Submission {
        agency: "tulli".into(),
        operation: "upload".into(),
        parameters: project.text("examples/upload.json"),
        payload: Some(project.read("examples/declaration.xml").into()),
        ..Submission::default()
    };
    assert!(matches!(store.submit(&upload), Ok(Submitted::New(_))));
}

/// The kinds of all events in the inbox, and how many documents it has.
fn inbox(project: &Project) -> (Vec<String>, usize) {
    let list = project.silta("inbox list --config silta.toml --all --json");
    list.exits(0);
    let list: Value = serde_json::from_str(&list.out).unwrap();
    let mut events = Vec::new();
    let mut documents = 0;
    for entry in list["entries"].as_array().unwrap() {
        let kinds = entry["events"].as_array().unwrap().iter();
        events.extend(kinds.map(|event| event["kind"].as_str().unwrap().to_owned()));
        documents += entry["documents"].as_array().unwrap().len();
    }
    (events, documents)
}

/// What went to Customs as an upload, by the reference under which it was taken.
fn taken(customs: &CustomsSimulator) -> Vec<String> {
    let received = customs.received().into_iter();
    let uploads = received.filter(|it| {
        it.verdict == Verdict::Accepted && it.operation.as_deref() == Some("UploadRequest")
    });
    uploads.filter_map(|it| it.reference).collect()
}

/// Operations that have not ended.
fn queued(project: &Project) -> u64 {
    let status = project.silta("store status --config silta.toml --json");
    let status: Value = serde_json::from_str(&status.out).unwrap();
    status["queued"].as_u64().unwrap()
}

#[track_caller]
fn until(what: &str, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "{what}");
        thread::sleep(Duration::from_millis(100));
    }
}

#[cfg(unix)]
#[test]
fn what_is_queued_is_sent_and_what_waits_is_fetched() {
    let (project, customs) = project(SENDING);
    queue(&project, "QUEUED-1");
    customs.deposit(Reply::new(COMPANY, "<reply/>")).unwrap();
    let (serving, first) = Serving::launch(&project, "-v serve --config silta.toml");
    assert_eq!(first["sending"], json!(["tulli"]));
    // The upload, and by the poll and what follows from it, the reply.
    until("the reply is there", || inbox(&project).1 >= 1);
    let (events, _) = inbox(&project);
    for kind in ["message-available", "message-downloaded"] {
        assert!(events.iter().any(|it| it == kind), "{events:?}");
    }
    until("it is taken", || !taken(&customs).is_empty());
    until("that is written down", || queued(&project) == 0);
    let (_, err) = serving.stop("-TERM");
    assert_eq!(taken(&customs), ["QUEUED-1"]);
    assert!(!err.contains("ERROR"), "{err}");
    // No list was refused because it came too early.
    let received = customs.received();
    let refused = received.iter().find(|it| it.verdict != Verdict::Accepted);
    assert!(refused.is_none(), "{refused:?}");
}

/// What is submitted is checked unsigned: the audit trail has a signature and a request for each that is sent, and nothing else.
#[cfg(unix)]
#[test]
fn the_audit_trail_has_what_is_sent_and_nothing_of_what_is_refused() {
    let (project, customs) = project(SENDING);
    let token = project
        .silta("token new --id erp --may submit --json")
        .json();
    project.write("token", token["token"].as_str().unwrap());
    let (text, table) = (project.text("silta.toml"), token["table"].as_str().unwrap());
    let platform = format!(
        "audit = \"audit.jsonl\"\n{text}\n[platform]\naddress = \"127.0.0.1:0\"\n\n{table}"
    );
    project.write("silta.toml", platform);
    let uploads = || {
        let trail = project.text("audit.jsonl");
        let lines = trail
            .lines()
            .map(|line| serde_json::from_str(line).unwrap());
        let of_upload = lines.filter(|line: &Value| line["operation"] == "upload");
        of_upload.collect::<Vec<_>>()
    };
    let (serving, first) = Serving::launch(&project, "serve --config silta.toml");
    let url = format!("http://{}", first["platform"].as_str().unwrap());
    let submit =
        format!("submit tulli upload --params examples/upload.json --url {url} --token-file token");
    project.set_parameter("reference", "AUDITED-1");
    let refused = project.silta(&format!("{submit} --json"));
    refused.exits(4);
    assert_eq!(refused.error()["code"], "payload.missing");
    assert!(uploads().is_empty(), "{:?}", uploads());
    let submit = format!("{submit} --payload examples/declaration.xml");
    project.silta(&submit).exits(0);
    until("it is taken", || !taken(&customs).is_empty());
    until("that is written down", || queued(&project) == 0);
    serving.stop("-TERM");
    assert_eq!(taken(&customs), ["AUDITED-1"]);
    let uploads = uploads();
    let records: Vec<_> = uploads.iter().map(|line| &line["record"]).collect();
    assert_eq!(records, ["signature", "request"], "{uploads:?}");
    assert_eq!(uploads[0]["callId"], uploads[1]["callId"]);
    assert_eq!(uploads[1]["reference"], "AUDITED-1");
}

/// The program is killed, and starts again: nothing is sent twice as something else, and nothing is lost.
#[cfg(unix)]
#[test]
fn it_goes_on_after_the_program_is_killed() {
    let (project, customs) = project(SENDING);
    for number in 1..=4 {
        queue(&project, &format!("KILLED-{number}"));
    }
    for milliseconds in [0, 60, 150] {
        let (serving, _) = Serving::launch(&project, "serve --config silta.toml");
        thread::sleep(Duration::from_millis(milliseconds));
        drop(serving);
    }
    let (serving, _) = Serving::launch(&project, "serve --config silta.toml");
    until("all are taken", || {
        let taken: BTreeSet<_> = taken(&customs).into_iter().collect();
        taken.len() == 4
    });
    until("nothing is queued", || queued(&project) == 0);
    serving.stop("-TERM");
    // Each was taken once; one that came again was known by its reference.
    let mut taken = taken(&customs);
    taken.sort();
    assert_eq!(taken, ["KILLED-1", "KILLED-2", "KILLED-3", "KILLED-4"]);
}

#[cfg(unix)]
#[test]
fn without_the_table_it_says_what_waits() {
    let (project, customs) = project("");
    queue(&project, "WAITS-1");
    let (serving, first) = Serving::launch(&project, "serve --config silta.toml");
    assert_eq!(first.get("sending"), None);
    let (_, err) = serving.stop("-TERM");
    assert!(err.contains("operations=1"), "{err}");
    assert!(err.contains("add the table [sending]"), "{err}");
    assert!(customs.received().is_empty());
}

#[test]
fn what_is_configured_is_checked() {
    let (project, _customs) = project(SENDING);
    let check = project.silta("check --config silta.toml");
    check.exits(0);
    assert!(check.out.contains("polled every 3 s"), "{}", check.out);
    assert!(
        check.out.contains("is sent by `silta serve`"),
        "{}",
        check.out
    );
    let text = project
        .text("silta.toml")
        .replace("polls.download-list", "polls.lsit");
    project.write(
        "silta.toml",
        text.replace("lease-seconds = 10", "lease-seconds = 1"),
    );
    let check = project.silta("check --config silta.toml");
    check.exits(5);
    assert!(check.out.contains("[polls.unknown]"), "{}", check.out);
    assert!(check.out.contains("sending.lease-seconds"), "{}", check.out);
}
