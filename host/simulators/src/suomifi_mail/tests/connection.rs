// SPDX-License-Identifier: Apache-2.0
//! Connections: TLS both ways, the order of commands, starting.

use super::*;
use crate::SimulatorError;
use crate::sha256::sha256_hex;

#[test]
fn mails_come_within_tls_by_either_way() {
    let relay = MailRelaySimulator::start(setup(MailSecurity::StartTls)).unwrap();
    assert_eq!(
        relay.url(),
        format!("smtp://localhost:{}", relay.address().port())
    );
    let mut client = Client::start_tls(&relay, None).unwrap();
    // EHLO has to be said again, and STARTTLS is no longer offered.
    assert!(
        client
            .say("MAIL FROM:<a@kunta.example>")
            .starts_with("503 ")
    );
    let hello = client.say("EHLO a");
    for extension in [
        "SIZE 5000000",
        "8BITMIME",
        "PIPELINING",
        "ENHANCEDSTATUSCODES",
    ] {
        assert!(hello.contains(extension), "{hello}");
    }
    assert!(!hello.contains("STARTTLS"));
    client.begin(MAILBOX);
    assert!(client.content(&mail()).starts_with("250 "));
    let record = only(relay.take_received(PATIENCE));
    assert_eq!(record.passed.first(), Some(&"tls"));
    let tls = record.tls.unwrap();
    assert_eq!((tls.version.as_str(), tls.client_sha256), ("TLSv1_3", None));

    let relay = MailRelaySimulator::start(setup(MailSecurity::Implicit)).unwrap();
    assert!(relay.url().starts_with("smtps://"));
    let mut client = Client::connect_tls(&relay);
    assert!(client.greeting.starts_with("220 "));
    client.begin(MAILBOX);
    assert!(client.content(&mail()).starts_with("250 "));
    assert!(only(relay.take_received(PATIENCE)).tls.is_some());
}

#[test]
fn without_tls_no_mail_begins() {
    let relay = MailRelaySimulator::start(setup(MailSecurity::StartTls)).unwrap();
    let mut client = Client::connect(&relay);
    client.say("EHLO a");
    assert!(
        client
            .say("MAIL FROM:<a@kunta.example>")
            .starts_with("530 5.7.0 ")
    );
    let record = only(relay.take_received(PATIENCE));
    assert_eq!((record.failed, record.passed.len()), (Some("tls"), 0));
}

#[test]
fn client_certificates_are_asked_for_and_not_demanded() {
    let mut setup = setup(MailSecurity::StartTls);
    setup.client_anchors_pem = Some(world().authority.pem());
    let relay = MailRelaySimulator::start(setup).unwrap();
    let shown = |client: &mut Client| {
        client.begin(MAILBOX);
        client.content(&mail());
        only(relay.take_received(PATIENCE))
            .tls
            .unwrap()
            .client_sha256
    };
    let own = &world().client;
    let mut client = Client::start_tls(&relay, Some(own.tls())).unwrap();
    assert_eq!(shown(&mut client), Some(sha256_hex(own.certificate.der())));
    let mut client = Client::start_tls(&relay, None).unwrap();
    assert_eq!(shown(&mut client), None);
    let stranger = Authority::new("Strangers").issue_for_names(&["kunta.example"]);
    // In TLS 1.3 the client learns of it afterwards.
    if let Ok(mut client) = Client::start_tls(&relay, Some(stranger.tls())) {
        assert_eq!(client.say("EHLO a"), "");
    }
    let refused = only(refused_handshakes(&relay, 1));
    assert!(refused.reason.contains("certificate"), "{refused:?}");
}

#[test]
fn what_is_said_before_tls_ends_the_connection() {
    let relay = MailRelaySimulator::start(setup(MailSecurity::StartTls)).unwrap();
    let mut client = Client::connect(&relay);
    client.say("EHLO a");
    client.write(b"STARTTLS\r\nMAIL FROM:<a@kunta.example>\r\n");
    assert!(client.reply().starts_with("220 "));
    assert_eq!(client.reply(), "");
    assert!(
        only(refused_handshakes(&relay, 1))
            .reason
            .contains("before TLS")
    );
}

