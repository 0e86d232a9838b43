// SPDX-License-Identifier: Apache-2.0
use silta::Blob;

use serde_json::json;

use crate::project::{BODY, BUILD, Project, members};

#[test]
fn a_build_is_told_in_json_with_what_sending_needs() {
    let project = Project::new();
    let built = project
        .silta(&format!("{BUILD} --out {BODY} --json"))
        .succeeds()
        .json();
    assert_eq!(
        members(&built),
        [
            "agency",
            "body",
            "headers",
            "keepBytes",
            "memo",
            "operation",
            "reference",
            "target",
            "timeoutMilliseconds",
            "tls",
            "tlsRole"
        ]
    );
    assert_eq!(
        (&built["agency"], &built["operation"]),
        (&"tulli".into(), &"upload".into())
    );
    let tls = json!({
        "role": "intermediary",
        "certificate": "pki/intermediary.pem",
        "key": "pki/intermediary.key.pem",
        "anchors": "pki/ca.pem",
    });
    assert_eq!(built["tls"], tls);
    assert_eq!(built["target"]["kind"], "http");
    assert_eq!(built["target"]["method"], "POST");
    assert_eq!(built["target"]["url"], "https://localhost:8443/dme");
    assert_eq!(built["headers"][0]["name"], "Content-Type");
    assert_eq!(built["headers"][0]["value"], "text/xml; charset=utf-8");
    assert_eq!(built["timeoutMilliseconds"], 130_000);
    assert_eq!(built["tlsRole"], "intermediary");
    assert_eq!(built["keepBytes"], true);
    assert_eq!(built["memo"], built["reference"]);
    let body = project.read(BODY);
    let sha256: String = Blob::from(body.as_slice())
        .sha256()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(built["body"]["file"], BODY);
    assert_eq!(built["body"]["size"], body.len());
    assert_eq!(built["body"]["sha256"], sha256);
}

#[test]
fn a_build_is_told_to_people_with_the_same_facts() {
    let project = Project::new();
    let command = format!("{BUILD} --out {BODY}");
    let text = project.silta(&command).succeeds().out.clone();
    for fact in [
        "POST https://localhost:8443/dme",
        "Content-Type: text/xml; charset=utf-8",
        "130 s",
        "intermediary",
        "send these very bytes again",
        BODY,
        &format!("{} bytes", project.read(BODY).len()),
    ] {
        assert!(text.contains(fact), "`{fact}` is not in:\n{text}");
    }
}

#[test]
fn parameters_come_from_standard_input_too() {
    let project = Project::new();
    let parameters = project
        .text("examples/upload.json")
        .replace('}', ", \"reference\": \"FROM-STDIN\"}");
    let command = format!(
        "{} --out {BODY} --json",
        BUILD.replace("examples/upload.json", "-")
    );
    let built = project
        .silta_with(&command, &[], &parameters)
        .succeeds()
        .json();
    assert_eq!(built["reference"], "FROM-STDIN");
    let run = project.silta_with(&command, &[], "{\"declarant\":");
    run.exits(4);
    let message = run.error()["message"].to_string();
    assert!(message.contains("standard input at 1:13"), "{message}");
}

#[test]
fn files_for_the_connection_are_told_from_where_the_command_runs() {
    let project = Project::new();
    project.silta("init inner").succeeds();
    let build = BUILD.replace("silta.toml", "inner/silta.toml");
    let run = project.silta(&format!("{build} --out {BODY}"));
    for file in [
        "inner/pki/intermediary.pem",
        "inner/pki/intermediary.key.pem",
        "inner/pki/ca.pem",
    ] {
        assert!(run.succeeds().out.contains(file), "{}", run.out);
        assert!(project.path(file).is_file());
    }
    // An agency of which nothing of this is configured.
    let text = project.text("silta.toml");
    let text = text.replace("server-anchors = \"pki/ca.pem\"", "");
    project.write("silta.toml", text);
    let run = project.silta(&format!("{BUILD} --out {BODY} --json"));
    assert_eq!(run.succeeds().json()["tls"]["anchors"], json!(null));
}

#[test]
fn an_earlier_body_is_replaced_and_nothing_is_left_beside_it() {
    let project = Project::new();
    project.write(BODY, "earlier".repeat(10_000));
    let before = project.files();
    assert!(project.build().starts_with(b"<"));
    assert!(project.files().keys().eq(before.keys()));
}

#[test]
fn references_are_made_anew_unless_given() {
    let project = Project::new();
    let reference = || {
        let built = project
            .silta(&format!("{BUILD} --out {BODY} --json"))
            .succeeds()
            .json();
        built["reference"].as_str().unwrap().to_owned()
    };
    assert_ne!(reference(), reference());
    project.set_parameter("reference", "MY-REFERENCE_1");
    assert_eq!(
        (reference(), reference()),
        ("MY-REFERENCE_1".into(), "MY-REFERENCE_1".into())
    );
}

#[test]
fn each_signature_is_a_line_of_the_audit_trail() {
    let project = Project::new();
    project.edit("#audit =", "audit =");
    project.build();
    project.write("examples/declaration.xml", "<another/>");
    project.build();
    let lines: Vec<serde_json::Value> = project
        .text("audit.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let kinds: Vec<_> = lines.iter().map(|line| line["record"].as_str()).collect();
    let (signature, request) = (Some("signature"), Some("request"));
    assert_eq!(kinds, [signature, request, signature, request]);
    for line in &lines {
        let time: jiff::Timestamp = line["time"].as_str().unwrap().parse().unwrap();
        assert!(time <= jiff::Timestamp::now());
    }
    for line in [&lines[1], &lines[3]] {
        assert_eq!(
            members(line),
            [
                "agency",
                "bodySha256",
                "callId",
                "generation",
                "operation",
                "record",
                "reference",
                "time"
            ]
        );
    }
    assert_eq!(lines[0]["callId"], lines[1]["callId"]);
    assert_ne!(lines[1]["callId"], lines[3]["callId"]);
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &project.read(BODY));
    let digest: String = digest
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(lines[3]["bodySha256"], digest);
    for line in [&lines[0], &lines[2]] {
        assert_eq!(
            members(line),
            [
                "agency",
                "algorithm",
                "at",
                "callId",
                "certificate",
                "generation",
                "operation",
                "record",
                "role",
                "signed",
                "time"
            ]
        );
        assert_eq!(
            (&line["role"], &line["algorithm"]),
            (&"builder".into(), &"rsa-sha256".into())
        );
    }
    assert_ne!(lines[0]["signed"], lines[2]["signed"]);
}
