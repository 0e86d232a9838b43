// SPDX-License-Identifier: Apache-2.0
//! Python's `email`, a reader and writer of mails that shares no code with ours: what we build it reads, and what it builds we read.

use std::{fs, path::Path, process::Command};

use serde_json::{Map, Value, json};
use silta::{
    Blob, BuildInput,
    exchange::{Acceptance, Attachment, Request},
};
use tempfile::TempDir;

use super::{Mail, accepted, arriving};
use crate::agencies::mail::in_lines;

/// Runs a script over a folder; what it prints. `None` where there is no Python; with `SILTA_REQUIRE_INTEROP=1` the test fails instead.
fn python(script: &str, folder: &Path) -> Option<Vec<Value>> {
    let run = Command::new("python3")
        .args(["-c", script])
        .arg(folder)
        .output();
    let Ok(run) = run else {
        let required = std::env::var("SILTA_REQUIRE_INTEROP").is_ok_and(|value| value == "1");
        assert!(
            !required,
            "python3 is not installed, and SILTA_REQUIRE_INTEROP is set"
        );
        eprintln!("skipped: python3 is not installed");
        return None;
    };
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
    Some(serde_json::from_slice(&run.stdout).unwrap())
}

/// SHA-256 in hexadecimal.
fn sha256(bytes: &[u8]) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    digest
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// A message to build.
struct Wanted {
    operation: &'static str,
    parameters: Value,
    files: Vec<(String, &'static str, Vec<u8>)>,
}

/// The corpus: what is long, what is short, what is in the way of a reader.
fn wanted() -> Vec<Wanted> {
    let mut all = Vec::new();
    let titles = [
        "Päätös",
        "a",
        "=?utf-8?Q?ei_sana?=",
        "Ääkkösiä \u{20ac} ja \u{1f427}, \"lainaus\" <merkki> (kommentti)",
        "pitkä otsikko, jossa on monta sanaa ja joka ei mahdu yhdelle riville, vaikka kuinka yrittäisi sitä sinne saada",
        &"ö".repeat(400),
        &"x".repeat(400),
        "Loppu  kaksi   blankkia",
    ]
    .map(str::to_owned);
    let bodies = [
        "Hei",
        ".\n..\n.piste\n",
        "From täältä\n--\n-- viiva\n>From\n=3D =\n",
        "a\rb\nc\r\nd\r\r\ne",
        "blankit   \n\t\nlopussa ",
        &"ä".repeat(3000),
        &"pitkä rivi ".repeat(300),
        &"x".repeat(2000),
        "Kiitos \u{1f427} \u{20ac}",
    ]
    .map(str::to_owned);
    let names = [
        "päätös.pdf",
        "a b;c\"d\\e.pdf",
        "pitkä nimi, jossa on monta sanaa ja ääkkösiä ja joka ei mahdu yhdelle riville.pdf",
        "\u{1f427}.pdf",
        "it's 100%.pdf",
    ];
    for (index, title) in titles.iter().enumerate() {
        for body in &bodies {
            let files = names
                .iter()
                .take(index % 4)
                .enumerate()
                .map(|(number, name)| {
                    let size = [1, 57, 58, 70_000][(index + number) % 4];
                    let content = (0..size).map(|byte: u32| byte as u8).collect();
                    ((*name).to_owned(), "application/pdf", content)
                });
            all.push(Wanted {
                operation: "send-message",
                parameters: json!({"recipient": "010190-900p", "title": title, "body": body, "replyTo": "kirjaamo@sub.virasto.example"}),
                files: files.collect(),
            });
        }
    }
    all.push(Wanted {
        operation: "reply",
        parameters: json!({"recipient": "010190-900P", "subject": "VS: Kysymys", "body": "Hei", "messageId": "own@x", "references": ["first@x", "second@x"], "quoted": "Kysyn\n\nViestin tiedot\nHetu"}),
        files: names.iter().map(|name| ((*name).to_owned(), "application/pdf", b"x".to_vec())).collect(),
    });
    all
}

/// A mail as it is sent: header fields, folded by whoever sends, and body.
fn as_sent(request: &Request) -> Vec<u8> {
    let fields = request.headers.iter();
    let head: String = fields
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    [head.into_bytes(), b"\r\n".to_vec(), request.body.to_vec()].concat()
}

#[test]
fn python_reads_every_mail_that_we_build() {
    let mail = Mail::new();
    let agency = mail.deploy(&Map::new()).unwrap();
    let folder = TempDir::new().unwrap();
    let wanted = wanted();
    let mut requests = Vec::new();
    for (number, wanted) in wanted.iter().enumerate() {
        let attachments = wanted
            .files
            .iter()
            .map(|(name, media_type, content)| Attachment {
                name: name.clone(),
                media_type: (*media_type).into(),
                content: Blob::from(content.clone()),
            });
        let request = agency.build(BuildInput {
            operation: wanted.operation.into(),
            parameters: wanted.parameters.to_string(),
            attachments: attachments.collect(),
            ..BuildInput::default()
        });
        let request = request.unwrap_or_else(|error| panic!("{number}: {error}"));
        in_lines(&request.body.to_vec()).unwrap();
        fs::write(
            folder.path().join(format!("{number:04}.eml")),
            as_sent(&request),
        )
        .unwrap();
        requests.push(request);
    }
    let Some(read) = python(include_str!("read_mails.py"), folder.path()) else {
        return;
    };
    assert_eq!(read.len(), wanted.len());
    for ((wanted, request), read) in wanted.iter().zip(&requests).zip(&read) {
        compare_read(wanted, request, read);
    }
}

fn compare_read(wanted: &Wanted, request: &Request, read: &Value) {
    let fields = &read["fields"];
    let field = |name: &str| match fields[name].as_array().map(Vec::as_slice) {
        Some([one]) => one.as_str().unwrap().to_owned(),
        other => panic!("{name}: {other:?}"),
    };
    assert_eq!(read["defects"], json!([]), "{read}");
    let title = wanted.parameters["title"].as_str().unwrap_or("Re: Kysymys");
    assert_eq!(
        field("subject"),
        format!("{title} [silta:{}]", request.reference)
    );
    assert_eq!(field("from"), "viestit@virasto.example");
    assert_eq!(field("to"), "010190-900P@asiointitili.fi");
    assert!(field("date").starts_with("Wed, 01 Jul 2026 00:0"));
    assert_eq!(field("mime-version"), "1.0");
    let id = field("message-id");
    assert!(
        id.starts_with(&format!("<{}.", request.reference)) && id.ends_with("@virasto.example>"),
        "{id}"
    );
    assert!(fields["cc"].is_null() && fields["bcc"].is_null());
    if wanted.operation == "reply" {
        assert_eq!(field("in-reply-to"), "<own@x>");
        assert_eq!(field("references"), "<first@x> <second@x> <own@x>");
    } else {
        assert_eq!(field("reply-to"), "kirjaamo@sub.virasto.example");
    }
    let body = wanted.parameters["body"].as_str().unwrap();
    let body = body.replace("\r\n", "\n").replace('\r', "\n");
    let body = body.trim_end().replace('\n', "\r\n");
    let quoted = if wanted.operation == "reply" {
        "\r\n> Kysyn\r\n"
    } else {
        ""
    };
    // The line break before a boundary is the boundary's.
    let found = read["body"].as_str().unwrap();
    assert_eq!(found, format!("{body}\r\n{quoted}"));
    assert_eq!(read["charset"], "utf-8");
    let files = wanted.files.iter();
    let files: Vec<Value> = files
        .map(|(name, media_type, content)| json!([name, media_type, sha256(content)]))
        .collect();
    assert_eq!(read["files"], Value::from(files));
}

#[test]
fn we_read_every_mail_that_python_builds() {
    let mail = Mail::new();
    let agency = mail.deploy(&Map::new()).unwrap();
    let folder = TempDir::new().unwrap();
    let Some(made) = python(include_str!("make_mails.py"), folder.path()) else {
        return;
    };
    assert!(made.len() > 300);
    for expected in &made {
        let file = expected["file"].as_str().unwrap();
        let content = fs::read(folder.path().join(file)).unwrap();
        let acceptance = accepted(&agency, arriving(content));
        match expected.get("leaves") {
            None => compare_made(&acceptance, expected),
            Some(leaves) => compare_leaves(&acceptance, leaves, expected),
        }
    }
}

fn compare_made(acceptance: &Acceptance, expected: &Value) {
    let event = &acceptance.events[0];
    assert_eq!(event.kind, "citizen-message", "{expected}");
    let data: Value = serde_json::from_str(&event.data).unwrap();
    // Some versions of Python lose a blank where they fold between encoded words.
    let words = |text: &Value| text.as_str().unwrap().replace(' ', "");
    assert_eq!(
        words(&data["title"]),
        words(&expected["subject"]),
        "{expected}"
    );
    assert_eq!(data["body"], expected["body"], "{expected}");
    assert_eq!(data["sender"]["name"], expected["name"], "{expected}");
    assert_eq!(data["sender"]["id"]["id"], "010190-900P");
    let files = expected["files"].as_array().unwrap();
    let attached = data["attachments"].as_array().unwrap();
    assert_eq!(
        (files.len(), acceptance.documents.len()),
        (attached.len(), attached.len()),
        "{expected}"
    );
    for ((file, attached), document) in files.iter().zip(attached).zip(&acceptance.documents) {
        assert_eq!(attached["name"], file[0], "{expected}");
        assert_eq!(attached["mediaType"], file[1], "{expected}");
        if let Some(digest) = file[2].as_str() {
            assert_eq!(sha256(&document.content.to_vec()), digest, "{expected}");
        }
    }
}

/// Of a damaged mail, the same parts; their content but for the last one of a mail that was cut off.
fn compare_leaves(acceptance: &Acceptance, leaves: &Value, expected: &Value) {
    let leaves = leaves.as_array().unwrap();
    let is_file = |leaf: &&Value| leaf[0] != "text/plain";
    let leaves: Vec<_> = leaves.iter().filter(is_file).collect();
    let documents = acceptance.documents.iter();
    let documents: Vec<_> = documents
        .filter(|document| document.media_type != "text/plain")
        .collect();
    assert_eq!(documents.len(), leaves.len(), "{expected}");
    let compared = match expected["cut"].as_bool() {
        Some(true) => leaves.len().saturating_sub(1),
        _ => leaves.len(),
    };
    for (document, leaf) in documents.iter().zip(&leaves).take(compared) {
        assert_eq!(leaf[0], document.media_type, "{expected}");
        assert_eq!(leaf[1], sha256(&document.content.to_vec()), "{expected}");
    }
}
