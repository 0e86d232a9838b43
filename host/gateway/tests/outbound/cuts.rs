// SPDX-License-Identifier: Apache-2.0
//! The connection ended at every point, and what is known then.

use std::{
    io::{self, Read, Write},
    net::TcpStream,
    sync::Arc,
    time::Duration,
};

use rustls::{ServerConfig, ServerConnection};
use silta_gateway::outbound::{ConnectSettings, HttpClient, HttpRequest, Phase};

use super::{
    certificates::Authority,
    server::{
        Fact, PATIENCE, Tls, at_once, end, end_abruptly, is_left_silently, post, read_head,
        read_request, reset, send, serve, serve_tls, shake_hands,
    },
};

type Script = fn(TcpStream, &Arc<ServerConfig>);
type TlsScript = fn(Tls);

/// More than what sockets and TLS hold back, so that the request cannot be handed over whole.
const LARGE: usize = 12 << 20;

/// Enough, on a busy machine, for all that comes before the silence. Cases are tried at once, so that this is waited for once.
const SHORT: Duration = Duration::from_secs(5);

/// Before TLS stands nothing can have been sent, whatever happens.
#[test]
fn before_tls_stands_nothing_is_sent() {
    let closed = Fact::NotSent(Phase::Tls, "connection.closed");
    let cases: [(&str, Script, Fact); 8] = [
        ("closed at once", |_, _| (), closed),
        (
            "reset within the client's hello",
            |mut socket, _| {
                socket.read_exact(&mut [0; 20]).unwrap();
                reset(&socket);
            },
            closed,
        ),
        (
            "closed within the client's hello",
            |mut socket, _| {
                socket.read_exact(&mut [0; 20]).unwrap();
            },
            closed,
        ),
        (
            "closed after the client's hello",
            |mut socket, _| {
                let _ = socket.read(&mut [0; 4096]).unwrap();
                end_abruptly(socket);
            },
            closed,
        ),
        (
            "closed within the server's flight",
            |socket, config| {
                let flight = first_flight(&socket, config);
                (&socket).write_all(&flight[..flight.len() / 2]).unwrap();
                end_abruptly(socket);
            },
            closed,
        ),
        (
            "silent",
            |mut socket, _| {
                let _ = io::copy(&mut socket, &mut io::sink());
            },
            Fact::NotSent(Phase::Tls, "connect.timeout"),
        ),
        (
            "HTTP without TLS",
            |mut socket, _| {
                socket
                    .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                    .unwrap();
                end_abruptly(socket);
            },
            Fact::NotSent(Phase::Tls, "tls.none"),
        ),
        (
            "TLS of no version that is spoken",
            |mut socket, _| {
                let _ = socket.read(&mut [0; 4096]).unwrap();
                // Alert, fatal, protocol_version.
                socket.write_all(&[21, 3, 1, 0, 2, 2, 70]).unwrap();
                end_abruptly(socket);
            },
            Fact::NotSent(Phase::Tls, "tls.nothing-in-common"),
        ),
    ];
    let authority = Authority::new();
    at_once(cases, |(name, script, expected)| {
        let config = authority.localhost();
        let server = serve(move |socket| script(socket, &config));
        let client = HttpClient::new(ConnectSettings {
            connect_timeout: match expected {
                Fact::NotSent(_, "connect.timeout") => SHORT,
                _ => PATIENCE,
            },
            ..authority.settings()
        });
        let outcome = send(&client.unwrap(), post(&server.url(), "x"));
        assert_eq!(Fact::of(&outcome), expected, "{name}");
    });
}

/// What a server says after the client's hello.
fn first_flight(mut socket: &TcpStream, config: &Arc<ServerConfig>) -> Vec<u8> {
    let mut tls = ServerConnection::new(Arc::clone(config)).unwrap();
    tls.read_tls(&mut socket).unwrap();
    tls.process_new_packets().unwrap();
    let mut flight = Vec::new();
    while tls.wants_write() {
        tls.write_tls(&mut flight).unwrap();
    }
    flight
}

