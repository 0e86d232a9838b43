// SPDX-License-Identifier: Apache-2.0
//! Values in the wrong place: found, and not repeated where they may be secrets.

use std::fs;

use super::Folder;
use crate::support::keys;

/// No word of any message.
const SECRET: &str = "h7Kq2-Zx9w";

const AGENCY: &str = "[agencies.rogue]\ncomponent = \"builtin\"\n";

/// The error of a configuration, when it or its files are read.
fn refused(text: &str) -> String {
    let folder = Folder::new(text).with_pair(&keys::ecdsa());
    let error = match folder.read() {
        Err(error) => error,
        Ok(_) => folder.refused(),
    };
    assert!(error.place.is_some(), "{error}");
    error.to_string()
}

#[test]
fn secrets_in_the_wrong_place_are_not_repeated() {
    let key = "[agencies.rogue.keys.signer]\n";
    #[rustfmt::skip]
    let rows = [
        // As a value in place of a table, or of a list.
        format!("{AGENCY}secrets = \"{SECRET}\"\n"),
        format!("{AGENCY}secrets.password = \"{SECRET}\"\n"),
        format!("{AGENCY}secrets.password = [\"{SECRET}\"]\n"),
        format!("{AGENCY}secrets.password.files = \"{SECRET}\"\n"),
        format!("{AGENCY}keys = \"{SECRET}\"\n"),
        format!("{AGENCY}keys.signer = \"{SECRET}\"\n"),
        // As a path.
        format!("{AGENCY}secrets.password.files = [\"{SECRET}\"]\n"),
        format!("{AGENCY}secrets.password.files = [\"{SECRET}/{SECRET}\"]\n"),
        format!("{AGENCY}secrets.password.files = [\"{}\"]\n", SECRET.repeat(500)),
        format!("{AGENCY}{key}certificates = \"signer.pem\"\nprivate-key = \"{SECRET}\"\n"),
        format!("{AGENCY}{key}private-key = \"-----BEGIN PRIVATE KEY-----{SECRET}\"\n"),
        // As a number or a date, as a field, as a variant, as a role.
        format!("{AGENCY}{key}private-key = 20260704\n"),
        format!("{AGENCY}{key}private-key = 2026-07-04\n"),
        format!("{AGENCY}{key}{SECRET} = 1\n"),
        format!("{AGENCY}{key}h7kq2-zx9w = 1\n"),
        format!("{AGENCY}secrets.password.value = \"{SECRET}\"\n"),
        format!("{AGENCY}secrets.password.{SECRET} = true\n"),
        format!("{AGENCY}secrets.{SECRET}.files = []\n"),
        format!("{AGENCY}keys.{SECRET}.private-key = \"signer.key\"\nkeys.{SECRET}.certificates = \"signer.pem\"\n"),
        format!("{AGENCY}{key}private-key = \"signer.key\"\ncertificates = \"signer.pem\"\nalgorithms = [\"{SECRET}\"]\n"),
        // As text that is no TOML.
        format!("{AGENCY}secrets.password = {SECRET}\n"),
        format!("{AGENCY}[agencies.rogue.secrets.password]\n{SECRET}\n"),
        // In the listener's table.
        format!("listener = \"{SECRET}\"\n{AGENCY}"),
        format!("{SECRET} = 1\n{AGENCY}"),
    ];
    for wrong in rows {
        let error = refused(&wrong).to_lowercase();
        for repeated in [SECRET.to_lowercase().as_str(), "20260704", "2026-07-04"] {
            assert!(!error.contains(repeated), "{wrong}: {error}");
        }
    }
}

#[test]
fn misspelt_names_are_repeated_where_no_secret_is_expected() {
    for (wrong, named) in [
        (format!("{AGENCY}limits.memory-byte = 1\n"), "`memory-byte`"),
        (format!("{AGENCY}allow-sha-1 = true\n"), "`allow-sha-1`"),
        (format!("adit = \"a\"\n{AGENCY}"), "`adit`"),
    ] {
        let error = refused(&wrong);
        assert!(error.contains(named), "{error}");
    }
}

#[test]
fn tables_are_not_taken_from_arrays_by_position() {
    for wrong in [
        "[agencies]\nrogue = [\"builtin\"]\n".to_owned(),
        "[[agencies.rogue]]\ncomponent = \"builtin\"\n".to_owned(),
        format!("{AGENCY}keys.signer = [\"signer.key\", \"signer.pem\"]\n"),
        format!("{AGENCY}anchors.customs = [\"signer.pem\"]\n"),
        format!("{AGENCY}secrets.password = [[\"signer.key\"]]\n"),
        format!("{AGENCY}limits = [1000]\n"),
        format!("{AGENCY}tls = [\"signer.pem\"]\n"),
        format!("listener = [\"127.0.0.1:0\", \"signer.key\", \"signer.pem\"]\n{AGENCY}"),
        format!(
            "[listener]\naddress = \"127.0.0.1:0\"\nprivate-key = \"signer.key\"\ncertificates = \"signer.pem\"\nlimits = [1]\n{AGENCY}"
        ),
        format!("{AGENCY}settings = [1]\n"),
    ] {
        let folder = Folder::new(&wrong).with_pair(&keys::ecdsa());
        let error = folder.read().unwrap_err();
        let text = error.to_string();
        assert!(text.contains("invalid type: sequence"), "{wrong}: {text}");
        assert!(error.place.is_some(), "{text}");
        // The same as a table is fine.
        fs::remove_file(folder.path("silta.toml")).unwrap();
    }
}
