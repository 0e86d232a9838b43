// SPDX-License-Identifier: Apache-2.0
//! The simulated REST API of Suomi.fi, by inputs that schemathesis makes of a description of ours.

use std::str::from_utf8;

use serde_json::Value;
use silta_simulators::{
    Simulator,
    suomifi_rest::{Operation, SuomifiRestSetup, SuomifiRestSimulator, Verdict},
};
use xml_testkit::tools::succeeds;

use crate::{peers, project::Project};

fn start(project: &Project) -> SuomifiRestSimulator {
    let pem = |name: &str| project.text(&format!("pki/{name}.pem"));
    let setup = SuomifiRestSetup::new(pem("gateway"), pem("gateway.key"));
    SuomifiRestSimulator::start(setup).unwrap()
}

/// Runs the script; what it printed.
#[track_caller]
fn rest(project: &Project, suomifi: &SuomifiRestSimulator, what: &str, examples: u32) -> Vec<u8> {
    let mut command = peers::python("suomifi/rest.py");
    let output = command
        .args([what, &suomifi.url()])
        .arg(format!("ca={}", project.path("pki/ca.pem").display()))
        .arg(format!("user={}", SuomifiRestSetup::USERNAME))
        .arg(format!("password={}", SuomifiRestSetup::PASSWORD))
        .arg(format!("examples={examples}"))
        .output()
        .unwrap();
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
    rest(&project, &suomifi, "fuzz", 15);
    let received = suomifi.received();
    assert!(received.iter().all(|received| received.http_status < 500));
    for operation in ALL {
        let own = received
            .iter()
            .filter(|own| own.operation == Some(operation));
        let number = own.clone().count();
        let refused = own.filter(|own| own.verdict == Verdict::Refused).count();
        println!(
            "{:30} {number:4} requests, {refused:4} refused",
            operation.name()
        );
        assert!(number > 15 && refused > 0, "{operation:?}");
    }
}

#[test]
fn every_generated_message_is_accepted_once() {
    if !peers::are_prepared() {
        return;
    }
    let project = Project::new();
    let suomifi = start(&project);
    let said = rest(&project, &suomifi, "accept", 20);
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
