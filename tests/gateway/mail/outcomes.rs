// SPDX-License-Identifier: Apache-2.0
use std::sync::atomic::Ordering;

use silta::Limits;

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
    for status in [200, 354, 421, 550, 999] {
        let worded = format!(r#"{{"status": {status}, "events": "three"}}"#);
        assert!(send("reply", &worded).starts_with("451 4.3.0 "), "{status}");
    }
    assert_eq!(scene.keys(), ["called/two"]);
}

#[test]
fn a_mail_that_the_component_fails_at_stays_with_the_relay() {
    let scene = Scene::new();
    let limits = Limits {
        deadline: std::time::Duration::from_millis(300),
        ..Limits::default()
    };
    scene.host.rogue(rogue_within(limits));
    let mut relay = scene.relay();
    for sender in ["crash", "loop-forever", "allocate-forever"] {
        let reply = relay.mail(&format!("{sender}@relay.example"), BOX, &mail("one"));
        assert_eq!(
            reply, "451 4.3.0 not taken now, try again later",
            "{sender}"
        );
    }
    // The next one is no worse off; a slow machine may need its time for it.
    scene.host.rogue(rogue());
    assert_eq!(
        relay.mail("notify@relay.example", BOX, &mail("two")),
        "250 2.0.0 taken"
    );
    assert_eq!(scene.keys(), ["called/two"]);
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
