// SPDX-License-Identifier: Apache-2.0
//! Secrets that are obtained, rotated, written into header fields and used as keys of codes; and signatures of blobs.

use std::{io, sync::Arc, time::SystemTime};

use aws_lc_rs::{hmac, signature};
use rcgen::{KeyPair, PublicKeyData};
use serde_json::Value;
use silta::{
    BuildInput, ChangingSecret, Error, SecretValues,
    exchange::{Outcome, Response, SecretHeader, Sending},
};

use super::*;
use crate::support::{build_with, problem, worded};

/// An answer in which a test words the outcome.
fn parse(agency: &Agency, operation: &str, outcome: Value) -> Result<Outcome, Error> {
    let answer = worded(&outcome);
    agency.parse(operation, Response::Answered(answer), Sending::default())
}

fn header(role: &str) -> SecretHeader {
    SecretHeader {
        name: "Authorization".into(),
        prefix: "Bearer ".into(),
        role: role.into(),
    }
}

/// A secret in the middle of its replacement.
struct Rotating;

impl ChangingSecret for Rotating {
    fn values(&self) -> Option<Arc<SecretValues>> {
        Some(Arc::new(SecretValues {
            current: b"present".to_vec(),
            next: Some(b"future".to_vec()),
            earlier: vec![b"past".to_vec()],
        }))
    }

