// SPDX-License-Identifier: Apache-2.0
//! What was deployed goes on serving, whatever becomes of files, settings and the process; and what may not serve any more does not.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{answers, deploy, deployer, stands};
use crate::{
    platform,
    project::Project,
    serve::{Serving, client, post},
};

/// Long enough for whatever is looked at every second.
const PATIENCE: Duration = Duration::from_secs(60);

/// An agency that is served in any case, so that the program is.
const SECOND: &str = "\n[agencies.second]\ncomponent = \"second.wasm\"\nagency = \"rogue\"\n[agencies.second.settings]\nversion = 7\n";

const PASSWORD: &str = "\n[agencies.rogue.secrets.password]\nfiles = [\"pki/password\"]\n";

/// The program, whether all of its agencies are served or not, and the options by which its API is asked.
fn launched(project: &Project) -> (Serving, String) {
    let (serving, first) = Serving::launch(project, "serve --config rogue.toml");
    let address = first["platform"].as_str().unwrap();
    let port = address.strip_prefix("127.0.0.1:").unwrap();
    let api = format!("--url https://localhost:{port} --token-file token --anchors pki/ca.pem");
    (serving, api)
}

/// What serves: generation, version of the component, and what a rollback returns to.
fn served(project: &Project, api: &str) -> (Value, Value, Value) {
    let mut stands = stands(project, api);
    let mut part = |name: &str| stands[name].take();
    (part("generation"), part("version"), part("earlier"))
}

/// Until this serves and that is ready to be returned to: files are looked at every second.
fn until(project: &Project, api: &str, (number, version, earlier): (u64, &str, u64)) {
    let expected = (number.into(), version.into(), earlier.into());
    let begun = Instant::now();
    while served(project, api) != expected {
        let told = served(project, api);
        assert!(begun.elapsed() < PATIENCE, "{told:?}, and not {expected:?}");
    }
}

/// Until another generation serves than did.
fn until_not(project: &Project, api: &str, number: impl Into<Value>) -> (Value, Value, Value) {
    let number = number.into();
    let begun = Instant::now();
    loop {
        assert!(begun.elapsed() < PATIENCE, "{number} serves");
        let served = served(project, api);
        if served.0 != number {
            return served;
        }
    }
}

fn replace(project: &Project, from: &str, to: &str) {
    let text = project.text("rogue.toml");
    assert!(text.contains(from), "{from}");
    project.write("rogue.toml", text.replace(from, to));
}

/// Version of the settings that the component answers by.
fn settings(project: &Project, serving: &Serving) -> Value {
    let agent = client(project, "intermediary");
    let (status, echo) = post(&agent, &format!("{}/rogue/echo", serving.url), "");
    assert_eq!(status, 200);
    let echo: Value = serde_json::from_str(&echo).unwrap();
    echo["version"].clone()
}

/// Looks at files every second, and has an agency beside it.
fn watched(more: &str) -> Project {
    let project = deployer();
    project.write("second.wasm", artifacts::ROGUE.bytes);
    let text = project.text("rogue.toml");
    project.write(
        "rogue.toml",
        format!("reload-seconds = 1\n{text}{SECOND}{more}"),
    );
    project
}

#[cfg(unix)]
#[test]
fn what_is_deployed_to_an_agency_that_is_not_served_goes_on() {
    let project = watched("");
    project.write("rogue.wasm", "garbage");
    let (serving, api) = launched(&project);
    assert_eq!(stands(&project, &api).get("generation"), None);
    deploy(&project, &api, "rogue-0.2.0.wasm", "").succeeds();
    let (number, version, _) = served(&project, &api);
    assert_eq!(version, "0.2.0");
    // Another edit is no reason to go back.
    replace(&project, "version = 7", "version = 8");
    let (edited, version, _) = until_not(&project, &api, number);
    assert_eq!(version, "0.2.0");
    assert_eq!(settings(&project, &serving), 8);
    drop(serving); // killed
    let (serving, api) = launched(&project);
    let (number, version, _) = served(&project, &api);
    assert_eq!((number, version), (edited, "0.2.0".into()));
    answers(&project, &serving);
}

