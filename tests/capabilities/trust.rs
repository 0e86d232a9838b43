// SPDX-License-Identifier: Apache-2.0
//! What a component learns of whom the operator trusts.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::json;
use silta::{AnchorSet, TrustStore};

use super::sign;
use crate::support::{
    build, build_with,
    host::{host, rogue},
    json,
    keys::{self, Pair},
    told,
};

/// 2026-02-02.
const IN_2026: u32 = 1_770_000_000;

fn der(pair: &Pair) -> Vec<u8> {
    let body: String = pair
        .certificate
        .lines()
        .filter(|line| !line.starts_with("---"))
        .collect();
    BASE64_STANDARD.decode(body).unwrap()
}

fn trusting(set: AnchorSet) -> silta::Deployment {
    rogue().with_trust(TrustStore::new().with("customs", set))
}

#[test]
fn a_pinned_certificate_is_shown_and_identified() {
    let host = host();
    let pair = keys::ecdsa_valid((2020, 2021));
    let set = AnchorSet::new();
    let set = set.with_pins_pem(pair.certificate.as_bytes()).unwrap();
    let agency = host.rogue(trusting(set));
    let in_set = json!({"role": "customs", "count": IN_2026});
    let pinned = json(&build(&agency, "pinned", in_set.clone()).unwrap());
    assert_eq!(pinned, json!([der(&pair)]));
    let identity = build_with(&agency, "identify", in_set.clone(), der(&pair)).unwrap();
    let fingerprint = pair.role_key().fingerprint();
    assert_eq!(
        json(&identity),
        json!({
            "commonName": "Test Oy",
            "notBefore": 1_577_836_800,
            "notAfter": 1_609_459_200,
            "fingerprint": fingerprint,
            "pinned": true,
        })
    );
    let other = build_with(&agency, "identify", in_set, der(&keys::ecdsa()));
    assert_eq!(told(other).0, "no-path");
    assert_eq!(host.recorder.refusals(), []);
}

#[test]
fn an_anchor_is_no_pin() {
    let host = host();
    let authority = keys::authority();
    let set = AnchorSet::from_pem(authority.as_bytes()).unwrap();
    let agency = host.rogue(trusting(set));
    let in_set = json!({"role": "customs", "count": IN_2026});
    let pinned = json(&build(&agency, "pinned", in_set.clone()).unwrap());
    assert_eq!(pinned, json!([]));
    let itself = Pair {
        certificate: authority,
        key: String::new(),
    };
    for (way, purpose) in [
        ("tls-client", "as a client of TLS it needs"),
        ("document-signer", "as a signer of documents it needs"),
        ("tls-server", "as a server of TLS it needs"),
    ] {
        let in_set = json!({"role": "customs", "count": IN_2026, "way": way});
        let (reason, usage) = told(build_with(&agency, "identify", in_set, der(&itself)));
        assert_eq!(reason, "wrong-usage");
        assert!(usage.starts_with(purpose), "{usage}");
    }
    // Expired, and of nobody who is trusted: the latter is told.
    let stranger = der(&keys::ecdsa_valid((2020, 2021)));
    let refused = build_with(&agency, "identify", in_set.clone(), stranger);
    assert_eq!(told(refused).0, "no-path");
    let garbage = build_with(&agency, "identify", in_set.clone(), b"0".to_vec());
    assert_eq!(told(garbage).0, "certificate-unreadable");
    let large = build_with(&agency, "identify", in_set, vec![0; 12_289]);
    assert_eq!(told(large).0, "too-many-certificates");
}

#[test]
fn an_unknown_anchor_set_is_refused_and_noted() {
    let host = host();
    let agency = host.rogue(trusting(AnchorSet::new()));
    for operation in ["identify", "pinned"] {
        let told = told(build(&agency, operation, json!({"role": "custom"})));
        assert_eq!(told.0, "unknown-anchor-set");
        let [(function, "unknown-anchor-set")] = host.recorder.refusals()[..] else {
            panic!("{operation}: not refused once")
        };
        assert_eq!(function, format!("trust.{operation}"));
    }
}

#[test]
fn what_one_component_signs_another_verifies() {
    let host = host();
    let rsa = keys::rsa();
    let ecdsa = keys::ecdsa();
    for (pair, signed, verified) in [
        (rsa, "rsa-sha256", "rsa-sha256"),
        (&ecdsa, "ecdsa-p256-sha256", "ecdsa-sha256"),
    ] {
        let agency = super::signing(&host, pair);
        let signature = build(&agency, "sign", sign(1, signed, "signer")).unwrap();
        let text = BASE64_STANDARD.encode(signature.body.to_vec());
        let verify = |key: Vec<u8>, way: &str| {
            let parameters = json!({"way": way, "text": text});
            build_with(&agency, "verify", parameters, key)
        };
        assert_eq!(
            verify(der(pair), verified).unwrap().body.to_vec(),
            b"verified"
        );
        for (key, way, reason) in [
            (der(&keys::ecdsa()), "ecdsa-sha256", "mismatch"),
            (der(&keys::ecdsa()), "rsa-sha256", "key-unsuitable"),
            (b"0".to_vec(), verified, "key-unreadable"),
            (der(pair), "rsa-sha1", "algorithm-not-allowed"),
        ] {
            assert_eq!(told(verify(key, way)).0, reason, "{signed} {way}");
        }
    }
}
