// SPDX-License-Identifier: Apache-2.0
//! A component in JavaScript, made by componentize-js: from an empty folder to traffic, what becomes of what it throws, and what is wrong in sources.

use std::{fs, os::unix::fs::symlink, sync::OnceLock};

use serde_json::{Value, json};

use crate::{
    client::client,
    peers,
    project::{Project, Run},
    running::Running,
};

/// Where it serves, and whose components.
const SERVING: &str = r#"[listener]
address = "127.0.0.1:0"
certificates = "pki/gateway.pem"
private-key = "pki/gateway.key.pem"

[platform]
address = "127.0.0.1:0"

[publishers.us]
keys = ["own.key.pub"]
agencies = ["cats"]
"#;

const AGENCY: &str = r#"
[agencies.cats]
component = "packages/cats-0.1.0.wasm"
[agencies.cats.settings]
url = "https://cats.example/v1"
[agencies.cats.keys.client]
private-key = "pki/builder.key.pem"
certificates = "pki/builder.pem"
[agencies.cats.anchors.callers]
pinned = "pki/intermediary.pem"
"#;

/// The function that builds, with a mistake before it.
const BUILD: &str = r#"  build(operation, parameters, payload) {
    const done = operation === ANNOUNCE ? mistake(JSON.parse(parameters).recipient) : undefined;
    if (done?.then) return Promise.resolve();
    return { ...envelope.request(operation, parameters, payload), ...done };
  },

  request(operation, parameters, payload) {"#;

/// What one recipient or another makes the component do: a developer's mistakes, tried without a component for each.
const MISTAKES: &str = r#"
export function mistake(recipient) {
  switch (recipient) {
    case "text": throw `thrown ${recipient}`;
    case "error": throw new Error("it says Pekka");
    case "engine": return recipient.nothing.at;
    case "clock": return new Date().toISOString();
    case "now": return Date.now();
    case "chance": return Math.random();
    case "timer": return setTimeout(() => {}, 1);
    case "network": return fetch("https://example.org");
    case "console": return console.warn("seen", { by: 1 });
    case "fixed": return { reference: new Date(0).toISOString().slice(0, 10) };
    case "number": return { timeoutMilliseconds: "30" };
    case "missing": return { memo: undefined };
    case "later": return { then: true };
    case "loop": for (;;);
    default: return undefined;
  }
}
"#;

/// Begun, with the prepared packages in the place of what npm would fetch.
fn begun() -> Project {
    let project = Project::new();
    let new = "component new cat-gateway --agency cats --lang js --dir cats --json";
    let told = project.silta(new).succeeds().json();
    assert_eq!(told["agency"], "cats");
    symlink(
        peers::javascript_modules(),
        project.path("cats/node_modules"),
    )
    .unwrap();
    project
}

/// The component as it is begun, with mistakes added, and what building it says. It is made once for all tests: compiling the engine takes seconds.
fn made() -> &'static (Vec<u8>, Value) {
    static MADE: OnceLock<(Vec<u8>, Value)> = OnceLock::new();
    MADE.get_or_init(|| {
        let project = begun();
        project.write("cats/src/mistakes.js", MISTAKES);
        let file = "cats/src/component.js";
        let import = "import { mistake } from \"./mistakes.js\";\n";
        let changed =
            project
                .text(file)
                .replacen("  build(operation, parameters, payload) {", BUILD, 1);
        assert!(changed.contains(BUILD));
        project.write(file, format!("{import}{changed}"));
        let told = project.silta("component build --dir cats --out cats.wasm --json");
        let told = told.succeeds().json();
        let component = project.read("cats.wasm");
        // Neither where the sources lie nor who has made them is published.
        let folder = project.path("cats").canonicalize().unwrap();
        let folder = folder.display().to_string();
        for part in [folder.as_str(), folder.trim_start_matches('/')] {
            let mut places = component.windows(part.len());
            assert!(!places.any(|place| place == part.as_bytes()), "{part}");
        }
        (component, told)
    })
}

