// SPDX-License-Identifier: Apache-2.0
//! Packages that are put into a folder.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    time::{Duration, Instant},
};

use serde_json::Value;

use super::{answers, deployer, history, stands, told};
use crate::{
    platform::serving,
    project::Project,
    serve::{Serving, client, post},
};

const PATIENCE: Duration = Duration::from_secs(120);

const NEEDED: &str = "\n[publishers.own]\nkeys = [\"own.key.pub\"]\nagencies = [\"rogue\"]\n\n[deployments]\nfolder = \"incoming\"\n";

/// A gateway with a folder, and packages of several versions that lie elsewhere.
fn project() -> Project {
    let project = deployer();
    project.silta("component key --out own.key").succeeds();
    for version in ["0.2.0", "0.3.0", "0.0.9"] {
        let pack = format!(
            "component pack rogue-{version}.wasm --licence MIT --key own.key --out made/{version}"
        );
        project.silta(&pack).succeeds();
    }
    let first = "component pack rogue.wasm --licence MIT --key own.key --out first";
    project.silta(first).succeeds();
    fs::create_dir(project.path("incoming")).unwrap();
    mode(&project, "incoming", 0o700);
    let text = project.text("rogue.toml");
    let text = text.replace("rogue.wasm", "first/rogue-0.1.0.wasm");
    project.write("rogue.toml", format!("reload-seconds = 1\n{text}{NEEDED}"));
    project
}

fn mode(project: &Project, name: &str, bits: u32) {
    fs::set_permissions(project.path(name), fs::Permissions::from_mode(bits)).unwrap();
}

fn put(project: &Project, version: &str, name: &str) {
    // Whatever new files are open to here.
    mode(project, &format!("made/{version}"), 0o700);
    for file in fs::read_dir(project.path(format!("made/{version}"))).unwrap() {
        if version != "open" {
            let path = file.unwrap().path();
            fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
        }
    }
    let from = project.path(format!("made/{version}"));
    fs::rename(from, project.path(format!("incoming/{name}"))).unwrap();
}

