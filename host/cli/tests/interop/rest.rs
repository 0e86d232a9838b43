// SPDX-License-Identifier: Apache-2.0
//! The simulated REST API of Suomi.fi, by inputs that schemathesis makes of a description of ours.

use std::{process::Output, str::from_utf8, time::Duration};

use serde_json::Value;
use silta_simulators::{
    Simulator,
    suomifi_rest::{
        Misbehaviour, Operation, Script, SuomifiRestSetup, SuomifiRestSimulator, Verdict,
    },
};
use xml_testkit::tools::succeeds;

use crate::{peers, project::Project};

fn start(project: &Project) -> SuomifiRestSimulator {
    let pem = |name: &str| project.text(&format!("pki/{name}.pem"));
    let setup = SuomifiRestSetup::new(pem("gateway"), pem("gateway.key"));
    SuomifiRestSimulator::start(setup).unwrap()
}

/// Runs the script.
fn rest(project: &Project, suomifi: &SuomifiRestSimulator, what: &str, options: &[&str]) -> Output {
    peers::python("suomifi/rest.py")
        .args([what, &suomifi.url()])
        .arg(format!("ca={}", project.path("pki/ca.pem").display()))
        .arg(format!("user={}", SuomifiRestSetup::USERNAME))
        .arg(format!("password={}", SuomifiRestSetup::PASSWORD))
        .args(options)
        .output()
        .unwrap()
}

/// What it printed, when all of it held.
#[track_caller]
fn holds(output: Output) -> Vec<u8> {
    if !output.status.success() {
        // What was found out stands there, and not on standard error.
        println!("{}", String::from_utf8_lossy(&output.stdout));
    }
    succeeds(output)
}

const ALL: [Operation; 11] = [
    Operation::Token,
    Operation::ChangePassword,
    Operation::ActiveMailboxes,
    Operation::MessageId,
    Operation::ReadMessage,
    Operation::DownloadAttachment,
    Operation::UploadAttachment,
    Operation::Events,
    Operation::SendMultichannel,
    Operation::SendElectronic,
    Operation::SendPaper,
];

#[test]
fn every_answer_to_generated_inputs_is_as_described() {
    if !peers::are_prepared() {
        return;
    }
    let project = Project::new();
    let suomifi = start(&project);
    holds(rest(&project, &suomifi, "fuzz", &["examples=15"]));
    let received = suomifi.received();
    assert!(received.iter().all(|received| received.http_status < 500));
    for operation in ALL {
        let own = |verdict| {
            let own = received.iter();
            let own = own.filter(|own| own.operation == Some(operation));
            own.filter(|own| own.verdict == verdict).count()
        };
        let verdicts = [Verdict::Accepted, Verdict::Duplicate, Verdict::Refused];
        let [accepted, duplicate, refused] = verdicts.map(own);
        let name = operation.name();
        println!("{name:30} {accepted:4} accepted, {duplicate:4} duplicate, {refused:4} refused");
        assert!(accepted + duplicate + refused > 15 && refused > 0, "{name}");
        if operation.sends() {
            let sent = suomifi.sent().into_iter();
            let sent = sent.filter(|sent| sent.operation == operation).count();
            assert_eq!(accepted, sent, "{name}");
        }
    }
}

#[test]
fn an_answer_that_is_not_as_described_is_noticed() {
    if !peers::are_prepared() {
        return;
    }
    let project = Project::new();
    for misbehaviour in [
        Misbehaviour::ExtraProperties,
        Misbehaviour::GatewayPage,
        Misbehaviour::UnreadableJson,
        Misbehaviour::TooManyRequests(Duration::ZERO),
    ] {
        let suomifi = start(&project);
        suomifi.misbehave(Script::new().always_at(Operation::Events, misbehaviour));
        let output = rest(
            &project,
            &suomifi,
            "fuzz",
            &["examples=2", "only=/v2/events"],
        );
        let said = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        // A script that failed otherwise has the same exit code, and says nothing there.
        assert!(said.contains("= FAILURES ="), "{said}");
    }
}

#[test]
fn every_generated_message_is_accepted_once() {
    if !peers::are_prepared() {
        return;
    }
    let project = Project::new();
    let suomifi = start(&project);
    let said = holds(rest(&project, &suomifi, "accept", &["examples=20"]));
    let line = from_utf8(&said).unwrap().lines().last().unwrap();
    let accepted: Value = serde_json::from_str(line).unwrap();
    for (path, operation) in [
        ("/v2/messages", Operation::SendMultichannel),
        ("/v2/messages/electronic", Operation::SendElectronic),
        ("/v2/paper-mail-without-id", Operation::SendPaper),
    ] {
        let sent = suomifi.sent();
        let sent = sent
            .iter()
            .filter(|sent| sent.operation == operation)
            .count();
        assert_eq!(accepted[path], sent);
        assert!(sent >= 15, "{accepted}");
    }
}
