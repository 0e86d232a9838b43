// SPDX-License-Identifier: Apache-2.0
use std::{
    net::{SocketAddr, TcpStream},
    sync::Arc,
};

use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256, SignatureAlgorithm};
use rustls::{
    CipherSuite, ClientConfig, ClientConnection, RootCertStore,
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{CertificateDer, pem::PemObject},
};
use silta_gateway::{ListenerError, ListenerPair, ListenerSetup};
use silta_store::MemoryStore;

use super::scene::{listen, server, setup};
use crate::support::keys::Pair;

/// What the Tax Administration's push notifications come with (TLS 1.2 and 1.3).
const SUITES: [CipherSuite; 6] = [
    CipherSuite::TLS13_AES_128_GCM_SHA256,
    CipherSuite::TLS13_AES_256_GCM_SHA384,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
];

fn of_localhost(algorithm: &'static SignatureAlgorithm) -> Pair {
    let key = KeyPair::generate_for(algorithm).unwrap();
    let params = CertificateParams::new(["localhost".to_owned()]).unwrap();
    Pair {
        certificate: params.self_signed(&key).unwrap().pem(),
        key: key.serialize_pem(),
    }
}

fn beside(pair: &Pair) -> ListenerSetup {
    ListenerSetup {
        also: vec![ListenerPair {
            private_key: pair.key.clone().into(),
            certificates: pair.certificate.clone().into(),
        }],
        ..setup(Arc::new(MemoryStore::default()))
    }
}

/// The suite agreed upon with a client that knows no other, and trusts these servers.
fn agreed(address: SocketAddr, suite: CipherSuite, trusted: &[&Pair]) -> Option<CipherSuite> {
    let provider = aws_lc_rs::default_provider();
    let known = provider.cipher_suites.iter().copied();
    let provider = CryptoProvider {
        cipher_suites: known.filter(|known| known.suite() == suite).collect(),
        ..provider
    };
    let mut anchors = RootCertStore::empty();
    for pair in trusted {
        anchors
            .add(CertificateDer::from_pem_slice(pair.certificate.as_bytes()).unwrap())
            .unwrap();
    }
    let versions: &[_] = match suite {
        CipherSuite::TLS13_AES_128_GCM_SHA256 | CipherSuite::TLS13_AES_256_GCM_SHA384 => {
            &[&rustls::version::TLS13]
        }
        _ => &[&rustls::version::TLS12],
    };
    let config = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(anchors)
        .with_no_client_auth();
    let name = "localhost".try_into().unwrap();
    let mut tls = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut socket = TcpStream::connect(address).unwrap();
    while tls.is_handshaking() {
        tls.complete_io(&mut socket).ok()?;
    }
    tls.negotiated_cipher_suite().map(|agreed| agreed.suite())
}

#[test]
fn with_certificates_of_both_kinds_there_is_every_suite() {
    let rsa = of_localhost(&PKCS_RSA_SHA256);
    let both = listen(beside(&rsa)).unwrap();
    let one = listen(setup(Arc::new(MemoryStore::default()))).unwrap();
    for suite in SUITES {
        let trusted = [server(), &rsa];
        assert_eq!(agreed(both.address(), suite, &trusted), Some(suite));
        let is_of_rsa = format!("{suite:?}").contains("ECDHE_RSA");
        let with_one = agreed(one.address(), suite, &trusted);
        assert_eq!(with_one, (!is_of_rsa).then_some(suite));
    }
}

#[test]
fn a_further_certificate_that_cannot_serve_is_told_apart() {
    let mut broken = server().clone();
    broken.key = broken.certificate.clone();
    match listen(beside(&broken)).unwrap_err() {
        ListenerError::Also { number: 1, error } => {
            assert!(matches!(*error, ListenerError::Key(_)), "{error}");
        }
        other => panic!("{other}"),
    }
}
