// SPDX-License-Identifier: Apache-2.0
//! `silta send`: one command line for a request and the meaning of its answer, and a state by which nothing is sent twice under a new reference.

use serde_json::{Value, json};
use silta_simulators::customs::{CustomsSimulator, Misbehaviour};

use crate::{
    customs,
    project::{Project, Run},
};

const UPLOAD: &str =
    "send tulli upload --params examples/upload.json --payload examples/declaration.xml";

fn upload(project: &Project, options: &str) -> Run {
    project.silta(&format!("{UPLOAD} {options}"))
}

fn misbehave(customs: &CustomsSimulator, misbehaviour: &str) {
    customs.misbehave(misbehaviour.parse::<Misbehaviour>().unwrap());
}

/// References and digests of what Customs has received.
fn received(customs: &CustomsSimulator) -> Vec<(String, String)> {
    let received = customs.received();
    let told = received.iter().map(|received| {
        let payload = received.payload.as_ref();
        let digest = payload.map(|payload| payload.sha256().to_owned());
        (
            received.reference.clone().unwrap_or_default(),
            digest.unwrap_or_default(),
        )
    });
    told.collect()
}

#[test]
fn an_upload_is_one_command() {
    let project = Project::new();
    let customs = customs::start(&project);
    let run = upload(&project, "--json");
    let outcome = run.succeeds().json();
    assert_eq!(
        (&outcome["class"], &outcome["code"]),
        (&json!("done"), &json!("000"))
    );
    let sending = &outcome["sending"];
    assert_eq!(
        (&sending["exchange"], &sending["sendings"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(sending["unanswered"], Value::Null);
    assert_eq!(received(&customs).len(), 1);
    let check = project.silta("send tulli check-connectivity");
    assert!(
        check.succeeds().out.contains("done: finished"),
        "{}",
        check.out
    );
}

#[test]
fn what_was_done_is_not_sent_again() {
    let project = Project::new();
    let customs = customs::start(&project);
    upload(&project, "--state upload.state").succeeds();
    let again = upload(&project, "--state upload.state --json");
    assert_eq!(again.exits(4).error()["code"], "state.ended");
    assert_eq!(received(&customs).len(), 1);
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let mode = std::fs::metadata(project.path("upload.state"))
            .unwrap()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn what_may_have_arrived_goes_again_in_the_same_bytes() {
    for (misbehaviour, class, code) in [
        ("silence", "done", "000"),
        ("silence-kept", "already-accepted", "500"),
        ("reset", "already-accepted", "500"),
        ("fault-kept=999", "already-accepted", "500"),
    ] {
        let project = Project::new();
        let customs = customs::start(&project);
        misbehave(&customs, misbehaviour);
        let first = upload(&project, "--state s --json");
        let first = first.exits(3).json();
        assert_eq!(first["class"], "unknown-outcome", "{misbehaviour}");
        customs.behave();
        let second = upload(&project, "--state s --json");
        let second = second.succeeds().json();
        assert_eq!(
            (&second["class"], &second["code"]),
            (&json!(class), &json!(code))
        );
        assert_eq!(second["sending"]["sendings"], 2, "{misbehaviour}");
        assert_eq!(
            first["sending"]["reference"],
            second["sending"]["reference"]
        );
        let mut received = received(&customs);
        // What was met with silence was not read.
        received.retain(|(reference, _)| !reference.is_empty());
        received.dedup();
        assert_eq!(received.len(), 1, "{misbehaviour}: {received:?}");
    }
}

#[test]
fn what_to_do_after_silence_is_said() {
    let project = Project::new();
    let customs = customs::start(&project);
    misbehave(&customs, "silence");
    let kept = upload(&project, "--state s");
    assert!(kept.exits(3).out.contains("`--state s`"), "{}", kept.out);
    misbehave(&customs, "silence");
    let lost = upload(&project, "");
    assert!(lost.exits(3).out.contains("were not kept"), "{}", lost.out);
}

#[test]
fn what_was_not_sent_is_built_anew() {
    let project = Project::new();
    project.set("settings.url", "https://127.0.0.1:1/dme");
    let run = upload(&project, "--state s --json");
    assert_eq!(run.exits(9).error()["code"], "connect.refused");
    // Somewhere else, since nothing of it has left.
    let customs = customs::start(&project);
    upload(&project, "--state s").succeeds();
    assert_eq!(received(&customs).len(), 1);
}

#[test]
fn a_server_that_nobody_vouches_for_gets_nothing() {
    let project = Project::new();
    let customs = customs::start(&project);
    project.write("pki/other.pem", project.read("pki/builder.pem"));
    project.set("tls.server-anchors", "pki/other.pem");
    let run = upload(&project, "--json");
    assert_eq!(run.exits(5).error()["code"], "tls.not-trusted");
    assert_eq!(received(&customs).len(), 0);
}

#[test]
fn a_state_is_of_one_operation_and_its_files() {
    let project = Project::new();
    let customs = customs::start(&project);
    misbehave(&customs, "silence");
    upload(&project, "--state s").exits(3);
    let refused = |command: &str| {
        let run = project.silta(&format!("{command} --state s --json"));
        run.error()["code"].as_str().unwrap().to_owned()
    };
    assert_eq!(
        refused("send tulli check-connectivity"),
        "state.other-operation"
    );
    let other = UPLOAD.replace("examples/declaration.xml", "examples/upload.json");
    assert_eq!(refused(&other), "state.other-content");
    let none = "send tulli upload --params examples/upload.json";
    assert_eq!(refused(none), "state.other-content");
    project.set_parameter("reference", "ANOTHER");
    assert_eq!(refused(UPLOAD), "state.other-operation");
    project.write("s", b"{\"format\": 1}\n");
    assert_eq!(refused(UPLOAD), "state.damaged");
}

#[test]
fn sending_the_same_bytes_again_has_an_end() {
    let project = Project::new();
    let customs = customs::start(&project);
    project.set("settings.resending.most-sendings", 2);
    customs.misbehave(silta_simulators::customs::Script::new().always("silence".parse().unwrap()));
    upload(&project, "--state s").exits(3);
    let last = upload(&project, "--state s --json");
    let kinds: Vec<_> = last.exits(3).json()["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["kind"].clone())
        .collect();
    assert_eq!(kinds, ["outcome-unresolved"]);
    let over = upload(&project, "--state s --json");
    let error = over.exits(4).error();
    assert_eq!(error["code"], "send.exhausted");
    assert!(
        error["message"].as_str().unwrap().contains("--anyway"),
        "{error}"
    );
    customs.behave();
    upload(&project, "--state s --anyway").succeeds();
}

#[test]
fn two_programs_do_not_send_one_operation_at_once() {
    let project = Project::new();
    let customs = customs::start(&project);
    let lock = std::fs::File::create(project.path("s.lock")).unwrap();
    lock.lock().unwrap();
    let run = upload(&project, "--state s --json");
    assert_eq!(run.exits(8).error()["code"], "state.in-use");
    drop(lock);
    upload(&project, "--state s").succeeds();
    assert_eq!(received(&customs).len(), 1);
}
