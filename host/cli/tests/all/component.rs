// SPDX-License-Identifier: Apache-2.0
//! `silta component`: packages from the key of a publisher to their verification.

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf};

use crate::project::Project;

/// A project with a key and a signed package of the Tax Administration's component; the stem of the package.
fn packed() -> (Project, PathBuf) {
    let project = Project::new();
    project.silta("component key --out own.key").succeeds();
    project.silta("export vero --out vero.wasm").succeeds();
    let pack = "component pack vero.wasm --licence Apache-2.0 --out packages --key own.key --json";
    let made = project.silta(pack).succeeds().json();
    let component = made["component"].as_str().unwrap();
    (project, PathBuf::from(component.trim_end_matches(".wasm")))
}

fn verify(stem: &std::path::Path, options: &str) -> String {
    format!("component verify {}.wasm {options} --json", stem.display())
}

#[test]
fn a_package_says_what_its_component_says_of_itself() {
    let (project, stem) = packed();
    let described = project.silta("describe vero --json").succeeds().json();
    let inspect = format!("component inspect {} --json", stem.display());
    let told = project.silta(&inspect).succeeds().json();
    let manifest = &told["manifest"];
    assert_eq!(manifest["agency"], "vero");
    assert_eq!(manifest["version"], described["version"]);
    assert_eq!(manifest["licence"], "Apache-2.0");
    assert!(manifest["selfTests"]["count"].as_u64().unwrap() > 0);
    let versions = project.silta("version --json").succeeds().json();
    let contract = versions["contract"].as_str().unwrap();
    assert!(contract.ends_with(&format!("@{}", manifest["contract"].as_str().unwrap())));
    let components = versions["components"].as_array().unwrap();
    let own = components.iter().find(|one| one["name"] == "vero");
    let digest = manifest["component"]["digest"].as_str().unwrap();
    assert!(
        digest.ends_with(own.unwrap()["sha256"].as_str().unwrap()),
        "{digest}"
    );
    // What was packed is what was exported, and whoever has only the files reads the same.
    assert_eq!(
        fs::read(project.path(format!("{}.wasm", stem.display()))).unwrap(),
        fs::read(project.path("vero.wasm")).unwrap()
    );
    assert_eq!(told["signedWith"].as_array().unwrap().len(), 1);
}

#[test]
fn whoever_has_the_publishers_key_verifies_it() {
    let (project, stem) = packed();
    let verified = project.silta(&verify(&stem, "--publisher own.key.pub --agency vero"));
    let verified = verified.succeeds().json();
    assert_eq!(verified["agency"], "vero");
    assert_eq!(verified["publisher"], "own.key.pub");
    project.silta("component key --out other.key").succeeds();
    #[rustfmt::skip]
    let rows = [
        ("--publisher other.key.pub", "package.unknown-key"),
        ("--publisher own.key.pub --agency tulli", "package.other-agency"),
        ("--publisher own.key", "package.key"),
        ("--publisher own.key.pub --publisher own.key.pub", "package.key"),
    ];
    for (options, code) in rows {
        let refused = project.silta(&verify(&stem, options));
        assert_eq!(refused.error()["code"], code, "{options}");
    }
    // Both together: one that is known is enough.
    let both = "--publisher other.key.pub --publisher own.key.pub";
    project.silta(&verify(&stem, both)).succeeds();
}

#[test]
fn what_was_changed_after_it_was_signed_is_refused() {
    let (project, stem) = packed();
    let manifest = format!("{}.manifest.json", stem.display());
    let text = project.text(&manifest);
    fs::write(project.path(&manifest), text.replace("Apache-2.0", "MIT")).unwrap();
    let refused = project.silta(&verify(&stem, "--publisher own.key.pub"));
    assert_eq!(refused.error()["code"], "package.wrong-signature");
    fs::write(project.path(&manifest), text).unwrap();
    let component = format!("{}.wasm", stem.display());
    let mut bytes = fs::read(project.path(&component)).unwrap();
    bytes.push(0);
    fs::write(project.path(&component), bytes).unwrap();
    let refused = project.silta(&verify(&stem, "--publisher own.key.pub"));
    assert_eq!(refused.error()["code"], "package.other-component");
    // Nor is it signed.
    let sign = format!("component sign {component} --key own.key --json");
    let refused = project.silta(&sign);
    assert_eq!(refused.error()["code"], "package.other-component");
    project
        .silta(&format!("component inspect {component}"))
        .exits(3);
}

