// SPDX-License-Identifier: Apache-2.0
use std::process::Command;

use serde_json::json;
use silta::Blob;

use crate::project::{Project, members};

#[test]
fn the_program_says_what_it_is_made_of() {
    let project = Project::new();
    let version = project.silta("version --json").succeeds().json();
    assert_eq!(
        members(&version),
        ["commit", "components", "contract", "engine", "version"]
    );
    assert_eq!(version["version"], env!("CARGO_PKG_VERSION"));
    let wit = concat!(env!("CARGO_MANIFEST_DIR"), "/../../wit/world.wit");
    let package = format!("package {};", version["contract"].as_str().unwrap());
    assert!(std::fs::read_to_string(wit).unwrap().contains(&package));
    assert!(package.starts_with("package silta:agency@"), "{package}");
    let shipped = artifacts::AGENCIES.into_iter();
    let shipped: Vec<_> = shipped.chain([artifacts::XML_INSPECTOR]).collect();
    let components = version["components"].as_array().unwrap();
    assert_eq!(components.len(), shipped.len());
    for (component, artifact) in components.iter().zip(shipped) {
        let digest = Blob::from(artifact.bytes).sha256();
        let digest = silta::observe::hexadecimal(&digest);
        assert_eq!(component["name"], artifact.name);
        assert_eq!(component["sha256"], digest);
        assert!(component["version"].as_str().unwrap().contains('.'));
    }
    let run = project.silta("version");
    run.succeeds();
    for name in ["commit", "contract", "engine", "components"] {
        assert!(run.out.contains(name), "{}", run.out);
    }
}

#[test]
fn the_engine_is_the_one_of_the_lock_file() {
    let lock = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.lock");
    let lock: toml::Table = std::fs::read_to_string(lock).unwrap().parse().unwrap();
    let packages = lock["package"].as_array().unwrap();
    let engine = packages
        .iter()
        .find(|package| package["name"].as_str() == Some("wasmtime"));
    let locked = engine.unwrap()["version"].as_str().unwrap();
    let version = Project::new().silta("version --json").json();
    assert_eq!(
        version["engine"],
        json!({"name": "wasmtime", "version": locked})
    );
}

#[test]
fn the_commit_is_one_of_the_repository_if_there_is_one() {
    let commit = Project::new().silta("version --json").json();
    let commit = commit["commit"].as_str().unwrap();
    if commit == "unknown" {
        return;
    }
    let shown = Command::new("git")
        .args(["cat-file", "-t", commit])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&shown.stdout).trim(), "commit");
}
