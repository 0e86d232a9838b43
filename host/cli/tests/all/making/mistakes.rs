// SPDX-License-Identifier: Apache-2.0
//! What is refused, with what to do.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use serde_json::json;

use super::super::project::{Project, Refusal};

#[test]
fn a_crate_is_begun_only_where_it_can_be() {
    let project = Project::new();
    fs::create_dir(project.path("empty")).unwrap();
    let sdk = |name: &str| format!("component new parcels --sdk {name} --dir there");
    for (command, exit, code, path, says) in [
        (
            "component new Parcels".to_owned(),
            2,
            "command-line",
            "",
            "`Parcels`",
        ),
        (
            "component new a --agency a--b".to_owned(),
            2,
            "command-line",
            "",
            "`a--b`",
        ),
        (
            "component new self --agency dogs".to_owned(),
            2,
            "command-line",
            "",
            "--agency",
        ),
        (
            "component new parcels --dir pki".to_owned(),
            8,
            "component.occupied",
            "pki",
            "not empty",
        ),
        (sdk("empty"), 8, "component.no-sdk", "empty", "agency-guest"),
        (sdk("nowhere"), 8, "component.no-sdk", "nowhere", "clone"),
    ] {
        project.refuses(
            &command,
            &Refusal {
                exit,
                code,
                path,
                says: &[says],
            },
        );
    }
    let unnamed = project.silta_with("component new parcels", &[("SILTA_SDK", "")], "");
    unnamed.exits(2);
    assert!(unnamed.err.contains("SILTA_SDK"), "{}", unnamed.err);
    // A folder that is there and empty is as good as none.
    project
        .silta("component new parcels --dir empty")
        .succeeds();
}

#[test]
fn what_is_no_component_is_not_built() {
    let project = Project::new();
    let refused = |arguments: &str| {
        let run = project.silta(&format!("{arguments} --json"));
        let last = run.err.lines().last().unwrap_or_default().to_owned();
        let error: serde_json::Value = serde_json::from_str(&last).unwrap();
        (
            run.exit,
            error["code"].clone(),
            error["message"].as_str().unwrap().to_owned(),
        )
    };
    let (exit, code, message) = refused("component build --dir pki");
    assert_eq!((exit, code), (8, "component.no-crate".into()));
    assert!(message.contains("silta component new"), "{message}");

    let library = |text: &str| project.write("plain/src/lib.rs", text);
    project.write(
        "plain/Cargo.toml",
        // A workspace of its own, whatever lies above the folder of temporary files.
        "[package]\nname = \"plain\"\nedition = \"2024\"\n[profile.component]\ninherits = \"release\"\n[workspace]\n",
    );
    library("nonsense");
    let (exit, code, message) = refused("component build --dir plain");
    assert_eq!(
        (exit, code),
        (4, "component.not-compiled".into()),
        "{message}"
    );
    library("");
    let (exit, code, message) = refused("component build --dir plain");
    assert_eq!((exit, code), (4, "component.module".into()), "{message}");
    assert!(message.contains("agency_guest::component!"), "{message}");
    // What a crate for a wasip target, or one of its dependencies, would import.
    library(
        "#[link(wasm_import_module = \"wasi_snapshot_preview1\")]
        unsafe extern \"C\" { fn random_get(buffer: *mut u8, length: usize) -> i32; }
        #[unsafe(no_mangle)]
        pub extern \"C\" fn run() -> i32 { unsafe { random_get(std::ptr::null_mut(), 0) } }",
    );
    let (exit, code, message) = refused("component build --dir plain");
    assert_eq!(
        (exit, code),
        (4, "component.forbidden-import".into()),
        "{message}"
    );
    for part in [
        "`wasi_snapshot_preview1.random_get`",
        "wasm32-unknown-unknown",
        "plain",
    ] {
        assert!(message.contains(part), "{part}: {message}");
    }
    let no_cargo = project.silta_with("component build --dir plain", &[("CARGO", "/no/cargo")], "");
    no_cargo.exits(5);
    assert!(no_cargo.err.contains("rustup.rs"), "{}", no_cargo.err);
}

