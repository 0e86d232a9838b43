// SPDX-License-Identifier: Apache-2.0
use std::{
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use silta_gateway::MailLimits;

use super::scene::{Scene, mail};
use crate::{
    gateway::scene::{Lingering, arrivals},
    support::patience::until,
};

#[test]
fn idle_relays_are_told_and_a_mail_under_way_is_taken() {
    let scene = Scene::new();
    let lingering = Lingering::at(&scene.host);
    let address = scene.address();
    let mut idle = scene.relay();
    let mut judged = scene.relay();
    judged.begin("linger@relay.example", &["box@rogue.example"]);
    judged.send(format!("{}\r\n.\r\n", mail("one")));
    lingering.wait();
    let mut reading = scene.relay();
    reading.begin("notify@relay.example", &["box@rogue.example"]);
    reading.send("Subject: two\r\n");
    let Scene { gateway, inbox, .. } = scene;
    thread::scope(|scope| {
        let stopping = scope.spawn(move || gateway.stop());
        assert!(idle.reply().starts_with("421 4.3.2 "));
        idle.ends();
        until("nobody listens", || TcpStream::connect(address).is_err());
        assert!(!stopping.is_finished());
        reading.send("\r\ntwo\r\n.\r\n");
        assert!(reading.reply().starts_with("250 "));
        assert!(reading.reply().starts_with("421 4.3.2 "));
        reading.ends();
        lingering.let_go();
        assert!(judged.reply().starts_with("250 "));
        assert!(judged.reply().starts_with("421 4.3.2 "));
        judged.ends();
    });
    assert_eq!(arrivals(&inbox.inner).len(), 2);
}

#[test]
fn a_stop_takes_bounded_time() {
    let scene = Scene::within(MailLimits {
        stop_time: Duration::from_millis(300),
        ..MailLimits::default()
    });
    let mut reading = scene.relay();
    reading.begin("notify@relay.example", &["box@rogue.example"]);
    let begun = Instant::now();
    scene.gateway.stop();
    assert!(begun.elapsed() >= Duration::from_millis(300));
    reading.ends();
    assert_eq!(arrivals(&scene.inbox.inner).len(), 0);
}
