// SPDX-License-Identifier: Apache-2.0
//! As whom we come.

use std::{
    io::{self, BufRead, Write},
    sync::Arc,
};

use rcgen::{
    CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_RSA_SHA256,
};
use rustls::{
    RootCertStore, ServerConfig, SupportedProtocolVersion,
    crypto::aws_lc_rs::default_provider,
    server::WebPkiClientVerifier,
    version::{TLS12, TLS13},
};
use silta::{Keyring, RoleKey};
use silta_gateway::outbound::{Blocking, Fault, HttpOutcome, HttpRequest, Phase, Unknown};

use super::{
    certificates::Authority,
    server::{Fact, Server, end, end_abruptly, post, read_request, send, serve},
};

/// A server that wants a certificate of the authority and tells the one it got. A refusal arrives whole before the connection ends.
fn strict(
    authority: &Authority,
    version: &'static SupportedProtocolVersion,
) -> Server<Option<Vec<u8>>> {
    let mut roots = RootCertStore::empty();
    roots.add(authority.der.clone().into()).unwrap();
    let provider = Arc::new(default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider.clone());
    let pair = authority.server_valid("localhost", (2000, 3000));
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .unwrap()
        .with_client_cert_verifier(verifier.build().unwrap())
        .with_single_cert(vec![pair.der.clone().into()], pair.private_key())
        .unwrap();
    let config = Arc::new(config);
    serve(move |mut socket| {
        let mut tls = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
        while tls.is_handshaking() {
            if tls.complete_io(&mut socket).is_err() {
                let _ = tls.write_tls(&mut socket);
                end_abruptly(socket);
                return None;
            }
        }
        let shown = tls.peer_certificates().unwrap()[0].to_vec();
        let mut tls = rustls::StreamOwned::new(tls, socket);
        // A client that only wanted to see.
        if tls.fill_buf().is_ok_and(<[u8]>::is_empty) {
            return Some(shown);
        }
        read_request(&mut tls);
        tls.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            .unwrap();
        end(tls);
        Some(shown)
    })
}

#[test]
fn a_server_that_asks_sees_the_certificate_of_the_role() {
    let authority = Authority::new();
    for algorithm in [
        &PKCS_ECDSA_P256_SHA256,
        &PKCS_ECDSA_P384_SHA384,
        &PKCS_RSA_SHA256,
    ] {
        let pair = authority.client_pair(algorithm);
        let key = RoleKey::from_pem(pair.key.as_bytes(), pair.pem.as_bytes()).unwrap();
        // Whoever sends takes the key out of the agency's keyring.
        let key = Keyring::new().with("builder", key).shared("builder");
        for version in [&TLS12, &TLS13] {
            let server = strict(&authority, version);
            let request = HttpRequest {
                client_key: key.clone(),
                ..post(&server.url(), "x")
            };
            let outcome = send(&authority.client(), request);
            assert_eq!(Fact::of(&outcome), Fact::Answered(200));
            assert_eq!(server.told(), Some(pair.der.clone()));
        }
    }
}

/// In TLS 1.2 the server judges the certificate within the handshake, in TLS 1.3 after the client is through with it: then the request may have left.
#[test]
fn a_refused_certificate_is_told_as_what_it_is() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let key = stranger.client_pair(&PKCS_ECDSA_P256_SHA256).role_key();
    for (key, code) in [
        (None, "client-certificate.missing"),
        (Some(key), "client-certificate.refused"),
    ] {
        let of = |server: &Server<_>| HttpRequest {
            client_key: key.clone(),
            ..post(&server.url(), "x")
        };
        let server = strict(&authority, &TLS12);
        let outcome = send(&authority.client(), of(&server));
        let refused = Fact::NotSent(Phase::Tls, code);
        assert_eq!(Fact::of(&outcome), refused);
        assert_eq!(server.told(), None);

        let server = strict(&authority, &TLS13);
        match send(&authority.client(), of(&server)) {
            HttpOutcome::Unknown(Unknown { reason, .. }) => {
                assert_eq!(reason.code(), code);
                assert_eq!(reason.fault(), Fault::Configuration);
            }
            // The refusal came before the first byte.
            HttpOutcome::NotSent(fact) => {
                assert_eq!(fact.reason.code(), code);
            }
            HttpOutcome::Answered(_) => panic!("the server lets everybody in"),
        }
        assert_eq!(server.told(), None);
    }
}

#[test]
fn reaching_a_server_tells_whether_it_asks() {
    let authority = Authority::new();
    let key = authority.client_pair(&PKCS_ECDSA_P256_SHA256).role_key();
    for version in [&TLS12, &TLS13] {
        let server = strict(&authority, version);
        let blocking = Blocking::new().unwrap();
        let reached = blocking.reach(&authority.client(), &server.url(), Some(key.clone()));
        assert!(reached.unwrap().asks_for_certificate);
    }
}

#[test]
fn a_certificate_that_is_out_of_date_is_not_shown() {
    let authority = Authority::new();
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.not_after = rcgen::date_time_ymd(2001, 1, 1);
    params.not_before = rcgen::date_time_ymd(2000, 1, 1);
    let pem = params.self_signed(&key).unwrap().pem();
    let key = RoleKey::from_pem(key.serialize_pem().as_bytes(), pem.as_bytes()).unwrap();
    let server = serve(|mut socket| io::copy(&mut socket, &mut io::sink()).is_ok());
    let request = HttpRequest {
        client_key: Some(Arc::new(key)),
        ..post(&server.url(), "x")
    };
    let outcome = send(&authority.client(), request);
    let expired = Fact::NotSent(Phase::Prepare, "client-certificate.unusable");
    assert_eq!(Fact::of(&outcome), expired);
    assert!(server.is_untouched());
}
