// SPDX-License-Identifier: Apache-2.0
//! What a component is given, what it is refused and how it is told, and what is kept of its signatures.

mod secrets;
mod trust;

use serde_json::json;
use silta::{
    Agency, BuildInput, Error, Keyring, Secrets, SignatureAlgorithm, exchange::Fault,
    observe::LogLevel,
};

use crate::support::{
    build,
    host::{Host, host, rogue},
    json,
    keys::{self, Pair},
    recording::TestClock,
    told,
};

/// Invented, and of the range that no person is given.
const PERSONAL_CODE: &str = "010101-900R";

fn keyring(pair: &Pair) -> Keyring {
    Keyring::new().with("signer", pair.role_key().with_signatures_per_call(2))
}

/// The rogue component with a key that may sign twice a call.
fn signing(host: &Host, pair: &Pair) -> Agency {
    host.rogue(rogue().with_keyring(keyring(pair)))
}

fn sign(count: u32, way: &str, role: &str) -> serde_json::Value {
    json!({"count": count, "way": way, "role": role})
}

#[test]
fn a_blob_ends_where_it_ends() {
    let host = host();
    let agency = host.rogue(rogue());
    for way in ["read-at-end", "find-at-end"] {
        build(&agency, "reach-past", json!({ "way": way })).unwrap();
    }
    assert_eq!(host.recorder.refusals(), []);
    for (way, function) in [
        ("read", "blobs.blob.read"),
        ("read-far", "blobs.blob.read"),
        ("slice", "blobs.blob.slice"),
        ("slice-far", "blobs.blob.slice"),
        ("find", "blobs.blob.find"),
    ] {
        let told = told(build(&agency, "reach-past", json!({ "way": way })));
        assert_eq!(told, ("out-of-range".into(), "4".into()), "{way}");
        assert_eq!(
            host.recorder.refusals(),
            [(function, "out-of-range")],
            "{way}"
        );
    }
}

#[test]
fn base64_is_strict_and_says_where_it_is_not() {
    let host = host();
    let agency = host.rogue(rogue());
    let decoded = build(&agency, "decode", json!({"text": " aGVs\r\nbG8= "})).unwrap();
    assert_eq!(decoded.body.to_vec(), b"hello");
    for (text, offset) in [
        ("aGVsb*8=", "5"),
        ("aGVsbG8", "7"),
        // Unused bits that are set make the whole group wrong.
        ("aGVsbG9=", "4"),
        ("aGVs bG8=x", "9"),
        ("====", "0"),
    ] {
        let told = told(build(&agency, "decode", json!({ "text": text })));
        assert_eq!(told, ("invalid-base64".into(), offset.into()), "{text}");
        assert_eq!(
            host.recorder.refusals(),
            [("blobs.blob.decode-base64", "invalid-base64")]
        );
    }
}

#[test]
fn a_finished_writer_takes_nothing_more() {
    let host = host();
    let secrets = Secrets::new().with("password", vec![b"hush".to_vec()]);
    let agency = host.rogue(rogue().with_secrets(secrets));
    for way in [
        "write",
        "append",
        "append-base64",
        "append-secret",
        "finish",
    ] {
        let result = build(&agency, "write-on", json!({"way": way, "role": "password"}));
        assert_eq!(told(result).0, "finished", "{way}");
        let [(function, "finished")] = host.recorder.refusals()[..] else {
            panic!("{way}: not refused once")
        };
        assert_eq!(function, format!("blobs.writer.{way}"));
    }
}

#[test]
fn a_secret_goes_out_and_is_not_looked_into() {
    let host = host();
    let secrets = Secrets::new().with("password", vec![b"hush".to_vec(), b"old".to_vec()]);
    let agency = host.rogue(rogue().with_secrets(secrets));
    let sent = build(&agency, "insert-secret", json!({"role": "password"})).unwrap();
    assert_eq!(sent.body.to_vec(), b"password=hush");
    let measured = build(&agency, "peek", json!({"role": "password", "way": "size"})).unwrap();
    assert_eq!(measured.body.to_vec(), b"13");
    for way in [
        "read",
        "slice",
        "decode",
        "digest",
        "find",
        "append-and-read",
        "encode-and-decode",
    ] {
        let result = build(&agency, "peek", json!({"role": "password", "way": way}));
        assert_eq!(told(result).0, "sealed", "{way}");
        let refusals = host.recorder.refusals();
        assert!(
            matches!(refusals[..], [(_, "sealed")]),
            "{way}: {refusals:?}"
        );
    }
}

#[test]
fn a_secret_is_compared_and_unknown_roles_are_told() {
    let host = host();
    let secrets = Secrets::new().with("password", vec![b"hush".to_vec(), b"old".to_vec()]);
    let agency = host.rogue(rogue().with_secrets(secrets));
    let guess =
        |role: &str, text: &str| build(&agency, "guess", json!({"role": role, "text": text}));
    for (text, expected) in [
        ("hush", "true"),
        ("old", "true"),
        ("hus", "false"),
        ("", "false"),
    ] {
        let matches = guess("password", text).unwrap().body.to_vec();
        assert_eq!(matches, expected.as_bytes(), "{text}");
    }
    assert_eq!(host.recorder.refusals(), []);
    assert_eq!(told(guess("pincode", "hush")).0, "unknown-role");
    let inserted = build(&agency, "insert-secret", json!({"role": "pincode"}));
    assert_eq!(told(inserted), ("unknown-role".into(), "pincode".into()));
    assert_eq!(
        host.recorder.refusals(),
        [
            ("secrets.matches", "unknown-role"),
            ("blobs.writer.append-secret", "unknown-role")
        ]
    );
}

