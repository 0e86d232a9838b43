// SPDX-License-Identifier: Apache-2.0
use std::{
    io::{self, Write},
    time::{Duration, Instant},
};

use silta_gateway::outbound::{
    HttpOutcome, HttpRequest, MOST_ANSWER_FIELDS, MOST_ANSWER_HEAD_BYTES, Phase,
};

use super::{
    certificates::Authority,
    server::{Fact, PATIENCE, is_left_silently, post, read_head, send, serve_answer, serve_tls},
};

fn with_limit(url: &str, answer_limit: u64) -> HttpRequest {
    HttpRequest {
        answer_limit,
        ..post(url, "")
    }
}

#[test]
fn a_body_may_have_as_many_bytes_as_allowed_and_not_one_more() {
    let authority = Authority::new();
    let body = "x".repeat(1000);
    let framings = [
        format!("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{body}"),
        format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3E8\r\n{body}\r\n0\r\n\r\n"),
        format!("HTTP/1.0 200 OK\r\n\r\n{body}"),
    ];
    for answer in framings {
        let server = serve_answer(authority.localhost(), answer);
        let outcome = send(&authority.client(), with_limit(&server.url(), 1000));
        assert_eq!(Fact::of(&outcome), Fact::Answered(200));
        let outcome = send(&authority.client(), with_limit(&server.url(), 999));
        let too_large = Fact::Unknown(Phase::ReadAnswer, "answer.too-large");
        assert_eq!(Fact::of(&outcome), too_large);
        let HttpOutcome::Unknown(fact) = outcome else {
            unreachable!()
        };
        assert!(fact.to_string().contains("999 bytes"), "{fact}");
    }
}

/// A body that says how large it will be is not waited for.
#[test]
fn a_declared_size_is_judged_at_once() {
    let authority = Authority::new();
    let server = serve_tls(authority.localhost(), |mut tls| {
        read_head(&mut tls);
        tls.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n")
            .unwrap();
        is_left_silently(tls)
    });
    let started = Instant::now();
    let outcome = send(&authority.client(), with_limit(&server.url(), 1000));
    let too_large = Fact::Unknown(Phase::ReadAnswer, "answer.too-large");
    assert_eq!(Fact::of(&outcome), too_large);
    assert!(started.elapsed() < PATIENCE);
    assert!(server.told());
}

#[test]
fn a_head_has_its_limits() {
    let authority = Authority::new();
    let status = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n";
    let of_size = |bytes: usize| {
        let rest = bytes - status.len() - "X: \r\n\r\n".len();
        format!("{status}X: {}\r\n\r\n", "x".repeat(rest))
    };
    let of_fields = |fields: usize| format!("{status}{}\r\n", "X: 1\r\n".repeat(fields - 1));
    let too_large = Fact::Unknown(Phase::AwaitAnswer, "answer.head-too-large");
    for (answer, expected) in [
        (of_size(MOST_ANSWER_HEAD_BYTES), Fact::Answered(200)),
        (of_size(MOST_ANSWER_HEAD_BYTES + 1), too_large),
        (of_fields(MOST_ANSWER_FIELDS), Fact::Answered(200)),
        (of_fields(MOST_ANSWER_FIELDS + 1), too_large),
    ] {
        let size = answer.len();
        let server = serve_answer(authority.localhost(), answer);
        let outcome = send(&authority.client(), post(&server.url(), ""));
        assert_eq!(Fact::of(&outcome), expected, "{size} bytes");
    }
}

#[test]
fn a_limit_of_time_names_itself() {
    let authority = Authority::new();
    let server = serve_tls(authority.localhost(), |mut tls| {
        io::copy(&mut tls, &mut io::sink()).is_ok()
    });
    let request = HttpRequest {
        timeout: Duration::from_millis(5_250),
        ..post(&server.url(), "")
    };
    let HttpOutcome::Unknown(fact) = send(&authority.client(), request) else {
        panic!("there is nothing to know")
    };
    let text = fact.to_string();
    assert!(text.contains("5.25 s (timeout of the request)"), "{text}");
}
