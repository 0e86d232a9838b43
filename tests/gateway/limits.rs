// SPDX-License-Identifier: Apache-2.0
use std::{
    io::Read,
    net::TcpStream,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use silta_gateway::{ListenerLimits, ListenerSetup, ServedAgency};
use silta_store::MemoryStore;

use super::{
    client::{Client, Connection, post},
    scene::{Lingering, Scene, arrivals, listen, server, setup},
};
use crate::support::{
    host::{host, rogue},
    patience::{PATIENCE, until},
};

/// Largest body that the rogue component takes.
const LARGEST: usize = 64 << 10;

/// A limit on time: long enough that what keeps to it does so on a busy machine.
const TIME: Duration = Duration::from_secs(5);

fn connected(scene: &Scene) -> Connection {
    scene.client.connect(scene.listener.address())
}

/// A connection whose handshake is over for the server, too.
fn settled(scene: &Scene) -> Connection {
    let mut connection = connected(scene);
    connection.send(b"GET /nobody HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(connection.answer().status, 404);
    connection
}

/// Has the server wait for the three bytes of a body, of a call that will be rejected.
fn slow(mut connection: Connection) -> Connection {
    connection.send(b"POST /rogue/refuse HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
    assert_eq!(connection.answer().status, 100);
    connection
}

fn refused(connection: &mut Connection, status: u16) {
    let answer = connection.answer();
    assert_eq!((answer.status, answer.body.len()), (status, 0));
    assert_eq!(answer.header("connection"), Some("close"));
    connection.ends();
}

#[test]
fn a_body_is_as_large_as_the_component_takes_it() {
    let scene = Scene::new();
    let answer = scene.post("/rogue/notify", vec![b'x'; LARGEST]);
    assert_eq!(answer.status, 202);
    // The answer comes without a byte of the body having been sent.
    let mut connection = connected(&scene);
    let too_large = post("/rogue/notify", vec![b'x'; LARGEST + 1]);
    let (head, body) = too_large.split_at(too_large.len() - LARGEST - 1);
    connection.send(head);
    refused(&mut connection, 413);
    // It also reaches a caller that sends everything before it looks, the last of it after the answer.
    let mut connection = connected(&scene);
    connection.send(head);
    for piece in body.chunks(LARGEST / 4) {
        thread::sleep(Duration::from_millis(50));
        connection.send(piece);
    }
    refused(&mut connection, 413);
    assert_eq!(scene.arrivals().len(), 1);
}

#[test]
fn a_body_of_unknown_length_is_counted() {
    let scene = Scene::new();
    let head = b"POST /rogue/notify HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    let half = [b"8000\r\n", &vec![b'x'; LARGEST / 2][..], b"\r\n"].concat();
    let mut connection = connected(&scene);
    connection.send(head);
    connection.send(&half);
    connection.send(&half);
    connection.send(b"0\r\n\r\n");
    assert_eq!(connection.answer().status, 202);
    let mut connection = connected(&scene);
    connection.send(head);
    connection.send(&half);
    connection.send(&half);
    connection.send(b"1\r\nx\r\n");
    refused(&mut connection, 413);
    assert_eq!(scene.arrivals().len(), 1);
}

#[test]
fn a_body_that_breaks_off_is_no_call() {
    let scene = Scene::new();
    let mut connection = connected(&scene);
    connection.send(
        b"POST /rogue/notify HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    );
    refused(&mut connection, 400);
    let mut connection = connected(&scene);
    connection.send(b"POST /rogue/notify HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf");
    drop(connection);
    assert_eq!(scene.post("/rogue/notify", "one").status, 202);
    assert_eq!(scene.keys(), ["called/one"]);
}

#[test]
fn header_fields_are_counted() {
    let scene = Scene::within(ListenerLimits {
        header_fields: 8,
        ..ListenerLimits::default()
    });
    let call = |fields: usize| {
        let fields: String = (1..fields)
            .map(|number| format!("X-{number}: a\r\n"))
            .collect();
        let call = format!("GET /rogue/echo HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
        scene
            .client
            .call(scene.listener.address(), call.as_bytes())
            .status
    };
    assert_eq!((call(8), call(9)), (200, 431));
}

#[test]
fn a_head_has_a_size() {
    let header_bytes = 2000;
    let scene = Scene::within(ListenerLimits {
        header_bytes,
        ..ListenerLimits::default()
    });
    let call = |size: usize| {
        let head = "GET /rogue/echo HTTP/1.1\r\nHost: a\r\nX: ";
        let padding = "x".repeat(size - head.len() - 4);
        let call = format!("{head}{padding}\r\n\r\n");
        assert_eq!(call.len(), size);
        scene
            .client
            .call(scene.listener.address(), call.as_bytes())
            .status
    };
    let largest = header_bytes as usize;
    assert_eq!((call(largest), call(largest + 1)), (200, 431));
}

#[test]
fn a_head_takes_bounded_time() {
    let scene = Scene::within(ListenerLimits {
        header_time: TIME,
        idle_time: TIME,
        ..ListenerLimits::default()
    });
    let mut patient = connected(&scene);
    patient.send(b"GET /rogue/echo HTTP/1.1\r\n");
    thread::sleep(TIME / 4);
    patient.send(b"Host: a\r\n\r\n");
    assert_eq!(patient.answer().status, 200);
    // Bytes that trickle in do not begin the time anew, and a connection without a call is one that takes its time, too.
    let begun = Instant::now();
    let mut trickling = connected(&scene);
    trickling.send(b"GET /rogue/echo HTTP/1.1\r\n");
    until("it is over", || {
        thread::sleep(TIME / 8);
        trickling.try_send(b"X: a\r\n").is_err()
    });
    patient.ends();
    assert!(begun.elapsed() >= TIME);
}

#[test]
fn a_handshake_takes_bounded_time() {
    let scene = Scene::within(ListenerLimits {
        header_time: TIME,
        ..ListenerLimits::default()
    });
    let begun = Instant::now();
    let mut silent = TcpStream::connect(scene.listener.address()).unwrap();
    silent.set_read_timeout(Some(PATIENCE)).unwrap();
    assert_eq!(silent.read(&mut [0]).unwrap(), 0);
    assert!(begun.elapsed() >= TIME);
}

#[test]
fn a_body_takes_bounded_time() {
    let scene = Scene::within(ListenerLimits {
        body_time: TIME,
        ..ListenerLimits::default()
    });
    let call = post("/rogue/notify", "one");
    let (begin, end) = call.split_at(call.len() - 1);
    let mut patient = connected(&scene);
    patient.send(begin);
    thread::sleep(TIME / 4);
    patient.send(end);
    assert_eq!(patient.answer().status, 202);
    let begun = Instant::now();
    let mut slow = connected(&scene);
    slow.send(begin);
    refused(&mut slow, 408);
    assert!(begun.elapsed() >= TIME);
}

#[test]
fn an_answer_is_taken_in_bounded_time() {
    let scene = Scene::within(ListenerLimits {
        body_time: TIME,
        ..ListenerLimits::default()
    });
    let reply = serde_json::json!({"status": 200, "body": "x".repeat(60_000)});
    let call = post("/rogue/reply", reply.to_string());
    let mut patient = connected(&scene);
    patient.send(&call);
    thread::sleep(TIME / 4);
    assert_eq!(patient.answer().body.len(), 60_000);
    // Asks and asks and takes no answer, until there is no room for more on the way.
    let begun = Instant::now();
    let mut hoarding = connected(&scene);
    while hoarding.try_send(&call).is_ok() {}
    assert!(begun.elapsed() >= TIME);
}

#[test]
fn an_answer_takes_bounded_time() {
    let scene = Scene::within(ListenerLimits {
        answer_time: TIME,
        ..ListenerLimits::default()
    });
    let lingering = Lingering::at(&scene.host);
    let mut connection = connected(&scene);
    connection.send(&post("/rogue/linger", "one"));
    lingering.wait();
    thread::sleep(TIME / 4);
    lingering.let_go();
    assert_eq!(connection.answer().status, 202);
    let begun = Instant::now();
    connection.send(&post("/rogue/linger", "two"));
    let answer = connection.answer();
    assert_eq!((answer.status, answer.body.len()), (503, 0));
    assert!(begun.elapsed() >= TIME);
    // It was accepted all the same, and is a duplicate when it comes again.
    lingering.let_go();
    until("it is kept", || scene.arrivals().len() == 2);
    lingering.let_go();
    connection.send(&post("/rogue/linger", "two"));
    assert_eq!(connection.answer().status, 200);
}

#[test]
fn calls_over_the_share_of_an_agency_wait_as_long_as_they_may() {
    let scene = Scene::within(ListenerLimits {
        calls_per_agency: 2,
        queue_time: TIME * 2,
        answer_time: TIME * 2,
        ..ListenerLimits::default()
    });
    let lingering = Lingering::at(&scene.host);
    let mut calls: Vec<_> = (0..4).map(|_| connected(&scene)).collect();
    for (number, connection) in calls.iter_mut().enumerate() {
        connection.send(&post("/rogue/linger", number.to_string()));
        if number < 2 {
            lingering.wait();
        }
    }
    // Two are inside, one comes after one of them, the last comes too late.
    lingering.let_go();
    lingering.wait();
    let mut statuses: Vec<u16> = calls.iter_mut().map(|call| call.answer().status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [202, 503, 503, 503]);
    lingering.let_go();
    lingering.let_go();
    let mut ended = 0;
    until("all have ended", || {
        ended += scene.host.recorder.calls().len();
        ended >= 3
    });
}

#[test]
fn a_call_waits_for_its_place_no_longer_than_it_may() {
    let scene = Scene::within(ListenerLimits {
        calls_per_agency: 1,
        queue_time: TIME,
        answer_time: TIME * 2,
        ..ListenerLimits::default()
    });
    let lingering = Lingering::at(&scene.host);
    let [mut inside, mut waits] = [connected(&scene), connected(&scene)];
    inside.send(&post("/rogue/linger", "one"));
    lingering.wait();
    let begun = Instant::now();
    waits.send(&post("/rogue/linger", "two"));
    // Long before the time for an answer is over, and told when to come again.
    let answer = waits.answer();
    assert_eq!(
        (answer.status, answer.header("retry-after")),
        (503, Some("1"))
    );
    assert!(begun.elapsed() >= TIME);
    lingering.let_go();
    assert_eq!(inside.answer().status, 202);
    // What waited has not reached the component, and is new when it comes again, on the same connection.
    waits.send(&post("/rogue/linger", "two"));
    lingering.wait();
    lingering.let_go();
    assert_eq!(waits.answer().status, 202);
}

#[test]
fn routes_of_one_agency_share_its_limit_and_its_id() {
    let host = host();
    let inbox = Arc::new(MemoryStore::default());
    let agency = ServedAgency::new("rogue", host.rogue(rogue()), 1);
    let limits = ListenerLimits {
        queue_time: ListenerLimits::default().answer_time,
        ..ListenerLimits::default()
    };
    let setup = ListenerSetup {
        limits,
        ..setup(inbox.clone())
    };
    let setup = setup.route("one", agency.clone()).route("two", agency);
    let listener = listen(setup).unwrap();
    let client = Client::trusting(server());
    let lingering = Lingering::at(&host);
    let mut calls = ["one", "two"].map(|route| {
        let mut connection = client.connect(listener.address());
        connection.send(&post(&format!("/{route}/linger"), route));
        if route == "one" {
            lingering.wait();
        }
        connection
    });
    assert!(calls[1].is_silent_for(TIME / 4));
    assert!(lingering.is_alone());
    lingering.let_go();
    lingering.wait();
    lingering.let_go();
    for call in &mut calls {
        assert_eq!(call.answer().status, 202);
    }
    let arrivals = arrivals(&*inbox);
    assert_eq!(arrivals.len(), 2);
    assert!(arrivals.iter().all(|arrival| arrival.agency == "rogue"));
    // So what came on one route is a duplicate on the other.
    let again = client.call(listener.address(), &post("/two/notify", "one"));
    assert_eq!(again.status, 200);
}

#[test]
fn a_caller_with_an_accepted_call_may_wait_with_the_next() {
    let scene = Scene::within(ListenerLimits {
        header_time: TIME,
        idle_time: TIME * 12,
        ..ListenerLimits::default()
    });
    let mut stranger = connected(&scene);
    stranger.send(&post("/rogue/refuse", "one"));
    assert_eq!(stranger.answer().status, 403);
    let mut known = connected(&scene);
    known.send(&post("/rogue/notify", "one"));
    assert_eq!(known.answer().status, 202);
    let begun = Instant::now();
    stranger.ends();
    assert!(begun.elapsed() < TIME * 6);
    known.send(&post("/rogue/notify", "two"));
    assert_eq!(known.answer().status, 202);
    // Its next head has to come in the time for heads, though.
    let begun = Instant::now();
    known.send(b"GET ");
    known.ends();
    assert!(begun.elapsed() < TIME * 6);
}

#[test]
fn bodies_are_held_within_a_budget() {
    let scene = Scene::within(ListenerLimits {
        body_bytes_at_once: 64 << 10,
        ..ListenerLimits::default()
    });
    // A stranger leaves a quarter of it to others.
    let large = post("/rogue/refuse", vec![b'x'; 49 << 10]);
    let mut connection = connected(&scene);
    connection.send(&large);
    let answer = connection.answer();
    assert_eq!(answer.status, 503);
    assert_eq!(answer.header("retry-after"), Some("1"));
    connection.ends();
    assert_eq!(
        scene.post("/rogue/notify", vec![b'x'; 48 << 10]).status,
        202
    );
    // It is known now.
    assert_eq!(
        scene.post("/rogue/refuse", vec![b'x'; 64 << 10]).status,
        403
    );
    // What a slow caller holds is missing to another one, until it is gone. Nobody can tell from outside when it has been read, and where the other one comes first, it is the slow one that is refused.
    let (begin, end) = large.split_at(large.len() - 1);
    let is_missing = || {
        let mut slow = connected(&scene);
        slow.send(begin);
        let other = scene.post("/rogue/refuse", vec![b'x'; 32 << 10]);
        other.status == 503 && slow.try_send(end).is_ok() && slow.answer().status == 403
    };
    until("it is missing", is_missing);
    assert_eq!(
        scene.post("/rogue/refuse", vec![b'x'; 64 << 10]).status,
        403
    );
}

/// A listener with room for two connections, whosever they are.
fn with_room_for_two() -> Scene {
    Scene::within(ListenerLimits {
        connections: 2,
        connections_per_address: Some(2),
        stranger_connections: Some(2),
        ..ListenerLimits::default()
    })
}

#[test]
fn for_one_connection_too_many_the_longest_idle_one_is_closed() {
    let scene = with_room_for_two();
    let lingering = Lingering::at(&scene.host);
    let (mut first, mut second) = (settled(&scene), settled(&scene));
    let mut third = connected(&scene);
    first.ends();
    // Those with calls under way stay, and then there is no room.
    for connection in [&mut second, &mut third] {
        connection.send(&post("/rogue/linger", "one"));
        lingering.wait();
    }
    assert!(scene.client.try_connect(scene.listener.address()).is_err());
    lingering.let_go();
    lingering.let_go();
    for connection in [&mut second, &mut third] {
        assert!([200, 202].contains(&connection.answer().status));
    }
    let mut fourth = connected(&scene);
    fourth.send(&post("/rogue/notify", "two"));
    assert_eq!(fourth.answer().status, 202);
}

#[test]
fn a_stranger_whose_body_does_not_come_makes_way() {
    let scene = with_room_for_two();
    let (mut first, mut second) = (slow(connected(&scene)), slow(connected(&scene)));
    let mut third = connected(&scene);
    first.ends();
    // What is idle goes before what is slow.
    let mut fourth = connected(&scene);
    third.ends();
    second.send(b"one");
    assert_eq!(second.answer().status, 403);
    fourth.send(&post("/rogue/refuse", "one"));
    assert_eq!(fourth.answer().status, 403);
}

#[test]
fn a_known_caller_whose_body_does_not_come_does_not_make_way() {
    let scene = with_room_for_two();
    let mut first = connected(&scene);
    first.send(&post("/rogue/notify", "one"));
    assert_eq!(first.answer().status, 202);
    let mut known = [slow(first), slow(connected(&scene))];
    assert!(scene.client.try_connect(scene.listener.address()).is_err());
    for connection in &mut known {
        connection.send(b"one");
        assert_eq!(connection.answer().status, 403);
    }
}
