// SPDX-License-Identifier: Apache-2.0
use rcgen::PKCS_ECDSA_P256_SHA256;

use crate::{
    identities::{Authority, COMPANY},
    project::{Project, Refusal},
};

const CODE: &str = "configuration.file";
const KEY: &str = "agencies.tulli.keys.builder.private-key";
const CERTIFICATES: &str = "agencies.tulli.keys.builder.certificates";

#[track_caller]
fn refused(project: &Project, code: &str, path: &str, says: &[&str]) {
    project.refuses_to_build(&Refusal {
        exit: 5,
        code,
        path,
        says,
    });
}

#[test]
fn a_key_of_another_certificate_is_told_with_the_subject() {
    let project = Project::new();
    project.edit("pki/builder.key.pem", "pki/intermediary.key.pem");
    let says = [
        "pki/builder.pem",
        CERTIFICATES,
        "does not belong",
        "CN=Silta test builder",
        "check that both files",
    ];
    refused(&project, CODE, CERTIFICATES, &says);
}

#[test]
fn an_expired_certificate_is_told_with_its_day() {
    let project = Project::new();
    for (years, says) in [
        ((2001, 2003), ["expired on 2003-01-01", "order a new one"]),
        (
            (2998, 2999),
            ["valid only from 2998-01-01", "check the clock"],
        ),
    ] {
        let identity = Authority::of(&project).issue(&PKCS_ECDSA_P256_SHA256, COMPANY, years);
        identity.replace(&project, "builder");
        project.set("keys.builder.algorithms", vec!["ecdsa-p256-sha256"]);
        let says = [&says[..], &["CN=Test Oy"]].concat();
        refused(&project, "component.rejected.configured", "", &says);
    }
}

#[test]
fn an_encrypted_key_is_told_with_how_to_decrypt_it() {
    let project = Project::new();
    for pem in [
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----\n",
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nMIIB\n-----END RSA PRIVATE KEY-----\n",
    ] {
        project.write("pki/builder.key.pem", pem);
        let says = [
            "pki/builder.key.pem",
            KEY,
            "encrypted",
            "openssl pkey -in KEY -out KEY.decrypted",
        ];
        refused(&project, CODE, KEY, &says);
    }
}

#[test]
fn key_and_certificate_in_each_others_place_are_told() {
    let project = Project::new();
    project.edit("\"pki/builder.key.pem\"", "\"pki/builder.pem\"");
    refused(
        &project,
        CODE,
        KEY,
        &[
            "pki/builder.pem",
            KEY,
            "line 1: `CERTIFICATE`",
            "expected `PRIVATE KEY`",
        ],
    );
    let project = Project::new();
    project.edit("\"pki/builder.pem\"", "\"pki/builder.key.pem\"");
    let says = [
        "pki/builder.key.pem",
        CERTIFICATES,
        "line 1: `PRIVATE KEY`",
        "a file of their own",
    ];
    refused(&project, CODE, CERTIFICATES, &says);
}

#[test]
fn a_broken_certificate_is_told_with_its_number() {
    let project = Project::new();
    let whole = project.text("pki/builder.pem");
    project.write(
        "pki/builder.pem",
        format!("{whole}-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"),
    );
    refused(
        &project,
        CODE,
        CERTIFICATES,
        &["pki/builder.pem", CERTIFICATES, "certificate number 2"],
    );
}

#[test]
fn algorithms_that_a_key_cannot_or_may_not_are_told() {
    let field = "agencies.tulli.keys.builder.algorithms";
    for (algorithms, says) in [
        (
            "[\"ecdsa-p256-sha256\"]",
            "(RSA) cannot sign with ecdsa-p256-sha256",
        ),
        ("[]", "the list of algorithms is empty"),
    ] {
        let project = Project::new();
        project.edit("[\"rsa-sha256\"]", algorithms);
        refused(&project, CODE, field, &["silta.toml:", field, says]);
    }
    // Only the call shows that the settings ask for another one; the refusal is logged as well.
    let project = Project::new();
    project.edit("[\"rsa-sha256\"]", "[\"rsa-sha512\"]");
    let run = project.silta("build tulli upload --config silta.toml --params examples/upload.json --payload examples/declaration.xml --out request.xml");
    run.exits(5);
    assert!(
        run.err
            .contains("silta.toml: agencies.tulli at /keys/builder: "),
        "{}",
        run.err
    );
    assert!(
        run.err.contains("[key.algorithm-not-allowed]"),
        "{}",
        run.err
    );
    assert!(!project.path("request.xml").exists());
}

#[test]
fn a_key_role_that_is_demanded_and_not_configured_is_told() {
    let project = Project::new();
    project.edit(
        "[agencies.tulli.keys.builder]",
        "[agencies.tulli.keys.bulider]",
    );
    let says = [
        "silta.toml: agencies.tulli: ",
        "requires the key role `builder`",
        "not configured",
    ];
    refused(&project, "component.rejected.configured", "", &says);
}
