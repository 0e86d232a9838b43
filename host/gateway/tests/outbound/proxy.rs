// SPDX-License-Identifier: Apache-2.0
//! The way through a proxy.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr, TcpStream},
    thread,
    time::Duration,
};

use silta_gateway::outbound::{
    ConnectSettings, Fault, HttpClient, HttpOutcome, Phase, Proxy, ProxyCredentials, SecretText,
    SettingsError,
};

use super::{
    certificates::Authority,
    server::{Fact, PATIENCE, end_abruptly, post, read_head, reset, send, serve, serve_answer},
};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

fn client(authority: &Authority, proxy: SocketAddr) -> HttpClient {
    through(authority, Proxy::new(&proxy.to_string()).unwrap(), PATIENCE)
}

fn through(authority: &Authority, proxy: Proxy, connect_timeout: Duration) -> HttpClient {
    HttpClient::new(ConnectSettings {
        proxy: Some(proxy),
        connect_timeout,
        ..authority.settings()
    })
    .unwrap()
}

/// Carries bytes both ways; of those to the server at most so many, after which both ways end.
fn carry(client: &TcpStream, server: SocketAddr, most: u64) {
    let server = TcpStream::connect(server).unwrap();
    let (mut back_from, mut back_to) = (server.try_clone().unwrap(), client.try_clone().unwrap());
    let back = thread::spawn(move || {
        let _ = io::copy(&mut back_from, &mut back_to);
        let _ = back_to.shutdown(Shutdown::Write);
    });
    let _ = io::copy(&mut client.take(most), &mut &server);
    let _ = server.shutdown(Shutdown::Both);
    back.join().unwrap();
}

#[test]
fn a_proxy_carries_what_it_cannot_read() {
    let authority = Authority::new();
    let server = serve_answer(authority.localhost(), OK);
    let target = server.address;
    let proxy = serve(move |mut socket| {
        let asked = read_head(&mut socket);
        socket
            .write_all(b"HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n")
            .unwrap();
        carry(&socket, target, u64::MAX);
        asked
    });
    let credentials = ProxyCredentials {
        user: "silta".to_owned(),
        password: SecretText::new("hush:hush"),
    };
    let own = Proxy::new(&proxy.address.to_string()).unwrap();
    let own = own.with_credentials(credentials).unwrap();
    assert!(!format!("{own:?}").contains("hush"));
    let outcome = send(
        &through(&authority, own, PATIENCE),
        post(&server.url(), "secret body"),
    );
    assert_eq!(Fact::of(&outcome), Fact::Answered(200));
    let host = format!("localhost:{}", target.port());
    // "silta:hush:hush" in base64.
    let basic = "Proxy-Authorization: Basic c2lsdGE6aHVzaDpodXNo";
    let asked = format!("CONNECT {host} HTTP/1.1\r\nHost: {host}\r\n{basic}\r\n\r\n");
    assert_eq!(proxy.told(), asked);
    assert!(server.told().ends_with("secret body"));
}

#[test]
fn a_proxy_that_does_not_connect_means_that_nothing_was_sent() {
    let authority = Authority::new();
    let refused = Fact::NotSent(Phase::Proxy, "proxy.refused");
    let no_http = Fact::NotSent(Phase::Proxy, "proxy.not-http");
    let long = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(16 << 10));
    #[rustfmt::skip]
    let rows = [
        ("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n", refused, Fault::Configuration),
        ("HTTP/1.1 403 Forbidden\r\n\r\n", refused, Fault::Configuration),
        ("HTTP/1.0 502 Bad Gateway\r\n\r\n", refused, Fault::Network),
        ("SSH-2.0-OpenSSH_9.9\r\n", no_http, Fault::Configuration),
        ("HTTP/1.1 yes\r\n\r\n", no_http, Fault::Configuration),
        (long.as_str(), no_http, Fault::Configuration),
        ("HTTP/1.1 200", Fact::NotSent(Phase::Proxy, "connection.closed"), Fault::Network),
        // It consents, and nobody is there.
        ("HTTP/1.1 200 OK\r\n\r\n", Fact::NotSent(Phase::Tls, "connection.closed"), Fault::Network),
    ];
    for (answer, expected, fault) in rows {
        let answer = answer.to_owned();
        let proxy = serve(move |mut socket| {
            read_head(&mut socket);
            let _ = socket.write_all(answer.as_bytes());
            end_abruptly(socket);
        });
        let outcome = send(
            &client(&authority, proxy.address),
            post("https://agency.invalid/", "x"),
        );
        assert_eq!(Fact::of(&outcome), expected);
        let HttpOutcome::NotSent(fact) = outcome else {
            unreachable!()
        };
        assert_eq!(fact.fault(), fault, "{fact}");
    }
    let silent = serve(|mut socket| io::copy(&mut socket, &mut io::sink()).is_ok());
    let silent = Proxy::new(&silent.address.to_string()).unwrap();
    let outcome = send(
        &through(&authority, silent, Duration::from_secs(5)),
        post("https://agency.invalid/", "x"),
    );
    assert_eq!(
        Fact::of(&outcome),
        Fact::NotSent(Phase::Proxy, "connect.timeout")
    );
}

#[test]
fn a_proxy_that_cuts_the_request_leaves_it_unknown() {
    let authority = Authority::new();
    let server = super::server::serve_tls(authority.localhost(), |mut tls| {
        let mut got = Vec::new();
        let _ = tls.read_to_end(&mut got);
        got.len()
    });
    let target = server.address;
    let proxy = serve(move |mut socket| {
        read_head(&mut socket);
        socket.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
        carry(&socket, target, 200_000);
        reset(&socket);
    });
    let request = post(&server.url(), vec![b'x'; 12 << 20]);
    let outcome = send(&client(&authority, proxy.address), request);
    let cut = Fact::Unknown(Phase::SendBody, "connection.closed");
    assert_eq!(Fact::of(&outcome), cut);
    let got = server.told();
    assert!(got > 0 && got < 200_000, "{got}");
}

#[test]
fn a_proxy_is_a_host_and_a_port() {
    for address in ["proxy.example:3128", "127.0.0.1:80", "[::1]:3128"] {
        assert!(Proxy::new(address).is_ok(), "{address}");
    }
    for address in [
        "",
        "proxy.example",
        "http://proxy.example:80",
        "u:p@proxy:80",
        "proxy/x:80",
        "proxy:0",
        "::1",
    ] {
        let refused = SettingsError::Proxy(address.to_owned());
        assert_eq!(Proxy::new(address), Err(refused));
    }
    let colon = ProxyCredentials {
        user: "a:b".to_owned(),
        password: SecretText::new(""),
    };
    let refused = Proxy::new("proxy:80").unwrap().with_credentials(colon);
    assert!(matches!(refused, Err(SettingsError::UserName { .. })));
}
