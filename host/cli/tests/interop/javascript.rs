// SPDX-License-Identifier: Apache-2.0
//! A component in JavaScript, made by componentize-js: from an empty folder to traffic, what becomes of what it throws, and what is wrong in sources.

use std::{fs, os::unix::fs::symlink, path::Path, process::Command, sync::OnceLock};

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
import { Writer } from "silta:agency/blobs@0.1.0";
import { pinned } from "silta:agency/trust@0.1.0";

import { blobOf } from "./blobs.js";

export function mistake(recipient) {
  switch (recipient) {
    case "text": throw `thrown ${recipient}`;
    case "error": throw new Error("it says Pekka");
    case "engine": return recipient.nothing.at;
    case "clock": return new Date().toISOString();
    case "now": return Date.now();
    case "origin": return performance.timeOrigin;
    case "file": return new File([], "a").lastModified;
    case "chance": return Math.random();
    case "bytes": return crypto.getRandomValues(new Uint8Array(1));
    case "timer": return setTimeout(() => {}, 1);
    case "network": return fetch("https://example.org");
    case "host": return pinned("nobody");
    case "payload": throw Object.assign(new Error("bad"), { name: "Pekka", payload: "Pekka", stack: "Pekka src/Pekka" });
    case "case": throw Object.assign(new Error("bad"), { payload: { tag: "Pekka" } });
    case "console": return console.warn("seen", { by: 1 });
    case "table": return console.table(["seen"]);
    case "fixed": return { reference: new Date(0).toISOString().slice(0, 10) };
    case "number": return { timeoutMilliseconds: "30" };
    case "missing": return { memo: undefined };
    case "writer": return { body: new Writer() };
    case "object": return { body: {} };
    case "promise": return { body: Promise.resolve() };
    case "spent": {
      const body = blobOf("a");
      body[Symbol.dispose]();
      return { body };
    }
    case "hole": return { headers: new Array(1) };
    case "later": return { then: true };
    case "memory": for (const all = []; ; ) all.push(new Uint8Array(1 << 20));
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
        // The engine could be told neither of these letters nor of blanks.
        let (plain, folder) = (project.path("cats"), project.path("cats ä b"));
        fs::rename(&plain, &folder).unwrap();
        let told =
            project.shell("cd 'cats ä b' && silta component build --out ../cats.wasm --json");
        let told = told.succeeds().json();
        assert!(!folder.join(".silta").exists());
        let component = project.read("cats.wasm");
        // Neither where the sources lie nor who has made them is published.
        let folder = folder.canonicalize().unwrap().display().to_string();
        let temporary = std::env::temp_dir().canonicalize().unwrap();
        let stage = temporary.join("silta-").display().to_string();
        for part in [folder.trim_start_matches('/'), &stage] {
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
    let maker = told["maker"].as_str().unwrap();
    assert_eq!(maker, "@bytecodealliance/componentize-js 0.23.0");
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
        ("error", "failed: Error at mistake, src/mistakes.js:10"),
        ("engine", "failed: TypeError at mistake, src/mistakes.js:11"),
        ("clock", "take the time from `silta:agency/clock`"),
        ("now", "take the time from `silta:agency/clock`"),
        ("origin", "take the time from `silta:agency/clock`"),
        ("file", "failed: ReferenceError at mistake"),
        ("chance", "take identifiers from `silta:agency/ids`"),
        ("bytes", "take identifiers from `silta:agency/ids`"),
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
        (
            "host",
            "Error (the host says unknown-anchor-set) at mistake",
        ),
        ("payload", "envelope.build failed: Error"),
        ("case", "envelope.build failed: Error at mistake"),
        (
            "writer",
            "envelope.build returned.body has to be a Blob of `silta:agency/blobs`, which `finish()` of a Writer makes, and is a Writer",
        ),
        ("object", "and is an object"),
        (
            "promise",
            "envelope.build returned.body has to be a Blob of `silta:agency/blobs`, which `finish()` of a Writer makes, and is a promise",
        ),
        (
            "spent",
            "envelope.build returned.body is a blob that was let go before",
        ),
        (
            "hole",
            "envelope.build returned.headers[0] has to be an object, and is missing",
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
    for recipient in ["console", "table"] {
        build(&project, recipient).exits(0);
    }
    let fixed = build(&project, "fixed");
    assert_eq!(fixed.exits(0).json()["reference"], "1970-01-01");
    // The engine of JavaScript is stopped as any other code. The usual deadline leaves the calls before it time on a machine that is busy.
    for (recipient, code) in [("memory", "limit.memory"), ("loop", "limit.deadline")] {
        let stopped = build(&project, recipient);
        let error = stopped.exits(7).err.lines().last().unwrap();
        let error: Value = serde_json::from_str(error).unwrap();
        assert_eq!(error["code"], code, "{error}");
    }
}

#[test]
fn what_is_wrong_in_sources_of_javascript_is_told_with_its_place() {
    if !peers::are_prepared() {
        return;
    }
    let project = begun();
    let wire = project.text("cats/src/wire.js");
    project.write("secret.js", "export const a = 1;");
    symlink("../../secret.js", project.path("cats/src/linked.js")).unwrap();
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
            "import { a } from \"./linked.js\";",
            &["src/linked.js: what it leads to lies outside of this folder"],
        ),
        (
            "import { a } from \"../node_modules/a/index.js\";",
            &["src/wire.js:1:19: `../node_modules/a/index.js` is of a package"],
        ),
        (
            "import { a } from \"./..other.js\";",
            &["src/..other.js: it cannot be read"],
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

/// What npm installs by the lock file, in a folder that has nothing, makes the same component as what was prepared, elsewhere and at another time.
#[test]
fn the_same_sources_make_the_same_component_with_what_npm_installs() {
    if !peers::are_prepared() {
        return;
    }
    let built = |project: &Project, folder: &str| {
        let build = format!("component build --dir {folder} --out cats.wasm --json");
        let run = project.silta(&build);
        // npm says what it has installed.
        run.exits(0);
        assert!(!run.err.contains("with each build"), "{}", run.err);
        project.read("cats.wasm")
    };
    let prepared = begun();
    let expected = built(&prepared, "cats");
    let project = Project::new();
    let new = "component new cat-gateway --agency cats --lang js --dir elsewhere";
    project.silta(new).succeeds();
    let found = built(&project, "elsewhere");
    let maker = "elsewhere/node_modules/@bytecodealliance/componentize-js/package.json";
    assert!(project.path(maker).is_file());
    let first = expected
        .iter()
        .zip(&found)
        .position(|(one, other)| one != other);
    assert_eq!((first, expected.len()), (None, found.len()));
}

/// The types that authors get are those of the contract, and what is begun is right by them.
#[test]
fn sources_are_checked_by_the_types_of_the_contract() {
    if !peers::are_prepared() {
        return;
    }
    let project = begun();
    let kit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../kit/javascript");
    let wit = kit.join("../../../wit");
    let written = Command::new("node")
        .arg(kit.join("types.mjs"))
        .arg(peers::javascript_modules())
        .args([wit, project.path("types")])
        .output()
        .unwrap();
    assert!(written.status.success(), "{written:?}");
    let mut names = 0;
    for entry in fs::read_dir(project.path("types")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let kept = project.text(&format!("cats/types/{name}"));
        let written = project.text(&format!("types/{name}"));
        assert_eq!(
            kept, written,
            "{name} is not of this contract; write it anew with host/kit/javascript/types.mjs"
        );
        names += 1;
    }
    assert_eq!(names, 14);

    let check = || project.shell("cd cats && node_modules/.bin/tsc");
    check().exits(0);
    let file = "cats/src/component.js";
    let right = project.text(file);
    let wrong = right.replacen("keepBytes: true", "keepBytes: \"yes\"", 1);
    assert_ne!(right, wrong);
    project.write(file, wrong);
    let refused = check();
    assert_ne!(refused.exit, 0, "{}", refused.out);
    let says = "Types of property 'keepBytes' are incompatible";
    assert!(refused.out.contains(says), "{}", refused.out);
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
    assert!(run.out.contains("# pass 5"), "{}", run.out);
}

#[test]
fn what_is_installed_and_does_not_run_is_not_blamed_on_the_sources() {
    if !peers::are_prepared() {
        return;
    }
    let project = Project::new();
    let new = "component new cat-gateway --agency cats --lang js --dir cats";
    project.silta(new).succeeds();
    let package = "cats/node_modules/@bytecodealliance/componentize-js/package.json";
    let manifest = json!({ "version": "0.23.0", "exports": { "import": "./nothing.js" } });
    project.write(package, manifest.to_string());
    // npm lists it, so that it is taken as installed.
    let maker = "node_modules/@bytecodealliance/componentize-js";
    let list = json!({ "packages": { maker: { "version": "0.23.0" } } });
    project.write("cats/node_modules/.package-lock.json", list.to_string());
    let run = project.silta("component build --dir cats --json");
    let last = run.exits(5).err.lines().last().unwrap();
    let error: Value = serde_json::from_str(last).unwrap();
    assert_eq!(error["code"], "component.maker-failed", "{error}");
}
