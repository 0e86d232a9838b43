// SPDX-License-Identifier: Apache-2.0
//! `silta sim suomifi`.

use serde_json::{Value, json};

use crate::{
    project::{Project, Refusal},
    return_channel::{Call, ReturnChannel},
    suomifi::{receiving, url},
    wire::{return_channel, with_package},
};

/// A return channel under the gateway's certificate.
fn start(project: &Project) -> ReturnChannel {
    ReturnChannel::start(
        &project.read("pki/gateway.pem"),
        &project.read("pki/gateway.key.pem"),
    )
}

/// The command line that calls it.
fn command(receiver: &ReturnChannel, arguments: &str) -> String {
    let url = receiver.url();
    format!("sim suomifi --url {url} --ca pki/ca.pem --pause 0 {arguments}")
}

#[test]
fn messages_and_states_are_brought_and_judged() {
    let project = Project::new();
    let receiver = start(&project);
    let arguments = "--messages 4 --statuses 2 --reference ASIA-1 --authority-id virasto --json";
    let run = project.silta(&command(&receiver, arguments));
    let lines: Vec<Value> = run
        .succeeds()
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert_eq!(lines[0]["operation"], "VieKohteita");
    assert_eq!(
        (&lines[0]["verdict"], &lines[0]["code"]),
        (&"right".into(), &"0".into())
    );
    assert_eq!(
        lines[0]["kohteenTilat"],
        serde_json::json!([200, 200, 200, 200])
    );
    assert_eq!(lines[1]["operation"], "VieKohdeTiloja");
    assert_eq!(lines[2], serde_json::json!({"right": 2, "wrong": 0}));
    let Call { head, body } = receiver.call();
    assert!(head.starts_with("POST /suomifi HTTP/1.1\r\n"), "{head}");
    assert!(body.contains("<asi:ViranomaisTunnus>virasto<"));
    assert!(!body.contains("Security"));
    let request = receiver.call().body;
    assert_eq!(
        request.matches("<asi:ViranomaisTunniste>ASIA-1<").count(),
        2
    );
}

#[test]
fn calls_are_signed_on_request() {
    let project = Project::new();
    let receiver = start(&project);
    let signer = "--signer-cert pki/builder.pem --signer-key pki/builder.key.pem";
    for (algorithms, named) in [("", "#rsa-sha1"), ("--algorithms sha256", "#rsa-sha256")] {
        let arguments = format!("--statuses 0 {signer} {algorithms}");
        project.silta(&command(&receiver, &arguments)).succeeds();
        let request = receiver.call().body;
        assert!(request.contains("BinarySecurityToken"), "{named}");
        assert!(request.contains(named), "{named}");
    }
}

#[test]
fn a_wrong_answer_shows_in_the_exit_code() {
    let project = Project::new();
    let receiver = start(&project);
    let arguments = "--messages 0 --statuses 0 --misbehave wrong-count --misbehave unknown-state";
    let run = project.silta(&command(&receiver, arguments));
    assert_eq!(run.exit, 3, "{}", run.err);
    let lines: Vec<&str> = run.out.lines().collect();
    assert_eq!(lines.len(), 3, "{}", run.out);
    assert!(lines[0].contains("wrong"), "{}", lines[0]);
    assert!(lines[0].contains("[wrong-count] TilaKoodi 0; expected TilaKoodi 400"));
    assert!(lines[1].contains("right"), "{}", lines[1]);
    assert_eq!(lines[2], "1 right, 1 wrong");
}

#[test]
fn a_receiver_that_is_not_trusted_is_not_called() {
    let project = Project::new();
    let receiver = start(&project);
    let command = command(&receiver, "--statuses 0 --attempts 2 --json");
    let run = project.silta(&command.replace("pki/ca.pem", "pki/vero-ca.pem"));
    assert_eq!(run.exit, 3);
    let lines: Vec<Value> = run
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 3, "{}", run.out);
    for line in &lines[..2] {
        assert_eq!(line["failedCheck"], "answered");
        assert!(line["reason"].as_str().unwrap().contains("TLS"), "{line}");
    }
}