#[cfg(unix)]
#[test]
fn an_agency_whose_configuration_is_mended_serves_what_was_deployed() {
    let project = watched("");
    let (serving, api) = launched(&project);
    deploy(&project, &api, "rogue-0.2.0.wasm", "").succeeds();
    drop(serving);
    let right = project.text("rogue.toml");
    project.write("rogue.toml", right.replacen("version = 7", "bad = true", 1));
    let (serving, api) = launched(&project);
    assert_eq!(stands(&project, &api).get("generation"), None);
    project.write("rogue.toml", right);
    let (number, version, _) = until_not(&project, &api, Value::Null);
    assert_eq!((number, version), (2.into(), "0.2.0".into()));
    answers(&project, &serving);
}

#[cfg(unix)]
#[test]
fn what_was_deployed_serves_without_the_file_that_the_configuration_names() {
    let project = deployer();
    let (serving, api) = platform::serving(&project);
    deploy(&project, &api, "rogue-0.2.0.wasm", "").succeeds();
    drop(serving);
    let named = project.read("rogue.wasm");
    std::fs::remove_file(project.path("rogue.wasm")).unwrap();
    let (serving, api) = platform::serving(&project);
    assert_eq!(served(&project, &api).1, "0.2.0");
    let (_, err) = serving.stop("-TERM");
    assert!(err.contains("cannot be used; what served goes on"), "{err}");
    project.write("rogue.wasm", named);
    let (_serving, api) = platform::serving(&project);
    let standing = stands(&project, &api);
    assert_eq!(
        (&standing["generation"], &standing["version"]),
        (&2.into(), &"0.2.0".into())
    );
    assert!(standing["configuredOtherwise"].is_string());
}

#[cfg(unix)]
#[test]
fn a_secret_that_was_replaced_is_not_in_service_after_a_deployment() {
    let project = deployer();
    project.write("pki/password", "one");
    // Files are looked at by deployments only, however long the commands below take.
    let text = project.text("rogue.toml") + PASSWORD;
    project.write("rogue.toml", format!("reload-seconds = 86400\n{text}"));
    let (_serving, api) = platform::serving(&project);
    project.write("pki/password", "two");
    deploy(&project, &api, "rogue-0.2.0.wasm", "").succeeds();
    let back = format!("component rollback --agency rogue --yes {api}");
    project.silta(&back).succeeds();
    assert_eq!(served(&project, &api).0, 1);
    // The same component by the same settings; but what serves has the secret of before.
    let again = deploy(&project, &api, "rogue.wasm", "").succeeds().json();
    assert_eq!(again["generations"][0]["number"], 3);
    let (number, version, earlier) = served(&project, &api);
    assert_eq!((number, version), (3.into(), "0.1.0".into()));
    assert_eq!(earlier, 2);
    // Now it has not.
    let same = deploy(&project, &api, "rogue.wasm", "").succeeds().json();
    assert_eq!(same["generations"][0]["number"], 3);
    // What is broken is tried again by a deployment, too.
    project.write("pki/password", "");
    deploy(&project, &api, "rogue.wasm", "").exits(5);
    assert_eq!(served(&project, &api).0, 3);
}

#[cfg(unix)]
#[test]
fn renewed_files_and_settings_leave_what_a_rollback_returns_to() {
    let project = watched(PASSWORD);
    project.write("pki/password", "zero");
    let (serving, api) = launched(&project);
    deploy(&project, &api, "rogue-0.2.0.wasm", "").succeeds();
    for (number, password) in [(3, "one"), (4, "two")] {
        project.write("pki/password", password);
        until(&project, &api, (number, "0.2.0", 1));
    }
    drop(serving); // killed
    let (serving, api) = launched(&project);
    assert_eq!(served(&project, &api), (4.into(), "0.2.0".into(), 1.into()));
    // The configuration names what serves: that is no generation of its own.
    replace(&project, "\"rogue.wasm\"", "\"rogue-0.2.0.wasm\"");
    let begun = Instant::now();
    while stands(&project, &api).get("configuredOtherwise").is_some() {
        assert!(begun.elapsed() < PATIENCE);
    }
    assert_eq!(served(&project, &api).0, 4);
    replace(&project, "version = 7", "version = 8");
    until(&project, &api, (5, "0.2.0", 1));
    // The component of before, by the settings of now.
    let back = format!("component rollback --agency rogue --yes {api}");
    project.silta(&back).succeeds();
    assert_eq!(served(&project, &api), (6.into(), "0.1.0".into(), 5.into()));
    assert_eq!(settings(&project, &serving), 8);
    drop(serving); // killed
    let (serving, api) = launched(&project);
    assert_eq!(served(&project, &api).0, 6);
    answers(&project, &serving);
}

