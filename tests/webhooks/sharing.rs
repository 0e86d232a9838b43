// SPDX-License-Identifier: Apache-2.0
//! Webhooks and clients that poll, at one inbox.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
};

use serde_json::{Value, json};
use silta_gateway::{
    OperatorSetup,
    platform::{
        NewToken, Permission, PlatformConfig, PlatformLimits, PlatformSetup, PlatformToken,
        TokenLimits,
    },
    webhooks::{EntryFilter, Webhook},
};

use super::scene::{Process, Scene};
use crate::operations::agency::Answer;

/// The status and the body of an answer, over HTTP to this machine.
fn get(address: SocketAddr, path: &str, token: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, body.to_owned())
}

fn of_kind(kind: &str) -> EntryFilter {
    EntryFilter {
        agencies: Vec::new(),
        kinds: vec![kind.into()],
    }
}

/// The platform's API beside the webhooks of a process.
fn platform(scene: &Scene, process: &Process, pushed: Vec<EntryFilter>) -> (SocketAddr, NewToken) {
    let token = NewToken::draw().unwrap();
    let setup = PlatformSetup {
        config: PlatformConfig {
            address: ([127, 0, 0, 1], 0).into(),
            identity: None,
            tokens: vec![PlatformToken {
                id: "erp".into(),
                sha256: token.sha256(),
                agencies: vec!["*".into()],
                may: Permission::ALL.into(),
                limits: TokenLimits::default(),
            }],
            limits: PlatformLimits::default(),
        },
        agencies: Vec::new(),
        store: scene.store.clone(),
        pushed,
        deployer: None,
    };
    let listener = process.gateway.listen_for_platform(setup).unwrap();
    (listener.address(), token)
}

#[test]
fn what_a_webhook_pushes_is_shown_and_not_given_out() {
    let scene = Scene::new();
    // It stops at once, so that its entries wait.
    scene.answers([Answer::new(410, Value::Null)]);
    let pushed = scene.arrive("a", "pushed", "p");
    let polled = scene.arrive("a", "polled", "q");
    let webhook = Webhook {
        filter: of_kind("pushed"),
        ..scene.webhook()
    };
    let process = scene.push(vec![webhook]);
    scene.until("it is given back", |it| it.delivery(pushed).epoch == 2);
    let (address, token) = platform(&scene, &process, vec![of_kind("pushed")]);
    let (status, body) = get(address, "/v1/inbox?limit=10", token.reveal());
    let taken: Value = serde_json::from_str(&body).unwrap();
    let entries = taken["entries"].as_array().unwrap();
    assert_eq!((status, entries.len()), (200, 1), "{taken}");
    assert_eq!(entries[0]["entry"]["position"], polled.0);
    let (status, _) = get(address, &format!("/v1/inbox/{pushed}"), token.reveal());
    assert_eq!(status, 200);
    let document = format!("/v1/inbox/{pushed}/documents/1");
    assert_eq!(
        get(address, &document, token.reveal()),
        (200, "p".to_owned())
    );
    let events = get(address, "/v1/events", token.reveal()).1;
    let events: Value = serde_json::from_str(&events).unwrap();
    let kinds: Vec<_> = events["events"].as_array().unwrap().iter().collect();
    let kinds: Vec<_> = kinds.iter().map(|it| &it["event"]["kind"]).collect();
    assert_eq!(json!(kinds), json!(["pushed", "polled"]));
}

#[test]
fn one_who_waits_is_woken_by_what_is_for_him_alone() {
    let scene = Scene::new();
    scene.answers([Answer::new(410, Value::Null)]);
    let webhook = Webhook {
        filter: of_kind("pushed"),
        ..scene.webhook()
    };
    let process = scene.push(vec![webhook]);
    let (address, token) = platform(&scene, &process, vec![of_kind("pushed")]);
    let text = token.reveal().to_owned();
    let waiting = std::thread::spawn(move || get(address, "/v1/inbox?wait=30", &text));
    let pushed = scene.arrive("a", "pushed", "p");
    scene.until("it is given back", |it| it.delivery(pushed).epoch == 2);
    let polled = scene.arrive("a", "polled", "q");
    let (_, body) = waiting.join().unwrap();
    let taken: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(
        taken["entries"][0]["entry"]["position"], polled.0,
        "{taken}"
    );
    assert_eq!(scene.delivery(pushed).epoch, 2);
}

#[test]
fn the_operator_sees_deliveries_and_what_is_stopped() {
    let scene = Scene::new();
    scene.answers([
        Answer::new(500, Value::Null),
        Answer::new(202, json!({})),
        Answer::new(410, Value::Null),
    ]);
    let process = scene.push(vec![scene.webhook()]);
    let setup = OperatorSetup {
        address: ([127, 0, 0, 1], 0).into(),
        store: scene.store.clone(),
        agencies: Vec::new(),
        page: None,
    };
    let address = process.gateway.listen_for_operator(setup).unwrap();
    let first = scene.arrive("a", "message", "k");
    scene.until_acknowledged(first);
    scene.arrive("a", "message", "l");
    scene.until("it is stopped", |_| process.webhooks.stopped() == ["erp"]);
    let (_, metrics) = get(address, "/metrics", "");
    for line in [
        "silta_webhook_attempts_total{webhook=\"erp\"} 3",
        "silta_webhook_deliveries_total{webhook=\"erp\",result=\"refused\"} 1",
        "silta_webhook_deliveries_total{webhook=\"erp\",result=\"acknowledged\"} 1",
        "silta_webhook_deliveries_total{webhook=\"erp\",result=\"gone\"} 1",
        "silta_webhook_stopped{webhook=\"erp\"} 1",
    ] {
        assert!(metrics.lines().any(|it| it == line), "{line}: {metrics}");
    }
    assert!(metrics.contains("silta_webhook_oldest_undelivered_seconds{webhook=\"erp\"} "));
}