/// Once bytes of the request may have left, nobody knows.
#[test]
fn once_a_byte_has_left_nobody_knows() {
    let unknown = Fact::Unknown;
    #[rustfmt::skip]
    let cases: [(&str, usize, TlsScript, Fact); 19] = [
        (
            "closed after a byte",
            LARGE,
            |mut tls| {
                tls.read_exact(&mut [0]).unwrap();
            },
            unknown(Phase::SendBody, "connection.closed"),
        ),
        (
            "closed after the head",
            LARGE,
            |mut tls| {
                read_head(&mut tls);
            },
            unknown(Phase::SendBody, "connection.closed"),
        ),
        (
            "reset within the body",
            LARGE,
            |mut tls| {
                tls.read_exact(&mut [0; 100_000]).unwrap();
                reset(&tls.sock);
            },
            unknown(Phase::SendBody, "connection.closed"),
        ),
        (
            "silent within the body",
            LARGE,
            |mut tls| {
                read_head(&mut tls);
                // The client has gone long before; nobody waits for this.
                std::thread::sleep(6 * SHORT);
            },
            unknown(Phase::SendBody, "answer.timeout"),
        ),
        (
            "ended after the request",
            10,
            |mut tls| {
                read_request(&mut tls);
                end(tls);
            },
            unknown(Phase::AwaitAnswer, "connection.closed"),
        ),
        (
            "cut after the request",
            10,
            |mut tls| {
                read_request(&mut tls);
                end_abruptly(tls.sock);
            },
            unknown(Phase::AwaitAnswer, "connection.closed"),
        ),
        (
            "reset after the request",
            10,
            |mut tls| {
                read_request(&mut tls);
                reset(&tls.sock);
            },
            unknown(Phase::AwaitAnswer, "connection.closed"),
        ),
        (
            "silent after the request",
            10,
            |mut tls| {
                read_request(&mut tls);
                is_left_silently(tls);
            },
            unknown(Phase::AwaitAnswer, "answer.timeout"),
        ),
        ("cut within the head", 10, |tls| cut(tls, "HTTP/1.1 200 OK\r\nConte"), unknown(Phase::AwaitAnswer, "connection.closed")),
        ("ended within the head", 10, |tls| ended(tls, "HTTP/1.1 200 OK\r\nConte"), unknown(Phase::AwaitAnswer, "connection.closed")),
        ("cut after an interim answer", 10, |tls| cut(tls, "HTTP/1.1 100 Continue\r\n\r\n"), unknown(Phase::AwaitAnswer, "connection.closed")),
        ("no HTTP", 10, |tls| ended(tls, "220 mail.example ESMTP\r\n"), unknown(Phase::AwaitAnswer, "answer.not-http")),
        (
            "another protocol",
            10,
            |tls| {
                ended(
                    tls,
                    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
                )
            },
            unknown(Phase::ReadAnswer, "answer.not-http"),
        ),
        (
            "cut within the body",
            10,
            |tls| cut(tls, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n1234"),
            unknown(Phase::ReadAnswer, "answer.cut-short"),
        ),
        (
            "ended within the body",
            10,
            |tls| ended(tls, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n1234"),
            unknown(Phase::ReadAnswer, "answer.cut-short"),
        ),
        (
            "ended within the chunks",
            10,
            |tls| {
                ended(
                    tls,
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n1234\r\n",
                )
            },
            unknown(Phase::ReadAnswer, "answer.cut-short"),
        ),
        (
            "a broken chunk",
            10,
            |tls| {
                ended(
                    tls,
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n1234\r\n",
                )
            },
            unknown(Phase::ReadAnswer, "answer.not-http"),
        ),
        // Without a length only TLS tells the end from a cut.
        ("cut where a body may end", 10, |tls| cut(tls, "HTTP/1.1 200 OK\r\n\r\n1234"), unknown(Phase::ReadAnswer, "answer.cut-short")),
        (
            "silent within the body",
            10,
            |mut tls| {
                read_request(&mut tls);
                tls.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n1234")
                    .unwrap();
                is_left_silently(tls);
            },
            unknown(Phase::ReadAnswer, "answer.timeout"),
        ),
    ];
    let authority = Authority::new();
    at_once(cases, |(name, body, script, expected)| {
        let server = serve_tls(authority.localhost(), script);
        let patient = post(&server.url(), vec![b'x'; body]);
        let request = match expected {
            Fact::Unknown(_, "answer.timeout") => HttpRequest {
                timeout: SHORT,
                ..patient
            },
            _ => patient,
        };
        let outcome = send(&authority.client(), request);
        assert_eq!(Fact::of(&outcome), expected, "{name}");
    });
}

fn cut(mut tls: Tls, answer: &str) {
    read_request(&mut tls);
    tls.write_all(answer.as_bytes()).unwrap();
    end_abruptly(tls.sock);
}

fn ended(mut tls: Tls, answer: &str) {
    read_request(&mut tls);
    tls.write_all(answer.as_bytes()).unwrap();
    end(tls);
}

/// A server that closes right after the handshake may do so before the client has begun or after: whichever it is, "not sent" is only said when the
/// server has got nothing.
#[test]
fn right_after_the_handshake_not_sent_is_never_said_wrongly() {
    let authority = Authority::new();
    let config = authority.localhost();
    let server = serve(move |socket| {
        let mut tls = shake_hands(&config, socket).unwrap();
        tls.conn.send_close_notify();
        let _ = tls.flush();
        let mut got = Vec::new();
        let _ = tls.read_to_end(&mut got);
        !got.is_empty()
    });
    for _ in 0..50 {
        let outcome = Fact::of(&send(&authority.client(), post(&server.url(), "x")));
        let has_got = server.told();
        match outcome {
            Fact::NotSent(Phase::SendHead, "connection.closed") => assert!(!has_got),
            Fact::Unknown(
                Phase::SendHead | Phase::SendBody | Phase::AwaitAnswer,
                "connection.closed",
            ) => {}
            other => panic!("{other:?}"),
        }
    }
}
