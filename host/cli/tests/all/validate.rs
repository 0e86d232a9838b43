// SPDX-License-Identifier: Apache-2.0
use serde_json::{Value, json};

use crate::project::{Project, Refusal, members};

const VALIDATE: &str = "validate rogue --config rogue.toml --method POST";

/// A folder with a component that judges calls by their paths.
pub(crate) fn project() -> Project {
    let project = Project::new();
    project.write("rogue.wasm", artifacts::ROGUE.bytes);
    project.write(
        "rogue.toml",
        "[agencies.rogue]\ncomponent = \"rogue.wasm\"\n[agencies.rogue.settings]\nversion = 7\n[agencies.rogue.anchors.customs]\npinned = \"pki/intermediary.pem\"\n",
    );
    project
}

#[test]
fn a_call_that_is_let_in_is_told_in_json() {
    let project = project();
    project.write("call.txt", "one\ntwo\n");
    let run = project.silta(&format!(
        "{VALIDATE} --path /rogue/deliver --body call.txt --json"
    ));
    let verdict = run.succeeds().json();
    assert_eq!(
        members(&verdict),
        [
            "body",
            "documents",
            "events",
            "followUps",
            "headers",
            "operation",
            "reason",
            "status",
            "verdict"
        ]
    );
    assert_eq!(verdict["verdict"], "accepted");
    assert_eq!(verdict["operation"], "called");
    assert_eq!(
        (&verdict["status"], &verdict["body"]),
        (&202.into(), &"".into())
    );
    assert_eq!(verdict["reason"], Value::Null);
    let event =
        json!({"kind": "called", "data": {"text": "two"}, "deduplicationKey": "called/two"});
    assert_eq!(verdict["events"][1], event);
    let follow_up = json!({"operation": "behave", "parameters": {"text": "one"}, "deduplicationKey": "behave/one"});
    assert_eq!(verdict["followUps"][0], follow_up);
    let document = &verdict["documents"][0];
    assert_eq!(members(document), ["mediaType", "name", "sha256", "size"]);
    assert_eq!(
        (&document["name"], &document["size"]),
        (&"call.txt".into(), &8.into())
    );
}

#[test]
fn the_reply_goes_to_standard_output_as_it_is_and_the_rest_to_standard_error() {
    let project = project();
    let reply = json!({"status": 201, "headers": [["X-A", "b"]], "body": "\u{1b}[2Jä"});
    project.write("call.json", reply.to_string());
    let run = project.silta(&format!("{VALIDATE} --path /reply --body call.json"));
    run.exits(0);
    assert_eq!(run.out, "\u{1b}[2Jä");
    for words in [
        "accepted",
        "called",
        "201",
        "X-A: b",
        "6 bytes",
        "Events: none",
    ] {
        assert!(run.err.contains(words), "`{words}` is not in:\n{}", run.err);
    }
}

#[test]
fn a_call_that_is_not_let_in_has_exit_code_3_and_a_reason() {
    let project = project();
    let run = project.silta(&format!("{VALIDATE} --path /rogue/refuse --json"));
    let verdict = run.exits(3).json();
    assert_eq!(run.err, "");
    assert_eq!(
        (&verdict["verdict"], &verdict["status"]),
        (&"rejected".into(), &403.into())
    );
    assert_eq!(verdict["operation"], Value::Null);
    assert_eq!(
        (&verdict["events"], &verdict["followUps"]),
        (&json!([]), &json!([]))
    );
    let reason = json!({
        "fault": "counterparty",
        "code": "call.refused",
        "path": "",
        "message": "the path asks for it",
    });
    assert_eq!(verdict["reason"], reason);
    let run = project.silta(&format!("{VALIDATE} --path /rogue/refuse"));
    run.exits(3);
    assert_eq!(run.out, "");
    for words in ["rejected", "403", "call.refused", "the path asks for it"] {
        assert!(run.err.contains(words), "`{words}` is not in:\n{}", run.err);
    }
}

