// SPDX-License-Identifier: Apache-2.0
use std::time::Duration;

use silta_gateway::{MailLimits, MailListenerConfig};

use super::{
    relay::Relay,
    scene::{Scene, config, mail},
};
use crate::{
    gateway::scene::Lingering,
    support::{
        host::{host, rogue},
        patience::until,
    },
};

/// A limit on time: long enough that what keeps to it does so on a busy machine.
const TIME: Duration = Duration::from_secs(5);

#[test]
fn only_relays_are_served() {
    let scene = Scene::of(MailListenerConfig {
        relays: vec!["192.0.2.0/24".parse().unwrap(), "::1".parse().unwrap()],
        ..config()
    });
    let mut stranger = Relay::without_greeting(scene.address());
    assert!(stranger.reply().starts_with("554 5.7.1 "));
    stranger.ends();
}

#[test]
fn a_relay_has_so_many_connections() {
    let scene = Scene::within(MailLimits {
        connections_per_relay: 2,
        ..MailLimits::default()
    });
    let first = scene.relay();
    let _second = scene.relay();
    let mut third = Relay::without_greeting(scene.address());
    assert!(third.reply().starts_with("421 4.3.2 "));
    third.ends();
    // Its place is free once it has gone, which the server has to hear of first.
    drop(first);
    until("it is served", || {
        let mut relay = Relay::without_greeting(scene.address());
        relay.reply().starts_with("220 ")
    });
}

#[test]
fn commands_recipients_and_lines_have_their_limits() {
    let scene = Scene::within(MailLimits {
        commands_per_session: 10,
        recipients: 2,
        command_line_bytes: 512,
        ..MailLimits::default()
    });
    let mut relay = scene.relay();
    relay.command("MAIL FROM:<notify@relay.example>");
    let expected = ["250 2.1.5", "250 2.1.5", "452 4.5.3"];
    assert_eq!(
        [(); 3].map(|()| relay.codes("RCPT TO:<box@rogue.example>")),
        expected
    );
    assert!(
        relay
            .command(&format!("NOOP {}", "a".repeat(505)))
            .starts_with("250")
    );
    for _ in 0..4 {
        assert!(relay.command("NOOP").starts_with("250"));
    }
    let reply = relay.command("NOOP");
    assert!(
        reply.starts_with("421 4.7.0 ") && reply.contains("commands-per-session"),
        "{reply}"
    );
    relay.ends();
    let mut relay = scene.relay();
    let reply = relay.command(&format!("NOOP {}", "a".repeat(506)));
    assert!(
        reply.starts_with("500 5.5.2 ") && reply.contains("command-line-bytes"),
        "{reply}"
    );
    relay.ends();
}

#[test]
fn who_is_slow_is_told_and_left() {
    let scene = Scene::within(MailLimits {
        command_time: TIME,
        ..MailLimits::default()
    });
    let mut silent = Relay::connect(scene.address());
    assert!(silent.reply().starts_with("421 4.4.2 "));
    silent.ends();
    let mut trickling = Relay::connect(scene.address());
    trickling.send("NO");
    assert!(trickling.reply().starts_with("421 4.4.2 "));
    let scene = Scene::within(MailLimits {
        content_time: TIME,
        ..MailLimits::default()
    });
    let mut unfinished = scene.relay();
    unfinished.begin("notify@relay.example", &["box@rogue.example"]);
    unfinished.send("a\r\n");
    assert!(unfinished.reply().starts_with("421 4.4.2 "));
    unfinished.ends();
    assert_eq!(scene.keys(), [""; 0]);
}

#[test]
fn a_mail_that_breaks_off_is_none() {
    let scene = Scene::new();
    let mut relay = scene.relay();
    relay.begin("notify@relay.example", &["box@rogue.example"]);
    relay.send("Subject: a\r\n\r\nline\r\n.");
    relay.says_no_more();
    relay.ends();
    assert_eq!(scene.keys(), [""; 0]);
}

#[test]
fn a_judgement_takes_bounded_time() {
    let scene = Scene::within(MailLimits {
        answer_time: TIME,
        ..MailLimits::default()
    });
    let lingering = Lingering::at(&scene.host);
    let mut relay = scene.relay();
    let reply = relay.mail("linger@relay.example", "box@rogue.example", &mail("one"));
    assert!(reply.starts_with("451 4.3.0 "), "{reply}");
    // It goes on, and what comes again is a duplicate.
    lingering.wait();
    lingering.let_go();
    until("it is kept", || !scene.keys().is_empty());
    // On a slow machine that, too, takes longer than it may.
    until("it is taken", || {
        let again = relay.mail("notify@relay.example", "box@rogue.example", &mail("one"));
        again.starts_with("250 ")
    });
    assert_eq!(scene.keys(), ["called/one"]);
}

#[test]
fn who_gets_no_place_in_time_is_told_so_and_nothing_of_it_is_kept() {
    let limits = MailLimits {
        answer_time: TIME,
        ..MailLimits::default()
    };
    let host = host();
    let agency = host.rogue(rogue());
    let scene = Scene::with_places(1, MailListenerConfig { limits, ..config() }, host, agency);
    let lingering = Lingering::at(&scene.host);
    let mut first = scene.relay();
    first.begin("linger@relay.example", &["box@rogue.example"]);
    first.send(format!("{}\r\n.\r\n", mail("one")));
    lingering.wait();
    let mut second = scene.relay();
    let put_off = second.mail("notify@relay.example", "box@rogue.example", &mail("two"));
    assert!(put_off.starts_with("451 4.3.2 "), "{put_off}");
    lingering.let_go();
    until("it is kept", || !scene.keys().is_empty());
    until("it is taken", || {
        let again = second.mail("notify@relay.example", "box@rogue.example", &mail("two"));
        again.starts_with("250 ")
    });
    assert_eq!(scene.keys(), ["called/one", "called/two"]);
}
