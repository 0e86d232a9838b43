// SPDX-License-Identifier: Apache-2.0
//! The configuration file: what is read from it, and that every error names the file, the field and what to do.

mod mail;
mod misplaced;
mod named_files;
mod operator;
mod platform;
mod proxies;
mod reading;
mod survey;
mod trust;

use std::{
    fs,
    path::{Path, PathBuf},
};

use silta::Deployment;
use silta_config::{ComponentSource, Config, ConfigError};
use tempfile::TempDir;

use crate::support::{build, host::host, json, keys, keys::Pair};

/// A folder with a configuration and the files it names.
struct Folder(TempDir);

impl Folder {
    fn new(configuration: &str) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        folder.write("silta.toml", configuration)
    }

    fn write(self, name: &str, content: &str) -> Self {
        fs::write(self.path(name), content).unwrap();
        self
    }

    fn with_pair(self, pair: &Pair) -> Self {
        self.write("signer.key", &pair.key)
            .write("signer.pem", &pair.certificate)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn read(&self) -> Result<Config, ConfigError> {
        Config::read(self.path("silta.toml"))
    }

    fn deployment(&self) -> Result<Deployment, ConfigError> {
        self.read()
            .unwrap()
            .deployment("rogue", artifacts::ROGUE.bytes)
    }

    /// What is wrong with the deployment.
    #[track_caller]
    fn refused(&self) -> ConfigError {
        match self.deployment() {
            Err(error) => error,
            Ok(_) => panic!("nothing is wrong with it"),
        }
    }
}

const WITH_KEY: &str = r#"
[agencies.rogue]
component = "builtin"

[agencies.rogue.keys.signer]
private-key = "signer.key"
certificates = "signer.pem"
"#;

/// What an error about a file in the folder has to say.
#[track_caller]
fn assert_names(error: &ConfigError, file: &Path, field: &str, parts: &[&str]) {
    assert_eq!(error.file, file);
    assert_eq!(error.field, field);
    let text = error.to_string();
    assert!(text.starts_with(&file.display().to_string()), "{text}");
    assert!(text.contains(field), "{text}");
    for part in parts {
        assert!(text.contains(part), "{part} is not in: {text}");
    }
}

#[test]
fn everything_that_can_be_configured() {
    let pair = keys::ecdsa();
    let folder = Folder::new(
        r#"
        audit = "log/audit.jsonl"

        [agencies.rogue]
        component = "parts/rogue.wasm"
        allow-sha1 = true
        allow-short-rsa = true

        [agencies.rogue.settings]
        version = 42

        [agencies.rogue.keys.signer]
        private-key = "signer.key"
        certificates = "signer.pem"
        algorithms = ["ecdsa-p256-sha256"]
        signatures-per-call = 3

        [agencies.rogue.anchors.customs]
        certificates = "issuers.pem"
        pinned = "signer.pem"

        [agencies.rogue.secrets.password]
        files = ["new.txt", "old.txt"]

        [agencies.rogue.limits]
        deadline-milliseconds = 5000
        memory-bytes = 8388608
        blob-bytes = 1048576
        hostcall-bytes = 262144
        handles = 100
        log-bytes = 1000

        [agencies.rogue.tls]
        server-anchors = "signer.pem"
        "#,
    )
    .with_pair(&pair)
    .write("issuers.pem", &keys::authority())
    .write("new.txt", "hush\n")
    .write("old.txt", "old");
    let config = folder.read().unwrap();
    assert_eq!(config.agencies().collect::<Vec<_>>(), ["rogue"]);
    assert_eq!(config.audit_file(), Some(folder.path("log/audit.jsonl")));
    let component = ComponentSource::File(folder.path("parts/rogue.wasm"));
    assert_eq!(config.component("rogue").unwrap(), component);
    let anchors = config.server_anchors("rogue").unwrap().unwrap();
    assert_eq!(anchors, pair.certificate.as_bytes());
    let files = config.parts("rogue").unwrap().tls_files("signer").unwrap();
    assert_eq!(
        (
            fs::read(files.private_key).unwrap(),
            fs::read(files.certificates).unwrap()
        ),
        (pair.key.into(), pair.certificate.into())
    );

    let host = host();
    let agency = host.rogue(folder.deployment().unwrap());
    let version = json(&build(&agency, "behave", serde_json::json!({})).unwrap());
    assert_eq!(version["version"], 42);
    let sign = |count: u32| {
        let parameters =
            serde_json::json!({"count": count, "role": "signer", "way": "ecdsa-p256-sha256"});
        build(&agency, "sign", parameters)
    };
    assert!(sign(3).is_ok() && sign(4).is_err());
    // The line end of a file is not part of the secret.
    let sent = build(
        &agency,
        "insert-secret",
        serde_json::json!({"role": "password"}),
    );
    assert_eq!(sent.unwrap().body.to_vec(), b"password=hush");
    let written = |bytes: u32| build(&agency, "write", serde_json::json!({ "bytes": bytes }));
    assert!(written(1 << 20).is_ok() && written((1 << 20) + 1).is_err());
    let logged = |bytes: u32| {
        build(
            &agency,
            "log",
            serde_json::json!({"count": 1, "bytes": bytes}),
        )
    };
    assert!(logged(1000 - 128).is_ok() && logged(1000 - 127).is_err());
}