/// Until something is beside a package.
fn outcome(project: &Project, file: &str) -> Value {
    let path = project.path(format!("incoming/{file}"));
    let begun = Instant::now();
    loop {
        if let Ok(text) = fs::read(&path) {
            return serde_json::from_slice(&text).unwrap();
        }
        assert!(begun.elapsed() < PATIENCE, "{file} is not there");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn exists(project: &Project, file: &str) -> bool {
    project.path(format!("incoming/{file}")).exists()
}

/// Until a package that is put there now has been taken: what was there before has been looked at by then.
fn after(project: &Project, version: &str, name: &str) {
    put(project, version, name);
    outcome(project, &format!("{name}.accepted.json"));
}

fn agent_answers(project: &Project, serving: &Serving) {
    let agent = client(project, "intermediary");
    assert!([200, 202].contains(&post(&agent, &format!("{}/rogue/notify", serving.url), "x").0));
}

#[test]
fn what_is_put_there_is_deployed_once_and_told() {
    let project = project();
    project.silta("check --config rogue.toml").exits(0);
    let (serving, api) = serving(&project);
    put(&project, "0.2.0", "new");
    let accepted = outcome(&project, "new.accepted.json");
    assert_eq!(
        (&accepted["package"], &accepted["outcome"]),
        (&"new".into(), &"accepted".into())
    );
    let generation = &accepted["generations"][0];
    assert_eq!(
        (&generation["agency"], &generation["version"]),
        (&"rogue".into(), &"0.2.0".into())
    );
    assert_eq!(generation["generation"], 2);
    let standing = stands(&project, &api);
    assert_eq!(
        (&standing["generation"], &standing["version"]),
        (&2.into(), &"0.2.0".into())
    );
    assert_eq!(standing["service"]["by"], "folder");
    assert_eq!(standing["service"]["why"], "package new");
    agent_answers(&project, &serving);
    let rolled = format!("component rollback --agency rogue --yes {api}");
    project.silta(&rolled).succeeds();
    drop(serving); // killed
    // What was taken is not taken again: neither while its outcome lies there nor without it.
    fs::remove_file(project.path("incoming/new.accepted.json")).unwrap();
    let (serving, api) = self::serving(&project);
    let again = outcome(&project, "new.accepted.json");
    assert_eq!(again["generations"], accepted["generations"]);
    assert_eq!(stands(&project, &api)["generation"], 1);
    after(&project, "0.3.0", "newer");
    let all = [
        (3, "serving", "0.3.0"),
        (2, "retired", "0.2.0"),
        (1, "retired", "0.1.0"),
    ];
    assert_eq!(history(&project, &api), told(&all));
    answers(&project, &serving);
}

#[test]
fn what_is_refused_is_told_and_what_served_goes_on() {
    let project = project();
    // Nobody known has signed it.
    project.silta("component key --out other.key").succeeds();
    let pack = "component pack rogue-0.3.0.wasm --licence MIT --key other.key --out made/other";
    project.silta(pack).succeeds();
    // Another component than the manifest's, as where a file was copied in part.
    fs::create_dir(project.path("made/cut")).unwrap();
    for end in ["wasm", "manifest.json", "signatures.json"] {
        let file = project.read(&format!("made/0.3.0/rogue-0.3.0.{end}"));
        let kept = if end == "wasm" {
            file.len() / 2
        } else {
            file.len()
        };
        project.write(format!("made/cut/rogue-0.3.0.{end}"), &file[..kept]);
    }
    fs::create_dir(project.path("made/empty")).unwrap();
    fs::create_dir(project.path("made/open")).unwrap();
    for end in ["wasm", "manifest.json", "signatures.json"] {
        let file = project.read(&format!("made/0.3.0/rogue-0.3.0.{end}"));
        project.write(format!("made/open/rogue-0.3.0.{end}"), file);
    }
    mode(&project, "made/open/rogue-0.3.0.wasm", 0o666);
    let (serving, api) = serving(&project);
    for (from, code, step) in [
        ("other", "package.unknown-key", "verified"),
        ("cut", "package.other-component", "verified"),
        ("0.0.9", "package.downgrade", "compared"),
        ("empty", "folder.not-a-package", "read"),
        ("open", "folder.open-to-others", "read"),
    ] {
        put(&project, from, from);
        let refused = outcome(&project, &format!("{from}.refused.json"));
        assert_eq!(
            (&refused["code"], &refused["step"]),
            (&code.into(), &step.into()),
            "{refused}"
        );
        assert_ne!(refused["reason"], "");
        assert!(!exists(&project, &format!("{from}.accepted.json")));
    }
    assert_eq!(stands(&project, &api)["generation"], 1);
    answers(&project, &serving);
}

#[test]
fn what_is_being_made_or_lies_loosely_is_not_taken() {
    let project = project();
    let (serving, api) = serving(&project);
    // A name that begins with a period is still being made, and a file is no package.
    put(&project, "0.3.0", ".made");
    project.write(
        "incoming/rogue-0.3.0.wasm",
        project.read("rogue-0.3.0.wasm"),
    );
    after(&project, "0.2.0", "whole");
    for none in [".made", "rogue-0.3.0.wasm"] {
        assert!(!exists(&project, &format!("{none}.refused.json")), "{none}");
        assert!(
            !exists(&project, &format!("{none}.accepted.json")),
            "{none}"
        );
    }
    assert_eq!(stands(&project, &api)["version"], "0.2.0");
    fs::rename(
        project.path("incoming/.made"),
        project.path("incoming/made"),
    )
    .unwrap();
    outcome(&project, "made.accepted.json");
    assert_eq!(stands(&project, &api)["version"], "0.3.0");
    drop(serving);
}

#[test]
fn a_folder_that_others_may_write_to_is_not_watched() {
    let project = project();
    for (bits, is_taken) in [(0o720, false), (0o702, false), (0o755, true)] {
        mode(&project, "incoming", bits);
        let check = project.silta("check --config rogue.toml --json");
        check.exits(if is_taken { 0 } else { 5 });
    }
    mode(&project, "incoming", 0o770);
    let refused = project.silta("serve --config rogue.toml");
    refused.exits(5);
    assert!(refused.err.contains("chmod 700"), "{}", refused.err);
    mode(&project, "incoming", 0o700);
    // Nor once it is opened while the program runs.
    let (serving, api) = serving(&project);
    mode(&project, "incoming", 0o777);
    put(&project, "0.2.0", "new");
    let line = serving.log_until("is not looked at");
    assert!(line.contains("chmod 700"), "{line}");
    assert!(!exists(&project, "new.accepted.json"));
    assert_eq!(stands(&project, &api)["generation"], 1);
    mode(&project, "incoming", 0o700);
    outcome(&project, "new.accepted.json");
}