#[test]
fn what_cannot_work_is_said_before_anything_is_sent() {
    let project = Project::new();
    project.write("empty.pem", "");
    let url = "sim suomifi --url https://localhost:1/";
    #[rustfmt::skip]
    let rows = [
        (2, "command-line", "", "--ca", url.to_owned()),
        (2, "command-line", "", "https URL", "sim suomifi --url http://localhost/ --ca pki/ca.pem".to_owned()),
        (2, "command-line", "", "--signer-key", format!("{url} --ca pki/ca.pem --signer-cert pki/builder.pem")),
        (2, "command-line", "", "--signer-cert and --signer-key", format!("{url} --ca pki/ca.pem --misbehave unsigned")),
        (2, "command-line", "", "nothing to bring", format!("{url} --ca pki/ca.pem --messages 0 --statuses 0")),
        (2, "command-line", "", "no misbehaviour of that name", format!("{url} --ca pki/ca.pem --misbehave nothing")),
        (4, "sim.certificates", "empty.pem", "name another file", format!("{url} --ca empty.pem")),
        (
            4,
            "sim.certificates",
            "pki/builder.pem",
            "private key",
            format!(
                "{url} --ca pki/ca.pem --signer-cert pki/builder.pem --signer-key pki/intermediary.key.pem"
            ),
        ),
        (8, "file.unreadable", "missing.pem", "cannot be read", format!("{url} --ca missing.pem")),
    ];
    for (exit, code, path, says, arguments) in rows {
        let refusal = Refusal {
            exit,
            code,
            path,
            says: &[says],
        };
        project.refuses(&arguments, &refusal);
    }
}

/// The real component, called by a package: the usual one and one with other cardinalities, each with its settings and with those of the other.
#[test]
fn calls_and_answers_are_judged_by_a_package() {
    let project = Project::new();
    let documents = json!({"response": {"item-shape": "spec-1.1"}});
    for (package, settings, is_right) in [
        ("usual", json!({}), true),
        ("other", documents.clone(), true),
        ("usual", documents, false),
        ("other", json!({}), false),
    ] {
        let receiver = receiving(&project, &settings);
        let arguments = format!(
            "sim suomifi --url {} --ca pki/ca.pem --signer-cert pki/builder.pem --signer-key pki/builder.key.pem --pause 0 --attempts 1 --messages 4 --statuses 3 --json --schemas {}",
            url(&receiver),
            return_channel(package).display()
        );
        let run = project.silta(&arguments);
        run.exits(if is_right { 0 } else { 3 });
        let lines: Vec<Value> = run
            .out
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let verdict = if is_right { "right" } else { "wrong" };
        assert_eq!(lines[0]["verdict"], verdict, "{package}: {lines:#?}");
        assert_eq!(lines[1]["verdict"], "right", "{package}: {lines:#?}");
    }
}

/// A call of the simulator that the package does not allow is not made, and said to be its own fault.
#[test]
fn a_call_that_is_not_valid_is_not_made() {
    let project = Project::new();
    with_package(&project);
    let schema = project.text("return-channel/viranomaispaluukanava.xsd");
    let known = "<xs:element name=\"LahettajaNimi\" type=\"xs:string\" minOccurs=\"0\"/>";
    assert!(schema.contains(known));
    let demanding = schema.replace(
        known,
        "<xs:element name=\"Kieli\" type=\"xs:string\"/><xs:element name=\"LahettajaNimi\" type=\"xs:string\" minOccurs=\"0\"/>",
    );
    project.write("return-channel/viranomaispaluukanava.xsd", demanding);
    let receiver = start(&project);
    let arguments = "--messages 1 --statuses 0 --attempts 1 --json --schemas return-channel";
    let run = project.silta(&command(&receiver, arguments));
    let first = run.exits(3).out.lines().next().unwrap();
    let line: Value = serde_json::from_str(first).unwrap();
    assert_eq!(line["failedCheck"], "own-call-by-schema", "{line}");
    assert!(line["reason"].as_str().unwrap().contains("Kieli"), "{line}");
    assert_eq!(line["httpStatus"], Value::Null);
}
