// SPDX-License-Identifier: Apache-2.0
//! Candidates that are tried beside what serves: promoted, discarded, replaced, and gone on with after a restart.

use std::time::{Duration, Instant};

use serde_json::Value;
use ureq::Agent;

use super::{deploy, deployer, hidden, history, stands, version};
use crate::{
    platform::serving,
    project::Project,
    serve::{Serving, client, post},
};

/// Long enough for whatever is looked at every second.
const PATIENCE: Duration = Duration::from_secs(60);

/// All calls are done again, and three of them are enough.
const TRIAL: &str = "\n[agencies.rogue.trial]\nshare = 1000\nleast-calls = 3\nleast-seconds = 0\n";

pub(super) fn project(table: &str) -> Project {
    let project = deployer();
    for wanted in ["0.2.6", "0.2.9"] {
        project.write(format!("rogue-{wanted}.wasm"), version(wanted));
    }
    let text = project.text("rogue.toml");
    project.write("rogue.toml", format!("reload-seconds = 1\n{text}{table}"));
    project
}

fn calls(project: &Project, serving: &Serving, path: &str, count: u32) {
    let agent = client(project, "intermediary");
    let url = format!("{}/rogue/{path}", serving.url);
    for _ in 0..count {
        // Known from the second time on.
        assert!([200, 202].contains(&post(&agent, &url, "of 131052-308T").0));
    }
}

/// Until the trial has come so far.
#[track_caller]
pub(super) fn until(project: &Project, api: &str, holds: impl Fn(&Value) -> bool) -> Value {
    let begun = Instant::now();
    loop {
        let standing = stands(project, api);
        if holds(&standing) {
            return standing;
        }
        assert!(begun.elapsed() < PATIENCE, "{standing}");
    }
}

/// The record of a generation.
pub(super) fn generation(project: &Project, api: &str, number: u64) -> Value {
    let told = project.silta(&format!("component history --agency rogue --json {api}"));
    let told = told.succeeds().json();
    let all = told["generations"].as_array().unwrap();
    let mut of_number = all.iter().filter(|one| one["number"] == number);
    of_number.next().unwrap().clone()
}

#[cfg(unix)]
#[test]
fn a_candidate_that_does_the_same_is_promoted_once_it_lacks_nothing() {
    let project = project(TRIAL);
    let (serving, api) = serving(&project);
    let tried = deploy(&project, &api, "rogue-0.2.0.wasm", "--shadow --why new");
    let tried = tried.succeeds().json()["generations"][0].clone();
    assert_eq!(
        (&tried["number"], &tried["outcome"]),
        (&2.into(), &"on-trial".into())
    );
    // Judged like any other, and one at a time.
    let refused = deploy(&project, &api, "rogue-0.0.9.wasm", "--shadow");
    assert_eq!(refused.error()["code"], "trial.under-way");
    let standing = stands(&project, &api);
    assert_eq!(
        (&standing["generation"], &standing["trial"]["generation"]),
        (&1.into(), &2.into())
    );
    assert_eq!(standing["trial"]["share"], 1_000);
    let promote = "component promote --agency rogue --why same-answers";
    project.silta(&format!("{promote} {api}")).exits(2);
    let refused = project.silta(&format!("{promote} --yes --json {api}"));
    assert_eq!(refused.error()["code"], "trial.lacking");
    calls(&project, &serving, "by-version", 3);
    let standing = until(&project, &api, |it| it["trial"]["same"] == 3);
    assert_eq!(standing["trial"]["different"], 0);
    assert_eq!(standing["trial"]["lacking"], Value::Array(Vec::new()));
    let table = project.silta(&format!("component status {api}"));
    assert!(table.succeeds().out.contains("on trial"), "{}", table.out);
    let promoted = project.silta(&format!("{promote} --yes --json {api}"));
    let promoted = promoted.succeeds().json();
    assert_eq!(
        (&promoted["generation"], &promoted["earlier"]),
        (&2.into(), &1.into())
    );
    assert_eq!(promoted["service"]["why"], "same-answers");
    assert_eq!(promoted.get("trial"), None);
    let kept = generation(&project, &api, 2);
    assert_eq!(
        (&kept["outcome"], &kept["trial"]["same"]),
        (&"serving".into(), &3.into())
    );
    assert_eq!(kept["trial"]["end"]["outcome"], "promoted");
    assert_eq!(kept["trial"]["end"]["by"], "token erp");
    let refused = project.silta(&format!("{promote} --yes --json {api}"));
    assert_eq!(refused.error()["code"], "trial.not-under-way");
    calls(&project, &serving, "notify", 1);
    // It is what a rollback undoes.
    let back = format!("component rollback --agency rogue --yes --json {api}");
    assert_eq!(project.silta(&back).succeeds().json()["generation"], 1);
}

