// SPDX-License-Identifier: Apache-2.0
use std::time::SystemTime;

use rcgen::{CertificateParams, KeyPair};
use silta::{AnchorSet, TrustStore};
use silta_gateway::{MailListenerConfig, ServerIdentity};

use super::{
    relay::{Relay, certified},
    scene::{Scene, config, mail},
};
use crate::{
    gateway::scene::server,
    support::keys::{Pair, ecdsa, rsa},
};

const BOX: &str = "box@rogue.example";

#[test]
fn after_starttls_everything_begins_anew() {
    let scene = Scene::new();
    let mut relay = scene.relay();
    assert!(
        relay
            .command("MAIL FROM:<notify@relay.example>")
            .starts_with("250")
    );
    assert_eq!(relay.codes("STARTTLS"), "220 2.0.0");
    let mut relay = relay.secure(None);
    assert_eq!(relay.codes("RCPT TO:<box@rogue.example>"), "503 5.5.1");
    assert_eq!(relay.codes("MAIL FROM:<notify@relay.example>"), "503 5.5.1");
    assert!(!relay.command("EHLO relay").contains("STARTTLS"));
    assert_eq!(relay.codes("STARTTLS"), "503 5.5.1");
    let reply = relay.mail("echo@relay.example", BOX, "");
    assert!(
        reply.contains(r#""tls":"TLSv1.3""#) && reply.contains(r#""peer":null"#),
        "{reply}"
    );
    assert!(
        reply.contains(r#""address":"127.0.0.1""#) && reply.contains(r#""allowed":true"#),
        "{reply}"
    );
}

#[test]
fn what_came_before_tls_is_thrown_away() {
    let scene = Scene::new();
    let mut relay = scene.relay();
    // Somebody in between has put a command behind STARTTLS.
    relay.send("STARTTLS\r\nEHLO evil\r\nMAIL FROM:<notify@evil.example>\r\nRCPT TO:<box@rogue.example>\r\n");
    assert!(relay.reply().starts_with("220 "));
    let mut relay = relay.secure(None);
    // The first reply within TLS is to what came within TLS.
    assert_eq!(relay.codes("RCPT TO:<box@rogue.example>"), "503 5.5.1");
    assert!(
        relay
            .command("EHLO relay")
            .starts_with("250-mail.rogue.example")
    );
    assert_eq!(
        relay.mail("notify@relay.example", BOX, &mail("one")),
        "250 2.0.0 taken"
    );
    assert_eq!(scene.keys(), ["called/one"]);
}

#[test]
fn tls_can_be_required() {
    let scene = Scene::of(MailListenerConfig {
        require_tls: true,
        ..config()
    });
    let mut relay = scene.relay();
    assert_eq!(relay.codes("MAIL FROM:<notify@relay.example>"), "530 5.7.0");
    assert_eq!(relay.codes("NOOP"), "250 2.0.0");
    assert!(relay.command("STARTTLS").starts_with("220"));
    let mut relay = relay.secure(None);
    relay.command("EHLO relay");
    assert_eq!(
        relay.mail("notify@relay.example", BOX, &mail("one")),
        "250 2.0.0 taken"
    );
}

#[test]
fn a_certificate_is_handed_to_the_component() {
    let relay_key = ecdsa();
    let anchors = AnchorSet::new()
        .with_pins_pem(relay_key.certificate.as_bytes())
        .unwrap();
    let scene = Scene::trusting(config(), TrustStore::new().with("customs", anchors));
    let seen = |pair| {
        let mut relay = scene.relay();
        assert!(relay.command("STARTTLS").starts_with("220"));
        let mut relay = relay.secure(Some(pair));
        relay.command("EHLO relay");
        relay.mail("echo@relay.example", BOX, "")
    };
    let known = seen(&relay_key);
    assert!(known.contains(r#""peer":{"fingerprint":""#), "{known}");
    let other = seen(rsa());
    assert!(other.contains(r#""peer":{"refused":""#), "{other}");
}

#[test]
fn where_nobody_can_tell_whether_a_key_is_held_no_mail_is_taken() {
    let scene = Scene::new();
    let mut relay = scene.relay();
    assert!(relay.command("STARTTLS").starts_with("220"));
    let unreadable = certified(vec![b"no certificate".to_vec().into()], &ecdsa());
    let mut relay = relay.secure_as(server(), Some(unreadable));
    relay.command("EHLO relay");
    let reply = relay.command("MAIL FROM:<notify@relay.example>");
    assert!(
        reply.starts_with("550 5.7.4 ") && reply.contains("X.509"),
        "{reply}"
    );
    assert_eq!(relay.codes("QUIT"), "221 2.0.0");
}

#[test]
fn a_renewed_certificate_is_shown_from_the_next_handshake_on() {
    let scene = Scene::new();
    let before = scene.relay();
    assert_eq!(scene.listener.validities().len(), 1);
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(["localhost".to_owned()]).unwrap();
    let other = Pair {
        certificate: params.self_signed(&key).unwrap().pem(),
        key: key.serialize_pem(),
    };
    let (certificate, key) = (other.certificate.as_bytes(), other.key.as_bytes());
    let identity = ServerIdentity::read(certificate, key, SystemTime::now());
    scene.listener.renew(identity.unwrap());
    for mut relay in [before, scene.relay()] {
        assert!(relay.command("STARTTLS").starts_with("220"));
        let mut relay = relay.secure_as(&other, None);
        assert!(relay.command("EHLO relay").starts_with("250"));
    }
}

#[test]
fn a_handshake_that_is_none_ends_the_connection() {
    let scene = Scene::new();
    let mut relay = Relay::greeted(scene.address());
    assert!(relay.command("STARTTLS").starts_with("220"));
    relay.send("MAIL FROM:<notify@relay.example>\r\n");
    relay.says_no_more();
    let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| relay.ends()));
    // An alert may come, and no reply of mail.
    drop(ended);
    assert_eq!(scene.keys(), [""; 0]);
}