#[test]
fn a_time_that_is_over_ends_a_package_and_nonsense_makes_none() {
    let (project, _) = packed();
    let pack = |options: &str| {
        format!("component pack vero.wasm --licence Apache-2.0 --out timed {options} --json")
    };
    let made = project.silta(&pack("--not-after 2026-01-01T00:00:00Z --key own.key"));
    let made = made.succeeds().json();
    let component = made["component"].as_str().unwrap();
    let refused = format!("component verify {component} --publisher own.key.pub --json");
    assert_eq!(project.silta(&refused).error()["code"], "package.expired");
    for (options, said) in [
        ("--not-after tomorrow", "validity.notAfter"),
        (
            "--not-before 2027-01-01T00:00:00+02:00",
            "validity.notBefore",
        ),
        ("--key silta.toml", "private key"),
    ] {
        let refused = project.silta(&pack(options));
        let message = refused.error()["message"].as_str().unwrap().to_owned();
        assert!(message.contains(said), "{message}");
    }
    fs::write(project.path("no.wasm"), b"\0asm").unwrap();
    let refused = project
        .silta("component pack no.wasm --licence MIT --json")
        .error();
    assert_eq!(refused["code"], "component.rejected.compiled");
}

#[test]
fn a_key_is_for_its_owner_alone_and_never_replaced() {
    let (project, _) = packed();
    let mode = |name: &str| {
        let file = fs::metadata(project.path(name)).unwrap();
        file.permissions().mode() & 0o777
    };
    assert_eq!(mode("own.key"), 0o600);
    let before = project.text("own.key");
    let again = project.silta("component key --out own.key --json");
    assert_eq!(again.error()["code"], "file.unwritable");
    assert_eq!(project.text("own.key"), before);
    let shown = project.silta("component key --out shown.key");
    assert!(!shown.out.contains("PRIVATE"), "{}", shown.out);
    // The id is that of the public key's SubjectPublicKeyInfo.
    assert!(
        project
            .text("own.key.pub")
            .starts_with("-----BEGIN PUBLIC KEY-----\n")
    );
}

/// A project whose component is the packaged one.
fn deployed() -> (Project, PathBuf) {
    let (project, stem) = packed();
    let component = format!("component = \"{}.wasm\"", stem.display());
    project.silta("init taker --agency vero").succeeds();
    let config = project.text("taker/silta.toml");
    let config = config.replacen(
        "component = \"builtin\"",
        &component.replace("packages", "../packages"),
        1,
    );
    project.write("taker/silta.toml", config);
    (project, stem)
}

fn add(project: &Project, table: &str) {
    let config = project.text("taker/silta.toml");
    project.write("taker/silta.toml", format!("{config}\n{table}\n"));
}

const CHECK: &str = "check --config taker/silta.toml --json";

#[test]
fn with_publishers_a_component_has_to_be_signed_by_one_of_them() {
    let (project, stem) = deployed();
    project.silta("check --config taker/silta.toml").succeeds();
    add(
        &project,
        "[publishers.us]\nkeys = [\"../own.key.pub\"]\nagencies = [\"vero\"]",
    );
    let told = project.silta(CHECK).succeeds().out.clone();
    assert!(told.contains("signed by the publisher `us`"), "{told}");
    // Without its signature it is refused, wherever it is to be used, unless it is excepted.
    fs::remove_file(project.path(format!("{}.signatures.json", stem.display()))).unwrap();
    let refused = project.silta(CHECK);
    refused.exits(5);
    assert!(refused.out.contains("has no signature"), "{}", refused.out);
    let refused = project.silta("describe vero --config taker/silta.toml --json");
    assert_eq!(refused.error()["fault"], "configuration");
    let config = project.text("taker/silta.toml");
    let excepted = config.replacen("[agencies.vero]\n", "[agencies.vero]\nunsigned = true\n", 1);
    assert_ne!(excepted, config);
    project.write("taker/silta.toml", excepted);
    project.silta(CHECK).succeeds();
}

