// SPDX-License-Identifier: Apache-2.0
//! Components judged by recorded calls: bundles of a gateway, and golden calls.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::{KEY, project, serve};
use crate::project::{Project, members};

/// A component with one text in it replaced by one that is as long.
fn edited(component: &[u8], old: &str, new: &str) -> Vec<u8> {
    assert_eq!(old.len(), new.len());
    let mut bytes = component.to_vec();
    let places = bytes.windows(old.len()).enumerate();
    let places = places.filter(|(_, text)| *text == old.as_bytes());
    let places: Vec<usize> = places.map(|(place, _)| place).collect();
    assert_eq!(places.len(), 1, "the component has it once");
    bytes[places[0]..places[0] + new.len()].copy_from_slice(new.as_bytes());
    bytes
}

/// The golden calls of an agency, which other hosts do again as well.
fn golden(agency: &str) -> PathBuf {
    let manifest = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    manifest
        .ancestors()
        .nth(2)
        .unwrap()
        .join("tests/hosts/golden")
        .join(agency)
}

#[cfg(unix)]
#[test]
fn a_component_is_compared_with_another_by_what_they_make_of_recorded_calls() {
    let project = project("");
    serve(
        &project,
        &[("notify", 202), ("refuse", 403), ("crash", 503)],
    );
    let other = edited(
        artifacts::ROGUE.bytes,
        "the path asks for it",
        "the path is refused!",
    );
    project.write("other.wasm", other);
    let options = format!("--recorded recorded --key {KEY}");
    let diff =
        |new: &str| project.silta(&format!("component diff rogue.wasm {new} {options} --json"));
    let same = diff("rogue.wasm").succeeds().json();
    assert_eq!(
        same["recorded"],
        json!({"same": 3, "other": [], "unknown": [], "refused": [], "passedOver": 0})
    );
    let told = diff("other.wasm").exits(3).json();
    let recorded = &told["recorded"];
    assert_eq!(
        (&recorded["same"], &recorded["unknown"]),
        (&2.into(), &json!([]))
    );
    let call = &recorded["other"][0];
    assert_eq!(
        members(call),
        ["agency", "differences", "file", "function", "operation"]
    );
    assert_eq!(call["function"], "notification.validate");
    let message = call["differences"].as_array().unwrap().iter();
    let message: Vec<&Value> = message
        .filter(|it| it["place"] == "/val/reason/message")
        .collect();
    assert_eq!(message[0]["kind"], "value");
    assert_eq!(message[0]["byte"], 9);
    assert_eq!(message[0]["old"], "asks for it");
    assert_eq!(message[0]["new"], "is refused!");
    let text = project.silta(&format!("component diff rogue.wasm other.wasm {options}"));
    for part in [
        "\nRecorded calls\n",
        "rogue validate (notification.validate)",
        "value: /val/reason/message, byte 9",
        "2 calls come to the same",
    ] {
        assert!(text.out.contains(part), "{part}: {}", text.out);
    }
    // The same as a test of one component.
    let test = |component: &str| {
        project.silta(&format!(
            "component test --component {component} {options} --json"
        ))
    };
    let passed = test("rogue.wasm").succeeds().json();
    assert_eq!(
        members(&passed),
        ["cases", "golden", "passed", "passedOver", "recorded"]
    );
    assert_eq!(passed["recorded"].as_array().unwrap().len(), 3);
    let failed = test("other.wasm").exits(3).json();
    let failed = failed["recorded"].as_array().unwrap().iter();
    let failed: Vec<&Value> = failed.filter(|it| it["verdict"] == "failed").collect();
    assert_eq!(failed.len(), 1);
    // Evidence stays as it is.
    let before = project.files();
    let bless = format!("component test --component other.wasm {options} --bless");
    project.silta(&bless).exits(3);
    assert!(project.files() == before);
    // Nothing to judge by is no success, and without a key nothing can be opened.
    let none = project.silta(&format!(
        "component test --component rogue.wasm {options} --agency tulli --json"
    ));
    assert_eq!(none.exits(4).error()["code"], "bundle.none-found");
    project
        .silta("component test --component rogue.wasm --recorded recorded")
        .exits(2);
}

