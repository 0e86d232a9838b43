use std::{
    io::Read,
    net::{SocketAddr, TcpStream},
    thread,
    time::{Duration, Instant},
};

use silta_gateway::ListenerLimits;

use super::{
    client::{Answer, Client, Connection, post},
    scene::{Lingering, Scene},
};

/// Largest body that the rogue component takes.
const LARGEST: usize = 64 << 10;

/// A limit on time: long enough that what keeps to it does so on a busy machine.
const TIME: Duration = Duration::from_millis(1000);

fn connected(scene: &Scene) -> Connection {
    scene.client.connect(scene.listener.address())
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
    assert_eq!(scene.inbox.arrivals().len(), 1);
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
    assert_eq!(scene.inbox.arrivals().len(), 1);
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
        let fields: String = (0..fields)
            .map(|number| format!("X-{number}: a\r\n"))
            .collect();
        let call = format!("GET /rogue/echo HTTP/1.1\r\n{fields}\r\n");
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
        let head = "GET /rogue/echo HTTP/1.1\r\nX: ";
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
    while begun.elapsed() < TIME * 3 / 4 {
        thread::sleep(TIME / 8);
        trickling.send(b"X: a\r\n");
    }
    trickling.ends();
    patient.ends();
    assert!((TIME..TIME * 8).contains(&begun.elapsed()));
}

#[test]
fn a_handshake_takes_bounded_time() {
    let scene = Scene::within(ListenerLimits {
        header_time: TIME,
        ..ListenerLimits::default()
    });
    let begun = Instant::now();
    let mut silent = TcpStream::connect(scene.listener.address()).unwrap();
    silent.set_read_timeout(Some(TIME * 10)).unwrap();
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
    assert!((TIME..TIME * 8).contains(&begun.elapsed()));
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
    assert!((TIME..TIME * 15).contains(&begun.elapsed()));
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
    assert!((TIME..TIME * 8).contains(&begun.elapsed()));
    // It was let in all the same, and is a duplicate when it comes again.
    lingering.let_go();
    while scene.inbox.arrivals().len() < 2 {
        thread::sleep(Duration::from_millis(5));
    }
    lingering.let_go();
    connection.send(&post("/rogue/linger", "two"));
    assert_eq!(connection.answer().status, 200);
}

#[test]
fn calls_over_the_share_of_an_agency_wait_as_long_as_they_may() {
    let scene = Scene::within(ListenerLimits {
        calls_per_agency: 2,
        answer_time: TIME,
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
    while ended < 3 {
        ended += scene.host.recorder.calls().len();
        thread::sleep(Duration::from_millis(5));
    }
}

/// A call on a new connection, unless that is closed at once.
fn try_call(client: &Client, address: SocketAddr) -> Option<Answer> {
    let mut connection = client.try_connect(address).ok()?;
    let _ = connection.try_send(&post("/rogue/notify", ""));
    connection.try_answer().ok()
}

#[test]
fn connections_are_counted() {
    let scene = Scene::within(ListenerLimits {
        connections: 2,
        ..ListenerLimits::default()
    });
    let address = scene.listener.address();
    let first = connected(&scene);
    assert_eq!(
        try_call(&scene.client, address).map(|answer| answer.status),
        Some(202)
    );
    let mut second = reconnected(&scene);
    assert_eq!(try_call(&scene.client, address), None);
    second.send(&post("/rogue/notify", "one"));
    assert_eq!(second.answer().status, 202);
    drop(first);
    // The listener sees before long that there is room again.
    while try_call(&scene.client, address).is_none() {
        thread::sleep(Duration::from_millis(5));
    }
}

/// A connection as soon as there is room for one.
fn reconnected(scene: &Scene) -> Connection {
    loop {
        if let Ok(connection) = scene.client.try_connect(scene.listener.address()) {
            return connection;
        }
        thread::sleep(Duration::from_millis(5));
    }
}