#[cfg(unix)]
#[test]
fn what_a_candidate_does_otherwise_is_listed_and_kept_and_it_is_not_promoted() {
    let project = project(TRIAL);
    let (serving, api) = serving(&project);
    for (number, wanted, kind, place) in [
        (2, "0.2.6", "stopped", "component.crash"),
        (3, "0.2.9", "value", "/val/events/*"),
    ] {
        let file = format!("rogue-{wanted}.wasm");
        deploy(&project, &api, &file, "--shadow=1000").succeeds();
        calls(&project, &serving, "by-version", 3);
        let standing = until(&project, &api, |it| it["trial"]["different"] == 3);
        let found = &standing["trial"]["differences"][0];
        assert_eq!(
            (&found["kind"], &found["place"]),
            (&kind.into(), &place.into())
        );
        let table = project.silta(&format!("component status {api}"));
        assert!(table.out.contains(place), "{}", table.out);
        let promote = format!("component promote --agency rogue --yes --json {api}");
        let refused = project.silta(&promote).error();
        assert_eq!(refused["code"], "trial.lacking");
        assert!(
            refused["message"]
                .as_str()
                .unwrap()
                .contains("most-differences"),
            "{refused}"
        );
        let discard = format!("component discard --agency rogue --why otherwise --json {api}");
        let standing = project.silta(&discard).succeeds().json();
        assert_eq!(
            (&standing["generation"], standing.get("trial")),
            (&1.into(), None)
        );
        let kept = generation(&project, &api, number);
        assert_eq!(kept["outcome"], "discarded");
        assert_eq!(kept["trial"]["differences"][0]["count"], 3);
        assert_eq!(kept["trial"]["end"]["why"], "otherwise");
        assert!(!kept.to_string().contains("308T"));
    }
    // Anyway, when somebody says so.
    deploy(&project, &api, "rogue-0.2.9.wasm", "--shadow=1").succeeds();
    let promote = format!("component promote --agency rogue --anyway --yes --json {api}");
    assert_eq!(project.silta(&promote).succeeds().json()["generation"], 4);
    let kept = generation(&project, &api, 4);
    let lacked = kept["trial"]["end"]["lacked"].as_str().unwrap();
    assert!(lacked.contains("least-calls"), "{kept}");
    let table = project.silta(&format!("component history --agency rogue {api}"));
    assert!(table.out.contains("anyway: "), "{}", table.out);
    for wrong in ["--shadow=0", "--shadow=1001", "--shadow=x"] {
        deploy(&project, &api, "rogue-0.3.0.wasm", wrong).exits(2);
    }
}

#[cfg(unix)]
#[test]
fn a_trial_goes_on_after_a_restart_and_with_renewed_settings_and_ends_with_what_it_is_beside() {
    let project = project(TRIAL);
    let (serving, api) = serving(&project);
    deploy(&project, &api, "rogue-0.2.0.wasm", "--shadow").succeeds();
    calls(&project, &serving, "by-version", 2);
    until(&project, &api, |it| it["trial"]["same"] == 2);
    serving.stop("-TERM");
    let (serving, api) = self::serving(&project);
    let standing = stands(&project, &api);
    assert_eq!(
        (&standing["generation"], &standing["trial"]["generation"]),
        (&1.into(), &2.into())
    );
    assert_eq!(standing["trial"]["same"], 2);
    drop(serving); // killed
    let (serving, api) = self::serving(&project);
    calls(&project, &serving, "by-version", 1);
    until(&project, &api, |it| it["trial"]["same"] == 3);
    let text = project.text("rogue.toml");
    project.write("rogue.toml", text.replace("version = 7", "version = 8"));
    let standing = until(&project, &api, |it| it["generation"] == 3);
    assert_eq!(standing["trial"]["generation"], 2);
    // Those that the renewed settings serve before the candidate has them are left out.
    let standing = until(&project, &api, |it| {
        calls(&project, &serving, "echo", 1);
        it["trial"]["same"].as_u64() > Some(3)
    });
    assert_eq!(standing["trial"]["different"], 0);
    deploy(&project, &api, "rogue-0.3.0.wasm", "").succeeds();
    let standing = stands(&project, &api);
    assert_eq!(
        (&standing["generation"], standing.get("trial")),
        (&4.into(), None)
    );
    let kept = generation(&project, &api, 2);
    assert_eq!(kept["outcome"], "replaced");
    assert!(kept["trial"]["same"].as_u64() > Some(3), "{kept}");
    calls(&project, &serving, "notify", 1);
    assert_eq!(history(&project, &api)[0].1, "serving");
}