#[test]
fn the_component_that_comes_with_the_program() {
    let folder = Folder::new("[agencies.rogue]\ncomponent = \"builtin\"\n");
    let config = folder.read().unwrap();
    assert_eq!(config.component("rogue").unwrap(), ComponentSource::Builtin);
    assert_eq!(config.server_anchors("rogue").unwrap(), None);
    assert_eq!(config.audit_file(), None);
    assert!(folder.deployment().is_ok());
}

#[test]
fn a_file_that_cannot_be_read() {
    let folder = Folder::new("");
    for name in ["elsewhere.toml", "."] {
        let file = folder.0.path().join(name);
        let error = Config::read(&file).unwrap_err();
        assert_names(&error, &file, "", &["cannot be read", "check the path"]);
        assert_eq!(error.place, None);
    }
}

#[test]
fn a_file_that_is_not_text() {
    let folder = Folder::new("");
    fs::write(folder.path("silta.toml"), b"component = \"\xff\"").unwrap();
    let error = folder.read().unwrap_err();
    assert_names(&error, &folder.path("silta.toml"), "", &["UTF-8"]);
}

#[test]
fn lines_and_columns_are_right() {
    #[rustfmt::skip]
    let rows = [
        ("[agencies.rogue]\ncomponent = \"x\"\nkomponent = 1\n", (3, 1), "komponent"),
        ("[agencies.rogue]\ncomponent = 7\n", (2, 13), "string"),
        ("# ä\n[agencies.rogue]\ncomponent = \"ö\" x\n", (3, 17), ""),
        ("audit = \"ääkköset\" 1", (1, 20), ""),
        ("[agencies.rogue]\ncomponent = \"x\"\n[agencies.rogue.limits]\nmemory = 1\n", (4, 1), "memory"),
        ("[agencies.rogue]\ncomponent = \"x\"\n[agencies.rogue.limits]\nmemory-bytes = -1\n", (4, 16), ""),
        ("[agencies.rogue]\n", (1, 1), "component"),
        ("agencies = 1", (1, 12), ""),
    ];
    for (text, place, part) in rows {
        let folder = Folder::new(text);
        let error = folder.read().unwrap_err();
        assert_eq!(error.place, Some(place), "{text}: {error}");
        let shown = format!("silta.toml:{}:{}", place.0, place.1);
        assert_names(&error, &folder.path("silta.toml"), "", &[&shown, part]);
    }
}

#[test]
fn an_agency_that_is_not_configured() {
    let folder = Folder::new("[agencies.tulli]\ncomponent = \"builtin\"\n");
    let error = folder.refused();
    let parts = ["configured: tulli", "add the table"];
    assert_names(&error, &folder.path("silta.toml"), "agencies.rogue", &parts);
}

#[test]
fn a_secret_never_shows_in_an_error_or_in_debug_output() {
    let folder = Folder::new(
        "[agencies.rogue]\ncomponent = \"builtin\"\n[agencies.rogue.secrets.password]\nfiles = [\"password.txt\"]\n",
    )
    .write("password.txt", "hush-hush");
    let deployment = folder.deployment().unwrap();
    assert!(!format!("{deployment:?}").contains("hush"));
}
