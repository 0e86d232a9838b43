// SPDX-License-Identifier: Apache-2.0
use std::{io::Write, os::unix::net::UnixStream, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD};
use rustls::{
    Error, SignatureAlgorithm, SignatureScheme,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    sign::{Signer, SigningKey},
};
use serde_json::json;
use silta::{AnchorSet, Blob, TrustStore, observe::hexadecimal};
use silta_gateway::{ListenerError, ListenerLimits, TrustedProxies};
use silta_store::MemoryStore;

use super::{
    client::{Answer, Client, post},
    scene::{Scene, listen, server, setup},
};
use crate::support::{
    host::{host, rogue},
    keys::{self, Pair},
};

fn der(pair: &Pair) -> Vec<u8> {
    let certificate = CertificateDer::from_pem_slice(pair.certificate.as_bytes());
    certificate.unwrap().to_vec()
}

fn versions() -> [Client; 2] {
    let client = Client::trusting(server());
    [client.clone(), client.with_tls_1_2()]
}

/// A listener whose component can have these certificates identified.
fn pinning(pinned: &[&Pair]) -> Scene {
    let mut callers = AnchorSet::new();
    for pair in pinned {
        callers = callers.with_pins_pem(pair.certificate.as_bytes()).unwrap();
    }
    Scene::trusting(TrustStore::new().with("customs", callers))
}

/// What the component is told of the peer of a call.
fn peer_of(answer: &Answer) -> serde_json::Value {
    answer.json()["peer"].clone()
}

fn fingerprint(pair: &Pair) -> serde_json::Value {
    let digest = Blob::from(der(pair)).sha256();
    json!({"fingerprint": hexadecimal(&digest)})
}

fn refused(reason: &str) -> serde_json::Value {
    json!({"refused": format!("IdentifyError::{reason}")})
}

#[test]
fn the_caller_is_identified_by_the_first_certificate_that_it_shows() {
    let (own, other) = (keys::ecdsa(), keys::ecdsa());
    let scene = pinning(&[&own]);
    let unknown = pinning(&[]);
    for client in versions() {
        // Trust is the component's judgement: neither was issued by the other, nor by anybody who is trusted here.
        let client = client.showing(&[&own, &other], &own);
        let answer = client.call(scene.listener.address(), &post("/rogue/echo", ""));
        assert_eq!(peer_of(&answer), fingerprint(&own));
        let answer = client.call(unknown.listener.address(), &post("/rogue/echo", ""));
        assert_eq!(peer_of(&answer), refused("NoPath"));
    }
}

#[test]
fn a_certificate_out_of_its_time_is_handed_over_too() {
    let own = keys::ecdsa_valid((2000, 2001));
    let scene = pinning(&[&own]);
    let client = scene.client.clone().showing(&[&own], &own);
    let answer = client.call(scene.listener.address(), &post("/rogue/echo", ""));
    assert_eq!(peer_of(&answer), fingerprint(&own));
}

#[test]
fn a_caller_needs_no_certificate() {
    let scene = Scene::new();
    for client in versions() {
        let answer = client.call(scene.listener.address(), &post("/rogue/echo", ""));
        assert_eq!(peer_of(&answer), serde_json::Value::Null);
    }
}

#[test]
fn a_caller_without_the_key_of_its_certificate_gets_nowhere() {
    let scene = Scene::new();
    let (own, foreign) = (keys::ecdsa(), keys::ecdsa());
    for client in versions() {
        let address = scene.listener.address();
        // In TLS 1.3 a client learns it after its own part of the handshake is over.
        if let Ok(mut connection) = client.showing(&[&own], &foreign).try_connect(address) {
            let _ = connection.try_send(&post("/rogue/notify", "one"));
            connection.try_answer().unwrap_err();
        }
    }
    assert!(scene.arrivals().is_empty());
    assert_eq!(scene.post("/rogue/notify", "one").status, 202);
}

/// Signs as one key does, and says that it is by another scheme.
#[derive(Debug)]
struct Renamed(Arc<dyn SigningKey>, SignatureScheme, SignatureScheme);

impl SigningKey for Renamed {
    fn choose_scheme(&self, _: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        let signer = self.0.choose_scheme(&[self.1])?;
        Some(Box::new(RenamedSigner(signer, self.2)))
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        self.0.algorithm()
    }
}

#[derive(Debug)]
struct RenamedSigner(Box<dyn Signer>, SignatureScheme);

impl Signer for RenamedSigner {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        self.0.sign(message)
    }

    fn scheme(&self) -> SignatureScheme {
        self.1
    }
}

fn signing_key(pair: &Pair) -> Arc<dyn SigningKey> {
    let key = PrivateKeyDer::from_pem_slice(pair.key.as_bytes()).unwrap();
    aws_lc_rs::sign::any_supported_type(&key).unwrap()
}

