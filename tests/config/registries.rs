// SPDX-License-Identifier: Apache-2.0
//! Where components may be fetched from, and what judging them may take.

use std::time::Duration;

use silta_config::{CompileLimits, ConfigError};

use super::{Folder, assert_names};

const REGISTRY: &str = r#"
[registries.own]
address = "Registry.example.fi:5000"
credentials = "credentials.json"
anchors = "issuers.pem"
allow-http = true
seconds = 10
component-bytes = 1048576
"#;

const CREDENTIALS: &str = r#"{"auths": {"registry.example.fi:5000": {"auth": "YW5uYTpzYWxh"}}}"#;

fn folder(configuration: &str) -> Folder {
    let folder = Folder::new(configuration).write("credentials.json", CREDENTIALS);
    folder.write("issuers.pem", &crate::support::keys::authority())
}

fn refused(folder: &Folder) -> ConfigError {
    folder.read().unwrap().registry("own").unwrap_err()
}

#[test]
fn a_registry_is_found_by_its_address() {
    let folder = folder(REGISTRY);
    let config = folder.read().unwrap();
    assert_eq!(config.registry_names().collect::<Vec<_>>(), ["own"]);
    let found = config
        .registry_at("registry.example.fi:5000")
        .unwrap()
        .unwrap();
    assert_eq!(found.host(), "registry.example.fi:5000");
    for other in ["registry.example.fi", "example.fi:5000", "own"] {
        assert!(config.registry_at(other).unwrap().is_none(), "{other}");
    }
    let shown = format!("{found:?} {config:?}");
    assert!(
        !shown.contains("sala") && !shown.contains("YW5uYTpzYWxh"),
        "{shown}"
    );
}

#[test]
fn what_is_wrong_with_a_registry_is_told_with_its_field() {
    for (from, to, field, told) in [
        (
            "seconds = 10",
            "seconds = 601",
            "seconds",
            "1 to 600 seconds",
        ),
        ("= 1048576", "= 0", "component-bytes", "1 to 67108864"),
    ] {
        // Before anybody deploys something.
        let folder = folder(&REGISTRY.replace(from, to));
        let field = format!("registries.own.{field}");
        assert_names(
            &folder.read().unwrap_err(),
            &folder.path("silta.toml"),
            &field,
            &[told],
        );
    }
    let bare = "[registries.own]\naddress = \"https://r.fi/x\"\n";
    let bare = Folder::new(bare);
    let address = bare.read().unwrap_err();
    assert_names(
        &address,
        &bare.path("silta.toml"),
        "registries.own.address",
        &["HOST or HOST:PORT"],
    );
    for (file, content, field, told) in [
        (
            "credentials.json",
            "{}",
            "registries.own.credentials",
            "has nothing for the address",
        ),
        (
            "credentials.json",
            "hidden",
            "registries.own.credentials",
            "docker's config.json",
        ),
        ("issuers.pem", "hidden", "registries.own.anchors", ""),
    ] {
        let folder = folder(REGISTRY).write(file, content);
        let error = refused(&folder);
        assert_names(&error, &folder.path(file), field, &[told]);
        assert!(!error.to_string().contains("hidden"), "{error}");
    }
    let unknown = Folder::new("[registries.own]\naddress = \"r.fi\"\npassword = \"hidden\"\n");
    let error = unknown.read().unwrap_err().to_string();
    assert!(
        error.contains("password") && !error.contains("hidden"),
        "{error}"
    );
}

#[test]
fn two_tables_have_no_address_in_common() {
    let twice = |other: &str| format!("{REGISTRY}\n[registries.second]\naddress = \"{other}\"\n");
    let same = folder(&twice("registry.EXAMPLE.fi:5000"));
    assert_names(
        &same.read().unwrap_err(),
        &same.path("silta.toml"),
        "registries.second.address",
        &["[registries.own]", "one registry has one table"],
    );
    assert!(folder(&twice("registry.example.fi")).read().is_ok());
}

#[test]
fn what_compiling_may_take_has_defaults_and_ranges() {
    let limits = |text: &str| Folder::new(text).read().unwrap().compile_limits();
    let usual = CompileLimits {
        time: Duration::from_secs(120),
        memory_bytes: 2 << 30,
        in_process: false,
    };
    assert_eq!(limits("").unwrap(), usual);
    let set = "[deployments]\ncompile-seconds = 7\ncompile-memory-bytes = 67108864\ncompile-in-process = true\n";
    let set = limits(set).unwrap();
    assert_eq!(
        (set.time.as_secs(), set.memory_bytes, set.in_process),
        (7, 64 << 20, true)
    );
    for (setting, field) in [
        ("compile-seconds = 0", "deployments.compile-seconds"),
        ("compile-seconds = 3601", "deployments.compile-seconds"),
        (
            "compile-memory-bytes = 67108863",
            "deployments.compile-memory-bytes",
        ),
        (
            "compile-memory-bytes = 68719476737",
            "deployments.compile-memory-bytes",
        ),
    ] {
        let error = limits(&format!("[deployments]\n{setting}\n")).unwrap_err();
        assert_eq!(error.field, field);
        assert!(error.to_string().contains("has to be"), "{error}");
    }
    let folder = Folder::new("[deployments]\nfolder = \"incoming\"\n");
    let found = folder.read().unwrap().deployments_folder();
    assert_eq!(found, Some(folder.path("incoming")));
}
