// SPDX-License-Identifier: Apache-2.0
//! Mail: served, looked at beforehand, and handed over from files.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpStream,
    process::{Command, Stdio},
    time::Duration,
};

use serde_json::{Value, json};
use xml_testkit::tools;

use crate::{
    project::{Project, members},
    serve::{self, LISTENER, Serving, entries},
};

/// Mail for the component.
pub(crate) const MAIL: &str = "\n[mail]\naddress = \"127.0.0.1:0\"\nrelays = [\"127.0.0.1\"]\ncertificates = \"pki/gateway.pem\"\nprivate-key = \"pki/gateway.key.pem\"\n\n[agencies.rogue.mail]\nrecipients = [\"box@rogue.example\", \"@all.rogue.example\"]\n";

/// A folder with a component that takes calls and mails.
fn project() -> Project {
    let project = serve::project();
    let text = project.text("rogue.toml") + MAIL;
    project.write("rogue.toml", text);
    project
}

/// The same with something else in its configuration.
fn changed(from: &str, to: &str) -> Project {
    let project = project();
    let text = project.text("rogue.toml");
    assert!(text.contains(from), "{text}");
    project.write("rogue.toml", text.replacen(from, to, 1));
    project
}

/// Says these lines to a server one after the other; what it replies to the last.
pub(crate) fn say(address: &str, lines: &[&str]) -> String {
    let stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(60)))
        .unwrap();
    let mut stream = BufReader::new(stream);
    let reply = |stream: &mut BufReader<TcpStream>| {
        let mut line = String::new();
        while stream.read_line(&mut line).unwrap() > 0 {
            match line.as_bytes().get(3) {
                Some(b'-') => line.clear(),
                _ => break,
            }
        }
        line
    };
    let mut last = reply(&mut stream);
    for line in lines {
        stream
            .get_mut()
            .write_all(format!("{line}\r\n").as_bytes())
            .unwrap();
        last = reply(&mut stream);
    }
    last
}

#[test]
fn relays_deliver_to_what_is_served() {
    let project = project();
    let (serving, first) = Serving::launch(&project, "serve --config rogue.toml");
    assert_eq!(members(&first), ["agencies", "listening", "mail", "store"]);
    let address = first["mail"].as_str().unwrap();
    let mail = |recipient: &str| {
        let recipient = format!("RCPT TO:<{recipient}>");
        say(
            address,
            &[
                "EHLO relay",
                "MAIL FROM:<notify@relay.example>",
                &recipient,
                "DATA",
                "Subject: test\r\n\r\none\r\n.",
            ],
        )
    };
    assert_eq!(mail("box@rogue.example"), "250 2.0.0 taken\r\n");
    let [entry] = &entries(&project)[..] else {
        panic!("one mail, one entry");
    };
    assert_eq!(
        (&entry["agency"], &entry["operation"]),
        (&json!("rogue"), &json!("called"))
    );
    assert_eq!(entry["events"][0]["data"], json!({"text": "one"}));
    // A duplicate is as good, and no second entry.
    assert_eq!(mail("who@all.rogue.example"), "250 2.0.0 taken\r\n");
    assert_eq!(entries(&project).len(), 1);
    let (rest, log) = serving.stop("-TERM");
    assert_eq!(rest, "");
    assert!(!log.contains("who@"), "{log}");
}

#[test]
fn nothing_else_has_to_be_listened_at() {
    let project = project();
    let text = project.text("rogue.toml");
    project.write("rogue.toml", text.replace(LISTENER, ""));
    let (serving, first) = Serving::launch(&project, "serve --config rogue.toml");
    assert_eq!(members(&first), ["agencies", "mail", "store"]);
    let greeting = say(first["mail"].as_str().unwrap(), &[]);
    assert!(greeting.starts_with("220 "), "{greeting}");
    serving.stop("-TERM");
    // Where nobody listens at all, there is nothing to serve.
    let text = project.text("rogue.toml");
    project.write("rogue.toml", text.replace(MAIL, ""));
    let run = project.silta("serve --config rogue.toml");
    run.exits(5);
    assert!(
        run.err.contains("neither a table [listener]"),
        "{}",
        run.err
    );
}