/// A crate with a component of another agency, so that nothing need be built.
fn with_cases() -> Project {
    let project = Project::new();
    project.silta("export vero --out vero.wasm").succeeds();
    project.write(
        "cases/settings.json",
        r#"{"environment": "FIS", "url": "https://vero.example/FIS"}"#,
    );
    project.write(
        "cases/pushed/case.json",
        r#"{"exercise": "validate", "target": "/vero/Notify/v1", "body": "call.json",
            "headers": [["Content-Type", "application/json"], ["Vero-Callback-Secret", "{{secret callback}}"]]}"#,
    );
    project.write(
        "cases/pushed/call.json",
        r#"{"Environment": "FIS", "NotificationKey": 17, "NotificationType": "TAXCARD_CHANGED", "SubscriptionId": 42, "Timestamp": "2026-07-01T03:00:00Z"}"#,
    );
    project
}

const TEST: &str = "component test --component vero.wasm";

#[test]
fn cases_that_would_test_nothing_are_refused() {
    let (case, other) = ("cases/pushed/case.json", "cases/pushed/other.json");
    let text = |from: &str, to: &str| {
        let text = with_cases().text(case);
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    };
    for (file, content, path, says) in [
        (
            case,
            text("\"validate\"", "\"guess\""),
            case,
            "unknown variant",
        ),
        (
            case,
            text("\"target\"", "\"tarjet\""),
            case,
            "unknown field",
        ),
        (
            case,
            text("{\"exercise\"", "{\"now\": \"noon\", \"exercise\""),
            case,
            "noon",
        ),
        (
            case,
            text("call.json", "expected.json"),
            case,
            "what has to come of it",
        ),
        (
            case,
            r#"{"exercise": "parse", "operation": "list", "headers": [["A", "b"]]}"#.to_owned(),
            case,
            "`status`",
        ),
        (
            case,
            r#"{"exercise": "parse", "operation": "list", "mail": {"reply": {"code": 250, "codes": 1}}}"#
                .to_owned(),
            case,
            "unknown field `codes`",
        ),
        (
            case,
            text("call.json", "../settings.json"),
            case,
            "lie in its folder",
        ),
        (
            case,
            text("call.json", "none.json"),
            "cases/pushed/none.json",
            "No such file",
        ),
        (case, "{".to_owned(), case, "line 1"),
        (
            other,
            "{}".to_owned(),
            other,
            "nothing in case.json reads it",
        ),
        (
            "cases/stray.json",
            "{}".to_owned(),
            "cases/stray.json",
            "no case reads it",
        ),
    ] {
        let project = with_cases();
        project.write(file, content);
        let refusal = Refusal {
            exit: 8,
            code: if says == "No such file" {
                "file.unusable"
            } else {
                "case.malformed"
            },
            path: &format!("./{path}"),
            says: &[says],
        };
        project.refuses(TEST, &refusal);
    }
    let project = with_cases();
    let refusal = |code, path: &'static str, says| Refusal {
        exit: if path.is_empty() { 4 } else { 8 },
        code,
        path,
        says,
    };
    project.refuses(
        &format!("{TEST} pulled"),
        &refusal("case.unknown", "", &["`pulled`", "pushed"]),
    );
    fs::remove_dir_all(project.path("cases/pushed")).unwrap();
    project.refuses(TEST, &refusal("case.none", "./cases", &["case.json"]));
}

#[test]
fn a_secret_of_the_host_is_put_where_a_case_says_and_a_defect_is_not_kept() {
    let project = with_cases();
    project.silta(&format!("{TEST} --bless")).succeeds();
    let expected = project.text("cases/pushed/expected.json");
    assert!(
        expected.contains("\"accepted\"") && expected.contains("TAXCARD_CHANGED"),
        "{expected}"
    );
    // What cannot be run stays so, and nothing of it is kept.
    let case = project.text("cases/pushed/case.json");
    project.write("cases/pushed/case.json", case.replace("callback", "recall"));
    let refused = project.silta(&format!("{TEST} --bless --json"));
    let told = refused.exits(3).json();
    assert_eq!(told["cases"][0]["verdict"], "not-run");
    assert!(
        told["cases"][0]["reason"]
            .as_str()
            .unwrap()
            .contains("`recall`"),
        "{told}"
    );
    assert_eq!(project.text("cases/pushed/expected.json"), expected);
    assert!(Path::new(&project.path("cases/pushed/call.json")).is_file());
}