/// A certificate with some of its bytes replaced, all of the same length.
fn changed(certificate: &[u8], from: &[u8], to: &[u8]) -> CertificateDer<'static> {
    let place = certificate
        .windows(from.len())
        .rposition(|bytes| bytes == from);
    let mut changed = certificate.to_vec();
    changed[place.unwrap()..][..to.len()].copy_from_slice(to);
    changed.into()
}

/// rsaEncryption, as it stands in a SubjectPublicKeyInfo, and RSASSA-PSS (RFC 8017 §A.2).
const RSA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00\x03";
const RSA_PSS: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a\x05\x00\x03";

#[test]
fn keys_that_are_bound_to_pss_are_verified() {
    let scene = pinning(&[]);
    let bound = changed(&der(keys::rsa()), RSA, RSA_PSS);
    let schemes = [
        (SignatureScheme::RSA_PSS_SHA256, 0x0809),
        (SignatureScheme::RSA_PSS_SHA384, 0x080a),
        (SignatureScheme::RSA_PSS_SHA512, 0x080b),
    ];
    for (scheme, bound_scheme) in schemes {
        let key = Renamed(signing_key(keys::rsa()), scheme, bound_scheme.into());
        let client = scene
            .client
            .clone()
            .signing(vec![bound.clone()], Arc::new(key));
        let answer = client.call(scene.listener.address(), &post("/rogue/echo", ""));
        assert_eq!(peer_of(&answer), refused("NoPath"));
    }
    // By the names of the same signatures by other keys it is not (RFC 8446 §4.2.3), nor is a signature of somebody else.
    let unbound = vec![bound.clone()];
    nowhere(
        &scene,
        scene
            .client
            .clone()
            .signing(unbound, signing_key(keys::rsa())),
    );
    let foreign = Renamed(
        signing_key(&keys::ecdsa()),
        SignatureScheme::ECDSA_NISTP256_SHA256,
        0x0809.into(),
    );
    nowhere(
        &scene,
        scene.client.clone().signing(vec![bound], Arc::new(foreign)),
    );
}

fn nowhere(scene: &Scene, client: Client) {
    if let Ok(mut connection) = client.try_connect(scene.listener.address()) {
        let _ = connection.try_send(&post("/rogue/notify", "one"));
        connection.try_answer().unwrap_err();
    }
    assert!(scene.arrivals().is_empty());
}

#[test]
fn a_certificate_that_cannot_be_verified_is_answered_and_not_handed_over() {
    let scene = Scene::new();
    let own = keys::ecdsa();
    // prime256v1 as it stands in a SubjectPublicKeyInfo, and a curve of the same family that nobody supports.
    let other_curve = changed(
        &der(&own),
        b"\x2a\x86\x48\xce\x3d\x03\x01\x07",
        b"\x2a\x86\x48\xce\x3d\x03\x01\x04",
    );
    for (certificate, says) in [
        (
            CertificateDer::from(b"no certificate".to_vec()),
            "not a readable X.509 certificate",
        ),
        (other_curve, "1.2.840.10045.3.1.4"),
    ] {
        for client in versions() {
            let client = client.signing(vec![certificate.clone()], signing_key(&own));
            let answer = client.call(scene.listener.address(), &post("/rogue/notify", "one"));
            let text = String::from_utf8(answer.body.clone()).unwrap();
            assert_eq!(answer.status, 403, "{text}");
            assert!(text.contains(says), "{text}");
        }
    }
    assert!(scene.arrivals().is_empty());
}

#[test]
fn a_certificate_of_which_only_the_key_can_be_read_is_handed_over() {
    let scene = pinning(&[]);
    let own = keys::ecdsa();
    // The time at which it begins is none.
    let odd = changed(&der(&own), b"000101000000Z", b"009901000000Z");
    for client in versions() {
        let client = client.signing(vec![odd.clone()], signing_key(&own));
        let answer = client.call(scene.listener.address(), &post("/rogue/echo", ""));
        assert_eq!(peer_of(&answer), refused("CertificateUnreadable(1)"));
    }
}

#[test]
fn certificates_are_shown_within_limits() {
    let (own, other) = (keys::ecdsa(), keys::ecdsa());
    let size = (der(&own).len() + der(&other).len()) as u32;
    let shown = |chain_certificates, chain_bytes| {
        let scene = Scene::within(ListenerLimits {
            chain_certificates,
            chain_bytes,
            ..ListenerLimits::default()
        });
        let client = scene
            .client
            .clone()
            .showing(&[&own, &other, &other, &other], &own);
        let connected = client.try_connect(scene.listener.address());
        connected.is_ok_and(|mut connection| {
            let sent = connection.try_send(&post("/rogue/notify", "one"));
            sent.is_ok() && connection.try_answer().is_ok()
        })
    };
    let size = size + 2 * der(&other).len() as u32;
    assert!(shown(4, size));
    assert!(!shown(3, size));
    assert!(!shown(4, size - 1));
}