#[test]
fn the_component_sees_the_call_as_the_listener_would_hand_it_over() {
    let project = project();
    project.write("call.txt", "words");
    let run = project.silta(
        "validate rogue --config rogue.toml --method PUT --path /rogue/echo?a=%20 --header X-Name:Value \
         --client-cert pki/intermediary.pem --peer-address ::ffff:192.0.2.7 --body call.txt --json",
    );
    let verdict = run.succeeds().json();
    let seen: Value = serde_json::from_str(verdict["body"].as_str().unwrap()).unwrap();
    assert_eq!(seen["version"], 7);
    assert_eq!(
        (&seen["method"], &seen["target"]),
        (&"PUT".into(), &"/rogue/echo?a=%20".into())
    );
    assert_eq!(seen["headers"], json!([["x-name", "Value"]]));
    assert_eq!(
        (&seen["address"], &seen["body"]),
        (&"192.0.2.7".into(), &"words".into())
    );
    // The certificate of the command line is the one that is pinned.
    assert!(seen["peer"]["fingerprint"].is_string(), "{seen}");
    // Neither body nor certificate.
    let run = project.silta(&format!("{VALIDATE} --path /echo --json"));
    let seen: Value = serde_json::from_str(run.json()["body"].as_str().unwrap()).unwrap();
    assert_eq!((&seen["body"], &seen["peer"]), (&"".into(), &Value::Null));
    assert_eq!(
        (&seen["headers"], &seen["address"]),
        (&json!([]), &"127.0.0.1".into())
    );
}

#[test]
fn a_component_that_comes_to_no_verdict_is_told() {
    let project = project();
    let refusal = |code| Refusal {
        exit: 7,
        code,
        path: "",
        says: &["`rogue`", "`validate`"],
    };
    project.refuses(
        &format!("{VALIDATE} --path /crash"),
        &refusal("component.crash"),
    );
    project.refuses(
        &format!("{VALIDATE} --path /allocate-forever"),
        &refusal("limit.memory"),
    );
}

#[test]
fn a_body_over_the_limit_of_the_operation_is_the_counterpartys_fault() {
    let project = project();
    project.write("call.txt", "x".repeat(64 << 10));
    let validate = format!("{VALIDATE} --path / --body call.txt");
    project.silta(&validate).exits(0);
    project.write("call.txt", "x".repeat((64 << 10) + 1));
    let refusal = Refusal {
        exit: 6,
        code: "input.too-large",
        path: "",
        says: &["the call", "65537 given, at most 65536 allowed"],
    };
    project.refuses(&validate, &refusal);
}

#[test]
fn wrong_input_is_told_with_its_file() {
    let project = project();
    let validate = format!("{VALIDATE} --path /");
    for option in ["--body", "--client-cert"] {
        let refusal = Refusal {
            exit: 8,
            code: "file.unreadable",
            path: "none.pem",
            says: &["none.pem: cannot be read", "check the path"],
        };
        project.refuses(&format!("{validate} {option} none.pem"), &refusal);
    }
    for (file, reason) in [
        ("rogue.toml", "no certificate found"),
        ("pki/builder.key.pem", "line 1: `PRIVATE KEY`"),
    ] {
        let refusal = Refusal {
            exit: 8,
            code: "certificate.unreadable",
            path: file,
            says: &[file, reason],
        };
        project.refuses(&format!("{validate} --client-cert {file}"), &refusal);
    }
    let refusal = Refusal {
        exit: 4,
        code: "agency.unknown",
        path: "",
        says: &["`nobody`", "it configures: rogue"],
    };
    project.refuses(
        &validate.replace("validate rogue", "validate nobody"),
        &refusal,
    );
}

#[test]
fn an_agency_that_never_calls_is_told() {
    let project = Project::new();
    project.write("inspector.wasm", artifacts::XML_INSPECTOR.bytes);
    project.write(
        "inspector.toml",
        "[agencies.xml-inspector]\ncomponent = \"inspector.wasm\"\n",
    );
    let refusal = Refusal {
        exit: 4,
        code: "operation.not-inbound",
        path: "",
        says: &["`xml-inspector`", "silta describe"],
    };
    project.refuses(
        "validate xml-inspector --config inspector.toml --method POST --path /",
        &refusal,
    );
}