#[cfg(unix)]
#[test]
fn where_that_is_configured_a_candidate_serves_by_itself() {
    let project = project(&format!("{TRIAL}automatic = true\n"));
    let (serving, api) = serving(&project);
    deploy(&project, &api, "rogue-0.2.0.wasm", "--shadow").succeeds();
    calls(&project, &serving, "by-version", 3);
    let standing = until(&project, &api, |it| it["generation"] == 2);
    assert_eq!(
        (&standing["service"]["by"], standing.get("trial")),
        (&"trial".into(), None)
    );
    // One that differs is not.
    deploy(&project, &api, "rogue-0.2.9.wasm", "--shadow").succeeds();
    calls(&project, &serving, "by-version", 3);
    until(&project, &api, |it| it["trial"]["different"] == 3);
    assert_eq!(stands(&project, &api)["generation"], 2);
}

#[cfg(unix)]
#[test]
fn the_operators_page_shows_a_trial_and_decides_on_it() {
    let operator = "\n[operator]\naddress = \"127.0.0.1:0\"\nactions = true\n";
    let project = project(&format!("{TRIAL}{operator}"));
    let (serving, first) = Serving::launch(&project, "serve --config rogue.toml");
    let port = first["platform"].as_str().unwrap().rsplit(':').next();
    let api = format!(
        "--url https://localhost:{} --token-file token --anchors pki/ca.pem",
        port.unwrap()
    );
    let page = format!("http://{}", first["operator"].as_str().unwrap());
    let agent: Agent = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .build()
        .into();
    let get = |path: &str, language: &str| {
        let asked = agent.get(format!("{page}{path}"));
        let mut answer = asked.header("Accept-Language", language).call().unwrap();
        answer.body_mut().read_to_string().unwrap()
    };
    let post = |path: &str, form: &str| {
        let body = [
            ("token", hidden(form, "token")),
            ("trial", hidden(form, "trial")),
            ("why", "as-seen".to_owned()),
        ];
        let request = agent.post(format!("{page}{path}"));
        let request = request.header("Sec-Fetch-Site", "same-origin");
        let sent = request.send_form(body.iter().map(|(name, value)| (*name, value.as_str())));
        sent.unwrap().status().as_u16()
    };
    assert!(!get("/agencies/rogue", "en").contains("/agencies/rogue/promote"));
    deploy(&project, &api, "rogue-0.2.9.wasm", "--shadow").succeeds();
    calls(&project, &serving, "by-version", 1);
    until(&project, &api, |it| it["trial"]["different"] == 1);
    let shown = get("/agencies/rogue", "en");
    for told in [
        "On trial",
        "0.2.9",
        "/val/events/*",
        "/agencies/rogue/discard",
        "most-differences",
    ] {
        assert!(shown.contains(told), "{told} is not in {shown}");
    }
    assert!(get("/agencies/rogue", "fi").contains("Koekäytössä"));
    // What lacks something is not promoted there.
    let form = get("/agencies/rogue/promote", "en");
    assert!(
        !form.contains("<form") && form.contains("--anyway"),
        "{form}"
    );
    let discard = get("/agencies/rogue/discard", "fi");
    assert_eq!(post("/agencies/rogue/discard", &discard), 303);
    assert_eq!(post("/agencies/rogue/discard", &discard), 409);
    assert_eq!(
        generation(&project, &api, 2)["trial"]["end"]["why"],
        "as-seen"
    );
    deploy(&project, &api, "rogue-0.2.0.wasm", "--shadow").succeeds();
    calls(&project, &serving, "by-version", 3);
    until(&project, &api, |it| it["trial"]["same"] == 3);
    let promote = get("/agencies/rogue/promote", "en");
    assert_eq!(post("/agencies/rogue/promote", &promote), 303);
    let standing = stands(&project, &api);
    assert_eq!(
        (&standing["generation"], &standing["service"]["by"]),
        (&3.into(), &"operator's page".into())
    );
    let metrics = get("/metrics", "en");
    for told in [
        "silta_trial_calls_total{agency=\"rogue\",result=\"same\"} 3",
        "silta_trial_differences_total{agency=\"rogue\",kind=\"value\"} 1",
    ] {
        assert!(metrics.contains(told), "{told} is not in {metrics}");
    }
}