#[cfg(unix)]
#[test]
fn calls_of_others_and_damaged_ones_neither_count_nor_hide_the_rest() {
    let project = project("");
    serve(&project, &[("notify", 202), ("refuse", 403)]);
    let damaged = super::listed(&project)[0].0.clone();
    let mut bytes = project.read(damaged.to_str().unwrap());
    *bytes.last_mut().unwrap() ^= 1;
    project.write(&damaged, bytes);
    let options = format!("--recorded recorded --key {KEY} --json");
    let told = project.silta(&format!(
        "component diff rogue.wasm rogue.wasm {options} --golden golden"
    ));
    assert_eq!(told.exits(8).error()["code"], "file.unusable");
    let told = project.silta(&format!("component diff rogue.wasm rogue.wasm {options}"));
    assert_eq!(told.exits(8).error()["code"], "bundle.tampered");
    let recorded = &told.json()["recorded"];
    assert_eq!(recorded["same"], 1);
    assert_eq!(recorded["refused"][0]["code"], "bundle.tampered");
    let told = project.silta(&format!("component test --component rogue.wasm {options}"));
    assert_eq!(told.exits(8).error()["code"], "bundle.tampered");
    let verdicts = told.json()["recorded"].as_array().unwrap().clone();
    let mut verdicts: Vec<&Value> = verdicts.iter().map(|it| &it["verdict"]).collect();
    verdicts.sort_by_key(|it| it.to_string());
    assert_eq!(verdicts, ["not-run", "passed"]);
    // They are of another agency than this component's.
    project.silta("export vero --out vero.wasm").succeeds();
    for command in ["test --component vero.wasm", "diff vero.wasm vero.wasm"] {
        let none = project.silta(&format!("component {command} {options}"));
        let error = none.exits(4).error();
        assert_eq!(error["code"], "bundle.none-found");
        assert!(error["message"].as_str().unwrap().contains("--agency"));
    }
}

#[test]
fn a_folder_without_golden_calls_of_the_component_is_no_success() {
    let project = Project::new();
    project.write("vero.wasm", artifacts::VERO.bytes);
    std::fs::create_dir(project.path("none")).unwrap();
    project.write("empty/notification.json", "");
    let tulli = golden("tulli").display().to_string();
    let run = |command: &str, folder: &str| {
        project.silta(&format!("component {command} --golden {folder} --json"))
    };
    let (test, diff) = ("test --component vero.wasm", "diff vero.wasm vero.wasm");
    for command in [test, diff] {
        let error = run(command, "none").exits(8).error();
        assert_eq!(error["code"], "golden.none-found");
        let error = run(command, &tulli).exits(8).error();
        assert_eq!(error["code"], "golden.other-component");
    }
    let told = run(diff, "empty").exits(3).json();
    assert_eq!(told["golden"]["same"], 0);
    let unknown = &told["golden"]["unknown"][0];
    assert!(
        unknown["file"]
            .as_str()
            .unwrap()
            .ends_with("notification.json")
    );
    assert_eq!(run(test, "empty").exits(3).json()["passed"], false);
}

#[test]
fn golden_calls_of_all_agencies_pass_and_what_parts_is_told_by_question_and_place() {
    let project = Project::new();
    for agency in artifacts::AGENCIES {
        let (name, file) = (agency.name, format!("{}.wasm", agency.name));
        project.write(&file, agency.bytes);
        let golden = golden(name);
        let test = format!(
            "component test --component {file} --golden {} --json",
            golden.display()
        );
        let told = project.silta(&test).succeeds().json();
        let calls = told["golden"].as_array().unwrap();
        assert!(calls.len() > 10, "{name}");
        assert!(
            calls.iter().all(|call| call["verdict"] == "passed"),
            "{name}: {told}"
        );
    }
    // Another algorithm is said to be signed with: another text is signed.
    let other = edited(
        artifacts::agency("tulli").unwrap().bytes,
        "xmldsig-more#rsa-sha256",
        "xmldsig-more#rsa-sha999",
    );
    project.write("other.wasm", other);
    let golden = golden("tulli");
    let options = format!("--golden {}", golden.display());
    let diff = project.silta(&format!(
        "component diff tulli.wasm other.wasm {options} --json"
    ));
    let told = diff.exits(3).json();
    assert_eq!(told["recorded"], Value::Null);
    let other = told["golden"]["other"].as_array().unwrap();
    let upload = other
        .iter()
        .find(|call| call["operation"] == "upload")
        .unwrap();
    let difference = &upload["differences"][0];
    assert_eq!(difference["kind"], "question");
    assert_eq!(difference["place"], "question 3, keys.sign/2");
    assert_eq!(
        difference["element"],
        "/ds:SignedInfo[1]/ds:SignatureMethod[1]"
    );
    let one = project.silta(&format!(
        "component test upload --component other.wasm {options}"
    ));
    for part in [
        "golden call upload: FAILED",
        "question: question 3, keys.sign/2",
        "0 passed, 1 failed",
    ] {
        assert!(one.out.contains(part), "{part}: {}", one.out);
    }
    one.exits(3);
    let unknown = project.silta(&format!(
        "component test nowhere --component tulli.wasm {options} --json"
    ));
    let unknown = unknown.exits(4).error();
    assert_eq!(unknown["code"], "case.unknown");
    assert!(unknown["message"].as_str().unwrap().contains("upload"));
    project.write("calls/broken.json", "{}");
    let broken = project.silta("component test --component tulli.wasm --golden calls --json");
    assert_eq!(broken.exits(8).error()["code"], "case.malformed");
}