/// A proxy at this address says who a caller is; one at another address may not.
#[test]
fn a_proxy_speaks_for_callers_and_nobody_else_does() {
    let caller = keys::ecdsa();
    let mut callers = AnchorSet::new();
    callers = callers
        .with_pins_pem(caller.certificate.as_bytes())
        .unwrap();
    let trust = TrustStore::new().with("customs", callers);
    let host = host();
    let agency = host.rogue(rogue().with_trust(trust));
    let listening = |network: &str| {
        let proxies = TrustedProxies {
            networks: vec![network.parse().unwrap()],
            socket: None,
            certificate_field: "client-cert".to_owned(),
            address_field: Some("x-forwarded-for".to_owned()),
        };
        let setup = setup(Arc::new(MemoryStore::default())).behind(Some(proxies));
        listen(setup.serve("rogue", agency.clone())).unwrap()
    };
    let field = format!("Client-Cert: :{}:\r\n", STANDARD.encode(der(&caller)));
    let call = |told: &str| {
        format!(
            "POST /rogue/echo HTTP/1.1\r\nHost: a\r\n{told}X-Forwarded-For: 203.0.113.9\r\nContent-Length: 0\r\n\r\n"
        )
    };
    let client = Client::trusting(server());
    let trusted = listening("127.0.0.0/8");
    let answer = client.call(trusted.address(), call(&field).as_bytes());
    assert_eq!(peer_of(&answer), fingerprint(&caller));
    assert_eq!(answer.json()["address"], "203.0.113.9");
    assert!(!answer.json()["headers"].to_string().contains("client-cert"));
    let answer = client.call(trusted.address(), call("").as_bytes());
    assert_eq!(peer_of(&answer), serde_json::Value::Null);
    let other = listening("192.0.2.0/24");
    let answer = client.call(other.address(), call(&field).as_bytes());
    assert_eq!(answer.status, 400);
    let answer = client.call(other.address(), call("").as_bytes());
    assert_eq!(answer.json()["address"], "127.0.0.1");
}

/// Who may write to the socket is believed, without TLS; and the socket goes with its listener.
#[test]
fn a_proxy_on_this_machine_comes_by_a_socket() {
    let caller = keys::ecdsa();
    let callers = AnchorSet::new();
    let callers = callers.with_pins_pem(caller.certificate.as_bytes());
    let trust = TrustStore::new().with("customs", callers.unwrap());
    let host = host();
    let agency = host.rogue(rogue().with_trust(trust));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("proxy.sock");
    let proxies = TrustedProxies {
        networks: Vec::new(),
        socket: Some(path.clone()),
        certificate_field: "client-cert".to_owned(),
        address_field: Some("x-forwarded-for".to_owned()),
    };
    let setup = setup(Arc::new(MemoryStore::default())).serve("rogue", agency);
    let nameless = TrustedProxies {
        address_field: None,
        ..proxies.clone()
    };
    let refused = listen(setup.clone().behind(Some(nameless))).err().unwrap();
    assert!(matches!(refused, ListenerError::SocketWithoutAddresses));
    let listening = listen(setup.clone().behind(Some(proxies.clone()))).unwrap();
    let field = format!("Client-Cert: :{}:\r\n", STANDARD.encode(der(&caller)));
    let call = |told: &str| {
        let call = format!(
            "POST /rogue/echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{told}Content-Length: 0\r\n\r\n"
        );
        let mut socket = UnixStream::connect(&path).unwrap();
        socket.write_all(call.as_bytes()).unwrap();
        Answer::read(&mut socket, "POST").unwrap()
    };
    let from = "X-Forwarded-For: 203.0.113.9\r\n";
    let answer = call(&format!("{field}{from}"));
    assert_eq!(peer_of(&answer), fingerprint(&caller));
    assert_eq!(answer.json()["address"], "203.0.113.9");
    assert_eq!(peer_of(&call(from)), serde_json::Value::Null);
    // A proxy that does not say who calls is set up wrongly, and no caller can mend that.
    assert_eq!(call(&field).status, 503);
    // By an address, nobody is a proxy.
    let client = Client::trusting(server());
    let call =
        format!("POST /rogue/echo HTTP/1.1\r\nHost: a\r\n{field}{from}Content-Length: 0\r\n\r\n");
    assert_eq!(
        client.call(listening.address(), call.as_bytes()).status,
        400
    );
    let second = listen(setup.behind(Some(proxies))).err().unwrap();
    assert!(matches!(second, ListenerError::Socket { .. }), "{second}");
    drop(listening);
    assert!(!path.exists());
}