#[test]
fn what_cannot_be_compared_or_written_is_refused() {
    let project = Project::new();
    project.silta("export vero --out vero.wasm").succeeds();
    project.write("module.wasm", b"\0asm\x01\0\0\0");
    for (rest, exit, code, path, says) in [
        (
            "none.wasm vero.wasm",
            8,
            "file.unreadable",
            "none.wasm",
            "No such file",
        ),
        (
            "vero.wasm silta.toml",
            8,
            "component.invalid",
            "silta.toml",
            "no component",
        ),
        (
            "module.wasm vero.wasm",
            8,
            "component.invalid",
            "module.wasm",
            "no component",
        ),
        (
            "vero.wasm vero.wasm --cases none",
            8,
            "file.unusable",
            "none",
            "No such file",
        ),
        (
            "vero.wasm vero.wasm --cases pki",
            8,
            "case.malformed",
            "pki/",
            "no case reads it",
        ),
    ] {
        let run = project.silta(&format!("component diff {rest} --json"));
        let error = run.exits(exit).error();
        assert_eq!(error["code"], code, "{error}");
        assert!(error["path"].as_str().unwrap().starts_with(path), "{error}");
        assert!(error["message"].as_str().unwrap().contains(says), "{error}");
    }
    project.silta("component diff vero.wasm").exits(2);
    let unwritable = project.silta("component wit --out silta.toml");
    unwritable.exits(8);
    assert!(unwritable.err.contains("silta.toml"), "{}", unwritable.err);
}

/// A component that misbehaves on request, and one case of it.
fn rogue(case: &str) -> Project {
    let project = Project::new();
    project.write("rogue.wasm", artifacts::ROGUE.bytes);
    project.write("cases/one/case.json", case);
    project
}

