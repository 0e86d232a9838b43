// SPDX-License-Identifier: Apache-2.0
//! Keys, certificates, anchors and secrets: the files that a configuration names.

use std::{
    fs,
    time::{Duration, UNIX_EPOCH},
};

use silta::time::FixedClock;

use super::{Folder, WITH_KEY, assert_names};
use crate::support::{host::Host, keys};

#[test]
fn a_named_file_that_is_missing_or_a_folder() {
    let folder = Folder::new(WITH_KEY);
    let (key, certificates) = (folder.path("signer.key"), folder.path("signer.pem"));
    let field = "agencies.rogue.keys.signer";
    // What stands in the place of a key's path may be the key.
    let missing = folder.refused();
    let parts = ["no file of the name that stands here", "check the path"];
    let private_key = format!("{field}.private-key");
    assert_names(&missing, &folder.path("silta.toml"), &private_key, &parts);
    assert!(!missing.to_string().contains("signer.key"), "{missing}");
    assert_eq!(missing.place, Some((6, 15)));
    fs::create_dir(&key).unwrap();
    let parts = ["cannot be read (is a folder)", "check the path"];
    assert_names(&folder.refused(), &key, &private_key, &parts);
    fs::remove_dir(&key).unwrap();
    fs::write(&key, keys::ecdsa().key).unwrap();
    let parts = ["cannot be read", "check the path"];
    assert_names(
        &folder.refused(),
        &certificates,
        &format!("{field}.certificates"),
        &parts,
    );
}

#[test]
fn a_file_too_large_to_be_a_key() {
    let folder = Folder::new(WITH_KEY).with_pair(&keys::ecdsa());
    let file = fs::File::create(folder.path("signer.key")).unwrap();
    file.set_len((4 << 20) + 1).unwrap();
    let field = "agencies.rogue.keys.signer.private-key";
    assert_names(
        &folder.refused(),
        &folder.path("signer.key"),
        field,
        &["is it the right file"],
    );
}

#[test]
fn keys_that_cannot_be_used() {
    let pair = keys::ecdsa();
    let field = |name: &str| format!("agencies.rogue.keys.signer.{name}");
    #[rustfmt::skip]
    let rows = [
        ("", ["no private key found", "expected PEM"]),
        (pair.certificate.as_str(), ["line 1: `CERTIFICATE`", "a private key is expected"]),
        ("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n", ["encrypted", "openssl pkey"]),
        ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", ["not readable as private key", ""]),
    ];
    for (content, parts) in rows {
        let folder = Folder::new(WITH_KEY)
            .with_pair(&pair)
            .write("signer.key", content);
        let error = folder.refused();
        assert_names(
            &error,
            &folder.path("signer.key"),
            &field("private-key"),
            &parts,
        );
        assert!(!error.to_string().contains("AAAA"), "{error}");
    }
}

#[test]
fn certificates_that_cannot_be_used() {
    let pair = keys::ecdsa();
    let field = "agencies.rogue.keys.signer.certificates";
    let unreadable = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let second_unreadable = format!("{}{unreadable}", pair.certificate);
    let of_another = keys::ecdsa().certificate;
    for (content, part) in [
        ("", "no certificate found"),
        (unreadable, "certificate number 1"),
        (second_unreadable.as_str(), "certificate number 2"),
        (of_another.as_str(), "does not belong to the certificate"),
    ] {
        let folder = Folder::new(WITH_KEY)
            .with_pair(&pair)
            .write("signer.pem", content);
        assert_names(
            &folder.refused(),
            &folder.path("signer.pem"),
            field,
            &[part],
        );
    }
}

#[test]
fn algorithms_that_the_key_is_not_for() {
    for (algorithms, part) in [
        (r#"["rsa-sha256"]"#, "cannot sign with rsa-sha256"),
        (
            r#"["ecdsa-p384-sha384"]"#,
            "cannot sign with ecdsa-p384-sha384",
        ),
        ("[]", "list of algorithms is empty"),
    ] {
        let text = format!("{WITH_KEY}algorithms = {algorithms}\n");
        let folder = Folder::new(&text).with_pair(&keys::ecdsa());
        let error = folder.refused();
        let field = "agencies.rogue.keys.signer.algorithms";
        assert_names(&error, &folder.path("silta.toml"), field, &[part]);
        // Where the list stands.
        assert_eq!(error.place, Some((8, 14)));
    }
    let folder = Folder::new(&format!("{WITH_KEY}algorithms = [\"md5\"]\n"));
    let error = folder.read().unwrap_err();
    // Not repeated: among keys, it might be one.
    assert!(!error.to_string().contains("md5"), "{error}");
    assert!(
        error
            .to_string()
            .contains("unknown variant, expected one of `rsa-sha256`")
    );
    assert_eq!(error.place, Some((8, 15)));
}

#[test]
fn anchors_and_secrets_that_cannot_be_used() {
    let anchors = "[agencies.rogue]\ncomponent = \"builtin\"\n[agencies.rogue.anchors.customs]\ncertificates = \"customs.pem\"\n";
    let folder = Folder::new(anchors).write("customs.pem", "nothing");
    let field = "agencies.rogue.anchors.customs.certificates";
    let parts = ["no certificate found"];
    assert_names(
        &folder.refused(),
        &folder.path("customs.pem"),
        field,
        &parts,
    );

    let lists = format!("{anchors}revocation-lists = \"customs.crl\"\n");
    let broken = "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n";
    let folder = Folder::new(&lists)
        .write("customs.pem", &keys::authority())
        .write("customs.crl", broken);
    let field = "agencies.rogue.anchors.customs.revocation-lists";
    let parts = ["revocation list number 1"];
    assert_names(
        &folder.refused(),
        &folder.path("customs.crl"),
        field,
        &parts,
    );

    let secrets = "[agencies.rogue]\ncomponent = \"builtin\"\n[agencies.rogue.secrets.password]\nfiles = [\"password.txt\"]\n";
    let folder = Folder::new(secrets).write("password.txt", "\n");
    let field = "agencies.rogue.secrets.password.files";
    assert_names(
        &folder.refused(),
        &folder.path("password.txt"),
        field,
        &["is empty"],
    );
}

#[test]
fn a_list_of_revoked_certificates_that_holds_none_is_an_error() {
    let text = "[agencies.rogue]\ncomponent = \"builtin\"\n[agencies.rogue.anchors.customs]\ncertificates = \"customs.pem\"\nrevocation-lists = \"customs.crl\"\n";
    let folder = Folder::new(text)
        .write("customs.pem", &keys::authority())
        .write("customs.crl", "the download failed");
    let field = "agencies.rogue.anchors.customs.revocation-lists";
    assert_names(
        &folder.refused(),
        &folder.path("customs.crl"),
        field,
        &["X509 CRL"],
    );
}

#[test]
fn an_expired_certificate_is_found_at_deployment() {
    let folder = Folder::new(WITH_KEY).with_pair(&keys::ecdsa_valid((2024, 2025)));
    let clock = FixedClock(UNIX_EPOCH + Duration::from_secs(1_782_864_000));
    let host = Host::fresh(|builder| builder.clock(clock));
    let error = host
        .runtime
        .deploy("rogue", folder.deployment().unwrap())
        .unwrap_err();
    assert_eq!(error.code(), "component.rejected.configured");
    let text = error.to_string();
    for part in [
        "`signer`",
        "Test Oy",
        "expired on 2025-01-01",
        "replace the file",
    ] {
        assert!(text.contains(part), "{part} is not in: {text}");
    }
}
