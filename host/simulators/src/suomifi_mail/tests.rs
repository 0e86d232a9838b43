// SPDX-License-Identifier: Apache-2.0
//! The relay against a client that says whatever it is told to, and against other people's clients.

mod citizens;
mod client;
mod connection;
mod delivery;
mod foreign;
mod misbehaviour;
mod receipts;
mod rules;

use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use super::{
    MailCredential, MailDelivery, MailRelaySetup, MailRelaySimulator, MailSecurity, Received,
    Verdict,
};
use crate::Simulator;
use crate::ledger::RefusedHandshake;
use crate::peers::authority::{Authority, Identity};
use client::Client;

/// Of the authority that writes to citizens.
const DOMAIN: &str = "kunta.example";

/// An artificial person's mailbox.
const MAILBOX: &str = "010190-900P@asiointitili.fi";

/// Long enough for anything that is to happen at all.
const PATIENCE: Duration = Duration::from_secs(30);

struct World {
    authority: Authority,
    relay: MailCredential,
    client: Identity,
}

/// Keys and certificates, made once for all tests.
fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| {
        let authority = Authority::new("Relays");
        World {
            relay: credential(&authority.issue_for_names(&["localhost"])),
            client: authority.issue_for_names(&["kunta.example"]),
            authority,
        }
    })
}

fn credential(identity: &Identity) -> MailCredential {
    MailCredential {
        certificates_pem: identity.certificate_pem(),
        key_pem: identity.key_pem(),
    }
}

fn setup(security: MailSecurity) -> MailRelaySetup {
    let MailCredential {
        certificates_pem,
        key_pem,
    } = world().relay.clone();
    let mut setup = MailRelaySetup::new(certificates_pem, key_pem, DOMAIN);
    setup.security = security;
    setup.idle_limit = Duration::from_secs(20);
    setup
}

/// A relay without TLS, where that is not what is tested.
fn plain(adjust: impl FnOnce(&mut MailRelaySetup)) -> MailRelaySimulator {
    let mut setup = setup(MailSecurity::None);
    adjust(&mut setup);
    MailRelaySimulator::start(setup).unwrap()
}

/// A mail that keeps all rules.
fn mail() -> String {
    format!(
        "Date: Sun, 29 Nov 2026 12:00:00 +0200\r\nFrom: =?utf-8?Q?Kunta_=C3=A4?= <kirjaamo@{DOMAIN}>\r\nTo: {MAILBOX}\r\n\
         Subject: =?utf-8?Q?P=C3=A4=C3=A4t=C3=B6s?= [silta:abc]\r\nMessage-ID: <1@{DOMAIN}>\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
         Hyv=C3=A4 asiakas\r\n.\r\n"
    )
}

/// The mail with another value in a field, or with the field it has not.
fn with(name: &str, value: &str) -> String {
    let mail = mail();
    let start = format!("{name}: ");
    let (header, body) = mail.split_once("\r\n\r\n").unwrap();
    let mut lines: Vec<String> = header
        .split("\r\n")
        .filter(|line| !line.starts_with(&start))
        .map(str::to_owned)
        .collect();
    lines.push(format!("{name}: {value}"));
    format!("{}\r\n\r\n{body}", lines.join("\r\n"))
}

/// The mail without a field.
fn without(name: &str) -> String {
    let mail = with(name, "x");
    mail.replace(&format!("\r\n{name}: x\r\n\r\n"), "\r\n\r\n")
}

/// The mail with one text and attachments, each a whole part.
fn with_parts(parts: &[&str]) -> String {
    let mail = without("Content-Transfer-Encoding")
        .replace("text/plain; charset=utf-8", "multipart/mixed; boundary=b");
    let (header, _) = mail.split_once("\r\n\r\n").unwrap();
    let parts: String = parts
        .iter()
        .map(|part| format!("--b\r\n{part}\r\n"))
        .collect();
    format!("{header}\r\n\r\n{parts}--b--\r\n")
}

const TEXT_PART: &str = "Content-Type: text/plain\r\n\r\nHei";

fn attachment(name: &str, content: &str) -> String {
    format!(
        "Content-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=\"{name}\"\r\n\r\n{content}"
    )
}

/// Sends a mail; what the relay says to it.
fn send(relay: &MailRelaySimulator, mail: &str) -> String {
    let mut client = Client::connect(relay);
    client.begin(MAILBOX);
    client.content(mail)
}

/// Sends a mail, and gives its only record.
fn record(relay: &MailRelaySimulator, mail: &str) -> Received {
    send(relay, mail);
    only(relay.take_received(PATIENCE))
}

/// The handshakes that failed. A client may learn of one before it is recorded.
fn refused_handshakes(relay: &MailRelaySimulator, number: usize) -> Vec<RefusedHandshake> {
    let begun = Instant::now();
    let mut refused = Vec::new();
    while refused.len() < number && begun.elapsed() < PATIENCE {
        refused.extend(relay.take_refused_handshakes());
        thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(refused.len(), number, "{refused:?}");
    refused
}

fn only<T: std::fmt::Debug>(mut records: Vec<T>) -> T {
    assert_eq!(records.len(), 1, "{records:?}");
    records.pop().unwrap()
}

/// What the relay has made for the authority, once it is done.
fn deliveries(relay: &MailRelaySimulator) -> Vec<MailDelivery> {
    assert!(relay.wait_until_idle(PATIENCE));
    relay.take_deliveries(Duration::ZERO)
}

#[test]
fn a_mail_that_keeps_all_rules_passes_every_check() {
    let relay = plain(|_| {});
    let record = record(&relay, &mail());
    assert_eq!(
        (record.verdict, record.code, record.failed),
        (Verdict::Accepted, Some(250), None),
        "{record:?}"
    );
    let names: Vec<_> = super::CHECKS
        .iter()
        .map(|check| check.name)
        .filter(|name| *name != "tls")
        .collect();
    assert_eq!(record.passed, names);
    assert_eq!(record.subject.as_deref(), Some("Päätös [silta:abc]"));
    assert_eq!(record.message_id, Some(format!("<1@{DOMAIN}>")));
}
