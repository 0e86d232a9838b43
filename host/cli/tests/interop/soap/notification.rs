// SPDX-License-Identifier: Apache-2.0
//! Notify by a client of another's making, before `silta validate` and before the listener of `silta serve`.

use std::process::{Command, Output};

use serde_json::Value;

use super::{
    service::is_acknowledged,
    stacks::{DECLARANT, INTERMEDIARY, Process, Project, is_valid, zeep},
};
use crate::{
    peers,
    program::{next_entry, silta},
};

const STORAGE_ID: &str = "{0d4b1a52-93a6-4b7f-a1ce-6f3f2a1b9c55}";
const PATH: &str = "/tulli/notify";

/// Both shapes of the answer that public documents can be read as, by the setting `wire.notify-response`; the default first.
const SHAPES: [&str; 2] = ["siblings", "in-header"];

/// What zeep is to tell, in a version of SOAP.
fn options(version: &str) -> [String; 6] {
    [
        format!("storage-id={STORAGE_ID}"),
        format!("declarant={DECLARANT}"),
        format!("builder={INTERMEDIARY}"),
        "application=IMPORT".to_owned(),
        "reference=WAITING-1".to_owned(),
        format!("soap={version}"),
    ]
}

/// Has the program judge a call that zeep wrote, from somebody who showed these certificates.
fn validate(project: &Project, message: &Value, certificate: Option<&str>) -> Output {
    let config = project.path("silta.toml");
    let body = project.write("call.xml", message["body"].as_str().unwrap());
    let headers = message["headers"].as_object().unwrap();
    let headers: Vec<String> = headers
        .iter()
        .map(|(name, value)| format!("{name}: {}", value.as_str().unwrap()))
        .collect();
    let mut arguments = vec!["validate", "tulli", "--json", "--config", &config];
    arguments.extend(["--method", "POST", "--path", PATH, "--body", &body]);
    arguments.extend(headers.iter().flat_map(|header| ["--header", header]));
    let certificate = certificate.map(|name| project.path(&format!("pki/{name}.pem")));
    if let Some(certificate) = &certificate {
        arguments.extend(["--client-cert", certificate]);
    }
    silta(&arguments)
}

fn message(version: &str) -> Value {
    let options = options(version);
    let words = ["write", "notify"].into_iter();
    let arguments: Vec<&str> = words.chain(options.iter().map(String::as_str)).collect();
    zeep("messages.py", &arguments)
}

/// An event and a follow-up for the message, as from an entry of a list.
#[track_caller]
fn is_told_of(received: &Value) {
    let event = &received["events"][0];
    assert_eq!(event["kind"], "message-available", "{received:#}");
    assert_eq!(event["data"]["storageId"], STORAGE_ID);
    assert_eq!(event["data"]["reference"], "WAITING-1");
    let follow_up = &received["followUps"][0];
    assert_eq!(follow_up["operation"], "download", "{received:#}");
    assert_eq!(follow_up["parameters"]["storageId"], STORAGE_ID);
}

#[test]
fn foreign_notifications_are_accepted_and_their_answers_read() {
    if !peers::are_prepared() {
        return;
    }
    for shape in SHAPES {
        let project = Project::new();
        project.set("wire.notify-response-form", shape);
        for version in ["1.2", "1.1"] {
            let output = validate(&project, &message(version), Some("customs-signing"));
            is_valid(&project.path("call.xml"));
            let error = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(0), "{shape}, {version}: {error}");
            let verdict: Value = serde_json::from_slice(&output.stdout).unwrap();
            assert_eq!(verdict["verdict"], "accepted");
            is_told_of(&verdict);

            let answer = project.write("answer.xml", verdict["body"].as_str().unwrap());
            is_valid(&answer);
            let headers = verdict["headers"].as_array().unwrap().iter();
            let mut types = headers.filter(|header| {
                let name = header["name"].as_str().unwrap();
                name.eq_ignore_ascii_case("content-type")
            });
            let content_type = types.next().unwrap()["value"].as_str().unwrap();
            let status = verdict["status"].to_string();
            let binding = format!("soap={version}");
            let arguments = ["read", "notify", &status, content_type, &answer, &binding];
            let said = zeep("messages.py", &arguments);
            is_acknowledged(&said["answer"], shape);
        }
    }
}

#[test]
fn foreign_notifications_from_somebody_else_are_rejected() {
    if !peers::are_prepared() {
        return;
    }
    let project = Project::new();
    for certificate in [None, Some("intermediary")] {
        let output = validate(&project, &message("1.2"), certificate);
        assert_eq!(output.status.code(), Some(3), "{certificate:?}");
        let verdict: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(verdict["verdict"], "rejected", "{certificate:?}");
        assert_eq!(verdict["status"], 403, "{certificate:?}");
        assert_eq!(verdict["events"], Value::Array(Vec::new()));
    }
}

#[test]
fn a_foreign_client_notifies_the_listener() {
    if !peers::are_prepared() {
        return;
    }
    let project = Project::new();
    let config = String::from_utf8(project.read("silta.toml")).unwrap();
    let listener = "[listener]\naddress = \"127.0.0.1:0\"\nprivate-key = \"pki/gateway.key.pem\"\ncertificates = \"pki/gateway.pem\"\n";
    project.write("silta.toml", format!("{config}\n{listener}"));
    let mut listener = Process::start(
        Command::new(env!("CARGO_BIN_EXE_silta"))
            .args(["serve", "--config", &project.path("silta.toml")])
            .env_remove("SILTA_LOG"),
    );
    let line = listener.line();
    let (_, port) = line.split_once("127.0.0.1:").unwrap();
    let port: String = port.chars().take_while(char::is_ascii_digit).collect();
    let url = format!("https://localhost:{port}{PATH}");
    let connection = [
        format!("ca={}", project.path("pki/ca.pem")),
        format!("certificate={}", project.path("pki/customs-signing.pem")),
        format!("key={}", project.path("pki/customs-signing.key.pem")),
    ];
    // The second tells of the same message, so that only the first is an arrival.
    for version in ["1.2", "1.1"] {
        let options = options(version);
        let words = options.iter().chain(&connection).map(String::as_str);
        let arguments: Vec<&str> = ["notify", &url].into_iter().chain(words).collect();
        is_acknowledged(&zeep("client.py", &arguments)["answer"], SHAPES[0]);
    }
    is_told_of(&next_entry(&project.path("silta.toml"), &mut 0));
}
