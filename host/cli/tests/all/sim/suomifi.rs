// SPDX-License-Identifier: Apache-2.0
//! `silta sim suomifi`.

use serde_json::Value;

use crate::{
    project::{Project, Refusal},
    return_channel::{Call, ReturnChannel},
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

#[test]
fn help_lists_what_can_go_wrong() {
    let project = Project::new();
    let help = project.silta("sim suomifi --help").succeeds().out.clone();
    for name in [
        "byte-by-byte=SECONDS",
        "huge-attachment=BYTES",
        "wrapped-body",
    ] {
        assert!(help.contains(name), "{name}");
    }
}