#[cfg(unix)]
#[test]
fn what_a_publisher_has_signed_who_is_gone_does_not_serve() {
    let project = deployer();
    for (file, name) in [("rogue-0.2.0.wasm", "own"), ("rogue-0.3.0.wasm", "other")] {
        project
            .silta(&format!("component key --out {name}.key"))
            .succeeds();
        let pack = "component pack --licence Apache-2.0";
        let pack = format!("{pack} {file} --key {name}.key --out {name}");
        project.silta(&pack).succeeds();
    }
    let publisher = |name: &str| {
        format!("[publishers.{name}]\nkeys = [\"{name}.key.pub\"]\nagencies = [\"rogue\"]\n")
    };
    let (own, other) = (publisher("own"), publisher("other"));
    let text = project.text("rogue.toml");
    let text = text.replace("\"rogue.wasm\"", "\"own/rogue-0.2.0.wasm\"");
    project.write(
        "rogue.toml",
        format!("reload-seconds = 1\n{own}{other}{text}"),
    );
    let (serving, api) = platform::serving(&project);
    deploy(&project, &api, "other/rogue-0.3.0.wasm", "").succeeds();
    drop(serving); // killed
    let (serving, api) = platform::serving(&project);
    assert_eq!(served(&project, &api), (2.into(), "0.3.0".into(), 1.into()));
    // While it serves.
    project.write("rogue.toml", format!("reload-seconds = 1\n{own}{text}"));
    let (number, version, earlier) = until_not(&project, &api, 2);
    assert_eq!((number, version), (3.into(), "0.2.0".into()));
    assert_eq!(earlier, 2);
    let back = format!("component rollback --agency rogue --yes --json {api}");
    let refused = project.silta(&back);
    assert_eq!(refused.error()["code"], "package.unknown-key");
    assert_eq!(served(&project, &api).0, 3);
    // While it did not run.
    project.write("rogue.toml", format!("{own}{other}{text}"));
    drop(serving);
    let (serving, api) = platform::serving(&project);
    let back = format!("component rollback --agency rogue --yes --json {api}");
    project.silta(&back).succeeds();
    assert_eq!(served(&project, &api).1, "0.3.0");
    drop(serving);
    project.write("rogue.toml", format!("{own}{text}"));
    let (_serving, api) = platform::serving(&project);
    let (_, version, earlier) = served(&project, &api);
    assert_eq!((version, earlier), ("0.2.0".into(), Value::Null));
}

#[cfg(unix)]
#[test]
fn a_rollback_that_is_asked_for_twice_is_done_once() {
    let project = deployer();
    let (_serving, api) = platform::serving(&project);
    deploy(&project, &api, "rogue-0.2.0.wasm", "").succeeds();
    let agent = client(&project, "intermediary");
    let url = api.split_whitespace().nth(1).unwrap();
    let token = project.text("token");
    let back = |body: &Value| {
        let request = agent
            .post(format!("{url}/v1/agencies/rogue/rollback"))
            .header("Authorization", format!("Bearer {token}"));
        let mut answer = request.send(body.to_string()).unwrap();
        let told = answer.body_mut().read_to_string().unwrap();
        let told: Value = serde_json::from_str(&told).unwrap();
        (answer.status().as_u16(), told)
    };
    assert_eq!(back(&json!({ "serving": 2 })).0, 200);
    let (status, told) = back(&json!({ "serving": 2 }));
    assert_eq!(
        (status, &told["code"]),
        (409, &"agency.other-generation".into())
    );
    assert_eq!(served(&project, &api).0, 1);
}
