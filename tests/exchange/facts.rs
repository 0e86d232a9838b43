// SPDX-License-Identifier: Apache-2.0
//! What a component hands out of an answer, and what it is told of a mail.

use silta::{AnchorSet, TrustStore, exchange::CertificateChain, observe::hexadecimal};

use super::*;
use crate::support::keys::{self, Pair};

#[test]
fn an_event_names_the_request_that_it_is_about() {
    let host = host();
    let agency = host.rogue(rogue());
    let about = |event| {
        worded(&agency, event, None).unwrap().events[0]
            .about
            .clone()
    };
    assert_eq!(about(json!({"event": "{}"})), None);
    let named = about(json!({"event": "{}", "about": "R-1"}));
    assert_eq!(named.as_deref(), Some("R-1"));
    for data in ["", "[]", r#"{"a": 1, "a": 2}"#] {
        let broken = worded(&agency, json!({ "event": data }), None);
        let Err(Error::Contract { what, .. }) = broken else {
            panic!("{data}: {broken:?}")
        };
        assert!(what.contains("data of an event"), "{what}");
    }
}

#[test]
fn a_step_goes_on_after_what_had_been_accepted_before() {
    let host = host();
    let agency = host.rogue(rogue());
    let class = json!({"class": "already-accepted", "next-step": "two"});
    let outcome = worded(&agency, class, None).unwrap();
    assert_eq!(outcome.class, RetryClass::AlreadyAccepted);
    assert_eq!(outcome.next_step.as_deref(), Some("two"));
}

#[test]
fn a_mail_comes_with_what_is_known_of_its_connection() {
    let host = host();
    let relay = keys::ecdsa();
    let pinned = AnchorSet::new().with_pins_pem(relay.certificate.as_bytes());
    let trust = TrustStore::new().with("customs", pinned.unwrap());
    let agency = host.rogue(rogue().with_trust(trust));
    let plain = MailConnection {
        peer_address: "192.0.2.1".into(),
        tls: None,
        peer_certificates: None,
        allowed: false,
    };
    let secured = |pair: &Pair| MailConnection {
        peer_address: "2001:db8::1".into(),
        tls: Some("TLSv1.3".into()),
        peer_certificates: Some(chain(pair)),
        allowed: true,
    };
    let told = |connection| {
        let mail = Call::Mail(MailCall {
            sender: "echo@rogue.example".into(),
            recipients: vec!["a@rogue.example".into(), "b@rogue.example".into()],
            content: Blob::from(b"Subject: x\r\n\r\n".as_slice()),
            connection,
        });
        let Verdict::Accepted(accepted) = agency.validate(mail).unwrap() else {
            panic!("rejected")
        };
        assert_eq!(accepted.reply.status, 250);
        serde_json::from_slice::<serde_json::Value>(&accepted.reply.body.to_vec()).unwrap()
    };
    let recipients = ["a@rogue.example", "b@rogue.example"];
    assert_eq!(
        told(plain),
        json!({
            "sender": "echo@rogue.example", "recipients": recipients, "size": 14,
            "address": "192.0.2.1", "tls": null, "peer": null, "allowed": false,
        })
    );
    let fingerprint = hexadecimal(&relay.role_key().fingerprint());
    assert_eq!(
        told(secured(&relay)),
        json!({
            "sender": "echo@rogue.example", "recipients": recipients, "size": 14,
            "address": "2001:db8::1", "tls": "TLSv1.3", "peer": {"fingerprint": fingerprint}, "allowed": true,
        })
    );
    let stranger = told(secured(&keys::ecdsa()));
    assert_eq!(
        stranger["peer"],
        json!({"refused": "IdentifyError::NoPath"})
    );
}

fn chain(pair: &Pair) -> CertificateChain {
    let key = pair.role_key();
    CertificateChain::new(key.chain().certificates().iter().cloned()).unwrap()
}
