// SPDX-License-Identifier: Apache-2.0
use std::{
    net::TcpStream,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use silta_gateway::{Gateway, ListenerLimits};
use silta_store::MemoryStore;

use super::{
    client::{Client, post},
    scene::{Lingering, Scene, arrivals, server, setup},
};
use crate::support::patience::until;

#[test]
fn calls_under_way_are_answered_and_nothing_more_is_accepted() {
    let scene = Scene::new();
    let address = scene.listener.address();
    let lingering = Lingering::at(&scene.host);
    let mut idle = scene.client.connect(address);
    idle.send(&post("/rogue/notify", "earlier"));
    assert_eq!(idle.answer().status, 202);
    let mut busy = scene.client.connect(address);
    busy.send(&post("/rogue/linger", "one"));
    lingering.wait();
    let listener = scene.listener;
    thread::scope(|scope| {
        let stopping = scope.spawn(move || listener.stop());
        // The socket goes first, then idle connections.
        idle.ends();
        until("nobody listens", || TcpStream::connect(address).is_err());
        assert!(!stopping.is_finished());
        lingering.let_go();
        let answer = busy.answer();
        assert_eq!(
            (answer.status, answer.header("connection")),
            (202, Some("close"))
        );
        busy.ends();
    });
    assert_eq!(arrivals(&*scene.store).len(), 2);
}

#[test]
fn a_stop_takes_bounded_time() {
    let stop_time = Duration::from_millis(300);
    let scene = Scene::within(ListenerLimits {
        stop_time,
        ..ListenerLimits::default()
    });
    let lingering = Lingering::at(&scene.host);
    let mut busy = scene.client.connect(scene.listener.address());
    busy.send(&post("/rogue/linger", "one"));
    lingering.wait();
    let begun = Instant::now();
    scene.listener.stop();
    let taken = begun.elapsed();
    let otherwise = ListenerLimits::default().stop_time;
    assert!((stop_time..otherwise).contains(&taken), "{taken:?}");
    busy.ends();
    // What is in the sandbox even then ends by itself, and is committed: the agency will hear of a duplicate.
    lingering.let_go();
    until("it is kept", || arrivals(&*scene.store).len() == 1);
}

#[test]
fn all_listeners_of_a_gateway_stop_together() {
    let gateway = Gateway::new().unwrap();
    let listeners = [(); 2].map(|()| {
        let setup = setup(Arc::new(MemoryStore::default()));
        gateway.listen(setup).unwrap()
    });
    let client = Client::trusting(server());
    let connected = listeners.map(|listener| {
        let mut connection = client.connect(listener.address());
        connection.send(&post("/nobody", ""));
        assert_eq!(connection.answer().status, 404);
        connection
    });
    gateway.stop();
    for mut connection in connected {
        connection.ends();
    }
}

#[test]
fn a_listener_without_calls_stops_at_once() {
    let scene = Scene::new();
    let begun = Instant::now();
    scene.listener.stop();
    assert!(begun.elapsed() < ListenerLimits::default().stop_time);
}
