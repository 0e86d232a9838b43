// SPDX-License-Identifier: Apache-2.0
//! Mails that are not sent, and relays that get none.

use silta_gateway::outbound::{
    Fault, Mail, MailClient, MailOutcome, MailRelay, MailSecurity, Phase, SettingsError,
};

use super::{
    certificates::Authority,
    mail::{answered, mail, send, with_tls},
    mail_relay::{Manners, client, relay},
};

/// Phase, code and fault of a mail that was not sent.
#[track_caller]
fn not_sent(client: &MailClient, mail: Mail) -> (Phase, &'static str, Fault) {
    match send(client, mail) {
        MailOutcome::NotSent(fact) => (fact.phase, fact.reason.code(), fact.fault()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_the_relay_lacks_is_told_before_anything_is_sent() {
    let authority = Authority::new();
    let lacks = (Phase::Dialogue, "relay.lacks", Fault::Configuration);
    let to = |client: &MailClient, mail| not_sent(client, mail);

    // Somebody in between may have taken STARTTLS out of the reply.
    let server = relay(with_tls(&authority, &["8BITMIME"]));
    let start_tls = client(&authority, &server, MailSecurity::StartTls);
    assert_eq!(to(&start_tls, mail(&["a@example.fi"])), lacks);

    let eight_bit = Mail {
        body: "\u{e4}".as_bytes().to_vec().into(),
        ..mail(&["a@example.fi"])
    };
    let utf8 = mail(&["\u{e4}@example.fi"]);
    for (offers, mail, arrives) in [
        (vec![], &eight_bit, false),
        (vec!["8BITMIME"], &eight_bit, true),
        (vec!["8BITMIME"], &utf8, false),
        (vec!["8BITMIME", "SMTPUTF8"], &utf8, true),
    ] {
        let server = relay(Manners {
            offers,
            ..Manners::default()
        });
        let plain = client(&authority, &server, MailSecurity::PlainOnLoopback);
        if arrives {
            assert!(answered(&plain, mail.clone()).is_accepted());
        } else {
            assert_eq!(to(&plain, mail.clone()), lacks);
        }
        assert_eq!(server.told().content.is_some(), arrives);
    }

    for (offer, arrives) in [
        ("SIZE 1002", true),
        ("SIZE 1001", false),
        ("SIZE 0", true),
        ("SIZE", true),
    ] {
        let server = relay(Manners {
            offers: vec![offer],
            ..Manners::default()
        });
        let plain = client(&authority, &server, MailSecurity::PlainOnLoopback);
        // With the empty line that ends the header: 1,002 bytes.
        let sized = Mail {
            headers: Vec::new(),
            body: b"x"
                .repeat(998)
                .into_iter()
                .chain(*b"\r\n")
                .collect::<Vec<_>>()
                .into(),
            ..mail(&["a@example.fi"])
        };
        if arrives {
            assert!(answered(&plain, sized).is_accepted());
        } else {
            let too_large = (Phase::Dialogue, "relay.too-large", Fault::Configuration);
            assert_eq!(to(&plain, sized), too_large);
        }
    }
}

/// What somebody in between puts after the consent to TLS would be taken for what the relay says within it.
#[test]
fn what_comes_between_the_consent_and_tls_ends_the_connection() {
    let authority = Authority::new();
    let server = relay(Manners {
        says: vec![(
            "STARTTLS",
            "220 ready\r\n250-relay.example\r\n250 AUTH PLAIN",
        )],
        ..with_tls(&authority, &["STARTTLS"])
    });
    let client = client(&authority, &server, MailSecurity::StartTls);
    let early = (Phase::Tls, "relay.early-bytes", Fault::Counterparty);
    assert_eq!(not_sent(&client, mail(&["a@example.fi"])), early);
}

#[test]
fn a_relay_that_is_not_the_right_one_gets_nothing() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    for is_implicit in [true, false] {
        let security = match is_implicit {
            true => MailSecurity::Implicit,
            false => MailSecurity::StartTls,
        };
        let server = relay(Manners {
            is_implicit,
            ..with_tls(&stranger, &["STARTTLS"])
        });
        let untrusting = client(&authority, &server, security);
        let untrusted = (Phase::Tls, "tls.not-trusted", Fault::Configuration);
        assert_eq!(not_sent(&untrusting, mail(&["a@example.fi"])), untrusted);
        assert!(server.told().content.is_none());
    }
}

#[test]
fn without_tls_mail_stays_on_this_machine() {
    let plain = |host: &str| {
        MailClient::new(MailRelay {
            trust: Some(Authority::new().trust()),
            ..MailRelay::new(host, 25, MailSecurity::PlainOnLoopback)
        })
    };
    for host in ["localhost", "LOCALHOST", "127.0.0.1", "127.1.2.3", "::1"] {
        assert!(plain(host).is_ok(), "{host}");
    }
    for host in ["relay.example", "localhost.example", "192.0.2.1", "::2"] {
        let refused = SettingsError::PlainRelay(host.to_owned());
        assert_eq!(plain(host).err(), Some(refused));
    }
    for host in ["", "a b", "a\r\nb"] {
        let refused = SettingsError::RelayHost(host.to_owned());
        assert_eq!(plain(host).err(), Some(refused));
    }
    let hello = MailClient::new(MailRelay {
        hello_name: Some("a\r\nMAIL FROM:<>".to_owned()),
        ..MailRelay::new("localhost", 25, MailSecurity::PlainOnLoopback)
    });
    assert!(matches!(hello, Err(SettingsError::HelloName(_))));
}

#[test]
fn a_mail_that_is_none_is_refused_before_connecting() {
    let authority = Authority::new();
    let server = relay(Manners::default());
    let client = client(&authority, &server, MailSecurity::PlainOnLoopback);
    let bare = Mail {
        body: b"a\nb".to_vec().into(),
        ..mail(&["a@example.fi"])
    };
    let header = Mail {
        headers: vec![("A".to_owned(), "1\r\nBcc: c@d".to_owned())],
        ..mail(&["a@example.fi"])
    };
    for (mail, code) in [
        (bare, "request.content"),
        (header, "request.header"),
        (mail(&["a@b>\r\nRCPT TO:<c@d"]), "request.address"),
        (mail(&[]), "request.address"),
    ] {
        assert_eq!(
            not_sent(&client, mail),
            (Phase::Prepare, code, Fault::Caller)
        );
    }
    assert!(server.is_untouched());
}
