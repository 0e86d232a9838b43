// SPDX-License-Identifier: Apache-2.0
//! Other people's clients, and another reader of mails: Python's `smtplib` and `email`, and `swaks`.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use xml_testkit::tools;

use super::super::reader;
use super::super::{CitizenMessage, ReceiptEvent, Wording};
use super::*;

/// Runs a script of Python's with these arguments.
fn python(script: &str, arguments: &[&str]) -> Output {
    Command::new("python3")
        .arg("-c")
        .arg(script)
        .args(arguments)
        .output()
        .unwrap()
}

/// A relay with TLS, and the file of its authority.
fn relay(folder: &Path, security: MailSecurity) -> (MailRelaySimulator, String) {
    let anchors = folder.join("ca.pem");
    fs::write(&anchors, world().authority.pem()).unwrap();
    (
        MailRelaySimulator::start(setup(security)).unwrap(),
        anchors.display().to_string(),
    )
}

/// Sends a mail that Python writes, with an attachment and letters beyond ASCII.
const SMTPLIB: &str = r#"
import email.message, email.utils, smtplib, ssl, sys
port, anchors, way, to = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
mail = email.message.EmailMessage()
mail["From"] = email.utils.formataddr(("Äänekosken kirjaamo", "kirjaamo@kunta.example"))
mail["To"] = to
mail["Subject"] = "Päätös hakemukseen, jonka otsikko on niin pitkä että se taitetaan monelle riville [silta:abc]"
mail["Date"] = email.utils.localtime()
mail["Message-ID"] = email.utils.make_msgid(domain="kunta.example")
mail.set_content("Hyvä vastaanottaja,\n\n.piste rivin alussa\n" + "pitkä rivi " * 200 + "\n")
mail.add_attachment(bytes(range(256)) * 40, maintype="application", subtype="pdf", filename="päätös.pdf")
context = ssl.create_default_context(cafile=anchors)
if way == "implicit":
    client = smtplib.SMTP_SSL("localhost", port, context=context)
else:
    client = smtplib.SMTP("localhost", port)
    client.starttls(context=context)
with client:
    client.send_message(mail)
"#;

