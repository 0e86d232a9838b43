// SPDX-License-Identifier: Apache-2.0
//! The dialogue with a relay ended at every point, and what is known of the mail then.

use std::time::Duration;

use silta_gateway::outbound::{
    Blocking, Mail, MailClient, MailCredentials, MailRelay, MailSecurity, Phase, SecretText,
};

use super::{
    certificates::Authority,
    mail_relay::{CUT, Manners, SILENCE, described, relay},
    server::{Fact, PATIENCE, Server, at_once},
};

/// Enough, on a busy machine, for all that comes before the silence. Cases are tried at once, so that this is waited for once.
const SHORT: Duration = Duration::from_secs(5);

fn client(
    authority: &Authority,
    server: &Server<super::mail_relay::Heard>,
    connect_timeout: Duration,
) -> MailClient {
    MailClient::new(MailRelay {
        credentials: Some(MailCredentials {
            user: "silta".to_owned(),
            password: SecretText::new("hush"),
        }),
        connect_timeout,
        ..described(authority, server, MailSecurity::StartTls)
    })
    .unwrap()
}

fn outcome(client: &MailClient, body: usize, timeout: Duration) -> Fact {
    let line = [vec![b'x'; 98], b"\r\n".to_vec()].concat();
    let mail = Mail {
        body: line.repeat(body / 100).into(),
        timeout,
        ..Mail::new("", vec!["a@example.fi".to_owned()])
    };
    Fact::of_mail(&Blocking::new().unwrap().send_mail(client, mail))
}

fn manners(authority: &Authority) -> Manners {
    Manners {
        tls: Some(authority.localhost()),
        offers: vec!["STARTTLS", "AUTH PLAIN"],
        ..Manners::default()
    }
}

#[test]
fn before_the_content_nothing_is_sent() {
    let authority = Authority::new();
    let not_sent = |code| Fact::NotSent(Phase::Dialogue, code);
    let steps = [
        "greeting", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA",
    ];
    at_once(steps, |step| {
        #[rustfmt::skip]
        let rows = [
            (CUT, not_sent("connection.closed")),
            ("HTTP/1.1 400 Bad Request", not_sent("relay.not-smtp")),
            (SILENCE, match step { "MAIL" | "RCPT" | "DATA" => not_sent("answer.timeout"), _ => not_sent("connect.timeout") }),
        ];
        at_once(rows, |(said, expected)| {
            let server = relay(Manners {
                says: vec![(step, said)],
                ..manners(&authority)
            });
            let limit = |code| match expected == not_sent(code) {
                true => SHORT,
                false => PATIENCE,
            };
            let client = client(&authority, &server, limit("connect.timeout"));
            let outcome = outcome(&client, 100, limit("answer.timeout"));
            assert_eq!(outcome, expected, "{step}: {said}");
            assert!(server.told().content.is_none());
        });
    });
}

#[test]
fn refusals_before_a_mail_begins_are_no_answer_to_it() {
    let authority = Authority::new();
    for (step, said, code) in [
        ("greeting", "554 5.7.1 not you", "relay.refused"),
        ("EHLO", "550 5.7.1 not you", "relay.refused"),
        // Greeted by HELO then, which offers nothing to protect the mail with.
        ("EHLO", "502 5.5.1 what", "relay.lacks"),
        ("STARTTLS", "454 4.7.0 not now", "relay.refused"),
        ("AUTH", "535 5.7.8 no", "relay.refused"),
    ] {
        let server = relay(Manners {
            says: vec![(step, said)],
            ..manners(&authority)
        });
        let client = client(&authority, &server, PATIENCE);
        let refused = Fact::NotSent(Phase::Dialogue, code);
        assert_eq!(outcome(&client, 100, PATIENCE), refused, "{step}: {said}");
    }
}

/// A code that a command cannot have is no consent, whatever it says elsewhere.
#[test]
fn replies_out_of_place_are_no_consent() {
    let authority = Authority::new();
    #[rustfmt::skip]
    let rows = [
        ("MAIL", "354 go on", Fact::NotSent(Phase::Dialogue, "relay.not-smtp")),
        ("RCPT", "354 go on", Fact::NotSent(Phase::Dialogue, "relay.not-smtp")),
        ("DATA", "250 ok", Fact::NotSent(Phase::Dialogue, "relay.not-smtp")),
        ("content", "354 go on", Fact::Unknown(Phase::AwaitAnswer, "relay.not-smtp")),
    ];
    for (step, said, expected) in rows {
        let server = relay(Manners {
            says: vec![(step, said)],
            ..manners(&authority)
        });
        let client = client(&authority, &server, PATIENCE);
        assert_eq!(outcome(&client, 100, PATIENCE), expected, "{step}");
    }
}

#[test]
fn once_the_content_has_begun_nobody_knows() {
    let authority = Authority::new();
    let large = 12 << 20;
    for (cut_at, body, phase) in [
        (0, large, Phase::SendBody),
        (1, large, Phase::SendBody),
        (100_000, large, Phase::SendBody),
    ] {
        let server = relay(Manners {
            cut_content_at: Some(cut_at),
            ..manners(&authority)
        });
        let client = client(&authority, &server, PATIENCE);
        let cut = Fact::Unknown(phase, "connection.closed");
        assert_eq!(outcome(&client, body, PATIENCE), cut, "{cut_at}");
    }
    let cases = [
        (CUT, "connection.closed", PATIENCE),
        (SILENCE, "answer.timeout", SHORT),
        ("what", "relay.not-smtp", PATIENCE),
        ("250-half", "answer.timeout", SHORT),
    ];
    at_once(cases, |(said, code, timeout)| {
        let server = relay(Manners {
            says: vec![("content", said)],
            ..manners(&authority)
        });
        let client = client(&authority, &server, PATIENCE);
        let unknown = Fact::Unknown(Phase::AwaitAnswer, code);
        assert_eq!(outcome(&client, 100, timeout), unknown, "{said}");
    });
}
