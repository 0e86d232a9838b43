// SPDX-License-Identifier: Apache-2.0
//! Anchors, pins and what may be verified: as configured, seen by a component.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::json;

use super::{Folder, assert_names};
use crate::support::{build, build_with, host::host, json, keys, told};

/// An RSA key of 1024 bits, as SubjectPublicKeyInfo in base64.
const SHORT_KEY: &str = "\
    MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCb4+p/aHkPuQ1EBUmgPpGdPDZBqdoEc7lh0T44QCXxi6Ix3soC\
    AdoALfvtzfph3U3UjGf534ugRsuxj2mrhnComOyIT8qgyhhrH1bj8ZNfxj90LSAiBItMA3eMS+K10O/NzA/10/bD\
    2bkCIAX/D8qWHAxF/xGgPTnAkbgR+FhqtQIDAQAB";

/// What it signed with SHA-1 and PKCS#1 v1.5: `to be signed`.
const SHORT_SHA1: &str = "\
    jYOhJs/GQLC5+FlcYOhjqmDXFmmKmVgG9XCq5tWhxaJamLJ7P7MKKXxqzz8oNiXiZWtM/uGdx9p1Kia6SgnjWD9/\
    fBBlKSVFYjsxulOLlDmiovl7qcbSmLc4tHFCRqVuF6Pqwfz7Ffhy0u/C4zcbxCuQCtZvO1Jc8ZmaWBFIuh0=";

/// The same with SHA-256.
const SHORT_SHA256: &str = "\
    bqDbwALM43eHdh1LOTLkGY6Xz3/p7jrPHxUyaButj2fPHSXu5LQqYEln4RQoRhKMSkh6MMOUfWBM1lF5PSYzuuQ8\
    ik4W58URXCiV56LwWpHHtkdDGegCo8qudzcb7aY0f0vhsp60eIgtDIlcgEwMlWOQKobZOovntzE2wxq0/+A=";

const AGENCY: &str = "[agencies.rogue]\ncomponent = \"builtin\"\n";
const SET: &str = "[agencies.rogue.anchors.customs]\n";

fn public_key() -> String {
    format!("-----BEGIN PUBLIC KEY-----\n{SHORT_KEY}\n-----END PUBLIC KEY-----\n")
}

#[test]
fn what_is_old_verifies_only_where_it_is_switched_on() {
    #[rustfmt::skip]
    let rows = [
        ("", "algorithm-not-allowed", "key-too-short"),
        ("allow-sha1 = false\nallow-short-rsa = false\n", "algorithm-not-allowed", "key-too-short"),
        ("allow-sha1 = true\n", "key-too-short", "key-too-short"),
        ("allow-short-rsa = true\n", "algorithm-not-allowed", ""),
        ("allow-sha1 = true\nallow-short-rsa = true\n", "", ""),
    ];
    for (switches, sha1, sha256) in rows {
        let host = host();
        let folder = Folder::new(&format!("{AGENCY}{switches}"));
        let agency = host.rogue(folder.deployment().unwrap());
        for (way, signature, reason) in [
            ("rsa-sha1", SHORT_SHA1, sha1),
            ("rsa-sha256", SHORT_SHA256, sha256),
        ] {
            let key = BASE64_STANDARD.decode(SHORT_KEY).unwrap();
            let parameters = json!({"way": way, "text": signature});
            let result = build_with(&agency, "verify", parameters, key);
            if reason.is_empty() {
                assert_eq!(result.unwrap().body.to_vec(), b"verified");
            } else {
                assert_eq!(told(result).0, reason, "{switches} {way}");
            }
        }
    }
}

#[test]
fn a_set_may_have_anchors_or_pins_or_both() {
    let pair = keys::ecdsa();
    let certificates = "certificates = \"issuers.pem\"\n";
    let pinned = "pinned = \"pins.pem\"\n";
    for (entries, pins) in [
        (certificates.to_owned(), 0),
        (pinned.to_owned(), 2),
        (format!("{certificates}{pinned}"), 2),
    ] {
        let host = host();
        let folder = Folder::new(&format!("{AGENCY}{SET}{entries}"))
            .write("issuers.pem", &keys::authority())
            .write("pins.pem", &format!("{}{}", public_key(), pair.certificate));
        let agency = host.rogue(folder.deployment().unwrap());
        let shown = json(&build(&agency, "pinned", json!({"role": "customs"})).unwrap());
        let shown: Vec<Vec<u8>> = serde_json::from_value(shown).unwrap();
        assert_eq!(shown.len(), pins);
        if let Some(first) = shown.first() {
            assert_eq!(*first, BASE64_STANDARD.decode(SHORT_KEY).unwrap());
        }
    }
}

#[test]
fn an_end_certificate_among_the_issuers_is_refused() {
    let text = format!("{AGENCY}{SET}certificates = \"issuers.pem\"\n");
    let both = keys::authority() + &keys::ecdsa().certificate;
    let folder = Folder::new(&text).write("issuers.pem", &both);
    let field = "agencies.rogue.anchors.customs.certificates";
    let parts = [
        "certificate number 2 (CN=Test Oy)",
        "basicConstraints",
        "`pinned`",
    ];
    let refused = folder.refused();
    assert_names(&refused, &folder.path("issuers.pem"), field, &parts);
}

#[test]
fn a_set_that_trusts_nobody_is_refused() {
    let folder = Folder::new(&format!("{AGENCY}{SET}"));
    let error = folder.refused();
    let field = "agencies.rogue.anchors.customs";
    let parts = ["trusts nobody", "`certificates`", "`pinned`"];
    assert_names(&error, &folder.path("silta.toml"), field, &parts);
    assert_eq!(error.place, Some((3, 1)));
}

#[test]
fn pins_that_cannot_be_used() {
    let pair = keys::ecdsa();
    let field = "agencies.rogue.anchors.customs.pinned";
    let text = format!("{AGENCY}{SET}pinned = \"pins.pem\"\n");
    let folder = Folder::new(&text);
    let missing = folder.refused();
    assert_names(
        &missing,
        &folder.path("pins.pem"),
        field,
        &["cannot be read"],
    );
    let broken = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n";
    #[rustfmt::skip]
    let rows = [
        ("nothing".to_owned(), "no certificate or public key found"),
        (broken.to_owned(), "section number 1 is neither"),
        (pair.certificate.clone() + broken, "section number 2 is neither"),
        (pair.certificate.clone() + &pair.key, "`PRIVATE KEY` where certificates and public keys are expected"),
    ];
    for (content, part) in rows {
        let folder = Folder::new(&text).write("pins.pem", &content);
        let error = folder.refused();
        assert_names(&error, &folder.path("pins.pem"), field, &[part]);
        let key: Vec<_> = pair.key.lines().collect();
        assert!(!error.to_string().contains(key[1]), "{error}");
    }
}
