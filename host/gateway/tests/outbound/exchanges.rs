// SPDX-License-Identifier: Apache-2.0
use std::{io::Write, net::SocketAddr, pin::pin, sync::mpsc};

use bytes::Bytes;
use silta_gateway::outbound::{
    Blocking, Fault, HttpOutcome, HttpRequest, Phase, Reached, SecretHeader, SecretText,
};
use socket2::{Domain, Socket, Type};

use super::{
    certificates::Authority,
    server::{
        Fact, PATIENCE, Server, end, is_left_silently, post, read_head, send, serve, serve_answer,
        serve_tls, shake_hands,
    },
};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

#[test]
fn a_request_is_sent_as_it_is_and_its_answer_comes_back() {
    let authority = Authority::new();
    let answer = "HTTP/1.1 418 \r\nX-One: 1\r\nX-One: \u{e4}\r\nContent-Length: 6\r\n\r\nanswer";
    let server = serve_answer(authority.localhost(), answer);
    let request = HttpRequest {
        headers: vec![("SOAPAction".to_owned(), "\"urn:a\"".to_owned())],
        secret_headers: vec![SecretHeader {
            name: "Authorization".to_owned(),
            value: SecretText::new("Bearer hush"),
        }],
        // Three segments, one of which is larger than a record of TLS.
        body: vec![
            Bytes::from("one "),
            "x".repeat(40_000).into(),
            " two".into(),
        ]
        .into(),
        timeout: PATIENCE,
        ..HttpRequest::new("POST", server.url())
    };
    let shown = format!("{request:?}");
    let HttpOutcome::Answered(answer) = send(&authority.client(), request) else {
        panic!("there is no answer");
    };
    assert_eq!(answer.status, 418);
    assert_eq!(answer.headers[1], ("x-one".to_owned(), "\u{e4}".to_owned()));
    assert_eq!(answer.body.to_vec(), b"answer");

    let received = server.told();
    let (head, body) = received.split_once("\r\n\r\n").unwrap();
    let mut lines: Vec<_> = head.lines().collect();
    assert_eq!(lines.remove(0), "POST /x?y HTTP/1.1");
    lines.sort_unstable();
    let host = format!("Host: localhost:{}", server.address.port());
    let agent = concat!("User-Agent: silta/", env!("CARGO_PKG_VERSION"));
    let expected = [
        "Authorization: Bearer hush",
        "Connection: close",
        "Content-Length: 40008",
        host.as_str(),
        "Soapaction: \"urn:a\"",
        agent,
    ];
    assert_eq!(lines, expected);
    assert_eq!(body, format!("one {} two", "x".repeat(40_000)));
    for text in [shown, format!("{answer:?}")] {
        assert!(!text.contains("hush") && !text.contains("urn:a"), "{text}");
    }
}