    fn keep_next(&self, _: &[u8]) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn promote(&self, _: SystemTime) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

#[test]
fn a_token_is_obtained_kept_for_its_lifetime_and_never_shown() {
    let host = host();
    let agency = host.rogue(rogue());
    let missing = |agency: &Agency| agency.missing_credentials("use-token").unwrap();
    let [credential] = &missing(&agency)[..] else {
        panic!("not one credential")
    };
    assert_eq!(
        (credential.role.as_str(), credential.operation.as_str()),
        ("token", "obtain")
    );
    assert!(agency.missing_credentials("behave").unwrap().is_empty());
    assert_eq!(
        problem(agency.header_value(&header("token"), None)).0,
        "secret.missing"
    );
    host.clock.set(1000);
    let outcome = parse(
        &agency,
        "obtain",
        json!({"obtained": "of-the-agency", "lifetime-seconds": 60}),
    )
    .unwrap();
    let obtained = outcome.obtained.as_ref().unwrap();
    assert_eq!(
        (obtained.role.as_str(), obtained.lifetime_seconds),
        ("token", 60)
    );
    assert!(missing(&agency).is_empty());
    let request = build(&agency, "use-token", json!({})).unwrap();
    assert_eq!(request.secret_headers, [header("token")]);
    let value = agency
        .header_value(&request.secret_headers[0], None)
        .unwrap();
    assert_eq!(value.as_bytes(), b"Bearer of-the-agency");
    // In bodies as well, and sealed there.
    let body = build(&agency, "insert-secret", json!({"role": "token"})).unwrap();
    assert_eq!(body.body.to_vec(), b"password=of-the-agency");
    let shown = format!("{outcome:?} {value:?} {request:?} {agency:?}");
    assert!(!shown.contains("of-the-agency"), "{shown}");
    // The clock of the tests goes on by a second each time it is looked at.
    host.clock.set(1040);
    assert!(missing(&agency).is_empty());
    host.clock.set(1100);
    assert_eq!(missing(&agency).len(), 1);
    assert_eq!(
        problem(agency.header_value(&header("token"), None)).0,
        "secret.missing"
    );
}

#[test]
fn a_token_is_of_one_generation_and_can_be_forgotten() {
    let host = host();
    let agency = host.rogue(rogue());
    parse(&agency, "obtain", json!({"obtained": "t"})).unwrap();
    agency.forget_credential("token").unwrap();
    assert_eq!(agency.missing_credentials("use-token").unwrap().len(), 1);
    parse(&agency, "obtain", json!({"obtained": "t"})).unwrap();
    host.rogue(rogue());
    assert_eq!(agency.missing_credentials("use-token").unwrap().len(), 1);
}

#[test]
fn what_an_operation_obtains_is_declared() {
    let host = host();
    let agency = host.rogue(rogue());
    let broken = |operation: &str, worded: Value| match parse(&agency, operation, worded) {
        Err(Error::Contract { what, .. }) => what,
        other => panic!("{other:?}"),
    };
    let undeclared = broken("behave", json!({"obtained": "t"}));
    assert!(undeclared.contains("not declared"), "{undeclared}");
    let nothing = broken("obtain", json!({}));
    assert!(nothing.contains("has not obtained"), "{nothing}");
    // Somebody who was refused has nothing.
    parse(&agency, "obtain", json!({"class": "denied"})).unwrap();
    let worded =
        |bytes: u32, seconds: u32| json!({"obtained-bytes": bytes, "lifetime-seconds": seconds});
    parse(&agency, "obtain", worded(1, 1)).unwrap();
    parse(&agency, "obtain", worded(64 << 10, u32::MAX)).unwrap();
    for (bytes, seconds, says) in [
        (0, 1, "is empty"),
        ((64 << 10) + 1, 1, "64 KiB"),
        (1, 0, "0"),
    ] {
        let what = broken("obtain", worded(bytes, seconds));
        assert!(what.contains(says), "{what}");
    }
}

#[test]
fn a_secret_with_a_line_break_gets_into_no_header_field() {
    let host = host();
    let secrets = |value: &[u8]| Secrets::new().with("password", vec![value.to_vec()]);
    let agency = host.rogue(rogue().with_secrets(secrets(b"hush\n")));
    let (code, _) = problem(agency.header_value(&header("password"), None));
    assert_eq!(code, "secret.control-character");
    let agency = host.rogue(rogue().with_secrets(secrets(b"hush")));
    let value = agency.header_value(&header("password"), None).unwrap();
    assert_eq!(value.as_bytes(), b"Bearer hush");
    assert_eq!(
        problem(agency.header_value(&header("other"), None)).0,
        "secret.missing"
    );
    for broken in [
        json!({"way": "Bearer\r\n"}),
        json!({"text": "X-One: 1\r\nX-Two"}),
        json!({"role": "pass\nword"}),
    ] {
        let sent = build(&agency, "use-token", broken.clone());
        assert!(matches!(sent, Err(Error::Contract { .. })), "{broken}");
    }
    let mail = build(&agency, "break-request", json!({"way": "mail-with-secret"}));
    assert!(matches!(mail, Err(Error::Contract { .. })));
}

#[test]
fn the_next_value_is_for_the_operation_that_rotates() {
    let host = host();
    let secrets = Secrets::new().with_changing("rotating", Arc::new(Rotating), "the test");
    let agency = host.rogue(rogue().with_secrets(secrets));
    let role = || json!({"role": "rotating"});
    let sent = build(&agency, "rotate", role()).unwrap();
    assert_eq!(sent.body.to_vec(), b"future");
    let looked_into = json!({"role": "rotating", "way": "read"});
    assert_eq!(told(build(&agency, "rotate", looked_into)).0, "sealed");
    assert_eq!(host.recorder.refusals(), [("blobs.blob.read", "sealed")]);
    let (reason, _) = told(build(&agency, "insert-next-secret", role()));
    assert_eq!(reason, "unknown-role");
    let (reason, _) = told(build(&agency, "rotate", json!({"role": "password"})));
    assert_eq!(reason, "unknown-role");
    assert_eq!(
        host.recorder.refusals(),
        [("blobs.writer.append-next-secret", "unknown-role"); 2]
    );
    // The check of a rotation has it in the place of the current one.
    let body = |next_secret_of: Option<&str>| {
        let request = agency.build(BuildInput {
            operation: "insert-secret".into(),
            parameters: role().to_string(),
            next_secret_of: next_secret_of.map(str::to_owned),
            ..BuildInput::default()
        });
        request.unwrap().body.to_vec()
    };
    assert_eq!(body(None), b"password=present");
    assert_eq!(body(Some("rotating")), b"password=future");
    assert_eq!(body(Some("password")), b"password=present");
    for (value, is_right) in [
        ("present", true),
        ("future", true),
        ("past", true),
        ("x", false),
    ] {
        let guess = json!({"role": "rotating", "text": value});
        let guessed = build(&agency, "guess", guess).unwrap();
        assert_eq!(guessed.body.to_vec(), is_right.to_string().as_bytes());
    }
}

#[test]
fn codes_are_made_with_a_secret_and_checked() {
    let host = host();
    let secrets = Secrets::new().with("password", vec![b"new".to_vec(), b"old".to_vec()]);
    let agency = host.rogue(rogue().with_secrets(secrets));
    let content = || vec![7; 100_000];
    let code = |key: &[u8]| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, key);
        hmac::sign(&key, &content()).as_ref().to_vec()
    };
    let role = json!({"role": "password"});
    let made = build_with(&agency, "authenticate", role.clone(), content()).unwrap();
    assert_eq!(made.body.to_vec(), code(b"new"));
    for (code, is_right) in [
        (code(b"new"), true),
        (code(b"old"), true),
        (code(b"other"), false),
        (code(b"new")[1..].to_vec(), false),
        (Vec::new(), false),
    ] {
        let text = String::from_utf8(silta::Blob::from(code).to_base64().to_vec()).unwrap();
        let asked = json!({"role": "password", "text": text});
        let found = build_with(&agency, "is-authentic", asked, content()).unwrap();
        assert_eq!(found.body.to_vec(), is_right.to_string().as_bytes());
    }
    let other = json!({"role": "other"});
    let refused = build_with(&agency, "authenticate", other.clone(), content());
    assert_eq!(told(refused).0, "unknown-role");
    let refused = build_with(&agency, "is-authentic", other, content());
    assert_eq!(told(refused).0, "unknown-role");
    let sealed = json!({"role": "password", "way": "sealed"});
    for function in ["authenticate", "is-authentic"] {
        let refused = told(build(&agency, function, sealed.clone()));
        assert_eq!(refused.0, "sealed", "{function}");
    }
}

