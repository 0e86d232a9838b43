// SPDX-License-Identifier: Apache-2.0
//! Each misbehaviour of the relay, as a client meets it.

use std::time::Instant;

use super::super::{Misbehaviour, Script};
use super::*;

fn script(texts: &[&str]) -> Script {
    texts.iter().fold(Script::new(), |script, text| {
        script.once(text.parse().unwrap())
    })
}

fn misbehaving(text: &str) -> MailRelaySimulator {
    plain(|setup| setup.script = script(&[text]))
}

#[test]
fn greylisting_lets_in_who_comes_again() {
    let relay = plain(|setup| setup.script = Script::new().always(Misbehaviour::Greylist));
    let recipient = format!("RCPT TO:<{MAILBOX}>");
    for reply in ["450 4.2.0 ", "250 "] {
        let mut client = Client::connect(&relay);
        client.say("EHLO a");
        client.say(&format!("MAIL FROM:<a@{DOMAIN}>"));
        assert!(client.say(&recipient).starts_with(reply));
        let mut other = Client::connect(&relay);
        other.say("EHLO a");
        other.say(&format!("MAIL FROM:<b@{DOMAIN}>"));
        assert!(other.say(&recipient).starts_with(reply));
    }
    let records = relay.take_received(PATIENCE);
    assert_eq!(records[0].verdict, Verdict::Unjudged);
    assert_eq!(
        (records[0].code, &records[0].misbehaviours[..]),
        (Some(450), &["greylist"][..])
    );
    assert_eq!(
        send(&misbehaving("reject-content"), &mail()),
        "554 5.3.0 Refused\r\n"
    );
}

#[test]
fn each_step_is_refused_once() {
    for (text, steps) in [
        ("reject-mail=451", ["451 4.3.0 ", "503 ", "503 "]),
        ("reject-rcpt=552", ["250 ", "552 5.3.0 ", "503 "]),
        ("reject-data", ["250 ", "250 ", "451 4.3.0 "]),
    ] {
        let relay = misbehaving(text);
        let mut client = Client::connect(&relay);
        client.say("EHLO a");
        let lines = [
            format!("MAIL FROM:<a@{DOMAIN}>"),
            format!("RCPT TO:<{MAILBOX}>"),
            "DATA".to_owned(),
        ];
        for (line, reply) in lines.iter().zip(steps) {
            let said = client.say(line);
            assert!(said.starts_with(reply), "{text}, {line}: {said}");
        }
        let record = only(relay.take_received(PATIENCE));
        assert_eq!(record.verdict, Verdict::Unjudged);
        assert_eq!(
            record
                .code
                .map(|code| steps.iter().any(|step| step.starts_with(&code.to_string()))),
            Some(true)
        );
        assert!(send(&relay, &mail()).starts_with("250 "), "{text}");
    }
    let relay = misbehaving("reject-content=452");
    assert!(send(&relay, &mail()).starts_with("452 4.3.0 "));
    assert!(send(&relay, &mail()).starts_with("250 "));
    let records = relay.take_received(PATIENCE);
    assert!(
        !records[1].is_repeated,
        "a mail that was refused was not taken"
    );
}

#[test]
fn breaches_are_no_occasion() {
    let relay = plain(|setup| setup.script = script(&["reject-content=452", "reject-mail"]));
    let mut client = Client::connect(&relay);
    client.say("EHLO a");
    assert!(
        client
            .say("MAIL FROM:<a@elsewhere.example>")
            .starts_with("550 5.7.1 ")
    );
    assert!(
        client
            .say(&format!("MAIL FROM:<a@{DOMAIN}>"))
            .starts_with("550 5.3.0 ")
    );
    assert!(send(&relay, &without("Date")).starts_with("554 5.6.0 "));
    assert!(send(&relay, &mail()).starts_with("452 "));
}

#[test]
fn a_mail_whose_reply_is_lost_is_kept() {
    let relay = misbehaving("lost-reply");
    assert_eq!(send(&relay, &mail()), "");
    assert!(send(&relay, &mail()).starts_with("250 "));
    let records = relay.take_received(PATIENCE);
    assert_eq!(
        records
            .iter()
            .map(|record| (record.verdict, record.is_repeated))
            .collect::<Vec<_>>(),
        [(Verdict::Accepted, false), (Verdict::Accepted, true)]
    );
    assert_eq!(records[0].misbehaviours, ["lost-reply"]);
    assert_eq!(deliveries(&relay).len(), 4, "both have their receipts");
}

#[test]
fn a_mail_that_is_cut_off_is_not_kept() {
    let relay = misbehaving("drop-in-data=20");
    assert_eq!(send(&relay, &mail()), "");
    let record = only(relay.take_received(PATIENCE));
    assert_eq!((record.verdict, record.size), (Verdict::Broken, 0));
    assert!(deliveries(&relay).is_empty());
}

