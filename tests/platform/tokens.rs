// SPDX-License-Identifier: Apache-2.0
use std::{
    io::{Read, Write},
    net::TcpStream,
    sync::Arc,
};

use silta_gateway::{
    Gateway, ListenerError, OperatorSetup,
    platform::{Permission, PlatformConfig, PlatformLimits, PlatformSetup},
};
use silta_store::MemoryStore;

use super::scene::{DELIVER, Request, Scene, Secret, assert_problem};

#[test]
fn who_shows_no_token_is_told_what_to_show() {
    let scene = Scene::new();
    let stranger = Secret::new();
    for path in [
        "/v1/operations",
        "/v1/inbox",
        "/v1/events",
        "/v1/operations/1",
        "/v1/inbox/1",
    ] {
        let missing = scene.ask(&Request::new("GET", path).by(""));
        assert_problem(&missing, 401, "token.missing");
        assert_eq!(
            missing.header("www-authenticate"),
            Some("Bearer realm=\"silta\"")
        );
        let unknown = scene.ask(&Request::new("GET", path).by(stranger.text()));
        assert_problem(&unknown, 401, "token.unknown");
        let shown = unknown.header("www-authenticate").unwrap();
        assert!(shown.contains("invalid_token"), "{shown}");
        assert!(!unknown.json().to_string().contains(stranger.text()));
    }
    let other = Request::new("GET", "/v1/inbox")
        .by("")
        .field("Authorization", "Basic eA==");
    assert_problem(&scene.ask(&other), 401, "token.other-scheme");
    let twice = Request::new("GET", "/v1/inbox").field("Authorization", "Bearer x");
    assert_problem(&scene.ask(&twice), 401, "token.missing");
    // Nothing of a body is read for a stranger.
    let body = Request::new("POST", DELIVER)
        .by("")
        .body("application/json", "{");
    assert_problem(&scene.ask(&body), 401, "token.missing");
}

#[test]
fn a_token_is_for_what_it_may() {
    let secrets: Vec<(Permission, Secret)> = Permission::ALL.map(|may| (may, Secret::new())).into();
    let tokens = secrets.iter();
    let tokens = tokens.map(|(may, secret)| secret.token(may.name(), &["*"], &[*may]));
    let scene = Scene::knowing(tokens.collect());
    let position = scene.arrive("courier", "a").0;
    let (entry, ack) = (
        format!("/v1/inbox/{position}"),
        format!("/v1/inbox/{position}/ack"),
    );
    let document = format!("{entry}/documents/1");
    use Permission as P;
    for (method, path, allowed) in [
        ("POST", DELIVER, &[P::Submit][..]),
        ("GET", "/v1/operations", &[P::Read]),
        ("GET", "/v1/operations/1", &[P::Read]),
        ("GET", "/v1/events", &[P::Read]),
        ("GET", entry.as_str(), &[P::Read, P::Inbox]),
        ("GET", document.as_str(), &[P::Read, P::Inbox]),
        ("GET", "/v1/inbox", &[P::Inbox]),
        ("POST", ack.as_str(), &[P::Inbox]),
        ("POST", "/v1/operations/1/resume", &[P::Decide]),
        ("POST", "/v1/operations/1/cancel", &[P::Decide]),
    ] {
        for (may, secret) in &secrets {
            let answer = scene.ask(&Request::new(method, path).by(secret.text()));
            match allowed.contains(may) {
                true => assert_ne!(answer.status, 403, "{method} {path} {may:?}"),
                false => {
                    assert_problem(&answer, 403, "token.not-allowed");
                    let shown = answer.header("www-authenticate").unwrap();
                    assert!(shown.contains("insufficient_scope"), "{shown}");
                }
            }
        }
    }
}

#[test]
fn what_is_not_there_is_a_problem_as_well() {
    let scene = Scene::new();
    for path in [
        "/",
        "/v1",
        "/v1/nothing",
        "/v1/inbox/1/documents",
        "/v1/inbox/",
    ] {
        assert_problem(
            &scene.ask(&Request::new("GET", path).by("")),
            404,
            "route.unknown",
        );
    }
    for (method, path, allowed) in [
        ("DELETE", "/v1/operations", "GET"),
        ("POST", "/v1/inbox", "GET"),
        ("GET", DELIVER, "POST"),
        ("BREW", "/v1/events", "GET"),
    ] {
        let answer = scene.ask(&Request::new(method, path));
        assert_problem(&answer, 405, "route.method");
        let allow = answer.header("allow").unwrap();
        assert!(allow.contains(allowed), "{method} {path}: {allow}");
    }
    let kind = scene.ask(&Request::new("GET", "/v1/problems/lease-lost").by(""));
    assert_eq!(
        (kind.status, kind.json()["status"].as_u64()),
        (200, Some(409))
    );
    assert_problem(&scene.get("/v1/problems/nothing"), 404, "problem.unknown");
}

#[test]
fn tokens_go_in_clear_over_this_machine_only() {
    let secret = Secret::new();
    let setup = |address: &str| PlatformSetup {
        config: PlatformConfig {
            address: address.parse().unwrap(),
            identity: None,
            tokens: vec![secret.token("t", &["*"], &Permission::ALL)],
            limits: PlatformLimits::default(),
        },
        agencies: Vec::new(),
        store: Arc::new(MemoryStore::new()),
        pushed: Vec::new(),
        deployer: None,
    };
    let gateway = Gateway::new().unwrap();
    let refused = gateway.listen_for_platform(setup("0.0.0.0:0")).unwrap_err();
    assert!(matches!(refused, ListenerError::TokensInClear { .. }));
    assert!(refused.to_string().contains("127.0.0.1"), "{refused}");
    let listener = gateway.listen_for_platform(setup("127.0.0.1:0")).unwrap();
    let mut stream = TcpStream::connect(listener.address()).unwrap();
    let head = format!(
        "GET /v1/inbox HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {}\r\n\r\n",
        secret.text()
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 200 ") && answer.ends_with(r#"{"entries":[]}"#),
        "{answer}"
    );
}

#[test]
fn requests_are_counted_by_route_and_status() {
    let gateway = Gateway::new().unwrap();
    let secret = Secret::new();
    let store = Arc::new(MemoryStore::new());
    let setup = PlatformSetup {
        config: PlatformConfig {
            address: ([127, 0, 0, 1], 0).into(),
            identity: None,
            tokens: vec![secret.token("t", &["*"], &Permission::ALL)],
            limits: PlatformLimits::default(),
        },
        agencies: Vec::new(),
        store: store.clone(),
        pushed: Vec::new(),
        deployer: None,
    };
    let api = gateway.listen_for_platform(setup).unwrap().address();
    let operator = gateway.listen_for_operator(OperatorSetup {
        address: ([127, 0, 0, 1], 0).into(),
        store,
        agencies: Vec::new(),
        page: None,
    });
    let ask = |address, path: &str| {
        let mut stream = TcpStream::connect(address).unwrap();
        let head = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    ask(api, "/v1/operations/17");
    ask(api, "/nowhere/900P");
    let metrics = ask(operator.unwrap(), "/metrics");
    for line in [
        r#"silta_platform_requests_total{route="/v1/operations/{id}",method="GET",status="401"} 1"#,
        r#"silta_platform_requests_total{route="none",method="GET",status="404"} 1"#,
        "silta_platform_waiting 0",
    ] {
        assert!(metrics.contains(line), "{metrics}");
    }
    assert!(!metrics.contains("900P"));
}
