// SPDX-License-Identifier: Apache-2.0
use super::scene::Scene;

/// Status of the answer to a call on a connection of its own.
fn status(scene: &Scene, call: &str) -> u16 {
    let answer = scene.client.call(scene.listener.address(), call.as_bytes());
    answer.status
}

#[test]
fn a_head_says_one_thing() {
    let scene = Scene::new();
    #[rustfmt::skip]
    let rows = [
        ("GET /rogue/echo HTTP/1.1\r\nHost: a", 200),
        ("GET /rogue/echo HTTP/1.0", 200),
        ("GET https://a/rogue/echo HTTP/1.1\r\nHost: a", 200),
        ("GET /rogue/%65cho HTTP/1.1\r\nHost: a", 404),
        ("GET /rogue/echo HTTP/1.1", 400),
        ("GET https://a/rogue/echo HTTP/1.1", 400),
        ("GET /rogue/echo HTTP/1.1\r\nHost: a\r\nhost: a", 400),
        ("GET /rogue/echo HTTP/1.1\r\nHost: a b", 400),
        ("GET /rogue/echo HTTP/1.1\r\nHost: a\r\nContent-Type: text/xml\r\nContent-Type: text/xml", 400),
        ("GET /rogue/x/../echo HTTP/1.1\r\nHost: a", 400),
        ("GET /rogue/./echo HTTP/1.1\r\nHost: a", 400),
        ("GET /rogue/%2e%2E/rogue/echo HTTP/1.1\r\nHost: a", 400),
        ("GET /other/..%2frogue/echo HTTP/1.1\r\nHost: a", 400),
        ("GET /rogue/x\\..\\echo HTTP/1.1\r\nHost: a", 400),
        ("GET /rogue/%00/echo HTTP/1.1\r\nHost: a", 400),
        ("GET /rogue/%zz/echo HTTP/1.1\r\nHost: a", 400),
        ("GET https://a/rogue/../rogue/echo HTTP/1.1\r\nHost: a", 400),
        ("POST /rogue/echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked", 501),
        ("POST /rogue/echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: chunked", 501),
        ("POST /rogue/echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked", 400),
        ("POST /rogue/echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip", 501),
        ("POST /rogue/echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip", 501),
        ("POST /rogue/echo HTTP/1.0\r\nTransfer-Encoding: chunked", 400),
        ("POST /rogue/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2", 400),
        ("GET /rogue/echo HTTP/9.9\r\nHost: a", 400),
        ("GET /rogue/ec ho HTTP/1.1\r\nHost: a", 400),
    ];
    for (head, expected) in rows {
        assert_eq!(
            status(&scene, &format!("{head}\r\n\r\n")),
            expected,
            "{head}"
        );
    }
    assert!(scene.arrivals().is_empty());
}

#[test]
fn what_is_refused_for_its_head_ends_the_connection_only_if_something_is_unread() {
    let scene = Scene::new();
    let mut connection = scene.client.connect(scene.listener.address());
    connection.send(b"GET /rogue/../echo HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(connection.answer().status, 400);
    connection.send(b"POST /rogue/../echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\none");
    let answer = connection.answer();
    assert_eq!(
        (answer.status, answer.header("connection")),
        (400, Some("close"))
    );
    connection.ends();
}

#[test]
fn a_caller_that_has_said_everything_gets_its_answer() {
    let scene = Scene::new();
    for with_tls in [true, false] {
        let mut connection = scene.client.connect(scene.listener.address());
        connection.send(&super::client::post("/rogue/notify", "one"));
        connection.says_no_more(with_tls);
        assert!([200, 202].contains(&connection.answer().status));
        connection.ends();
    }
    assert_eq!(scene.keys(), ["called/one"]);
}
