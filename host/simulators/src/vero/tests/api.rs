// SPDX-License-Identifier: Apache-2.0
//! The API's own calls: who is accepted, what is refused, what lists hold.

use std::time::{Duration, Instant};

use serde_json::json;

use super::super::{Operation, VeroSimulator};
use super::client::{exchange, get, post, registration};
use super::{json, notification, setup, start_receiver, url, vero, world};
use crate::Simulator;

#[test]
fn only_customers_are_let_in() {
    let vero = vero();
    let request = "GET /ListSubscriptions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let reply = exchange(&vero, Some(&world().customer), request).unwrap();
    assert_eq!(reply.status, 200);
    assert!(exchange(&vero, None, request).is_err());
    assert!(exchange(&vero, Some(&world().pusher), request).is_err());
    assert_eq!(vero.received().len(), 1);
    // The server may notice a moment after the client has.
    let started = Instant::now();
    let mut refused = Vec::new();
    while refused.len() < 2 && started.elapsed() < Duration::from_secs(60) {
        refused.extend(vero.take_refused_handshakes());
        std::thread::yield_now();
    }
    let reasons: Vec<_> = refused.iter().map(|refused| &refused.reason).collect();
    assert!(reasons[0].contains("no certificates"), "{reasons:?}");
    assert!(reasons[1].contains("UnknownIssuer"), "{reasons:?}");
}

#[test]
fn what_is_not_served_is_refused_and_recorded() {
    let vero = vero();
    let reply = get(&vero, "/Other");
    assert_eq!((reply.status, reply.body.as_str()), (404, ""));
    let reply = get(&vero, "/RegisterPush");
    assert_eq!(reply.status, 405);
    assert!(reply.head.contains("allow: post"), "{}", reply.head);
    let reply = post(&vero, "/ListNotifications", "{}");
    assert_eq!(reply.status, 405);
    assert!(reply.head.contains("allow: get"), "{}", reply.head);
    let request = "POST /RegisterPush HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n\
                   Content-Length: 2\r\nConnection: close\r\n\r\n{}";
    let reply = exchange(&vero, Some(&world().customer), request).unwrap();
    assert_eq!(reply.status, 415);
    let received = vero.take_received(Duration::ZERO);
    let operations: Vec<_> = received.iter().map(|received| received.operation).collect();
    let expected = [
        None,
        Some(Operation::RegisterPush),
        Some(Operation::ListNotifications),
        Some(Operation::RegisterPush),
    ];
    assert_eq!(operations, expected);
    assert!(received.iter().all(|received| received.reason.is_some()));
    assert!(vero.received().is_empty());
}

#[test]
fn registrations_that_are_wrong_are_refused_without_a_health_check() {
    let vero = vero();
    let receiver = start_receiver(&[]);
    let url = url(&receiver);
    let right = registration(&url);
    for wrong in [
        String::new(),
        "[]".to_owned(),
        right.replace('}', ""),
        right.replace("callbackURL", "callbackUrl"),
        right.replace("callbackSecret", "secret"),
        right.replace("c2ls", "...."),
        right.replace(super::SECRET, "c2ls"),
        right.replace(&format!("\"{url}\""), "17"),
        right.replace("https:", "http:"),
        right.replace("/Notify/v1", "/Notify/v2"),
        format!("{right}{}", " ".repeat(64 * 1024)),
    ] {
        let reply = post(&vero, "/RegisterPush", &wrong);
        assert_eq!((reply.status, reply.body.as_str()), (400, ""), "{wrong}");
        let shown = format!("{:?}", vero.take_received(Duration::ZERO));
        assert!(
            shown.contains("reason: Some") && !shown.contains("c2ls"),
            "{shown}"
        );
    }
    assert_eq!(vero.registration(), None);
    assert!(receiver.is_left_alone());
}

#[test]
fn lists_hold_what_there_is() {
    let mut setup = setup();
    setup.subscriptions = vec![4, -5];
    let vero = VeroSimulator::start(setup).unwrap();
    let reply = get(&vero, "/ListNotifications");
    assert_eq!(json(reply.body.as_bytes()), json!({"Notifications": []}));
    assert!(reply.head.contains("content-type: application/json"));
    assert!(vero.push(notification()).attempts.is_empty());
    vero.push(notification());
    // Stateless: what has been listed is listed again.
    for _ in 0..2 {
        let listed = json(get(&vero, "/ListNotifications?of=all").body.as_bytes());
        let listed = listed["Notifications"].as_array().unwrap();
        assert_eq!(listed.len(), 2);
        assert_eq!(listed[0]["NotificationKey"], 17);
        assert_eq!(listed[0]["SubscriptionId"], 4);
    }
    let reply = get(&vero, "/ListSubscriptions");
    assert_eq!(
        json(reply.body.as_bytes()),
        json!({"Subscriptions": [{"SubscriptionId": 4}, {"SubscriptionId": -5}]})
    );
    let listed: Vec<_> = vero
        .received()
        .iter()
        .map(|received| received.listed)
        .collect();
    assert_eq!(listed, [Some(0), Some(2), Some(2), Some(2)]);
}

#[test]
fn names_and_statuses_can_be_replaced() {
    let mut setup = setup();
    setup.wire.register_push_path = "/FIS/Push/v1/RegisterPush".to_owned();
    setup.wire.secret = "apiKey".to_owned();
    setup.wire.list_subscriptions_path = "/FIS/List".to_owned();
    setup.wire.subscriptions = "items".to_owned();
    setup.wire.subscription_id = "id".to_owned();
    setup.wire.registration_status = "status".to_owned();
    setup.statuses.wrong_request = hyper::StatusCode::IM_A_TEAPOT;
    setup.statuses.done = hyper::StatusCode::ACCEPTED;
    let vero = VeroSimulator::start(setup).unwrap();
    let receiver = start_receiver(&[]);
    let path = "/FIS/Push/v1/RegisterPush";
    let right = registration(&url(&receiver)).replace("callbackSecret", "apiKey");
    assert_eq!(post(&vero, path, "{}").status, 418);
    assert_eq!(post(&vero, path, &right).status, 202);
    let reply = get(&vero, "/FIS/List");
    assert_eq!(
        json(reply.body.as_bytes()),
        json!({"items": [{"id": 1, "status": "active"}]})
    );
}
