// SPDX-License-Identifier: Apache-2.0
//! Components deployed to a program that serves, rolled back, and found again after it was killed.

mod canary;
mod compiling;
mod fetching;
mod folder;
mod lasting;
mod trials;

use std::thread;

use serde_json::Value;
use ureq::Agent;

use crate::{
    platform::{project_for, serving},
    project::{Project, Run},
    serve::{Serving, client, post},
};

/// The test's component in another version of itself: the text by which it names its own is replaced, and that of the contract is not.
fn version(wanted: &str) -> Vec<u8> {
    let mut bytes = artifacts::ROGUE.bytes.to_vec();
    let own = b"0.1.0";
    let places = bytes.windows(own.len()).enumerate();
    let is_own = |place: usize| place > 0 && bytes[place - 1] != b'@';
    let places = places.filter(|(place, text)| *text == own && is_own(*place));
    let places: Vec<usize> = places.map(|(place, _)| place).collect();
    assert_eq!(places.len(), 1, "the component names its version once");
    bytes[places[0]..places[0] + own.len()].copy_from_slice(wanted.as_bytes());
    bytes
}

/// The same version with other bytes: a custom section that says nothing.
fn padded() -> Vec<u8> {
    let mut bytes = artifacts::ROGUE.bytes.to_vec();
    bytes.extend_from_slice(&[0, 4, 3, b'p', b'a', b'd']);
    bytes
}

fn deployer() -> Project {
    let project = project_for("deploy,read");
    for wanted in ["0.2.0", "0.3.0", "0.0.9"] {
        project.write(format!("rogue-{wanted}.wasm"), version(wanted));
    }
    project.write("padded.wasm", padded());
    project
}

fn deploy(project: &Project, api: &str, file: &str, options: &str) -> Run {
    project.silta(&format!(
        "component deploy {file} --agency rogue --json {options} {api}"
    ))
}

fn stands(project: &Project, api: &str) -> Value {
    let status = project.silta(&format!("component status --json {api}"));
    status.succeeds().json()["agencies"][0].clone()
}

