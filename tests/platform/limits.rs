// SPDX-License-Identifier: Apache-2.0
use std::time::Duration;

use silta_gateway::platform::{Permission, PlatformLimits, TokenLimits};

use super::scene::{DELIVER, Request, Scene, Secret, assert_problem, form, parameters};
use crate::support::patience::until;

#[test]
fn a_body_is_taken_up_to_its_limit() {
    let small = Secret::new();
    let limits = PlatformLimits {
        body_bytes: 4_000,
        ..PlatformLimits::default()
    };
    let scene = Scene::with(limits, |_| {
        let mut token = small.token("small", &["*"], &Permission::ALL);
        token.limits = TokenLimits {
            body_bytes: Some(2_000),
            ..TokenLimits::default()
        };
        vec![token]
    });
    let of_size = |size: usize| {
        let (media_type, body) = form(&parameters(), "", &[]);
        let (_, body) = form(&parameters(), &"x".repeat(size - body.len()), &[]);
        assert_eq!(body.len(), size);
        Request::new("POST", DELIVER).body(&media_type, body)
    };
    assert_eq!(scene.ask(&of_size(4_000)).status, 202);
    let over = scene.ask(&of_size(4_001));
    assert_problem(&over, 413, "request.too-large");
    assert!(
        over.json()["detail"]
            .as_str()
            .unwrap()
            .contains("platform.limits.body-bytes")
    );
    assert_eq!(scene.ask(&of_size(2_000).by(small.text())).status, 202);
    let over = scene.ask(&of_size(2_001).by(small.text()));
    assert_problem(&over, 413, "request.too-large");
    assert!(
        over.json()["detail"]
            .as_str()
            .unwrap()
            .contains("platform.tokens.limits.body-bytes")
    );
}

#[test]
fn bytes_at_once_are_bounded_and_given_back() {
    let limits = PlatformLimits {
        bytes_at_once: 64 << 10,
        ..PlatformLimits::default()
    };
    let scene = Scene::within(limits);
    let of_size = |size: usize| {
        let (media_type, body) = form(&parameters(), &"x".repeat(size), &[]);
        Request::new("POST", DELIVER).body(&media_type, body)
    };
    for _ in 0..5 {
        assert_eq!(scene.ask(&of_size(20 << 10)).status, 202);
    }
    let over = scene.ask(&of_size(100 << 10));
    assert_problem(&over, 503, "limit.reached");
    assert!(over.header("retry-after").is_some());
    assert!(
        over.json()["detail"]
            .as_str()
            .unwrap()
            .contains("platform.limits.bytes-at-once")
    );
    assert_eq!(scene.ask(&of_size(20 << 10)).status, 202);
}

#[test]
fn who_is_slow_is_not_waited_for() {
    let limits = PlatformLimits {
        body_time: Duration::from_millis(300),
        header_time: Duration::from_secs(10),
        ..PlatformLimits::default()
    };
    let scene = Scene::within(limits);
    let mut slow = scene.client.connect(scene.address);
    let head = format!(
        "POST {DELIVER} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{{",
        scene.secret.text()
    );
    slow.send(head.as_bytes());
    let answer = slow.answer();
    assert_problem(&answer, 408, "request.too-slow");
    let mut silent = scene.client.connect(scene.address);
    silent.send(b"GET /v1/inbox HTTP/1.1\r\nHo");
    silent.ends();
}

#[test]
fn a_token_has_so_many_requests_at_once() {
    let scene = Scene::with(PlatformLimits::default(), |secret| {
        let mut token = secret.token("one", &["*"], &Permission::ALL);
        token.limits = TokenLimits {
            requests: 1,
            ..TokenLimits::default()
        };
        vec![token]
    });
    let (waiting, refused) = scene.fill(1, || Request::new("GET", "/v1/inbox?wait=60"));
    assert_problem(&refused, 429, "limit.reached");
    assert!(
        refused.json()["detail"]
            .as_str()
            .unwrap()
            .contains("platform.tokens.limits.requests")
    );
    drop(waiting);
    until("a client that has gone has no request under way", || {
        scene.get("/v1/operations").status == 200
    });
}

#[test]
fn a_head_has_so_many_fields() {
    let limits = PlatformLimits {
        header_fields: 10,
        ..PlatformLimits::default()
    };
    let scene = Scene::within(limits);
    let mut request = Request::new("GET", "/v1/inbox");
    for _ in 0..12 {
        request = request.field("X", "y");
    }
    assert_eq!(scene.ask(&request).status, 431);
    let wrong = PlatformLimits {
        parts: 0,
        ..PlatformLimits::default()
    };
    assert_eq!(wrong.check().unwrap_err().name, "parts");
}