#[test]
fn commands_come_in_order_and_in_form() {
    let relay = plain(|_| {});
    let mut client = Client::connect(&relay);
    for (line, reply) in [
        ("MAIL FROM:<a@kunta.example>", "503 5.5.1 "),
        ("STARTTLS", "502 5.5.1 "),
        ("EHLO", "501 5.5.4 "),
        ("EHLO a", "250-localhost"),
        ("RCPT TO:<a@b>", "503 5.5.1 "),
        ("DATA", "503 5.5.1 "),
        ("MAIL FROM: <a@kunta.example>", "501 5.5.4 "),
        ("MAIL FROM:<a@kunta.example> SMTPUTF8", "555 5.5.4 "),
        ("MAIL FROM:<a@kunta.example> SIZE=x", "501 5.5.4 "),
        ("MAIL FROM:<a@kunta.example> BODY=7BIT", "250 2.1.0 "),
        ("MAIL FROM:<a@kunta.example>", "503 5.5.1 "),
        ("RCPT TO:<@b>", "501 5.1.3 "),
        (
            "RCPT TO:<010190-900P@asiointitili.fi> NOTIFY=NEVER",
            "555 5.5.4 ",
        ),
        ("DATA", "503 5.5.1 "),
        ("AUTH PLAIN x", "500 5.5.1 "),
        ("NOOP x", "250 2.0.0 "),
        ("VRFY x", "252 2.0.0 "),
        ("RSET", "250 2.0.0 "),
        ("QUIT", "221 2.0.0 "),
    ] {
        let said = client.say(line);
        assert!(said.starts_with(reply), "{line}: {said}");
    }
    assert_eq!(client.reply(), "");
    let record = only(relay.take_received(PATIENCE));
    assert_eq!(record.verdict, Verdict::Broken);
    assert!(record.reason.unwrap().contains("gave the mail up"));

    let mut client = Client::connect(&relay);
    client.write(b"EHLO a\n");
    assert!(client.reply().starts_with("500 5.5.2 "));
    assert!(client.say(&"x".repeat(1000)).starts_with("500 5.5.2 "));
    client.write("x".repeat(20_000).as_bytes());
    assert_eq!(client.reply(), "");
}

#[test]
fn commands_may_come_together() {
    let relay = plain(|_| {});
    let mut client = Client::connect(&relay);
    client.say("EHLO a");
    client.write(format!("MAIL FROM:<a@{DOMAIN}>\r\nRCPT TO:<{MAILBOX}>\r\nDATA\r\n").as_bytes());
    for code in ["250 ", "250 ", "354 "] {
        assert!(client.reply().starts_with(code));
    }
    client.write(format!("{}QUIT\r\n", mail()).as_bytes());
    assert!(client.reply().starts_with("250 "));
    assert!(client.reply().starts_with("221 "));
}

#[test]
fn a_client_that_goes_leaves_a_record() {
    let relay = plain(|_| ());
    let mut client = Client::connect(&relay);
    client.begin(MAILBOX);
    client.say("DATA");
    client.write(b"Date: x");
    drop(client);
    let record = only(relay.take_received(PATIENCE));
    assert_eq!((record.verdict, record.code), (Verdict::Broken, None));
    // One that falls silent, too; until then it has time enough, on a busy machine.
    let relay = plain(|setup| setup.idle_limit = Duration::from_secs(10));
    let mut client = Client::connect(&relay);
    client.begin(MAILBOX);
    assert_eq!(client.reply(), "");
    let record = only(relay.take_received(PATIENCE));
    assert!(record.reason.unwrap().contains("too long"));
}

#[test]
fn a_setup_that_cannot_work_is_an_error() {
    let error = |adjust: fn(&mut MailRelaySetup)| {
        let mut setup = setup(MailSecurity::StartTls);
        adjust(&mut setup);
        MailRelaySimulator::start(setup).err().unwrap()
    };
    let pem = |error, field| {
        assert!(
            matches!(error, SimulatorError::Pem(of) if of == field),
            "{error}"
        )
    };
    pem(
        error(|setup| setup.server.certificates_pem.clear()),
        "server.certificates_pem",
    );
    pem(
        error(|setup| setup.server.key_pem.clear()),
        "server.key_pem",
    );
    pem(
        error(|setup| setup.client_anchors_pem = Some(String::new())),
        "client_anchors_pem",
    );
    let delivery =
        |host: &str, anchors: &str| Some(super::super::DeliverySetup::new(host, 25, anchors));
    pem(
        error(|setup| {
            setup.deliver_to = Some(super::super::DeliverySetup::new("localhost", 25, ""))
        }),
        "deliver_to.anchors_pem",
    );
    let mut wrong_host = setup(MailSecurity::StartTls);
    wrong_host.deliver_to = delivery("a b", &world().authority.pem());
    assert!(matches!(
        MailRelaySimulator::start(wrong_host).err(),
        Some(SimulatorError::Host("deliver_to.host"))
    ));
    assert!(matches!(
        error(|setup| setup.issuer = Some(MailCredential {
            certificates_pem: String::new(),
            key_pem: String::new()
        })),
        SimulatorError::Issuer("issuer")
    ));
    assert!(matches!(
        error(|setup| setup.drop = Some("/dev/null/x".into())),
        SimulatorError::Folder(_)
    ));
    assert!(matches!(
        error(|setup| setup.receipts.sender = "nobody".to_owned()),
        SimulatorError::Address("receipts.sender")
    ));
    let taken = plain(|_| {});
    let mut same = setup(MailSecurity::None);
    same.address = taken.address();
    assert!(matches!(
        MailRelaySimulator::start(same).err(),
        Some(SimulatorError::Listen(_))
    ));
}
