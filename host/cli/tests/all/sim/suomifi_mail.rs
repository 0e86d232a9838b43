// SPDX-License-Identifier: Apache-2.0
//! `silta sim suomifi-mail`.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpStream,
};

use serde_json::Value;

use super::Simulator;
use crate::project::{Project, Refusal};

const MAIL: &str = "Date: Sun, 29 Nov 2026 12:00:00 +0200\r\nFrom: kirjaamo@kunta.example\r\nTo: 010190-900P@asiointitili.fi\r\n\
                    Subject: Asia [silta:x]\r\nMessage-ID: <1@kunta.example>\r\n\r\nHei\r\n";

fn start<'a>(project: &'a Project, arguments: &str) -> Simulator<'a> {
    Simulator::start_agency(project, "suomifi-mail", arguments)
}

/// Sends a mail without TLS; the last reply of the relay's.
fn send(relay: &Simulator<'_>, mail: &str) -> String {
    let address = relay.url.trim_start_matches("smtp://");
    let mut writer = TcpStream::connect(address).unwrap();
    let mut lines = BufReader::new(writer.try_clone().unwrap()).lines();
    let mut last = lines.next().unwrap().unwrap();
    for command in [
        "HELO a",
        "MAIL FROM:<kirjaamo@kunta.example>",
        "RCPT TO:<010190-900P@asiointitili.fi>",
        "DATA",
        &format!("{mail}."),
    ] {
        write!(writer, "{command}\r\n").unwrap();
        last = match lines.next() {
            Some(Ok(line)) => line,
            _ => return String::new(),
        };
        if last.starts_with(['4', '5']) {
            break;
        }
    }
    last
}

#[test]
fn a_mail_has_its_line_and_so_has_each_receipt() {
    let project = Project::new();
    let mut relay = start(
        &project,
        "--json --security none --receipts relayed,read --wordings sv --drop mails --reply",
    );
    assert!(send(&relay, MAIL).starts_with("250 "));
    let line = relay.json();
    assert_eq!(
        (&line["operation"], &line["verdict"], &line["code"]),
        (&"mail".into(), &"accepted".into(), &"250".into())
    );
    assert_eq!(line["subject"], "Asia [silta:x]");
    assert_eq!(
        line["passed"].as_array().unwrap().first(),
        Some(&"envelope-sender".into())
    );
    assert_eq!(
        (&line["tls"], &line["misbehaviour"]),
        (&Value::Null, &Value::Null)
    );
    let lines = [relay.json(), relay.json(), relay.json()];
    let told: Vec<_> = lines
        .iter()
        .map(|line| {
            (
                line["operation"].as_str().unwrap(),
                line["wording"].as_str(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("receipt relayed", Some("sv")),
            ("receipt read", Some("sv")),
            ("reply", None)
        ]
    );
    let written = project.text("mails/mails.jsonl");
    assert_eq!(written.lines().count(), 3);
    for line in &lines {
        assert_eq!(line["verdict"], "written");
        let mail = project.text(&format!("mails/{}", line["file"].as_str().unwrap()));
        assert!(
            mail.contains("In-Reply-To: <1@kunta.example>\r\n"),
            "{mail}"
        );
    }
    for text in [written, format!("{lines:?}")] {
        assert!(!text.contains("010190"), "{text}");
    }
    relay.ends();
}

#[test]
fn people_get_one_line_a_mail() {
    let project = Project::new();
    let mut relay = start(
        &project,
        "--security none --refuse-content --misbehave reject-mail=451 --extensions txt --domain kunta.example",
    );
    assert_eq!(send(&relay, MAIL), "451 4.3.0 Try again later");
    let line = relay.line();
    for word in ["mail", "unjudged", "451", "[reject-mail]"] {
        assert!(line.contains(word), "{line}");
    }
    let html = MAIL.replace(
        "\r\n\r\n",
        "\r\nMIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n",
    );
    assert!(send(&relay, &html).starts_with("554 5.6.1 "));
    let line = relay.line();
    for word in ["refused", "554", "text/html"] {
        assert!(line.contains(word), "{line}");
    }
    relay.ends();
}

#[test]
fn citizens_write_and_all_is_done_before_the_end() {
    let project = Project::new();
    let mut relay = start(
        &project,
        "--json --drop mails --messages 4 --service-address palvelu@kunta.example --misbehave twice",
    );
    assert!(relay.url.starts_with("smtp://localhost:"));
    let lines: Vec<_> = (0..5).map(|_| relay.json()).collect();
    let kinds: Vec<_> = lines
        .iter()
        .map(|line| {
            (
                line["kind"].as_str().unwrap(),
                line["misbehaviour"].as_str(),
            )
        })
        .collect();
    assert_eq!(
        kinds[..3],
        [
            ("message", Some("twice")),
            ("message", Some("twice")),
            ("message", None)
        ]
    );
    relay.ends();

    // The receipts of the last mail are waited for.
    let mut relay = start(
        &project,
        "--security none --receipt-delay 1 --receipts read",
    );
    assert!(send(&relay, MAIL).starts_with("250 "));
    drop(relay.input.take());
    let rest: Vec<String> = relay.output.by_ref().map(Result::unwrap).collect();
    assert_eq!(rest.len(), 2, "{rest:?}");
    assert!(
        rest[1].contains("receipt read") && rest[1].contains("made"),
        "{rest:?}"
    );
    relay.ends();
}

#[test]
fn a_server_that_is_not_there_is_told_of() {
    let project = Project::new();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    // Whoever connects is hung up on, each of three times: nobody else may get the address meanwhile.
    let server = std::thread::spawn(move || {
        for _ in 0..3 {
            drop(listener.accept().unwrap());
        }
    });
    let arguments = format!(
        "--json --deliver-to {address} --deliver-security none --messages 1 --service-address palvelu@kunta.example"
    );
    let mut relay = start(&project, &arguments);
    let lines: Vec<_> = (0..3).map(|_| relay.json()).collect();
    for (line, attempt) in lines.iter().zip(1..) {
        assert_eq!(
            (&line["verdict"], &line["attempt"]),
            (&"failed".into(), &attempt.into())
        );
        assert!(
            line["reason"].as_str().unwrap().contains("connection"),
            "{line}"
        );
    }
    server.join().unwrap();
    relay.ends();
}

#[test]
fn what_cannot_work_is_said_before_anything_is_started() {
    let project = Project::new();
    let start = "sim suomifi-mail --pki pki --listen 127.0.0.1:0 --until-stdin-closes";
    for (arguments, says) in [
        ("--misbehave nothing", "no misbehaviour of that name"),
        ("--misbehave reject-mail=250", "reject-mail takes CODE"),
        ("--always", "--misbehave"),
        ("--security tls", "starttls"),
        ("--domain a@b", "not a domain"),
        ("--receipts relayed,seen", "there is no seen"),
        ("--wordings en", "there is no en"),
        ("--messages 1", "--service-address"),
        (
            "--messages 1 --service-address nobody",
            "not a mail address",
        ),
        ("--deliver-to localhost", "a colon and a port"),
        ("--deliver-to a_b!:25", "--deliver-to"),
        ("--receipt-sender nobody", "--receipt-sender"),
    ] {
        project.refuses(
            &format!("{start} {arguments}"),
            &Refusal {
                exit: 2,
                code: "command-line",
                path: "",
                says: &[says],
            },
        );
    }
    project.refuses(
        &format!("{start} --drop silta.toml/mails"),
        &Refusal {
            exit: 4,
            code: "sim.folder",
            path: "--drop",
            says: &["name another one"],
        },
    );
}