#[test]
fn strangers_are_counted_in_the_log() {
    let project = changed("relays = [\"127.0.0.1\"]", "relays = [\"192.0.2.1\"]");
    let (serving, first) = Serving::launch(&project, "serve --config rogue.toml -v");
    let address = first["mail"].as_str().unwrap();
    for _ in 0..3 {
        assert!(say(address, &[]).starts_with("554 5.7.1 "));
    }
    let (_, log) = serving.stop("-TERM");
    let counted = log
        .lines()
        .filter(|line| line.contains("connection refused not-a-relay: "));
    let number = |line: &str| {
        let (_, rest) = line.split_once("not-a-relay: ").unwrap();
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<u32>().unwrap()
    };
    assert_eq!(counted.map(number).sum::<u32>(), 3, "{log}");
}

/// What OpenSSL sees of the certificate after STARTTLS.
fn subject(address: &str) -> String {
    let mut client = Command::new("openssl");
    client.args(["s_client", "-starttls", "smtp", "-connect", address]);
    let output = client.stdin(Stdio::null()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text.lines().find(|line| line.starts_with("subject="));
    line.unwrap_or_default().to_owned()
}

#[test]
fn a_renewed_certificate_is_shown_to_relays() {
    if !tools::are_installed(&["openssl"]) {
        return;
    }
    let project = project();
    let text = format!("reload-seconds = 1\n{}", project.text("rogue.toml"));
    let text = text.replace(
        "gateway.pem\"\nprivate-key = \"pki/gateway.key.pem\"\n\n[agencies.rogue.mail]",
        "mail.pem\"\nprivate-key = \"pki/mail.key.pem\"\n\n[agencies.rogue.mail]",
    );
    project.write("rogue.toml", text);
    project.write("pki/mail.pem", project.read("pki/gateway.pem"));
    project.write("pki/mail.key.pem", project.read("pki/gateway.key.pem"));
    let (serving, first) = Serving::launch(&project, "serve --config rogue.toml");
    let address = first["mail"].as_str().unwrap();
    let before = subject(address);
    assert!(before.starts_with("subject="), "{before}");
    project.write("pki/mail.pem", "broken");
    project.write(
        "pki/mail.key.pem",
        project.read("pki/customs-signing.key.pem"),
    );
    project.write("pki/mail.pem", project.read("pki/customs-signing.pem"));
    while subject(address) == before {}
    assert!(subject(address).starts_with("subject="));
    serving.stop("-TERM");
}

#[test]
fn what_cannot_be_served_is_told_before_anything_is() {
    #[rustfmt::skip]
    let rows = [
        ("relays = [\"127.0.0.1\"]", "relays = []", "mail.relays"),
        ("relays = [\"127.0.0.1\"]", "relays = [\"localhost\"]", "mail.relays[1]"),
        ("[agencies.rogue.mail]", "[mail.limits]\nrecipients = 0\n\n[agencies.rogue.mail]", "mail.limits.recipients"),
        ("box@rogue.example", "box", "agencies.rogue.mail.recipients[1]"),
        ("[\"box@rogue.example\", \"@all.rogue.example\"]", "[]", "mail"),
    ];
    for (from, to, field) in rows {
        let run = changed(from, to).silta("serve --config rogue.toml");
        assert_eq!((run.exit, run.out.as_str()), (5, ""), "{to}: {}", run.err);
        assert!(run.err.contains(&format!("{field}: ")), "{to}: {}", run.err);
    }
}

/// Levels, codes and fields of what `silta check` finds about mail.
fn findings(project: &Project) -> Vec<(String, String, String)> {
    let run = project.silta("check --config rogue.toml --json");
    let findings = run.json()["findings"].as_array().unwrap().clone();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let found = findings
        .iter()
        .map(|one| (text(&one["level"]), text(&one["code"]), text(&one["field"])));
    found
        .filter(|(_, _, field)| field.contains("mail"))
        .collect()
}

#[test]
fn the_table_is_looked_at_beforehand() {
    let found = findings(&project());
    assert!(found.iter().all(|(level, _, _)| level == "ok"), "{found:?}");
    let fields: Vec<_> = found.iter().map(|(_, _, field)| field.as_str()).collect();
    assert_eq!(
        fields,
        [
            "mail.address",
            "mail.relays",
            "mail.certificates",
            "mail.limits",
            "mail"
        ]
    );
    #[rustfmt::skip]
    let rows = [
        ("relays = [\"127.0.0.1\"]", "relays = []", "configuration.file", "mail.relays"),
        ("relays = [\"127.0.0.1\"]", "relays = [\"127.0.0.1/8\"]", "configuration.file", "mail.relays[1]"),
        ("[agencies.rogue.mail]", "[mail.limits]\nrecipients = 0\n\n[agencies.rogue.mail]", "configuration.file", "mail.limits.recipients"),
        ("box@rogue.example", "box", "configuration.file", "agencies.rogue.mail.recipients[1]"),
        ("box@rogue.example", "@all.rogue.example", "mail.recipient-twice", "agencies.rogue.mail.recipients"),
        ("[\"box@rogue.example\", \"@all.rogue.example\"]", "[]", "mail.no-recipients", "mail"),
        (
            "\ncertificates = \"pki/gateway.pem\"\nprivate-key = \"pki/gateway.key.pem\"\n\n[agencies.rogue.mail]",
            "\nrequire-tls = true\n\n[agencies.rogue.mail]",
            "configuration.file",
            "mail.require-tls",
        ),
    ];
    for (from, to, code, field) in rows {
        let found = findings(&changed(from, to));
        let expected = ("error".to_owned(), code.to_owned(), field.to_owned());
        assert!(found.contains(&expected), "{to}: {found:?}");
    }
    // Recipients, and nothing that listens for their mail.
    let project = serve::project();
    let text = project.text("rogue.toml")
        + "\n[agencies.rogue.mail]\nrecipients = [\"box@rogue.example\"]\n";
    project.write("rogue.toml", text);
    let expected = (
        "warning".to_owned(),
        "mail.none".to_owned(),
        "agencies.rogue.mail".to_owned(),
    );
    assert_eq!(findings(&project), [expected]);
}

#[test]
fn a_mail_is_handed_over_from_a_file() {
    let project = project();
    project.write("mail.eml", "Return-Path: <notify@relay.example>\nDelivered-To: box@rogue.example\nSubject: test\n\none\ntwo\n");
    let ingest =
        |rest: &str| project.silta(&format!("ingest mail --config rogue.toml mail.eml {rest}"));
    let run = ingest("");
    assert_eq!(run.exit, 0, "{}", run.err);
    let [entry] = &entries(&project)[..] else {
        panic!("one mail, one entry");
    };
    assert_eq!(entry["events"][1]["data"], json!({"text": "two"}));
    assert!(run.err.contains("accepted"), "{}", run.err);
    let run = ingest("--json --from reply@relay.example");
    // The body words no reply.
    assert_eq!(run.exit, 3, "{}", run.err);
    assert_eq!(run.json()["verdict"], "rejected");
    let run = ingest(
        "--json --agency rogue --to a@b.example --from echo@relay.example --peer-address 192.0.2.7",
    );
    assert_eq!(run.exit, 0, "{}", run.err);
    let seen: Value = serde_json::from_str(run.json()["body"].as_str().unwrap()).unwrap();
    // Lines end as those of mails do.
    let size = project.read("mail.eml").len() + 6;
    let expected = json!({
        "sender": "echo@relay.example", "recipients": ["a@b.example"], "size": size, "address": "192.0.2.7",
        "tls": "TLSv1.3", "peer": null, "allowed": true,
    });
    assert_eq!(seen, expected);
    // Once more it is known.
    assert_eq!(ingest("").exit, 0);
    assert_eq!(entries(&project).len(), 1);
}

#[test]
fn a_mail_that_cannot_be_handed_over_is_told() {
    let project = project();
    #[rustfmt::skip]
    let rows = [
        ("Subject: a\n\nb\n", "--to box@rogue.example", 4, "mail.envelope"),
        ("Subject: a\n\nb\n", "--from notify@relay.example", 4, "mail.envelope"),
        ("Subject: a\n\nb\n", "--from notify@relay.example --to a@b.example", 4, "recipient.unknown"),
        ("Subject: a\n\nb\rc\n", "--from notify@relay.example --to box@rogue.example", 4, "mail.bare-line-end"),
        ("From a Sun Nov 29\nSubject: a\n\nb\n", "--from notify@relay.example --to box@rogue.example", 4, "mail.mailbox"),
        ("Subject: a\n\nb\n", "--from notify@relay.example --to box", 2, "--to"),
        ("Subject: a\n\nb\n", "--from blame-us@relay.example --to box@rogue.example", 7, "component.defect"),
        ("Subject: a\n\nb\n", "--from crash@relay.example --to box@rogue.example", 7, "component.crash"),
    ];
    for (mail, rest, exit, code) in rows {
        project.write("mail.eml", mail);
        let run = project.silta(&format!("ingest mail --config rogue.toml mail.eml {rest}"));
        assert_eq!(
            (run.exit, run.out.as_str()),
            (exit, ""),
            "{rest}: {}",
            run.err
        );
        assert!(run.err.contains(code), "{rest}: {}", run.err);
    }
}