#[test]
fn answers_in_every_framing_are_read_whole() {
    let authority = Authority::new();
    #[rustfmt::skip]
    let rows = [
        (OK, "ok"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1;x=y\r\nk\r\n0\r\nX: 1\r\n\r\n", "ok"),
        // To the end of the connection, which TLS tells from a cut.
        ("HTTP/1.0 200 OK\r\n\r\nok", "ok"),
        ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "ok"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 500 trailing garbage", "ok"),
        ("HTTP/1.1 204 No Content\r\n\r\n", ""),
        ("HTTP/1.1 302 Found\r\nLocation: https://localhost:1/\r\nContent-Length: 0\r\n\r\n", ""),
    ];
    for (answer, body) in rows {
        let server = serve_answer(authority.localhost(), answer);
        match send(&authority.client(), post(&server.url(), "x")) {
            HttpOutcome::Answered(answer) => assert_eq!(answer.body.to_vec(), body.as_bytes()),
            other => panic!("{answer}: {other:?}"),
        }
    }
}

#[test]
fn methods_without_a_body_have_none() {
    let authority = Authority::new();
    let server = serve_answer(authority.localhost(), OK);
    for (method, has_length) in [("GET", false), ("DELETE", false), ("POST", true)] {
        let request = HttpRequest::new(method, server.url());
        assert_eq!(
            Fact::of(&send(&authority.client(), request)),
            Fact::Answered(200)
        );
        let received = server.told();
        assert_eq!(
            received.contains("Content-Length: 0\r\n"),
            has_length,
            "{received}"
        );
        assert!(!received.contains("Transfer-Encoding"));
    }
    let server = serve_answer(
        authority.localhost(),
        "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n",
    );
    let request = HttpRequest::new("HEAD", server.url());
    assert_eq!(
        Fact::of(&send(&authority.client(), request)),
        Fact::Answered(200)
    );
}

/// Long forbidden, and read by clients all the same (RFC 9112 §5.1 and §5.2).
#[test]
fn fields_as_older_servers_write_them_are_read() {
    let authority = Authority::new();
    let answer = "HTTP/1.1 200 OK\r\nContent-Type: multipart/related;\r\n\tboundary=\"b\";\r\n  type=\"text/xml\"\r\nX-Two : 2\r\nContent-Length: 2\r\n\r\nok";
    let server = serve_answer(authority.localhost(), answer);
    let HttpOutcome::Answered(answer) = send(&authority.client(), post(&server.url(), "x")) else {
        panic!("there is no answer");
    };
    let fields: Vec<_> = answer.headers.iter().collect();
    let text = |name: &str| {
        let (_, value) = fields.iter().find(|(other, _)| other == name).unwrap();
        value.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        text("content-type"),
        "multipart/related; boundary=\"b\"; type=\"text/xml\""
    );
    assert_eq!(text("x-two"), "2");
    assert_eq!(answer.body.to_vec(), b"ok");
}

/// A server that has heard enough says so and reads no more; its answer counts, whatever becomes of the rest of the request.
#[test]
fn an_answer_before_the_end_of_the_request_counts() {
    let authority = Authority::new();
    let (end, is_over) = mpsc::channel::<()>();
    let server = serve_tls(authority.localhost(), move |mut tls| {
        read_head(&mut tls);
        tls.write_all(b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 4\r\n\r\nmuch")
            .unwrap();
        let _ = is_over.recv();
    });
    let request = post(&server.url(), vec![b'x'; 12 << 20]);
    match send(&authority.client(), request) {
        HttpOutcome::Answered(answer) => assert_eq!(answer.body.to_vec(), b"much"),
        other => panic!("{other:?}"),
    }
    drop(end);
}

#[test]
fn what_cannot_be_sent_is_refused_before_connecting() {
    let authority = Authority::new();
    let server = serve(|_| ());
    let plain = server.url().replace("https:", "http:");
    let named = |name: &str| HttpRequest {
        headers: vec![(name.to_owned(), "x".to_owned())],
        ..post(&server.url(), "")
    };
    #[rustfmt::skip]
    let rows = [
        (post(&plain, ""), "request.url", Fault::Configuration),
        (post("https://localhost:0/", ""), "request.url", Fault::Configuration),
        (post("https://u:p@localhost/", ""), "request.url", Fault::Configuration),
        (HttpRequest::new("CONNECT", server.url()), "request.method", Fault::Caller),
        (named("Host"), "request.header", Fault::Caller),
        (named("a b"), "request.header", Fault::Caller),
    ];
    for (request, code, fault) in rows {
        let outcome = send(&authority.client(), request);
        assert_eq!(Fact::of(&outcome), Fact::NotSent(Phase::Prepare, code));
        let HttpOutcome::NotSent(fact) = outcome else {
            unreachable!()
        };
        assert_eq!(fact.fault(), fault, "{fact}");
    }
    assert!(server.is_untouched());
}

#[test]
fn a_host_that_does_not_answer_at_one_address_is_tried_at_the_next() {
    let authority = Authority::new();
    // `localhost` is ::1 as well on most machines, where nothing listens.
    let server = serve_answer(authority.localhost(), OK);
    assert_eq!(
        Fact::of(&send(&authority.client(), post(&server.url(), ""))),
        Fact::Answered(200)
    );
}

#[test]
fn where_nobody_is_nothing_is_sent() {
    let authority = Authority::new();
    // Bound, so that nobody else gets the port, and not listened at.
    let closed = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
    closed.bind(&loopback.into()).unwrap();
    let address = closed.local_addr().unwrap().as_socket().unwrap();
    let outcome = send(
        &authority.client(),
        post(&format!("https://{address}/"), "x"),
    );
    let refused = Fact::NotSent(Phase::Connect, "connect.refused");
    assert_eq!(Fact::of(&outcome), refused);
    // A name that never exists (RFC 6761 §6.4).
    let outcome = send(&authority.client(), post("https://agency.invalid/", "x"));
    let unknown = Fact::NotSent(Phase::Resolve, "connect.not-resolved");
    assert_eq!(Fact::of(&outcome), unknown);
}

#[test]
fn reaching_a_server_sends_nothing() {
    let authority = Authority::new();
    let server = serve_tls(authority.localhost(), is_left_silently);
    let blocking = Blocking::new().unwrap();
    let reached: Reached = blocking
        .reach(&authority.client(), &server.url(), None)
        .unwrap();
    assert_eq!(reached.version, "TLSv1_3");
    assert_eq!(reached.certificates.len(), 1);
    assert!(!reached.asks_for_certificate);
    assert!(server.told());
    let untrusting = Authority::new().client();
    let refused = blocking
        .reach(&untrusting, &server.url(), None)
        .unwrap_err();
    assert_eq!(
        (refused.phase, refused.reason.code()),
        (Phase::Tls, "tls.not-trusted")
    );
}

#[test]
fn dropping_a_request_closes_its_connection() {
    let authority = Authority::new();
    let config = authority.localhost();
    let (came, has_come) = mpsc::channel();
    let server = serve(move |stream| {
        let mut tls = shake_hands(&config, stream).unwrap();
        read_head(&mut tls);
        came.send(()).unwrap();
        is_left_silently(tls)
    });
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let client = authority.client();
    let request = post(&server.url(), "");
    let task = runtime.spawn(async move {
        let sending = pin!(client.send(request));
        sending.await
    });
    has_come.recv_timeout(PATIENCE).unwrap();
    task.abort();
    assert!(server.told());
}

#[test]
fn several_threads_share_a_client() {
    let authority = Authority::new();
    let servers: Vec<_> = (0..4)
        .map(|_| serve_answer(authority.localhost(), OK))
        .collect();
    let (client, blocking) = (authority.client(), Blocking::new().unwrap());
    std::thread::scope(|scope| {
        for url in servers.iter().map(Server::url) {
            let (client, blocking) = (&client, &blocking);
            scope.spawn(move || {
                let outcome = blocking.send(client, post(&url, "x"));
                assert_eq!(Fact::of(&outcome), Fact::Answered(200));
            });
        }
    });
}

#[test]
fn a_server_of_the_older_version_is_fine() {
    let authority = Authority::new();
    let pair = authority.server_valid("localhost", (2000, 3000));
    let config = super::certificates::config(&pair, &[&rustls::version::TLS12]);
    let server = serve_tls(config, |mut tls| {
        read_head(&mut tls);
        tls.write_all(OK.as_bytes()).unwrap();
        end(tls);
    });
    assert_eq!(
        Fact::of(&send(&authority.client(), post(&server.url(), ""))),
        Fact::Answered(200)
    );
}