#[cfg(unix)]
#[test]
fn with_renewed_settings_what_is_promoted_is_recorded_by_these() {
    let project = project(TRIAL);
    let (serving, api) = serving(&project);
    deploy(&project, &api, "rogue-0.2.0.wasm", "--shadow").succeeds();
    let text = project.text("rogue.toml");
    project.write("rogue.toml", text.replace("version = 7", "version = 8"));
    until(&project, &api, |it| it["generation"] == 3);
    until(&project, &api, |it| {
        calls(&project, &serving, "echo", 1);
        it["trial"]["same"].as_u64() >= Some(3)
    });
    let promote = "component promote --agency rogue --yes --json";
    let promoted = project.silta(&format!("{promote} {api}")).succeeds().json();
    let renewed = generation(&project, &api, 3)["settings"].clone();
    assert_eq!(promoted["generation"], 2);
    assert_eq!(generation(&project, &api, 2)["settings"], renewed);
    drop(serving); // killed
    let (_serving, api) = self::serving(&project);
    assert_eq!(stands(&project, &api)["generation"], 2);
}

#[cfg(unix)]
#[test]
fn a_candidate_whose_publisher_is_gone_is_not_promoted() {
    let project = project(&format!("{TRIAL}automatic = true\n"));
    project.silta("component key --out own.key").succeeds();
    project
        .silta("component pack --licence Apache-2.0 rogue-0.2.0.wasm --key own.key --out signed")
        .succeeds();
    let text = project.text("rogue.toml");
    let text = text.replace("[agencies.rogue]\n", "[agencies.rogue]\nunsigned = true\n");
    let publisher = "[publishers.own]\nkeys = [\"own.key.pub\"]\nagencies = [\"rogue\"]\n";
    let other = publisher.replace("own", "other");
    project.silta("component key --out other.key").succeeds();
    let with = |publishers: &str| {
        text.replace(
            "[agencies.rogue]\n",
            &format!("{publishers}[agencies.rogue]\n"),
        )
    };
    project.write("rogue.toml", with(&format!("{other}{publisher}")));
    let (serving, api) = serving(&project);
    deploy(&project, &api, "signed/rogue-0.2.0.wasm", "--shadow").succeeds();
    calls(&project, &serving, "by-version", 2);
    until(&project, &api, |it| it["trial"]["same"] == 2);
    // Nothing that serves is another by it.
    project.write("rogue.toml", with(&other));
    let standing = until(&project, &api, |it| it.get("trial").is_none());
    assert_eq!(standing["generation"], 1);
    let kept = generation(&project, &api, 2);
    assert_eq!(kept["outcome"], "refused");
    let why = kept["trial"]["end"]["why"].as_str().unwrap();
    assert!(why.contains("package.unknown-key"), "{kept}");
    // A token that only reads is told of the end, and not why.
    let text = project.text("rogue.toml");
    let reads = text.replace(", \"deploy\"", "").replace("\"deploy\", ", "");
    assert_ne!(text, reads, "{text}");
    drop(serving);
    project.write("rogue.toml", reads);
    let (_serving, api) = self::serving(&project);
    let kept = generation(&project, &api, 2);
    assert_eq!(kept["trial"]["end"]["outcome"], "refused");
    assert_eq!(kept["trial"]["end"].get("why"), None, "{kept}");
}