#[test]
fn a_defect_is_neither_expected_nor_the_same_as_before() {
    for (case, code) in [
        (r#"{"exercise": "build", "operation": "crash"}"#, "crashed"),
        (
            r#"{"exercise": "build", "operation": "hoard-forever"}"#,
            "was stopped",
        ),
        (
            r#"{"exercise": "build", "operation": "break-request", "parameters": {"way": "plain-http"}}"#,
            "broke the contract",
        ),
    ] {
        let project = rogue(case);
        project.write("golden/one.json", "");
        let test = "component test --component rogue.wasm --json";
        for test in [test.to_owned(), format!("{test} --bless")] {
            let told = project.silta(&test).exits(3).json();
            let one = &told["cases"][0];
            assert_eq!(
                (&one["verdict"], &one["kept"]),
                (&json!("failed"), &json!(false))
            );
            let found = one["differences"][0]["found"].as_str().unwrap();
            assert!(found.contains(code), "{found}");
            assert!(!project.path("cases/one/expected.json").exists());
            assert_eq!(told["golden"][0]["kept"], false);
            assert_eq!(project.text("golden/one.json"), "");
        }
        let diff = "component diff rogue.wasm rogue.wasm --cases cases --json";
        let told = project.silta(diff).exits(3).json();
        assert_eq!(told["same"], false);
        let behaviour = &told["behaviour"];
        assert_eq!(
            (&behaviour["same"], &behaviour["other"]),
            (&json!(0), &json!([]))
        );
        let why = &behaviour["notRun"][0];
        assert_eq!((&why["case"], &why["old"]), (&json!("one"), &why["new"]));
        assert!(why["old"].as_str().unwrap().contains(code), "{why}");
    }
}

#[test]
fn settings_that_are_refused_are_the_result_of_a_deployment_only() {
    let test = "component test --component rogue.wasm --bless --json";
    let project =
        rogue(r#"{"exercise": "build", "operation": "behave", "settings": {"bad": true}}"#);
    // What was recorded of the case when its settings were taken stays.
    project.write("golden/one.json", "");
    let told = project.silta(test).exits(3).json();
    assert_eq!(project.text("golden/one.json"), "");
    let why = told["golden"][0]["reason"].as_str().unwrap();
    assert!(why.contains("refuses the settings"), "{why}");
    let one = &told["cases"][0];
    assert_eq!(one["verdict"], "not-run");
    let reason = one["reason"].as_str().unwrap();
    assert!(
        reason.contains("case.json: the component refuses the settings"),
        "{reason}"
    );
    assert!(!project.path("cases/one/expected.json").exists());

    let project = rogue(r#"{"exercise": "deploy", "settings": {"bad": true}}"#);
    project.write("golden/one.json", "");
    let told = project.silta(test).succeeds().json();
    assert!(project.text("golden/one.json").contains("check-settings"));
    assert_eq!(told["cases"][0]["kept"], true);
    assert!(
        project
            .text("cases/one/expected.json")
            .contains("setting.bad")
    );
}

#[test]
fn any_text_stays_expected_and_header_names_come_in_lower_case() {
    let project = rogue(
        r#"{"exercise": "validate", "target": "/rogue/echo", "caller": null, "headers": [["X-Asked", "Twice"]]}"#,
    );
    let test = "component test --component rogue.wasm";
    project.silta(&format!("{test} --bless")).succeeds();
    let file = "cases/one/expected.json";
    let kept = project.text(file);
    assert!(kept.contains("x-asked") && kept.contains("Twice"), "{kept}");
    assert!(!kept.contains("X-Asked"), "{kept}");
    // One place is otherwise, and in another any text will do.
    let any = kept.replace("Twice", "{{any}}");
    let other = any.replacen("\"status\": 200", "\"status\": 201", 1);
    assert_ne!(any, other);
    project.write(file, other);
    project.silta(test).exits(3);
    project.silta(&format!("{test} --bless")).succeeds();
    assert_eq!(project.text(file), any);
}

#[test]
fn one_file_is_the_same_as_itself_whatever_its_contract() {
    let project = Project::new();
    project.silta("export vero --out vero.wasm").succeeds();
    let mut bytes = project.read("vero.wasm");
    let wit = include_str!("../../../../../wit/world.wit");
    let (_, rest) = wit.split_once("package silta:agency@").unwrap();
    let version = format!("@{}", rest.split_once(';').unwrap().0);
    let other = version.replacen("@0", "@9", 1);
    assert_ne!(version, other);
    let places: Vec<usize> = (0..bytes.len() - version.len())
        .filter(|place| bytes[*place..].starts_with(version.as_bytes()))
        .collect();
    assert!(!places.is_empty());
    for place in places {
        bytes[place..place + other.len()].copy_from_slice(other.as_bytes());
    }
    project.write("other.wasm", &bytes);
    project
        .silta("component diff other.wasm other.wasm")
        .succeeds();
    let told = project.silta("component diff vero.wasm other.wasm --json");
    assert!(told.exits(3).json()["descriptionUnknown"].is_string());
    // Which one cannot do calls again is said, and the rest is compared all the same.
    let golden = include_str!("../../../../../tests/hosts/golden/vero/notification.json");
    project.write("golden/notification.json", golden);
    let told = project.silta("component diff vero.wasm other.wasm --golden golden --json");
    let error = told.exits(8).error();
    assert_eq!(
        (&error["code"], &error["path"]),
        (&json!("component.not-run"), &json!("other.wasm"))
    );
    assert!(told.json()["descriptionUnknown"].is_string());
}

#[test]
fn what_is_no_component_in_javascript_is_not_begun_or_built() {
    let project = Project::new();
    let js = "component new cats --lang js --dir cats";
    for (command, says) in [
        ("component new cats --lang perl", "rust, js"),
        ("component new cats --lang js --sdk .", "needs no SDK"),
        ("component new Cats --lang js", "`Cats`"),
    ] {
        let refused = project.silta(command);
        assert!(refused.exits(2).err.contains(says), "{}", refused.err);
    }
    let begun = project.silta(js).succeeds().out.clone();
    assert!(begun.starts_with("cats: a package of "), "{begun}");
    let again = project.silta(&format!("{js} --json"));
    assert_eq!(again.exits(8).error()["code"], "component.occupied");
    let options = project.silta("component build --dir cats --json -- --offline");
    assert!(options.exits(2).err.contains("cargo"), "{}", options.err);

    // Node and npm as they may be found: not at all, too old, without a network.
    let program = |name: &str, script: &str| {
        let path = project.path(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path.display().to_string()
    };
    let nowhere = project.path("nowhere").display().to_string();
    let old = program("old-node", "echo v18.19.0");
    let new = program("new-node", "echo v22.0.0");
    let broken = program("broken-node", "echo no such library >&2; exit 127");
    let offline = program("offline-npm", "echo no network >&2; exit 1");
    for (node, npm, code, says) in [
        (
            &nowhere,
            &offline,
            "component.no-node",
            "https://nodejs.org",
        ),
        (&old, &offline, "component.old-node", "`v18.19.0`"),
        (
            &broken,
            &offline,
            "component.failed-node",
            "no such library",
        ),
        (&new, &nowhere, "component.no-node", "the variable NPM"),
        (&new, &offline, "component.not-installed", "componentize-js"),
    ] {
        let variables = [("NODE", node.as_str()), ("NPM", npm.as_str())];
        let run = project.silta_with("component build --dir cats --json", &variables, "");
        let last = run.exits(5).err.lines().last().unwrap();
        let error: serde_json::Value = serde_json::from_str(last).unwrap();
        assert_eq!(error["code"], code, "{error}");
        assert!(error["message"].as_str().unwrap().contains(says), "{error}");
    }
}