#[test]
fn a_blob_of_any_size_is_signed_where_it_lies() {
    let host = host();
    #[rustfmt::skip]
    let verified_as: [(&Pair, &str, &dyn signature::VerificationAlgorithm); 3] = [
        (keys::rsa(), "rsa-sha256", &signature::RSA_PKCS1_2048_8192_SHA256),
        (keys::rsa(), "rsa-pss-sha256", &signature::RSA_PSS_2048_8192_SHA256),
        (&keys::ecdsa(), "ecdsa-p256-sha256", &signature::ECDSA_P256_SHA256_FIXED),
    ];
    for (pair, way, algorithm) in verified_as {
        let secrets = Secrets::new().with("password", vec![b"hush".to_vec()]);
        let algorithms = [match way {
            "rsa-sha256" => SignatureAlgorithm::RsaSha256,
            "rsa-pss-sha256" => SignatureAlgorithm::RsaPssSha256,
            _ => SignatureAlgorithm::EcdsaP256Sha256,
        }];
        let key = pair.role_key().with_algorithms(&algorithms).unwrap();
        let keyring = Keyring::new().with("signer", key);
        let agency = host.rogue(rogue().with_keyring(keyring).with_secrets(secrets));
        let asked = json!({"role": "signer", "way": way});
        // As much as no call of the host could take at once.
        let content = vec![3; 8 << 20];
        let signed = build_with(&agency, "sign-blob", asked, content.clone()).unwrap();
        let key = KeyPair::from_pem(&pair.key).unwrap();
        let key = signature::UnparsedPublicKey::new(algorithm, key.der_bytes());
        key.verify(&content, &signed.body.to_vec()).unwrap();
        let sealed = json!({"role": "password", "way": way});
        assert_eq!(told(build(&agency, "sign-secret", sealed)).0, "sealed");
    }
}

#[test]
fn a_blob_is_signed_as_often_as_the_role_may() {
    let host = host();
    let agency = signing(&host, &keys::ecdsa());
    let signed = |count| {
        build(
            &agency,
            "sign-blob",
            sign(count, "ecdsa-p256-sha256", "signer"),
        )
    };
    assert_eq!(signed(2).unwrap().body.size(), 2 * 64);
    assert_eq!(host.recorder.refusals(), []);
    let refused = told(signed(3));
    assert_eq!(refused, ("too-many-signatures".into(), "2".into()));
    assert_eq!(
        host.recorder.refusals(),
        [("keys.sign-blob", "too-many-signatures")]
    );
    assert_eq!(host.recorder.signatures().len(), 4);
    let other = build(&agency, "sign-blob", sign(1, "rsa-sha256", "signer"));
    assert_eq!(told(other).0, "algorithm-not-allowed");
    let nobody = build(&agency, "sign-blob", sign(1, "rsa-sha256", "other"));
    assert_eq!(told(nobody).0, "unknown-role");
}