#[test]
fn a_component_in_javascript_goes_from_an_empty_folder_to_traffic() {
    if !peers::are_prepared() {
        return;
    }
    let (component, told) = made();
    assert_eq!(told["agency"], "cats");
    assert_eq!(told["version"], "0.1.0");
    let imports = told["imports"].as_array().unwrap();
    let is_ours = |name: &Value| name.as_str().unwrap().starts_with("silta:agency/");
    assert!(
        !imports.is_empty() && imports.iter().all(is_ours),
        "{imports:?}"
    );

    let project = begun();
    project.write("cats.wasm", component);
    let test = "component test --dir cats --component cats.wasm --json";
    let tested = project.silta(test).succeeds().json();
    assert_eq!(tested["passed"], true);
    assert_eq!(tested["cases"].as_array().unwrap().len(), 6);

    project.silta("component key --out own.key").succeeds();
    let pack = "component pack cats.wasm --licence MIT --out packages --key own.key";
    project.silta(pack).succeeds();
    let token = project
        .silta("token new --id erp --may deploy,read,submit --json")
        .succeeds()
        .json();
    project.write("token", token["token"].as_str().unwrap());
    let table = token["table"].as_str().unwrap();
    project.write("cats.toml", format!("{SERVING}{AGENCY}\n{table}\n"));
    project.silta("check --config cats.toml").succeeds();
    let running = Running::start(&project, "serve --config cats.toml");
    let first: Value = serde_json::from_str(&running.first).unwrap();
    let api = format!(
        "--url http://{} --token-file token --json",
        first["platform"].as_str().unwrap()
    );
    let deploy = format!("component deploy packages/cats-0.1.0.wasm --agency cats {api}");
    let deployed = project.silta(&deploy).succeeds().json();
    assert_eq!(deployed["generations"][0]["version"], "0.1.0");

    let agent = client(&project, "intermediary");
    let address = first["listening"].as_str().unwrap();
    let url = address.replace("127.0.0.1", "https://localhost");
    let call = |number: &str| {
        let body = json!({ "number": number, "reference": "R-1", "state": "found" });
        let request = agent.post(format!("{url}/cats/notifications"));
        let request = request.header("Content-Type", "application/json");
        request.send(body.to_string()).unwrap().status().as_u16()
    };
    assert_eq!(
        [call("N-1"), call("N-2"), call("N-1"), call("å")],
        [204, 204, 204, 400]
    );
    let inbox = project.silta("inbox list --config cats.toml --json");
    let inbox = inbox.succeeds().json();
    let entries = inbox["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 2, "{inbox}");
}

/// Has the component with mistakes build a request for a recipient; the problem or the request.
fn build(project: &Project, recipient: &str) -> Run {
    project.write(
        "parameters.json",
        json!({ "recipient": recipient }).to_string(),
    );
    project.silta(
        "build cats announce --config cats.toml --params parameters.json --payload cats.toml --out body --json",
    )
}

#[test]
fn what_a_component_in_javascript_throws_is_told_and_time_and_chance_are_the_hosts() {
    if !peers::are_prepared() {
        return;
    }
    let (component, _) = made();
    let project = Project::new();
    project.write("packages/cats-0.1.0.wasm", component);
    project.write("cats.toml", AGENCY);
    for (recipient, says) in [
        ("text", "neither a problem nor an Error"),
        ("error", "failed: Error at mistake, src/mistakes.js:5"),
        ("engine", "failed: TypeError at mistake, src/mistakes.js:6"),
        ("clock", "take the time from `silta:agency/clock`"),
        ("now", "take the time from `silta:agency/clock`"),
        ("chance", "take identifiers from `silta:agency/ids`"),
        ("timer", "a component has no timers"),
        ("network", "a component has no network"),
        (
            "number",
            "envelope.build returned.timeoutMilliseconds has to be a whole number from 0 to 4294967295, and is a string",
        ),
        (
            "missing",
            "envelope.build returned.memo has to be a string, and is missing",
        ),
        ("later", "is a promise"),
    ] {
        let refused = build(&project, recipient);
        let error = refused.exits(7).err.lines().last().unwrap().to_owned();
        let error: Value = serde_json::from_str(&error).unwrap();
        assert_eq!(error["code"], "component.failed", "{recipient}: {error}");
        let message = error["message"].as_str().unwrap();
        assert!(message.contains(says), "{recipient}: {message}");
        assert!(!refused.err.contains("Pekka"), "{}", refused.err);
    }
    build(&project, "console").exits(0);
    let fixed = build(&project, "fixed");
    assert_eq!(fixed.exits(0).json()["reference"], "1970-01-01");
    // The engine of JavaScript is stopped as any other code.
    let limits = "[agencies.cats.limits]\ndeadline-milliseconds = 2000\n";
    project.write("cats.toml", format!("{AGENCY}{limits}"));
    let stopped = build(&project, "loop");
    assert!(stopped.exits(7).err.contains("deadline"), "{}", stopped.err);
}

#[test]
fn what_is_wrong_in_sources_of_javascript_is_told_with_its_place() {
    if !peers::are_prepared() {
        return;
    }
    let project = begun();
    let wire = project.text("cats/src/wire.js");
    let refused = |says: &[&str]| {
        let run = project.silta("component build --dir cats --json");
        let last = run.exits(4).err.lines().last().unwrap();
        let error: Value = serde_json::from_str(last).unwrap();
        assert_eq!(error["code"], "component.not-made", "{error}");
        for part in says {
            assert!(run.err.contains(part), "{part}: {}", run.err);
        }
    };
    for (line, says) in [
        (
            "import fs from \"node:fs\";",
            &["src/wire.js:1:16: `node:fs` cannot be imported"][..],
        ),
        (
            "import { x } from \"lodash\";",
            &["`lodash` cannot be imported"],
        ),
        ("const a = ;", &["src/wire.js:1:11: "]),
        (
            "import { a } from \"./nothing.js\";",
            &["src/nothing.js: it cannot be read"],
        ),
        (
            "import { a } from \"../../other.js\";",
            &["outside of this folder"],
        ),
        (
            "import { now } from \"silta:agency/clock@9.0.0\";",
            &[
                "`silta:agency/clock@9.0.0` is not of the contract",
                "silta:agency/ids@",
            ],
        ),
        (
            "export const made = Date.now();",
            &["a component has no clock of its own", "src/wire.js:1"],
        ),
    ] {
        project.write("cats/src/wire.js", format!("{line}\n{wire}"));
        refused(says);
    }
    project.write("cats/src/wire.js", wire);
    let component = project.text("cats/src/component.js");
    let without = component.replacen("export const notification", "const notification", 1);
    project.write("cats/src/component.js", without);
    refused(&["does not export `notification` with a function `validate`"]);
    fs::remove_file(project.path("cats/src/component.js")).unwrap();
    refused(&["src/component.js: it cannot be read"]);
}

/// The protocol's own tests run in Node.
#[test]
fn the_tests_of_what_is_begun_pass_in_node() {
    if !peers::are_prepared() {
        return;
    }
    let project = begun();
    let run = project.shell("cd cats && node --test --test-reporter=tap");
    assert!(run.exits(0).out.contains("# fail 0"), "{}", run.out);
    assert!(run.out.contains("# pass 4"), "{}", run.out);
}
