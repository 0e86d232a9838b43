use rustls::pki_types::{CertificateDer, pem::PemObject};
use serde_json::json;

use super::{
    client::{Client, post},
    scene::{Scene, server},
};
use crate::support::keys::{self, Pair};

fn der(pair: &Pair) -> Vec<u8> {
    let certificate = CertificateDer::from_pem_slice(pair.certificate.as_bytes());
    certificate.unwrap().to_vec()
}

fn versions() -> [Client; 2] {
    let client = Client::trusting(server());
    [client.clone(), client.with_tls_1_2()]
}

#[test]
fn certificates_of_the_caller_are_handed_over_as_they_came() {
    let scene = Scene::new();
    let (own, issuer) = (keys::ecdsa(), keys::ecdsa());
    for client in versions() {
        // Trust is the component's judgement: neither issued by one another, nor by anybody who is trusted here.
        let client = client.showing(&[&own, &issuer], &own);
        let answer = client.call(scene.listener.address(), &post("/rogue/echo", ""));
        let certificates = json!([der(&own), der(&issuer)]);
        assert_eq!(answer.json()["certificates"], certificates);
    }
}

#[test]
fn a_certificate_out_of_its_time_is_handed_over_too() {
    let scene = Scene::new();
    let own = keys::ecdsa_valid((2000, 2001));
    let client = scene.client.clone().showing(&[&own], &own);
    let answer = client.call(scene.listener.address(), &post("/rogue/echo", ""));
    assert_eq!(answer.json()["certificates"], json!([der(&own)]));
}

#[test]
fn a_caller_needs_no_certificate() {
    let scene = Scene::new();
    for client in versions() {
        let answer = client.call(scene.listener.address(), &post("/rogue/echo", ""));
        assert_eq!(answer.json()["certificates"], json!([]));
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
    assert!(scene.inbox.arrivals().is_empty());
    assert_eq!(scene.post("/rogue/notify", "one").status, 202);
}
