// SPDX-License-Identifier: Apache-2.0
//! Who may call, and where.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use super::super::{Operation, Verdict};
use super::client::{Client, electronic};
use super::{start, suomifi};
use crate::simulator::{Event, Simulator};

/// A call of each operation, right but for ids.
#[rustfmt::skip]
const CALLS: [(&str, &str); 11] = [
    ("POST", "/v1/token"),
    ("POST", "/v1/change-password"),
    ("POST", "/v1/mailboxes/active"),
    ("GET", "/v1/messages/id?externalId=a"),
    ("GET", "/v2/messages/7"),
    ("GET", "/v1/attachments/4d2e0ae2-8ac1-4d41-8c3e-d4a2e6a0f111"),
    ("POST", "/v2/attachments"),
    ("GET", "/v2/events"),
    ("POST", "/v2/messages"),
    ("POST", "/v2/messages/electronic"),
    ("POST", "/v2/paper-mail-without-id"),
];

#[test]
fn foreign_addresses_are_forbidden_everything() {
    let elsewhere = IpAddr::from(Ipv4Addr::new(192, 0, 2, 7));
    let client = start(|setup| setup.allowed_addresses = vec![elsewhere]);
    for (method, path) in CALLS {
        let reply = client.call(method, path, "", "").unwrap();
        assert_eq!(reply.status, 403, "{path}");
        assert!(reply.json()["message"].is_string());
        assert!(!reply.head.contains("traceid"));
        assert!(!client.last().passed("allow-list"));
    }
    let client =
        start(|setup| setup.allowed_addresses = vec![elsewhere, Ipv4Addr::LOCALHOST.into()]);
    assert_eq!(client.page(None).status, 200);
    assert!(client.last().passed("allow-list"));
}

#[test]
fn all_but_two_want_a_token() {
    let client = suomifi();
    for (method, path) in CALLS {
        let reply = client.send(method, path, "", "").unwrap();
        let wants = !path.ends_with("/token") && !path.ends_with("-password");
        assert_eq!(reply.status == 401, wants, "{path}: {reply:?}");
        if wants {
            assert!(reply.refused(401).contains("Authorization"));
        }
        assert!(reply.head.contains("traceid: "), "{reply:?}");
        assert!(!client.last().passed("access-token"));
    }
}

fn status(client: &Client, header: &str) -> u16 {
    let header = format!("Authorization: {header}\r\n");
    client
        .send("GET", "/v2/events", &header, "")
        .unwrap()
        .status
}

#[test]
fn tokens_are_taken_after_bearer_and_bare() {
    let client = suomifi();
    let token = &client.token;
    assert!("=.".chars().all(|letter| token.contains(letter)), "{token}");
    for right in [
        token.clone(),
        format!("Bearer {token}"),
        format!("bearer {token}"),
    ] {
        assert_eq!(status(&client, &right), 200, "{right}");
        assert!(client.last().passed("access-token"));
    }
    for wrong in [
        String::new(),
        "Bearer".to_owned(),
        format!("Basic {token}"),
        format!("{token}x"),
        token[1..].to_owned(),
    ] {
        assert_eq!(status(&client, &wrong), 401, "{wrong}");
    }
}

#[test]
fn other_paths_and_methods_are_refused() {
    let client = suomifi();
    for path in [
        "/",
        "/v1/messages",
        "/v2/messages/1/2",
        "/v2/messages/",
        "/v3/attachments",
        "/v2/events/",
    ] {
        assert!(client.get(path).refused(404).contains("path"), "{path}");
        assert_eq!(client.last().operation, None);
    }
    for (method, path) in CALLS {
        let other = if method == "GET" { "POST" } else { "GET" };
        let reply = client.call(other, path, "", "").unwrap();
        reply.refused(405);
        let allow = format!("allow: {}", method.to_lowercase());
        assert!(reply.head.contains(&allow), "{reply:?}");
        let last = client.last();
        assert!(last.passed("http-path") && !last.passed("http-method"));
    }
}

#[test]
fn a_query_holds_what_is_declared() {
    let client = suomifi();
    for (path, says) in [
        ("/v2/events?token=a", "not known"),
        ("/v2/events?continuationToken=a&b", "not known"),
        (
            "/v2/events?continuationToken=a&continuationToken=b",
            "twice",
        ),
        ("/v2/events?continuationToken=%C3", "percent-encoded"),
        ("/v2/events?continuationToken=%zz", "percent-encoded"),
        ("/v2/messages/7?a=b", "not known"),
    ] {
        let reason = client.get(path).refused(400);
        assert!(reason.contains(says), "{path}: {reason}");
        assert!(!client.last().passed("query"));
    }
    let errors = client.get("/v1/messages/id").validation_errors();
    assert!(errors[0]["error"].as_str().unwrap().contains("externalId"));
}

#[test]
fn each_request_is_recorded_and_shown_without_what_it_holds() {
    let client = suomifi();
    let id = client
        .post("/v2/messages/electronic", &electronic("a-1"))
        .message_id();
    let received = client.last();
    assert_eq!(received.operation, Some(Operation::SendElectronic));
    assert_eq!(received.verdict, Verdict::Accepted);
    assert_eq!(
        (received.http_status, received.reason.as_deref()),
        (200, None)
    );
    assert_eq!(received.message_id, Some(id));
    let checks = [
        "allow-list",
        "http-path",
        "http-method",
        "access-token",
        "query",
        "body-size",
        "content-type",
        "json",
        "properties",
        "new-external-id",
        "sender-active",
        "reply-target",
        "mailbox",
        "attachments",
    ];
    assert_eq!(received.checks, checks);
    let shown = format!("{received:?} {:?}", client.sent());
    let events = client.take_events(Duration::ZERO);
    let shown = format!("{shown} {events:?}");
    for secret in ["010190", "Päätös", "hakemuksenne", &client.token] {
        assert!(!shown.contains(secret), "{shown}");
    }
    let Event {
        operation,
        verdict,
        code,
        details,
        ..
    } = &events[0];
    assert_eq!(operation.as_deref(), Some("POST /v2/messages/electronic"));
    assert_eq!((*verdict, code.as_deref()), ("accepted", Some("200")));
    assert_eq!(details["messageId"], id);
    assert_eq!(details["checks"].as_array().unwrap().len(), checks.len());
    assert!(client.received().is_empty());
}
