// SPDX-License-Identifier: Apache-2.0
use std::sync::atomic::Ordering;

use serde_json::{Value, json};
use silta::Limits;
use silta_gateway::UNREADABLE;
use silta_store::Store;

use super::scene::{Scene, config, mail};
use crate::{
    gateway::scene::arrivals,
    support::host::{host, rogue, rogue_within},
};

const BOX: &str = "box@rogue.example";

#[test]
fn a_mail_is_replied_to_once_it_is_committed() {
    let scene = Scene::new();
    let mut relay = scene.relay();
    let mut send = |lines: &str| relay.mail("notify@relay.example", BOX, &mail(lines));
    assert_eq!(send("one"), "250 2.0.0 taken");
    assert_eq!(scene.keys(), ["called/one"]);
    // A duplicate is as good.
    assert_eq!(send("one"), "250 2.0.0 taken");
    assert_eq!(scene.keys(), ["called/one"]);
    let arrival = &arrivals(&scene.inbox.inner)[0];
    assert_eq!(
        (arrival.agency.as_str(), arrival.received.operation.as_str()),
        ("rogue", "called")
    );
}

#[test]
fn what_is_not_committed_is_to_come_again() {
    let scene = Scene::new();
    let mut relay = scene.relay();
    let mut send = |lines: &str| relay.mail("notify@relay.example", BOX, &mail(lines));
    scene.inbox.fails.store(true, Ordering::SeqCst);
    assert_eq!(send("one"), "451 4.3.0 not taken now, try again later");
    // One that brings nothing is taken only if the next could be committed.
    assert!(send("").starts_with("451 4.3.0 "));
    scene.inbox.fails.store(false, Ordering::SeqCst);
    scene.inbox.panics.store(true, Ordering::SeqCst);
    assert!(send("one").starts_with("451 4.3.0 "));
    scene.inbox.panics.store(false, Ordering::SeqCst);
    assert_eq!(scene.keys(), [""; 0]);
    assert_eq!(send("one"), "250 2.0.0 taken");
    assert_eq!(scene.keys(), ["called/one"]);
}

#[test]
fn a_component_rejects_with_codes_of_mail() {
    let scene = Scene::new();
    let mut relay = scene.relay();
    let mut send =
        |sender: &str, body: &str| relay.mail(&format!("{sender}@relay.example"), BOX, &mail(body));
    assert_eq!(send("refuse", "one"), "550 5.0.0 not taken");
    assert_eq!(send("refuse-for-now", "one"), "450 4.0.0 not taken");
    // Its reason is ours: the relay is to try again.
    assert!(send("blame-us", "one").starts_with("451 4.3.0 "));
    let worded = r#"{"status": 250, "body": "2.6.0 with pleasure", "events": "two"}"#;
    assert_eq!(send("reply", worded), "250 2.6.0 with pleasure");
    // Accepting with such codes is a fault of the component; nothing is committed.
    for status in [200, 354, 421, 550] {
        let worded = format!(r#"{{"status": {status}, "events": "three"}}"#);
        assert!(send("reply", &worded).starts_with("451 4.3.0 "), "{status}");
    }
    assert_eq!(scene.keys(), ["called/two"]);
}

#[test]
fn a_mail_that_the_component_fails_at_stays_with_the_relay() {
    let scene = Scene::new();
    let limits = Limits {
        deadline: std::time::Duration::from_secs(1),
        ..Limits::default()
    };
    scene.host.rogue(rogue_within(limits));
    let mut relay = scene.relay();
    // The time that it takes may be another one the next time.
    let reply = relay.mail("loop-forever@relay.example", BOX, &mail("one"));
    assert_eq!(reply, "451 4.3.0 not taken now, try again later");
    assert!(scene.keys().is_empty());
    // The next one is no worse off; a slow machine may need its time for it.
    scene.host.rogue(rogue());
    assert_eq!(
        relay.mail("notify@relay.example", BOX, &mail("two")),
        "250 2.0.0 taken"
    );
    assert_eq!(scene.keys(), ["called/two"]);
}

#[test]
fn a_mail_whose_component_breaks_the_contract_is_kept_for_review() {
    let scene = Scene::new();
    let body = r#"{"status": 999, "events": "three"}"#;
    let reply = scene.relay().mail("reply@relay.example", BOX, &mail(body));
    assert!(reply.starts_with("250 2.0.0 taken, "), "{reply}");
    let entries = arrivals(&scene.inbox.inner);
    let data: Value = serde_json::from_str(&entries[0].received.events[0].data).unwrap();
    assert_eq!(data["code"], "component.contract");
}

#[test]
fn a_mail_that_the_component_fails_at_each_time_is_kept_for_review() {
    let scene = Scene::new();
    let mut relay = scene.relay();
    for (sender, code) in [
        ("crash", "component.crash"),
        ("allocate-forever", "limit.memory"),
    ] {
        let sender = format!("{sender}@relay.example");
        let taken = "250 2.0.0 taken, to be looked at by somebody";
        // The second is the same one.
        for _ in 0..2 {
            assert_eq!(relay.mail(&sender, BOX, &mail("one")), taken, "{sender}");
        }
        let entries = arrivals(&scene.inbox.inner);
        let entry = entries.last().unwrap();
        let [event] = &*entry.received.events else {
            panic!("one event");
        };
        assert_eq!(entry.received.operation, UNREADABLE);
        assert_eq!(event.kind, UNREADABLE);
        let data: Value = serde_json::from_str(&event.data).unwrap();
        assert_eq!(
            data,
            json!({"transport": "mail", "sender": sender, "recipients": [BOX], "relay": "127.0.0.1", "code": code})
        );
        let [document] = &*entry.received.documents else {
            panic!("one document");
        };
        let content = Store::body(&scene.inbox.inner, document.body).unwrap();
        let content = content.unwrap().to_vec();
        assert_eq!(String::from_utf8(content).unwrap(), mail("one") + "\r\n");
        assert_eq!(document.media_type, "message/rfc822");
    }
    assert_eq!(arrivals(&scene.inbox.inner).len(), 2);
    // Where it cannot be kept, the relay keeps it.
    scene.inbox.fails.store(true, Ordering::SeqCst);
    let reply = relay.mail("crash@relay.example", BOX, &mail("two"));
    assert!(reply.starts_with("451 4.3.0 "), "{reply}");
}

#[test]
fn while_nothing_serves_mails_are_put_off() {
    let host = host();
    let vacant = host.runtime.handle("vacant");
    let scene = Scene::serving(config(), host, vacant);
    let mut relay = scene.relay();
    let reply = relay.command("MAIL FROM:<notify@relay.example>");
    assert!(reply.starts_with("250"), "{reply}");
    assert_eq!(relay.codes("RCPT TO:<box@rogue.example>"), "451 4.3.0");
}