#[test]
fn a_key_is_known_by_its_role_only() {
    let host = host();
    let agency = signing(&host, &keys::ecdsa());
    for way in ["certificates", "algorithms"] {
        build(&agency, "show-key", json!({"role": "signer", "way": way})).unwrap();
        let result = build(&agency, "show-key", json!({"role": "master", "way": way}));
        assert_eq!(told(result).0, "unknown-role");
        let [(function, "unknown-role")] = host.recorder.refusals()[..] else {
            panic!("{way}: not refused once")
        };
        assert_eq!(function, format!("keys.{way}"));
    }
    let result = build(&agency, "sign", sign(1, "ecdsa-p256-sha256", "master"));
    assert_eq!(told(result).0, "unknown-role");
    assert_eq!(host.recorder.refusals(), [("keys.sign", "unknown-role")]);
    assert_eq!(host.recorder.signatures(), []);
}

#[test]
fn a_role_signs_with_its_own_algorithms_only() {
    let host = host();
    let agency = signing(&host, keys::rsa());
    build(&agency, "sign", sign(1, "rsa-sha256", "signer")).unwrap();
    for way in ["rsa-pss-sha256", "ecdsa-p256-sha256"] {
        let (reason, allowed) = told(build(&agency, "sign", sign(1, way, "signer")));
        assert_eq!(reason, "algorithm-not-allowed", "{way}");
        assert!(allowed.contains("RsaSha256"), "{allowed}");
        assert_eq!(
            host.recorder.refusals(),
            [("keys.sign", "algorithm-not-allowed")]
        );
    }
    assert_eq!(host.recorder.signatures().len(), 1);
}

#[test]
fn a_role_signs_as_often_as_it_may_in_each_call() {
    let host = host();
    let agency = signing(&host, &keys::ecdsa());
    for _ in 0..2 {
        let signed = build(&agency, "sign", sign(2, "ecdsa-p256-sha256", "signer")).unwrap();
        assert_eq!(signed.body.size(), 2 * 64);
    }
    assert_eq!(host.recorder.refusals(), []);
    let result = build(&agency, "sign", sign(3, "ecdsa-p256-sha256", "signer"));
    assert_eq!(told(result), ("too-many-signatures".into(), "2".into()));
    assert_eq!(
        host.recorder.refusals(),
        [("keys.sign", "too-many-signatures")]
    );
    // The two that were made in that call are on record, whatever became of them.
    assert_eq!(host.recorder.signatures().len(), 6);
}

#[test]
fn a_signature_leaves_an_audit_record() {
    let host = host();
    let pair = keys::ecdsa();
    let agency = signing(&host, &pair);
    build(&agency, "sign", sign(1, "ecdsa-p256-sha256", "signer")).unwrap();
    let [record] = &host.recorder.signatures()[..] else {
        panic!("not one record")
    };
    assert_eq!(record.call.agency, "rogue");
    assert_eq!(record.call.operation, "sign");
    assert_eq!(
        record.call.generation,
        agency.generation_info().unwrap().number
    );
    assert_eq!(record.role, "signer");
    assert_eq!(record.algorithm, SignatureAlgorithm::EcdsaP256Sha256);
    let fingerprint: String = pair
        .role_key()
        .fingerprint()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(record.certificate, fingerprint);
    // SHA-256 of `to be signed`.
    assert_eq!(
        record.signed,
        "0659a5bb8ea0422fce52c7aa211105989fc9c419af27e37c27b0f0845b95b208"
    );
    assert!(record.at > TestClock::START as i64);
}

#[test]
fn a_signature_that_leaves_no_record_is_withheld() {
    let host = host();
    let agency = signing(&host, &keys::ecdsa());
    host.recorder.let_audit_fail(true);
    let result = build(&agency, "sign", sign(1, "ecdsa-p256-sha256", "signer"));
    assert_eq!(told(result).0, "unavailable");
    assert_eq!(host.recorder.refusals(), [("keys.sign", "unavailable")]);
    host.recorder.let_audit_fail(false);
    build(&agency, "sign", sign(1, "ecdsa-p256-sha256", "signer")).unwrap();
    assert_eq!(host.recorder.signatures().len(), 1);
}

