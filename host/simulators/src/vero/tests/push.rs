// SPDX-License-Identifier: Apache-2.0
//! Pushes as they have to be: what is on the wire, how often it is tried, what counts as an acknowledgement.

use std::net::TcpListener;
use std::time::{Duration, Instant, SystemTime};

use serde_json::json;

use super::super::{Attempt, Environment, Notification, VeroPusher};
use super::{SECRET, json, notification, push_setup, pusher, secret, start_receiver, url, world};
use crate::peers::receiver::RIGHT;

/// Answers that are no acknowledgement, each with status and emptiness as recorded and words of the problem.
#[rustfmt::skip]
const WRONG: [(&str, Option<u16>, Option<bool>, &str); 7] = [
    ("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", Some(500), Some(true), "not 200"),
    ("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n", Some(202), Some(true), "not 200"),
    ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n ", Some(200), Some(false), "has a body"),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", Some(200), Some(false), "has a body"),
    ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n", Some(200), None, "broke off"),
    ("", None, None, "did not answer in HTTP"),
    ("Guten Tag\r\n\r\n", None, None, "did not answer in HTTP"),
];

#[test]
fn a_push_is_what_the_requirements_say() {
    let receiver = start_receiver(&[]);
    let url = format!("{}?of=vero", url(&receiver));
    let pusher = VeroPusher::start(&url, secret(), push_setup()).unwrap();
    let before = SystemTime::now();
    let delivery = pusher.push(&notification());
    assert!(delivery.is_acknowledged());
    assert_eq!(delivery.attempts.len(), 1);
    let attempt = &delivery.attempts[0];
    assert_eq!(
        (attempt.http_status, attempt.is_empty),
        (Some(200), Some(true))
    );
    assert!(attempt.at >= before && attempt.took < Duration::from_secs(60));

    let call = receiver.call();
    assert_eq!(call.request_line(), "POST /vero/Notify/v1?of=vero HTTP/1.1");
    assert_eq!(call.header("content-type"), Some("application/json"));
    assert_eq!(call.header("vero-callback-secret"), Some(SECRET));
    let host = call.header("host").unwrap();
    assert!(url.contains(&format!("//{host}/")), "{host}");
    let mut body = json(&call.body);
    let timestamp = body["Timestamp"].take();
    let expected = json!({
        "Environment": "FIS", "NotificationKey": 17, "NotificationType": "TAX_CARD",
        "SubscriptionId": 4, "Timestamp": null,
    });
    assert_eq!(body, expected);
    let timestamp = timestamp.as_str().unwrap();
    assert_eq!(timestamp.len(), "2021-04-22T12:01:33.478+02:00".len());
    let timestamp: jiff::Timestamp = timestamp.parse().unwrap();
    assert!(
        timestamp
            .duration_until(jiff::Timestamp::now())
            .as_secs()
            .abs()
            < 60
    );
    let client = call.client.unwrap();
    assert_eq!(world().vero_authority.objection(&client), None);
    assert!(receiver.is_left_alone());
}

#[test]
fn the_environment_and_a_health_check_are_told() {
    let receiver = start_receiver(&[]);
    let pusher = pusher(&receiver);
    pusher.push(&Notification::health_check(Environment::Production));
    let body = json(&receiver.call().body);
    assert_eq!(body["Environment"], "FIP");
    assert_eq!(body["NotificationType"], "HEALTHCHECK");
}

#[test]
fn it_is_tried_until_it_is_acknowledged() {
    let (first, second) = (WRONG[0].0, WRONG[2].0);
    let receiver = start_receiver(&[first, second, RIGHT]);
    let started = Instant::now();
    let delivery = pusher(&receiver).push(&notification());
    assert!(started.elapsed() >= Duration::from_millis(40));
    assert!(delivery.is_acknowledged());
    let acknowledged: Vec<_> = delivery
        .attempts
        .iter()
        .map(Attempt::is_acknowledged)
        .collect();
    assert_eq!(acknowledged, [false, false, true]);
    let bodies = [(); 3].map(|()| receiver.call().body);
    assert_eq!(bodies[0], bodies[1]);
    assert_eq!(bodies[0], bodies[2]);
    assert!(receiver.is_left_alone());
}

#[test]
fn it_is_given_up_after_three_attempts() {
    let receiver = start_receiver(&[WRONG[0].0; 4]);
    let delivery = pusher(&receiver).push(&notification());
    assert!(!delivery.is_acknowledged());
    assert_eq!(delivery.attempts.len(), 3);
    for _ in 0..3 {
        receiver.call();
    }
    assert!(receiver.is_left_alone());
}

#[test]
fn only_200_without_a_body_acknowledges() {
    for (answer, status, is_empty, says) in WRONG {
        let receiver = start_receiver(&[answer]);
        let mut setup = push_setup();
        setup.attempts = 1;
        let pusher = VeroPusher::start(&url(&receiver), secret(), setup).unwrap();
        let delivery = pusher.push(&notification());
        assert!(!delivery.is_acknowledged(), "{answer}");
        let attempt = &delivery.attempts[0];
        assert_eq!(
            (attempt.http_status, attempt.is_empty),
            (status, is_empty),
            "{answer}"
        );
        let problem = attempt.problem.as_deref().unwrap();
        assert!(problem.contains(says), "{answer}: {problem}");
        assert_eq!(delivery.attempts.len(), 1);
    }
}

#[test]
fn a_receiver_that_is_not_there_not_trusted_or_too_slow_is_a_problem() {
    let says = |url: &str, adjust: fn(&mut super::PushSetup), says: &str| {
        let mut setup = push_setup();
        setup.attempts = 1;
        adjust(&mut setup);
        let pusher = VeroPusher::start(url, secret(), setup).unwrap();
        let delivery = pusher.push(&notification());
        let problem = delivery.attempts[0].problem.as_deref().unwrap();
        assert!(problem.contains(says), "{problem}");
    };
    let receiver = start_receiver(&[]);
    let untrusted = |setup: &mut super::PushSetup| {
        setup.receiver_anchors_pem = world().customer_authority.pem();
    };
    says(&url(&receiver), untrusted, "TLS");

    // Bound and not listening, so that nobody else gets the port meanwhile.
    let closed = tokio::net::TcpSocket::new_v4().unwrap();
    closed.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let port = closed.local_addr().unwrap().port();
    says(
        &format!("https://127.0.0.1:{port}/"),
        |_| {},
        "nobody listens",
    );

    // Accepts by the backlog alone, and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let started = Instant::now();
    let hasty = |setup: &mut super::PushSetup| setup.time_limit = Duration::from_millis(200);
    says(&format!("https://localhost:{port}/"), hasty, "in time");
    assert!(started.elapsed() >= Duration::from_millis(200));
}

#[test]
fn pushing_works_in_a_runtime_too() {
    let receiver = start_receiver(&[]);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        let pusher = pusher(&receiver);
        assert!(pusher.push(&notification()).is_acknowledged());
    });
}

#[test]
fn records_do_not_show_the_secret() {
    let receiver = start_receiver(&[]);
    let delivery = pusher(&receiver).push(&notification());
    let shown = format!("{delivery:?} {:?}", secret());
    assert!(shown.contains("TAX_CARD"));
    assert!(!shown.contains(SECRET) && !shown.contains("c2ls"));
}
