// SPDX-License-Identifier: Apache-2.0
//! Mails that arrive, and relays that say no.

use std::time::Duration;

use silta_gateway::outbound::{
    Blocking, EnhancedCode, Fault, Mail, MailAnswer, MailClient, MailCredentials, MailOutcome,
    MailRelay, MailSecurity, MailStage, SecretText,
};

use super::{
    certificates::Authority,
    mail_relay::{Manners, client, described, relay},
    server::PATIENCE,
};

pub(super) fn mail(recipients: &[&str]) -> Mail {
    Mail {
        headers: vec![
            ("Subject".to_owned(), "one\r\n two".to_owned()),
            ("Message-ID".to_owned(), "<1@example.fi>".to_owned()),
        ],
        body: b".hidden\r\nline\r\n..\r\nlast".to_vec().into(),
        timeout: PATIENCE,
        ..Mail::new(
            "from@example.fi",
            recipients.iter().map(|to| (*to).to_owned()).collect(),
        )
    }
}

pub(super) fn with_tls(authority: &Authority, offers: &[&'static str]) -> Manners {
    Manners {
        tls: Some(authority.localhost()),
        offers: offers.to_vec(),
        ..Manners::default()
    }
}

pub(super) fn send(client: &MailClient, mail: Mail) -> MailOutcome {
    Blocking::new().unwrap().send_mail(client, mail)
}

#[track_caller]
pub(super) fn answered(client: &MailClient, mail: Mail) -> MailAnswer {
    match send(client, mail) {
        MailOutcome::Answered(answer) => answer,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_mail_arrives_as_it_is_by_each_way() {
    let authority = Authority::new();
    let start_tls = with_tls(&authority, &["STARTTLS", "SIZE 1000"]);
    let implicit = Manners {
        is_implicit: true,
        ..with_tls(&authority, &["SIZE 1000"])
    };
    let plain = Manners {
        offers: vec!["SIZE 1000"],
        ..Manners::default()
    };
    for (manners, security) in [
        (start_tls, MailSecurity::StartTls),
        (implicit, MailSecurity::Implicit),
        (plain, MailSecurity::PlainOnLoopback),
    ] {
        let server = relay(manners);
        let answer = answered(
            &client(&authority, &server, security),
            mail(&["a@example.fi", "b@example.fi"]),
        );
        assert!(answer.is_accepted());
        assert_eq!(answer.reply.code, 250);
        assert_eq!(answer.reply.text, "queued as 1");
        let success = EnhancedCode {
            class: 2,
            subject: 0,
            detail: 0,
        };
        assert_eq!(answer.reply.enhanced, Some(success));
        assert_eq!(answer.recipients.len(), 2);
        let heard = server.told();
        let text = "Subject: one\r\n two\r\nMessage-ID: <1@example.fi>\r\n\r\n.hidden\r\nline\r\n..\r\nlast\r\n";
        assert_eq!(heard.content.as_deref(), Some(text));
        let hello = "EHLO [127.0.0.1]";
        let begin: &[&str] = match security {
            MailSecurity::StartTls => &[hello, "STARTTLS", "TLS", hello],
            _ => &[hello],
        };
        let sender = format!("MAIL FROM:<from@example.fi> SIZE={}", text.len());
        let rest = [
            sender.as_str(),
            "RCPT TO:<a@example.fi>",
            "RCPT TO:<b@example.fi>",
            "DATA",
            "QUIT",
        ];
        assert_eq!(heard.commands, [begin, &rest].concat());
    }
}

#[test]
fn each_recipient_has_its_reply() {
    let authority = Authority::new();
    let refusing = |says: &[(&'static str, &'static str)]| Manners {
        says: says.to_vec(),
        ..with_tls(&authority, &["STARTTLS"])
    };
    let both = mail(&["a@example.fi", "b@example.fi"]);

    // One of two: the other one gets it.
    let server = relay(refusing(&[(
        "RCPT TO:<a@",
        "550-5.1.1 no\r\n550 5.1.1 such user",
    )]));
    let answer = answered(
        &client(&authority, &server, MailSecurity::StartTls),
        both.clone(),
    );
    assert!(answer.is_accepted());
    let [a, b] = &answer.recipients[..] else {
        panic!("{answer:?}")
    };
    assert_eq!((a.recipient.as_str(), a.reply.code), ("a@example.fi", 550));
    assert_eq!(a.reply.to_string(), "550 5.1.1 no such user");
    assert_eq!((b.recipient.as_str(), b.reply.code), ("b@example.fi", 250));
    assert!(server.told().content.is_some());

    // Nobody: that is an answer, and no content is sent.
    let server = relay(refusing(&[
        ("RCPT TO:<a@", "450 4.2.1 later"),
        ("RCPT TO:<b@", "550 no"),
    ]));
    let answer = answered(
        &client(&authority, &server, MailSecurity::StartTls),
        both.clone(),
    );
    assert!(!answer.is_accepted());
    assert_eq!(
        (answer.stage, answer.reply.code),
        (MailStage::Recipients, 450)
    );
    let heard = server.told();
    assert_eq!(
        (heard.content, heard.commands.last().unwrap().as_str()),
        (None, "QUIT")
    );

    for (command, said, stage, asked) in [
        ("MAIL", "552 5.3.4 too big", MailStage::Sender, 0),
        ("DATA", "451 4.3.0 not now", MailStage::Data, 2),
        ("content", "554 5.7.1 spam", MailStage::Content, 2),
        ("RCPT TO:<b@", "421 4.3.2 closing", MailStage::Recipients, 2),
    ] {
        let server = relay(refusing(&[(command, said)]));
        let answer = answered(
            &client(&authority, &server, MailSecurity::StartTls),
            both.clone(),
        );
        assert!(!answer.is_accepted());
        assert_eq!(
            (answer.stage, answer.reply.to_string()),
            (stage, said.to_owned())
        );
        assert_eq!(answer.recipients.len(), asked);
        assert_eq!(server.told().content.is_some(), stage == MailStage::Content);
    }
}

#[test]
fn a_relay_is_told_who_we_are_within_tls_alone() {
    let authority = Authority::new();
    for (offer, expected) in [
        ("AUTH LOGIN PLAIN", vec!["AUTH PLAIN AHNpbHRhAGh1c2g="]),
        (
            "AUTH CRAM-MD5 LOGIN",
            vec!["AUTH LOGIN", "c2lsdGE=", "aHVzaA=="],
        ),
    ] {
        for (said, is_taken) in [("235 ok", true), ("535 5.7.8 no", false)] {
            let server = relay(Manners {
                says: vec![("AUTH", said)],
                ..with_tls(&authority, &["STARTTLS", offer])
            });
            let own = MailRelay {
                credentials: Some(MailCredentials {
                    user: "silta".to_owned(),
                    password: SecretText::new("hush"),
                }),
                hello_name: Some("gateway.example.fi".to_owned()),
                ..described(&authority, &server, MailSecurity::StartTls)
            };
            assert!(!format!("{own:?}").contains("hush"));
            let client = MailClient::new(own).unwrap();
            let outcome = send(&client, mail(&["a@example.fi"]));
            let shown = format!("{outcome:?} {client:?}");
            assert!(
                !shown.contains("hush") && !shown.contains("aHVzaA"),
                "{shown}"
            );
            match outcome {
                MailOutcome::Answered(answer) => assert!(is_taken && answer.is_accepted()),
                MailOutcome::NotSent(fact) => {
                    assert_eq!((is_taken, fact.fault()), (false, Fault::Configuration));
                    assert!(fact.to_string().contains("535 5.7.8 no"), "{fact}");
                }
                MailOutcome::Unknown(fact) => panic!("{fact}"),
            }
            let heard = server.told().commands;
            let begin = [
                "EHLO gateway.example.fi",
                "STARTTLS",
                "TLS",
                "EHLO gateway.example.fi",
            ];
            let expected = [&begin, &expected[..]].concat();
            assert_eq!(heard[..expected.len()], expected);
        }
    }
}

#[test]
fn reaching_a_relay_goes_up_to_where_a_mail_begins() {
    let authority = Authority::new();
    let server = relay(with_tls(&authority, &["STARTTLS"]));
    let start_tls = client(&authority, &server, MailSecurity::StartTls);
    let reached = Blocking::new().unwrap().reach_relay(&start_tls).unwrap();
    assert_eq!(reached.unwrap().version, "TLSv1_3");
    let heard = server.told();
    let hello = "EHLO [127.0.0.1]";
    assert_eq!(heard.commands, [hello, "STARTTLS", "TLS", hello, "QUIT"]);
}

/// A mail can be sent from whichever thread of a runtime has time.
#[test]
fn a_mail_is_sent_from_any_thread() {
    let authority = Authority::new();
    let server = relay(Manners::default());
    let client = client(&authority, &server, MailSecurity::PlainOnLoopback);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let task = runtime.spawn(async move { client.send(mail(&["a@example.fi"])).await });
    let outcome = runtime.block_on(task).unwrap();
    assert!(matches!(outcome, MailOutcome::Answered(answer) if answer.is_accepted()));
}

/// A relay that does not take leave keeps nobody waiting for long, and changes nothing.
#[test]
fn a_missing_farewell_changes_nothing() {
    let authority = Authority::new();
    for said in [super::mail_relay::CUT, super::mail_relay::SILENCE] {
        let server = relay(Manners {
            says: vec![("QUIT", said)],
            ..Manners::default()
        });
        let own = MailRelay {
            connect_timeout: Duration::from_secs(5),
            ..described(&authority, &server, MailSecurity::PlainOnLoopback)
        };
        let client = MailClient::new(own).unwrap();
        assert!(answered(&client, mail(&["a@example.fi"])).is_accepted());
    }
}