#[test]
fn replies_may_be_slow_and_late() {
    let relay = misbehaving("slow=0.2");
    let begun = Instant::now();
    let mut client = Client::connect(&relay);
    assert!(client.greeting.starts_with("220 "));
    assert!(begun.elapsed() >= Duration::from_millis(200));
    client.say("QUIT");
    let relay = misbehaving("hang=0.3");
    let mut client = Client::connect(&relay);
    client.begin(MAILBOX);
    let begun = Instant::now();
    assert!(client.content(&mail()).starts_with("250 "));
    assert!(begun.elapsed() >= Duration::from_millis(300));
    assert_eq!(
        only(relay.take_received(PATIENCE)).verdict,
        Verdict::Accepted
    );
}

#[test]
fn replies_may_be_of_several_lines_and_odd() {
    let relay = misbehaving("multiline");
    let mut client = Client::connect(&relay);
    client.say("EHLO a");
    let said = client.say(&format!("MAIL FROM:<a@{DOMAIN}>"));
    assert_eq!(said.matches("250").count(), 3, "{said}");
    assert!(said.ends_with("\r\n250 2.1.0 \r\n"), "{said}");
    assert_eq!(
        send(&misbehaving("odd-code"), &mail()),
        "259 2.0.0 Taken\r\n"
    );
    let relay = misbehaving("mixed-codes");
    assert_eq!(
        send(&relay, &mail()),
        "250-2.0.0 Taken\r\n550 5.0.0 or not\r\n"
    );
    assert_eq!(
        only(relay.take_received(PATIENCE)).verdict,
        Verdict::Accepted
    );
}

#[test]
fn tls_may_be_missing_or_refused() {
    let mut setup = setup(MailSecurity::StartTls);
    setup.script = script(&["no-starttls", "starttls-refused"]);
    let relay = MailRelaySimulator::start(setup).unwrap();
    let mut client = Client::connect(&relay);
    assert!(!client.say("EHLO a").contains("STARTTLS"));
    assert!(client.say("STARTTLS").starts_with("502 "));
    let mut client = Client::connect(&relay);
    assert!(client.say("EHLO a").contains("STARTTLS"));
    assert!(client.say("STARTTLS").starts_with("454 4.7.0 "));
    assert!(Client::start_tls(&relay, None).is_ok());
}

#[test]
fn certificates_may_be_wrong() {
    let mut setup = setup(MailSecurity::StartTls);
    let authority = &world().authority;
    setup.issuer = Some(MailCredential {
        certificates_pem: authority.pem(),
        key_pem: authority.key_pem(),
    });
    setup.script = script(&["wrong-name", "wrong-authority"]);
    let relay = MailRelaySimulator::start(setup).unwrap();
    let error = || Client::start_tls(&relay, None).err().unwrap().to_string();
    let wrong_name = error();
    assert!(wrong_name.contains("name"), "{wrong_name}");
    assert!(error().contains("UnknownIssuer"));
    assert!(Client::start_tls(&relay, None).is_ok());
    refused_handshakes(&relay, 2);
}

#[test]
fn the_relay_closes_at_every_command() {
    for step in ["greeting", "ehlo", "mail", "rcpt", "data", "content"] {
        let relay = misbehaving(&format!("closing={step}"));
        let mut client = Client::connect(&relay);
        let mut said = vec![client.greeting.clone()];
        for line in [
            "EHLO a".to_owned(),
            format!("MAIL FROM:<a@{DOMAIN}>"),
            format!("RCPT TO:<{MAILBOX}>"),
            "DATA".to_owned(),
            mail().trim_end().to_owned(),
        ] {
            said.push(client.say(&line));
        }
        let place = ["greeting", "ehlo", "mail", "rcpt", "data", "content"]
            .iter()
            .position(|name| *name == step)
            .unwrap();
        assert!(said[place].starts_with("421 4.3.2 "), "{step}: {said:?}");
        assert!(
            said[place + 1..].iter().all(String::is_empty),
            "{step}: {said:?}"
        );
        assert!(
            said[..place]
                .iter()
                .all(|reply| reply.starts_with(['2', '3'])),
            "{step}: {said:?}"
        );
        // What goes wrong before a mail has its record too.
        if place < 2 {
            drop(client);
            let record = only(relay.take_received(PATIENCE));
            assert_eq!((record.verdict, record.code), (Verdict::Unjudged, None));
            assert_eq!(record.misbehaviours, ["closing"]);
        } else {
            assert_eq!(
                only(relay.take_received(PATIENCE)).code,
                Some(421),
                "{step}"
            );
        }
        assert!(send(&relay, &mail()).starts_with("250 "));
    }
    let mut setup = setup(MailSecurity::StartTls);
    setup.script = script(&["closing=starttls"]);
    let relay = MailRelaySimulator::start(setup).unwrap();
    let mut client = Client::connect(&relay);
    client.say("EHLO a");
    assert!(client.say("STARTTLS").starts_with("421 "));
}