#[test]
fn a_component_without_a_manifest_is_no_package_of_a_publisher() {
    let (project, stem) = deployed();
    add(
        &project,
        "[publishers.us]\nkeys = [\"../own.key.pub\"]\nagencies = [\"vero\"]",
    );
    fs::remove_file(project.path(format!("{}.manifest.json", stem.display()))).unwrap();
    let refused = project.silta(CHECK);
    refused.exits(5);
    assert!(refused.out.contains("manifest.json"), "{}", refused.out);
}

#[test]
fn without_publishers_a_component_has_to_be_the_one_of_its_manifest_all_the_same() {
    let (project, stem) = deployed();
    let component = project.path(format!("{}.wasm", stem.display()));
    fs::copy(project.path("vero.wasm"), &component).unwrap();
    project.silta(CHECK).succeeds();
    project.silta("export tulli --out tulli.wasm").succeeds();
    fs::copy(project.path("tulli.wasm"), &component).unwrap();
    let refused = project.silta(CHECK);
    refused.exits(5);
    assert!(
        refused.out.contains("not the one of the manifest"),
        "{}",
        refused.out
    );
}

#[test]
fn a_component_has_to_say_the_version_of_its_manifest() {
    let (project, stem) = deployed();
    let manifest = format!("{}.manifest.json", stem.display());
    let text = project.text(&manifest);
    let own = "\"version\": \"0.1.0\"";
    assert!(text.contains(own), "{text}");
    project.write(&manifest, text.replacen(own, "\"version\": \"0.1.1\"", 1));
    // Signed by the publisher himself, so that nothing but the component says otherwise.
    let sign = format!("component sign {} --key own.key", stem.display());
    project.silta(&sign).succeeds();
    add(
        &project,
        "[publishers.us]\nkeys = [\"../own.key.pub\"]\nagencies = [\"vero\"]",
    );
    let checked = project.silta(CHECK);
    checked.exits(5);
    for part in [
        "component.rejected.described",
        "is version 0.1.0",
        "says 0.1.1",
    ] {
        assert!(checked.out.contains(part), "{part}: {}", checked.out);
    }
    project.write("empty.json", "{}");
    let build = "build vero list-notifications --config taker/silta.toml --params empty.json --out request.json --json";
    let refused = project.silta(build);
    assert_eq!(refused.error()["code"], "component.rejected.described");
    assert_eq!(refused.exit, 5);
}

#[test]
fn a_table_of_a_publisher_that_says_nothing_of_use_is_refused() {
    #[rustfmt::skip]
    let rows = [
        ("keys = []\nagencies = [\"vero\"]", "names no key"),
        ("keys = [\"../own.key\"]\nagencies = [\"vero\"]", "PUBLIC KEY"),
        ("keys = [\"../own.key.pub\"]\nagencies = []", "no agencies"),
        ("keys = [\"../own.key.pub\", \"../own.key.pub\"]\nagencies = [\"*\"]", "pinned already"),
        ("keys = [\"../none.pub\"]\nagencies = [\"*\"]", "none.pub"),
        ("keys = [\"../own.key.pub\"]", "agencies"),
    ];
    let (project, _) = deployed();
    let config = project.text("taker/silta.toml");
    for (table, said) in rows {
        project.write("taker/silta.toml", &config);
        add(&project, &format!("[publishers.us]\n{table}"));
        let refused = project.silta(CHECK);
        refused.exits(5);
        assert!(refused.out.contains(said), "{table}: {}", refused.out);
    }
}