fn history(project: &Project, api: &str) -> Vec<(u64, String, String)> {
    let told = project.silta(&format!("component history --agency rogue --json {api}"));
    let told = told.succeeds().json();
    let all = told["generations"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    all.map(|one| {
        let number = one["number"].as_u64().unwrap();
        (number, text(&one["outcome"]), text(&one["version"]))
    })
    .collect()
}

fn told(all: &[(u64, &str, &str)]) -> Vec<(u64, String, String)> {
    let owned = |(number, outcome, version): &(u64, &str, &str)| {
        (*number, (*outcome).to_owned(), (*version).to_owned())
    };
    all.iter().map(owned).collect()
}

fn answers(project: &Project, serving: &Serving) {
    let agent = client(project, "intermediary");
    let url = format!("{}/rogue/notify", serving.url);
    // Known from the second time on.
    assert!([200, 202].contains(&post(&agent, &url, "hello").0));
}

#[cfg(unix)]
#[test]
fn what_was_deployed_serves_after_a_kill_and_what_was_before_after_a_rollback() {
    let project = deployer();
    let (serving, api) = serving(&project);
    assert_eq!(stands(&project, &api)["generation"], 1);
    let why = "--why new-interface";
    let deployed = deploy(&project, &api, "rogue-0.2.0.wasm", why)
        .succeeds()
        .json();
    let deployed = &deployed["generations"][0];
    assert_eq!(
        (&deployed["number"], &deployed["outcome"]),
        (&2.into(), &"serving".into())
    );
    assert_eq!(deployed["services"][0]["by"], "token erp");
    assert_eq!(deployed["services"][0]["why"], "new-interface");
    answers(&project, &serving);
    drop(serving); // killed
    // The configuration names the first one still.
    let (serving, api) = self::serving(&project);
    let standing = stands(&project, &api);
    assert_eq!(
        (&standing["generation"], &standing["version"]),
        (&2.into(), &"0.2.0".into())
    );
    assert_eq!(standing["earlier"], 1);
    assert!(standing["configuredOtherwise"].is_string());
    answers(&project, &serving);
    let back = "component rollback --agency rogue --why answers-are-refused";
    project.silta(&format!("{back} {api}")).exits(2);
    let rolled = project
        .silta(&format!("{back} --yes --json {api}"))
        .succeeds()
        .json();
    assert_eq!(
        (&rolled["generation"], &rolled["earlier"]),
        (&1.into(), &2.into())
    );
    assert_eq!(rolled["service"]["why"], "answers-are-refused");
    answers(&project, &serving);
    drop(serving); // killed
    let (serving, api) = self::serving(&project);
    let standing = stands(&project, &api);
    assert_eq!(
        (&standing["generation"], &standing["version"]),
        (&1.into(), &"0.1.0".into())
    );
    assert_eq!(standing.get("configuredOtherwise"), None);
    let both = [(2, "retired", "0.2.0"), (1, "serving", "0.1.0")];
    assert_eq!(history(&project, &api), told(&both));
    let table = project.silta(&format!("component history --agency rogue {api}"));
    assert!(table.out.contains("new-interface"), "{}", table.out);
    // The configuration counts once it names another one.
    serving.stop("-TERM");
    let text = project.text("rogue.toml");
    project.write("rogue.toml", text.replace("rogue.wasm", "rogue-0.3.0.wasm"));
    let (serving, api) = self::serving(&project);
    let standing = stands(&project, &api);
    assert_eq!(
        (&standing["generation"], &standing["version"]),
        (&3.into(), &"0.3.0".into())
    );
    assert_eq!(standing["service"]["by"], "configuration");
    assert_eq!(standing["earlier"], 1);
    answers(&project, &serving);
}

#[cfg(unix)]
#[test]
fn what_is_refused_is_recorded_and_what_served_goes_on() {
    let project = deployer();
    project.write("garbage.wasm", "garbage");
    project.write("vero.wasm", artifacts::agency("vero").unwrap().bytes);
    let (serving, api) = serving(&project);
    for (file, code) in [
        ("garbage.wasm", "component.rejected.compiled"),
        ("vero.wasm", "component.rejected.described"),
        ("rogue-0.0.9.wasm", "package.downgrade"),
        ("padded.wasm", "package.republished"),
    ] {
        let refused = deploy(&project, &api, file, "");
        assert_eq!(refused.error()["code"], code, "{file}");
        answers(&project, &serving);
        assert_eq!(stands(&project, &api)["generation"], 1);
    }
    // The same again is the same refusal.
    deploy(&project, &api, "padded.wasm", "");
    let refused = history(&project, &api);
    assert_eq!(refused.len(), 5, "{refused:?}");
    assert!(
        refused[..4]
            .iter()
            .all(|(_, outcome, _)| outcome == "rejected")
    );
    let unknown = project.silta(&format!(
        "component deploy padded.wasm --agency other --json {api}"
    ));
    assert_eq!(unknown.error()["code"], "agency.unknown");
    let allowed = deploy(&project, &api, "rogue-0.0.9.wasm", "--allow-downgrade");
    let allowed = allowed.succeeds().json();
    assert_eq!(allowed["generations"][0]["isDowngrade"], true);
    assert_eq!(allowed["generations"][0]["number"], 6);
    answers(&project, &serving);
    // Several together: one that is refused holds the other up.
    let none = project.silta(&format!(
        "component deploy --agency rogue=rogue-0.2.0.wasm --agency other=padded.wasm --json {api}"
    ));
    assert_eq!(none.error()["code"], "agency.unknown");
    assert_eq!(stands(&project, &api)["generation"], 6);
    for wrong in [
        "component deploy --agency rogue",
        "component deploy padded.wasm --agency rogue=padded.wasm",
        "component deploy padded.wasm --agency rogue --agency rogue",
        "component deploy padded.wasm",
    ] {
        project.silta(&format!("{wrong} {api}")).exits(2);
    }
}

#[test]
fn only_a_token_that_may_deploys() {
    let project = project_for("read");
    project.write("padded.wasm", padded());
    let (_serving, api) = serving(&project);
    let refused = deploy(&project, &api, "padded.wasm", "--allow-downgrade");
    assert_eq!(refused.error()["code"], "token.not-allowed");
    let refused = project.silta(&format!(
        "component rollback --agency rogue --yes --json {api}"
    ));
    assert_eq!(refused.error()["code"], "token.not-allowed");
    assert_eq!(stands(&project, &api)["generation"], 1);
}

#[cfg(unix)]
#[test]
fn with_publishers_only_what_one_of_them_has_signed_is_deployed() {
    let project = deployer();
    for key in ["own.key", "other.key"] {
        project
            .silta(&format!("component key --out {key}"))
            .succeeds();
    }
    for (file, key, folder) in [
        ("rogue-0.2.0.wasm", "own.key", "signed"),
        ("rogue-0.2.0.wasm", "other.key", "foreign"),
        ("rogue-0.3.0.wasm", "own.key", "later"),
    ] {
        let pack = "component pack --licence Apache-2.0";
        let pack = format!("{pack} {file} --key {key} --out {folder}");
        project.silta(&pack).succeeds();
    }
    // The signature of another component, and another component than the manifest's.
    let later = "later/rogue-0.3.0";
    project.write(
        "later/rogue-0.3.0.signatures.json",
        project.text("signed/rogue-0.2.0.signatures.json"),
    );
    project.write("foreign/other.wasm", padded());
    project.write(
        "foreign/other.manifest.json",
        project.text("foreign/rogue-0.2.0.manifest.json"),
    );
    let text = project.text("rogue.toml").replace(
        "[agencies.rogue]\n",
        "[publishers.own]\nkeys = [\"own.key.pub\"]\nagencies = [\"rogue\"]\n[agencies.rogue]\n",
    );
    // What serves at first is no package, and excepted; then no longer.
    let excepted = text.replace("[agencies.rogue]\n", "[agencies.rogue]\nunsigned = true\n");
    project.write("rogue.toml", format!("reload-seconds = 1\n{excepted}"));
    let (serving, api) = serving(&project);
    for (file, code) in [
        ("foreign/rogue-0.2.0.wasm", "package.unknown-key"),
        ("foreign/other.wasm", "package.other-component"),
        (&format!("{later}.wasm"), "package.wrong-signature"),
    ] {
        let refused = deploy(&project, &api, file, "");
        assert_eq!(refused.error()["code"], code, "{file}");
    }
    deploy(&project, &api, "signed/rogue-0.2.0.wasm", "").succeeds();
    drop(serving);
    let named = text.replace("\"rogue.wasm\"", "\"signed/rogue-0.2.0.wasm\"");
    project.write("rogue.toml", named);
    let (_serving, api) = self::serving(&project);
    let standing = stands(&project, &api);
    assert_eq!(standing["version"], "0.2.0");
    assert_eq!(standing.get("configuredOtherwise"), None);
    let refused = deploy(&project, &api, "rogue-0.3.0.wasm", "");
    assert_eq!(refused.error()["code"], "package.unsigned");
    let listed = history(&project, &api);
    assert_eq!(listed[0], (6, "rejected".to_owned(), String::new()));
}

#[test]
fn of_deployments_at_the_same_time_one_is_carried_out() {
    let project = deployer();
    let (_serving, api) = serving(&project);
    let runs = thread::scope(|scope| {
        let all = [(); 4].map(|()| scope.spawn(|| deploy(&project, &api, "rogue-0.2.0.wasm", "")));
        all.map(|run| run.join().unwrap())
    });
    let (done, put_off): (Vec<_>, Vec<_>) = runs.iter().partition(|run| run.exit == 0);
    // How many come while another is under way is not in our hands.
    assert!(!done.is_empty(), "{runs:?}");
    for run in put_off {
        assert_eq!(run.error()["code"], "deployment.under-way");
    }
    assert_eq!(stands(&project, &api)["generation"], 2);
}

#[test]
fn why_in_words_is_for_those_who_deploy() {
    for (may, is_told) in [("read", false), ("read,deploy", true)] {
        let project = project_for(may);
        let second = "\n[agencies.second]\ncomponent = \"second.wasm\"\nagency = \"rogue\"\n[agencies.second.settings]\nversion = 7\n";
        project.write("second.wasm", artifacts::ROGUE.bytes);
        project.write("rogue.wasm", "garbage");
        project.write("rogue.toml", project.text("rogue.toml") + second);
        let (_serving, first) = Serving::launch(&project, "serve --config rogue.toml");
        let port = first["platform"].as_str().unwrap().rsplit(':').next();
        let url = format!("https://localhost:{}", port.unwrap());
        let told = project.silta(&format!(
            "component history --agency rogue --json --url {url} --token-file token --anchors pki/ca.pem"
        ));
        let told = told.succeeds().json();
        let rejection = &told["generations"][0]["rejection"];
        assert_eq!(rejection["code"], "component.rejected.compiled");
        assert_eq!(rejection["reason"].is_string(), is_told, "{rejection}");
    }
}

/// The value of a hidden field of a form.
fn hidden(page: &str, name: &str) -> String {
    let field = format!("name=\"{name}\" value=\"");
    let (_, rest) = page.split_once(&field).unwrap();
    rest.split('"').next().unwrap().to_owned()
}

#[cfg(unix)]
#[test]
fn the_operators_page_shows_generations_and_rolls_back() {
    let project = deployer();
    let operator = "\n[operator]\naddress = \"127.0.0.1:0\"\nactions = true\n";
    project.write("rogue.toml", project.text("rogue.toml") + operator);
    let (serving, first) = Serving::launch(&project, "serve --config rogue.toml");
    let port = first["platform"]
        .as_str()
        .unwrap()
        .rsplit(':')
        .next()
        .unwrap();
    let api = format!("--url https://localhost:{port} --token-file token --anchors pki/ca.pem");
    let page = format!("http://{}", first["operator"].as_str().unwrap());
    deploy(&project, &api, "rogue-0.2.0.wasm", "--why new-interface").succeeds();
    let agent: Agent = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .build()
        .into();
    let get = |path: &str| {
        let mut answer = agent.get(format!("{page}{path}")).call().unwrap();
        answer.body_mut().read_to_string().unwrap()
    };
    assert!(get("/").contains("href=\"/agencies/rogue\""));
    let shown = get("/agencies/rogue");
    for told in [
        "0.2.0",
        "new-interface",
        "token erp",
        "/agencies/rogue/rollback",
    ] {
        assert!(shown.contains(told), "{told} is not in {shown}");
    }
    let form = get("/agencies/rogue/rollback");
    let body = [
        ("token", hidden(&form, "token")),
        ("serving", hidden(&form, "serving")),
        ("why", "too-early".to_owned()),
    ];
    let post = |site: &str, body: &[(&str, String)]| {
        let path = format!("{page}/agencies/rogue/rollback");
        let request = agent.post(path).header("Sec-Fetch-Site", site);
        request
            .send_form(body.iter().map(|(name, value)| (*name, value.as_str())))
            .unwrap()
            .status()
            .as_u16()
    };
    assert_eq!(post("cross-site", &body), 403);
    assert_eq!(post("same-origin", &body[1..]), 409);
    assert_eq!(stands(&project, &api)["generation"], 2);
    assert_eq!(post("same-origin", &body), 303);
    let standing = stands(&project, &api);
    assert_eq!(standing["generation"], 1);
    assert_eq!(standing["service"]["by"], "operator's page");
    assert_eq!(standing["service"]["why"], "too-early");
    // Of what serves no longer, the form counts no more.
    assert_eq!(post("same-origin", &body), 409);
    let metrics = get("/metrics");
    for told in [
        "silta_agency_generation{agency=\"rogue\"} 1",
        "silta_agency_draining_calls{agency=\"rogue\"} 0",
    ] {
        assert!(metrics.contains(told), "{told} is not in {metrics}");
    }
    assert!(get("/agencies/rogue").contains("too-early"));
    drop(serving);
}