#[test]
fn a_signed_request_leaves_an_audit_record_of_its_own() {
    let host = host();
    let agency = signing(&host, &keys::ecdsa());
    let request = build(&agency, "sign", sign(2, "ecdsa-p256-sha256", "signer")).unwrap();
    let signatures = host.recorder.signatures();
    let [record] = &host.recorder.requests()[..] else {
        panic!("not one record")
    };
    assert_eq!(record.reference, request.reference);
    let digest = request.body.sha256();
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(record.body_sha256(), digest);
    assert_eq!(signatures.len(), 2);
    for signature in &signatures {
        assert_eq!(signature.call_id, record.call_id);
        assert_eq!(signature.time, record.time);
    }
    // Nothing was signed, so nothing is told.
    build(&agency, "log", json!({"count": 1, "text": "x"})).unwrap();
    assert_eq!(host.recorder.requests().len(), 0);
}

#[test]
fn a_signed_request_that_leaves_no_record_is_withheld() {
    let host = host();
    let agency = signing(&host, &keys::ecdsa());
    host.recorder.let_audit_of_requests_fail(true);
    let error = build(&agency, "sign", sign(1, "ecdsa-p256-sha256", "signer")).unwrap_err();
    assert_eq!(error.code(), "audit.not-kept");
    assert_eq!(error.fault(), Fault::Internal);
    assert!(error.to_string().contains("the audit trail is full"));
    assert_eq!(host.recorder.signatures().len(), 1);
}

#[test]
fn a_check_meets_the_limits_of_keys_and_leaves_no_audit_record() {
    let host = host();
    let agency = signing(&host, &keys::ecdsa());
    // It would be refused, so that the check shows that nobody was asked to keep anything.
    host.recorder.let_audit_fail(true);
    host.recorder.let_audit_of_requests_fail(true);
    let check = |signatures| {
        let input = BuildInput {
            operation: "sign".into(),
            parameters: sign(signatures, "ecdsa-p256-sha256", "signer").to_string(),
            ..BuildInput::default()
        };
        agency.check(input)
    };
    check(2).unwrap();
    match check(3).unwrap_err() {
        Error::Problem(problem) => assert_eq!(problem.code, "told.too-many-signatures"),
        other => panic!("{other}"),
    }
    host.recorder.let_audit_fail(false);
    host.recorder.let_audit_of_requests_fail(false);
    assert!(host.recorder.signatures().is_empty());
    assert!(host.recorder.requests().is_empty());
    // Of what is built, exactly what is handed out is on record.
    build(&agency, "sign", sign(2, "ecdsa-p256-sha256", "signer")).unwrap();
    let (signatures, requests) = (host.recorder.signatures(), host.recorder.requests());
    assert_eq!((signatures.len(), requests.len()), (2, 1));
}

#[test]
fn a_certificate_that_expires_in_service_signs_no_more() {
    let host = host();
    let agency = signing(&host, &keys::ecdsa_valid((2026, 2027)));
    let new_year = 1_798_761_600;
    // The last moment of validity, as the certificate has it, is still within it.
    host.clock.set(new_year);
    build(&agency, "sign", sign(1, "ecdsa-p256-sha256", "signer")).unwrap();
    host.clock.set(new_year + 1);
    let result = build(&agency, "sign", sign(1, "ecdsa-p256-sha256", "signer"));
    assert_eq!(told(result).0, "certificate-not-valid");
    assert_eq!(host.recorder.signatures().len(), 1);
}

#[test]
fn log_lines_arrive_masked_and_in_one_piece() {
    let host = host();
    let agency = host.rogue(rogue());
    let text = format!("declarant {PERSONAL_CODE}\r\nsecond\tline\u{1b}[31m");
    build(&agency, "log", json!({"count": 1, "text": text})).unwrap();
    let lines = host.recorder.lines();
    assert_eq!(
        lines,
        [(
            LogLevel::Info,
            "declarant ******-****  second line [31m".to_owned()
        )]
    );
}

#[test]
fn no_personal_code_reaches_any_record() {
    let host = host();
    let agency = host.rogue(rogue());
    for code in [PERSONAL_CODE, "311299A987X", "010101+901s"] {
        let text = format!("x{code}y, {code}{code}");
        build(&agency, "log", json!({"count": 1, "text": text})).unwrap();
        let lines = format!("{:?} {:?}", host.recorder.lines(), host.recorder.calls());
        assert!(!lines.contains(&code[6..]), "{lines}");
    }
}

#[test]
fn time_stands_still_within_a_call() {
    let host = host();
    let agency = host.rogue(rogue());
    let seen = || json(&build(&agency, "look-around", json!({})).unwrap())["times"].clone();
    let (first, second) = (seen(), seen());
    assert_eq!(first[0], first[1]);
    assert_eq!(second[0], second[1]);
    assert!(first[0][0].as_u64() < second[0][0].as_u64());
}

#[test]
fn identifiers_are_unique_and_of_their_form() {
    let host = host();
    let agency = host.rogue(rogue());
    let mut given = std::collections::BTreeSet::new();
    for _ in 0..20 {
        let seen = json(&build(&agency, "look-around", json!({})).unwrap());
        for kind in ["uuids", "compact"] {
            for id in seen[kind].as_array().unwrap() {
                let id = id.as_str().unwrap().to_owned();
                let length = if kind == "uuids" { 36 } else { 14 };
                assert_eq!(id.len(), length, "{id}");
                assert!(given.insert(id));
            }
        }
    }
    assert_eq!(given.len(), 80);
}