#[test]
fn smtplib_delivers_by_either_way() {
    if !tools::are_installed(&["python3"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for (security, way) in [
        (MailSecurity::StartTls, "starttls"),
        (MailSecurity::Implicit, "implicit"),
    ] {
        let (relay, anchors) = relay(folder.path(), security);
        let port = relay.address().port().to_string();
        tools::succeeds(python(SMTPLIB, &[&port, &anchors, way, MAILBOX]));
        let record = only(relay.take_received(PATIENCE));
        assert_eq!(
            (record.verdict, record.failed),
            (Verdict::Accepted, None),
            "{record:?}"
        );
        assert!(
            record
                .subject
                .unwrap()
                .ends_with("monelle riville [silta:abc]")
        );
        assert_eq!(record.attachments[0].name.as_deref(), Some("päätös.pdf"));
        assert_eq!(record.attachments[0].size, 10_240);

        let refused = python(
            SMTPLIB,
            &[&port, &anchors, way, "010190-900K@asiointitili.fi"],
        );
        let error = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(
            error.contains("SMTPRecipientsRefused") && error.contains("check character"),
            "{error}"
        );
    }
}

/// `swaks` against the relay; whether it says that the mail was taken, and what it said.
fn swaks(arguments: &[&str]) -> (bool, String) {
    let output = Command::new("swaks").args(arguments).output().unwrap();
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    (output.status.success(), text)
}

#[test]
fn swaks_delivers_by_either_way() {
    if !tools::are_installed(&["swaks"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for (security, tls) in [
        (MailSecurity::StartTls, "--tls"),
        (MailSecurity::Implicit, "--tls-on-connect"),
    ] {
        let (relay, anchors) = relay(folder.path(), security);
        let server = format!("localhost:{}", relay.address().port());
        let data = format!(
            "Content-Type: text/plain; charset=utf-8\nMIME-Version: 1.0\n{}",
            "Date: %DATE%\nTo: %TO_ADDRESS%\nFrom: %FROM_ADDRESS%\nSubject: koe\nMessage-ID: <2@kunta.example>\n\n.\nruumis\n"
        );
        let common = [
            "--server",
            &server,
            tls,
            "--tls-verify",
            "--tls-ca-path",
            &anchors,
            "--from",
            "a@kunta.example",
            "--data",
            &data,
        ];
        let (is_taken, said) = swaks(&[&common[..], &["--to", MAILBOX]].concat());
        assert!(is_taken, "{said}");
        assert_eq!(
            only(relay.take_received(PATIENCE)).verdict,
            Verdict::Accepted
        );
        let (is_taken, said) = swaks(&[&common[..], &["--to", "010190-900P@muualla.fi"]].concat());
        assert!(!is_taken && said.contains("550 5.1.2"), "{said}");
        assert_eq!(
            only(relay.take_received(PATIENCE)).failed,
            Some("recipient")
        );
    }
}

/// What Python reads in each mail of a folder: its defects, and what matters of it.
const READER: &str = r#"
import email, email.policy, glob, json, sys
for name in sorted(glob.glob(sys.argv[1] + "/*.eml")):
    with open(name, "rb") as file:
        octets = file.read()
    mail = email.message_from_bytes(octets, policy=email.policy.default)
    defects = [repr(d) for part in mail.walk() for d in part.defects]
    defects += [repr(d) for value in mail.values() for d in getattr(value, "defects", ())]
    body = mail.get_body(("plain",))
    print(json.dumps({
        "defects": defects, "longest": max(len(line) for line in octets.split(b"\r\n")), "bare": octets.replace(b"\r\n", b"").count(b"\n"),
        "subject": mail["Subject"], "from": mail["From"].addresses[0].addr_spec, "inReplyTo": mail["In-Reply-To"],
        "date": mail["Date"].datetime is not None, "text": body.get_content() if body else None,
        "attachments": [[a.get_filename(), a.get_content() if a.get_content_maintype() == "text" else a.get_content().decode("latin-1")] for a in mail.iter_attachments()],
    }))
"#;

/// What Python reads of all mails in a folder.
fn python_reads(folder: &Path) -> Vec<Value> {
    let output = tools::succeeds(python(READER, &[&folder.display().to_string()]));
    let text = String::from_utf8(output).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn python_finds_no_defect_in_what_the_relay_writes() {
    if !tools::are_installed(&["python3"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let relay = plain(|setup| {
        setup.drop = Some(folder.path().to_owned());
        setup.receipts.events = ReceiptEvent::ALL.to_vec();
        setup.receipts.wordings = Wording::ALL.to_vec();
        setup.replies_to_mails = true;
    });
    for _ in 0..4 {
        send(
            &relay,
            &with(
                "Subject",
                "=?utf-8?Q?P=C3=A4=C3=A4t=C3=B6s_asiassa?= 2026/1234, koulukuljetukset [silta:abc]",
            ),
        );
    }
    let messages: Vec<_> = (0..10).map(CitizenMessage::sample).collect();
    for message in &messages {
        relay
            .write(message.clone(), "palvelu@kunta.example")
            .unwrap();
    }
    let made = deliveries(&relay);
    let read = python_reads(folder.path());
    assert_eq!((made.len(), read.len()), (42, 42));
    for mail in &read {
        assert_eq!(mail["defects"], Value::Array(Vec::new()), "{mail}");
        assert_eq!((&mail["bare"], &mail["date"]), (&0.into(), &true.into()));
        assert!(mail["longest"].as_u64().unwrap() <= 998);
    }
    let of = |start: &str| -> Vec<&Value> {
        read.iter()
            .filter(|mail| mail["from"].as_str().unwrap().starts_with(start))
            .collect()
    };
    let receipts = of("noreply@");
    assert_eq!(receipts.len(), 28);
    for receipt in receipts {
        assert!(
            receipt["subject"]
                .as_str()
                .unwrap()
                .contains("Päätös asiassa 2026/1234, koulukuljetukset [silta:abc]"),
            "{receipt}"
        );
        assert_eq!(receipt["inReplyTo"], "<1@kunta.example>");
    }
    for message in &messages {
        let mail = read
            .iter()
            .find(|mail| mail["subject"] == message.title.as_str())
            .unwrap();
        let text = mail["text"].as_str().unwrap().replace("\r\n", "\n");
        assert!(
            text.starts_with(&format!("{}\n\nViestin tiedot\n", message.text)),
            "{text}"
        );
        let names: Vec<_> = mail["attachments"]
            .as_array()
            .unwrap()
            .iter()
            .map(|of| of[0].as_str().unwrap())
            .collect();
        let own: Vec<_> = message
            .attachments
            .iter()
            .map(|of| of.name.as_str())
            .collect();
        assert_eq!(names, own);
    }
}

#[test]
fn python_finds_the_defects_of_what_is_broken() {
    if !tools::are_installed(&["python3"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let relay = plain(|setup| {
        setup.drop = Some(folder.path().to_owned());
        setup.script = super::super::Script::new().once("broken-mime".parse().unwrap());
    });
    relay
        .write(CitizenMessage::sample(0), "palvelu@kunta.example")
        .unwrap();
    let mail = &python_reads(folder.path())[0];
    assert!(
        mail["defects"]
            .to_string()
            .contains("CloseBoundaryNotFound"),
        "{mail}"
    );
}

/// What Python writes is read here as Python meant it, in the encodings that it chooses.
#[test]
fn what_python_writes_is_read_as_it_is_meant() {
    if !tools::are_installed(&["python3"]) {
        return;
    }
    let script = r#"
import email.message, sys
mail = email.message.EmailMessage()
mail["Subject"] = "Åland, öljy & härkä " * 6 + "loppu"
mail["From"] = '"Kunta, \\"Äijä\\"" <a@kunta.example>'
mail.set_content("rivi ä\n" * 3, charset=sys.argv[1], cte=sys.argv[2])
mail.add_attachment(b"x", maintype="text", subtype="csv", filename="tosi pitkä nimi, joka taitetaan " * 3 + ".csv")
sys.stdout.buffer.write(mail.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
"#;
    for (charset, encoding) in [
        ("utf-8", "base64"),
        ("utf-8", "quoted-printable"),
        ("utf-8", "8bit"),
        ("iso-8859-1", "quoted-printable"),
        ("iso-8859-1", "base64"),
    ] {
        let octets = tools::succeeds(python(script, &[charset, encoding]));
        let (header, body) = reader::fields(&octets).unwrap();
        let value = |name: &str| {
            header
                .iter()
                .find(|field| field.is(name))
                .unwrap()
                .value
                .clone()
        };
        assert_eq!(
            reader::decoded(&value("Subject")).unwrap(),
            "Åland, öljy & härkä ".repeat(6) + "loppu"
        );
        assert_eq!(
            reader::mailboxes(&value("From")).unwrap()[0].to_string(),
            "a@kunta.example"
        );
        let reader::Content::Multipart(_, parts) = reader::content(&header, body).unwrap() else {
            panic!()
        };
        let [reader::Content::Single(text), reader::Content::Single(file)] = &parts[..] else {
            panic!()
        };
        let set = reader::charset(text.charset.as_deref().unwrap()).unwrap();
        assert_eq!(
            set.text(&text.octets).unwrap().replace('\r', "").trim_end(),
            "rivi ä\nrivi ä\nrivi ä"
        );
        assert_eq!(
            file.file_name.as_deref(),
            Some(("tosi pitkä nimi, joka taitetaan ".repeat(3) + ".csv").as_str())
        );
    }
}
