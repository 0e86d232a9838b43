// SPDX-License-Identifier: Apache-2.0
//! Other people's clients, and our own.

use std::{
    path::Path,
    process::{Command, Output},
    time::Duration,
};

use silta_gateway::outbound::{
    Blocking, Mail, MailClient, MailOutcome, MailRelay, MailSecurity, ServerTrust,
};
use xml_testkit::tools;

use super::scene::{Scene, config};
use crate::gateway::scene::server;

/// Sends three mails on one connection; prints the outcome of each recipient.
const SMTPLIB: &str = r#"
import email.message, smtplib, ssl, sys
port, anchors, protocol, tls = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
client = (smtplib.LMTP if protocol == "lmtp" else smtplib.SMTP)("127.0.0.1", port, timeout=20)
client.ehlo_or_helo_if_needed()
if tls == "tls":
    context = ssl.create_default_context(cafile=anchors)
    context.check_hostname = False
    client.starttls(context=context)
    client.ehlo_or_helo_if_needed()
def send(sender, recipients, text):
    mail = email.message.EmailMessage()
    mail["Subject"] = "Päätös"
    mail.set_content(text, cte="8bit")
    try:
        print(client.send_message(mail, sender, recipients))
    except smtplib.SMTPException as error:
        print(type(error).__name__, error.args)
send("notify@relay.example", ["box@rogue.example", "nobody@rogue.example"], "yksi ä\n.piste\n")
send("refuse@relay.example", ["box@rogue.example"], "kaksi\n")
send("blame-us@relay.example", ["box@rogue.example", "x@all.rogue.example"], "kolme\n")
client.quit()
"#;

fn python(arguments: &[&str]) -> Output {
    let mut command = Command::new("python3");
    command.arg("-c").arg(SMTPLIB).args(arguments);
    command.output().unwrap()
}

fn anchors(folder: &Path) -> String {
    let file = folder.join("server.pem");
    std::fs::write(&file, &server().certificate).unwrap();
    file.display().to_string()
}

#[test]
fn smtplib_delivers_by_both_protocols() {
    if !tools::are_installed(&["python3"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let anchors = anchors(folder.path());
    for (protocol, tls) in [
        ("smtp", "plain"),
        ("smtp", "tls"),
        ("lmtp", "plain"),
        ("lmtp", "tls"),
    ] {
        let scene = match protocol {
            "smtp" => Scene::new(),
            _ => Scene::lmtp(),
        };
        let port = scene.address().port().to_string();
        let said = tools::succeeds(python(&[&port, &anchors, protocol, tls]));
        let said = String::from_utf8(said).unwrap();
        let lines: Vec<_> = said.lines().collect();
        assert!(
            lines[0].starts_with("{'nobody@rogue.example': (550, b'5.1.1 "),
            "{said}"
        );
        assert!(lines[1].contains("550, b'5.0.0 not taken'"), "{said}");
        assert!(lines[2].contains("451, b'4.3.0 "), "{said}");
        assert_eq!(scene.keys(), ["called/yksi \u{e4}", "called/.piste"]);
    }
}

#[test]
fn swaks_delivers_by_both_protocols() {
    if !tools::are_installed(&["swaks"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let anchors = anchors(folder.path());
    for (protocol, options) in [
        ("ESMTP", vec![]),
        (
            "ESMTP",
            vec!["--tls", "--tls-verify", "--tls-ca-path", &anchors],
        ),
        ("ESMTP", vec!["--pipeline"]),
        ("SMTP", vec![]),
        ("LMTP", vec![]),
    ] {
        let scene = match protocol {
            "LMTP" => Scene::lmtp(),
            _ => Scene::new(),
        };
        let port = scene.address().port().to_string();
        let send = |to: &str| {
            let mut command = Command::new("swaks");
            command.args([
                "--server",
                "localhost",
                "--port",
                &port,
                "--protocol",
                protocol,
            ]);
            command.args([
                "--from",
                "notify@relay.example",
                "--to",
                to,
                "--data",
                "Subject: koe\n\n.ruumis\n",
            ]);
            let output = command.args(&options).output().unwrap();
            let said = [output.stdout, output.stderr].concat();
            (
                output.status.success(),
                String::from_utf8_lossy(&said).into_owned(),
            )
        };
        let (is_taken, said) = send("box@rogue.example");
        assert!(is_taken, "{protocol} {options:?}: {said}");
        let (is_taken, said) = send("nobody@rogue.example");
        assert!(!is_taken && said.contains("550 5.1.1"), "{said}");
        // It adds an empty line.
        assert_eq!(scene.keys(), ["called/.ruumis", "called/"], "{options:?}");
    }
}

#[test]
fn our_own_client_delivers() {
    let scene = Scene::of(config());
    let trust = ServerTrust::anchors([&pem_der(&server().certificate)[..]]).unwrap();
    let client = MailClient::new(MailRelay {
        trust: Some(trust),
        ..MailRelay::new("localhost", scene.address().port(), MailSecurity::StartTls)
    });
    let mail = Mail {
        headers: vec![("Subject".into(), "koe".into())],
        body: "hyv\u{e4}\r\n.\r\n..\r\n.loppu".as_bytes().to_vec().into(),
        timeout: Duration::from_secs(20),
        ..Mail::new("notify@relay.example", vec!["box@rogue.example".into()])
    };
    let outcome = Blocking::new().unwrap().send_mail(&client.unwrap(), mail);
    let MailOutcome::Answered(answer) = outcome else {
        panic!("{outcome:?}");
    };
    assert!(answer.is_accepted(), "{answer:?}");
    assert_eq!(
        scene.keys(),
        ["called/hyv\u{e4}", "called/.", "called/..", "called/.loppu"]
    );
}

fn pem_der(pem: &str) -> Vec<u8> {
    silta::pem::certificates(pem.as_bytes()).unwrap()[0].to_vec()
}
