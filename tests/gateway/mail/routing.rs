// SPDX-License-Identifier: Apache-2.0
use std::sync::Arc;

use silta_gateway::{
    Gateway, Inbox, Listener, ListenerError, MailListenerConfig, MailListenerSetup, MailProtocol,
    ServedAgency,
};
use silta_store::MemoryStore;

use super::{
    relay::Relay,
    scene::{Scene, config, mail, refused},
};
use crate::{
    gateway::scene::taken,
    support::host::{Borrowed, host, rogue},
};

/// Two agencies, `one` and `two`, of which the latter has no room for events.
struct Two {
    listener: Listener,
    inbox: Arc<MemoryStore>,
    _gateway: Gateway,
    _host: Borrowed,
}

impl Two {
    fn of(protocol: MailProtocol) -> Self {
        let host = host();
        let agency = host.rogue(rogue());
        let inbox = Arc::new(MemoryStore::default());
        let served = |id: &str| ServedAgency::new(id, agency.clone(), 4);
        let setup = MailListenerSetup::new(
            MailListenerConfig {
                protocol,
                ..config()
            },
            inbox.clone(),
        );
        let setup = setup
            .serve(
                served("one"),
                vec![
                    "a@one.example".parse().unwrap(),
                    "b@one.example".parse().unwrap(),
                ],
            )
            .serve(served("two"), vec!["@two.example".parse().unwrap()]);
        let gateway = Gateway::new().unwrap();
        Self {
            listener: gateway.listen_for_mail(setup).unwrap(),
            inbox,
            _gateway: gateway,
            _host: host,
        }
    }

    fn agencies(&self) -> Vec<String> {
        let taken = taken(&*self.inbox).into_iter();
        taken.map(|entry| entry.agency).collect()
    }
}

#[test]
fn a_recipient_has_one_agency() {
    let scene = Scene::new();
    let mut relay = scene.relay();
    relay.command("MAIL FROM:<notify@relay.example>");
    for (recipient, codes) in [
        ("box@rogue.example", "250 2.1.5"),
        ("BOX@ROGUE.example", "250 2.1.5"),
        ("who.ever@all.rogue.example", "250 2.1.5"),
        ("box@other.example", "550 5.1.1"),
        ("bo@rogue.example", "550 5.1.1"),
        ("box@sub.all.rogue.example", "550 5.1.1"),
        ("postmaster", "550 5.1.1"),
        ("\"box\"@rogue.example", "550 5.1.1"),
        ("@relay.example:box@rogue.example", "250 2.1.5"),
    ] {
        assert_eq!(
            relay.codes(&format!("RCPT TO:<{recipient}>")),
            codes,
            "{recipient}"
        );
    }
}

#[test]
fn a_mail_for_several_agencies_is_given_to_each_once() {
    let scene = Two::of(MailProtocol::Smtp);
    let mut relay = Relay::greeted(scene.listener.address());
    relay.begin(
        "notify@relay.example",
        &[
            "a@one.example",
            "x@two.example",
            "b@one.example",
            "a@one.example",
        ],
    );
    assert_eq!(
        relay.command(&format!("{}\r\n.", mail("line"))),
        "250 2.0.0 taken"
    );
    assert_eq!(scene.agencies(), ["one", "two"]);
    relay.begin(
        "echo@relay.example",
        &["a@one.example", "b@one.example", "a@one.example"],
    );
    let reply = relay.command("\r\n.");
    assert!(
        reply.contains(r#""recipients":["a@one.example","b@one.example"]"#),
        "{reply}"
    );
    // The worst reply counts: the relay sends again, and who had it knows it.
    relay.begin(
        "blame-us@relay.example",
        &["a@one.example", "x@two.example"],
    );
    assert!(relay.command("\r\n.").starts_with("451"));
}

#[test]
fn lmtp_replies_for_each_recipient() {
    let scene = Two::of(MailProtocol::Lmtp);
    let mut relay = Relay::connect(scene.listener.address());
    assert_eq!(relay.codes("EHLO relay"), "500 5.5.1");
    assert_eq!(relay.codes("HELO relay"), "500 5.5.1");
    assert!(relay.command("LHLO relay").contains("PIPELINING"));
    assert!(
        relay
            .command("MAIL FROM:<notify@relay.example>")
            .starts_with("250")
    );
    assert_eq!(relay.codes("RCPT TO:<c@one.example>"), "550 5.1.1");
    // RFC 2033 §4.2.
    assert_eq!(relay.codes("DATA"), "503 5.5.1");
    for recipient in ["a@one.example", "x@two.example", "a@one.example"] {
        assert!(
            relay
                .command(&format!("RCPT TO:<{recipient}>"))
                .starts_with("250")
        );
    }
    assert!(relay.command("DATA").starts_with("354"));
    relay.send(format!("{}\r\n.\r\nNOOP\r\n", mail("line")));
    let replies: Vec<_> = (0..4).map(|_| relay.reply()).collect();
    assert_eq!(
        replies,
        [
            "250 2.0.0 taken",
            "250 2.0.0 taken",
            "250 2.0.0 taken",
            "250 2.0.0 ok"
        ]
    );
    assert_eq!(scene.agencies(), ["one", "two"]);
}

#[test]
fn lmtp_says_for_each_recipient_what_is_refused() {
    let scene = Scene::lmtp();
    let mut relay = Relay::connect(scene.address());
    relay.command("LHLO relay");
    relay.begin(
        "blame-us@relay.example",
        &["box@rogue.example", "x@all.rogue.example"],
    );
    relay.send("one\r\n.\r\n");
    for _ in 0..2 {
        assert!(relay.reply().starts_with("451 4.3.0 "));
    }
    assert_eq!(relay.codes("NOOP"), "250 2.0.0");
}

#[test]
fn what_cannot_work_does_not_start() {
    let host = host();
    let agency = host.rogue(rogue());
    let inbox: Arc<dyn Inbox> = Arc::new(MemoryStore::default());
    let served = |id: &str| ServedAgency::new(id, agency.clone(), 4);
    let setup = |config| {
        let recipients = vec!["@rogue.example".parse().unwrap()];
        MailListenerSetup::new(config, inbox.clone()).serve(served("one"), recipients)
    };
    let told = |config| refused(setup(config)).to_string();
    let without = |config: MailListenerConfig| MailListenerConfig {
        relays: Vec::new(),
        ..config
    };
    assert!(told(without(config())).contains("`relays`"));
    let required = MailListenerConfig {
        require_tls: true,
        identity: None,
        ..config()
    };
    assert!(told(required).contains("`certificates`"));
    let named = MailListenerConfig {
        host_name: Some("a b".into()),
        ..config()
    };
    assert!(told(named).contains("host name"));
    let mut limited = config();
    limited.limits.recipients = 0;
    assert_eq!(
        told(limited),
        "the limit recipients is 0 and has to be 1 to 1000"
    );
    let twice = setup(config()).serve(served("two"), vec!["@ROGUE.example".parse().unwrap()]);
    let twice = refused(twice);
    assert!(
        matches!(&twice, ListenerError::RecipientTwice { agencies, .. } if *agencies == ["one", "two"]),
        "{twice}"
    );
    let nobody = refused(MailListenerSetup::new(config(), inbox.clone()));
    assert!(matches!(nobody, ListenerError::NoRecipients));
}
