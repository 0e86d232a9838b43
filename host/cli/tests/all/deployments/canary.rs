// SPDX-License-Identifier: Apache-2.0
//! Candidates that serve a share of the conversations: rolled back, promoted, discarded, and gone on with after a restart.

mod listeners;

use std::{collections::BTreeMap, time::SystemTime};

use serde_json::Value;
use silta_gateway::trials::RolledBackCanary;
use silta_store::{SqliteSettings, SqliteStore, Store, record::GenerationListing};
use ureq::Agent;

use super::{
    deploy, stands,
    trials::{generation, project, until},
    version,
};
use crate::{
    platform::serving,
    project::Project,
    serve::{Serving, client, post},
};

/// All conversations, so that it is known which calls the candidate has.
const CANARY: &str = "\n[agencies.rogue.trial]\nshare = 1000\ncanary-share = 1000\nleast-calls = 3\nleast-seconds = 0\nrollback-calls = 10\n";

/// A project that takes a candidate that crashes (6) and one that rejects (8).
fn canary(table: &str) -> Project {
    let project = project(table);
    project.write("rogue-0.2.8.wasm", version("0.2.8"));
    project
}

/// Each call brings an event of its own text. All are answered.
fn calls(project: &Project, serving: &Serving, texts: std::ops::Range<u32>) {
    let agent = client(project, "intermediary");
    let url = format!("{}/rogue/by-version", serving.url);
    for text in texts {
        assert_eq!(post(&agent, &url, &format!("call {text}")).0, 202);
    }
}

/// The texts of the entries of the inbox, with the generation that judged each; and events of our own.
fn inbox(project: &Project) -> (BTreeMap<String, u64>, Vec<Value>) {
    let listed = project.silta("inbox list --config rogue.toml --json --limit 1000");
    let listed = listed.succeeds().json();
    let (mut texts, mut own) = (BTreeMap::new(), Vec::new());
    for entry in listed["entries"].as_array().unwrap() {
        for event in entry["events"].as_array().unwrap() {
            if event["kind"] == "silta.canary-rolled-back" {
                own.push(event["data"].clone());
                continue;
            }
            let text = event["data"]["text"].as_str().unwrap().to_owned();
            let number = entry["generation"].as_u64().unwrap();
            let before = texts.insert(text, number);
            assert_eq!(before, None, "nothing is there twice: {entry}");
        }
    }
    (texts, own)
}

#[cfg(unix)]
#[test]
fn a_candidate_that_is_stopped_is_rolled_back_and_no_call_is_lost_or_doubled() {
    let project = canary(CANARY);
    let (serving, api) = serving(&project);
    calls(&project, &serving, 0..3);
    let tried = deploy(&project, &api, "rogue-0.2.6.wasm", "--canary --why new");
    let tried = tried.succeeds().json()["generations"][0].clone();
    assert_eq!(
        (&tried["outcome"], &tried["trial"]["mode"]),
        (&"on-trial".into(), &"canary".into())
    );
    calls(&project, &serving, 3..8);
    let standing = until(&project, &api, |it| it.get("trial").is_none());
    assert_eq!(standing["generation"], 1);
    let kept = generation(&project, &api, 2);
    assert_eq!(kept["outcome"], "rolled-back");
    let trial = &kept["trial"];
    assert_eq!(trial["end"]["by"], "trial");
    let own = &trial["candidateCalls"];
    assert_eq!((&own["calls"], &own["stopped"]), (&1.into(), &1.into()));
    assert_eq!(own["wrong"][0]["code"], "component.crash");
    assert_eq!(own["wrong"][0]["function"], "notification.validate");
    let why = trial["rollback"].as_str().unwrap();
    assert!(why.contains("component.crash"), "{why}");
    let table = project.silta(&format!("component history --agency rogue {api}"));
    assert!(
        table.succeeds().out.contains("rolled-back"),
        "{}",
        table.out
    );
    let (texts, told) = inbox(&project);
    let all: Vec<_> = (0..8).map(|text| (format!("call {text}"), 1)).collect();
    assert_eq!(texts, all.into_iter().collect());
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(
        (&told[0]["generation"], &told[0]["serving"]),
        (&2.into(), &1.into())
    );
    assert_eq!(told[0]["candidateCalls"]["stopped"], 1);
    assert_eq!(told[0]["version"], "0.2.6");
    // Another one may be tried at once.
    deploy(&project, &api, "rogue-0.3.0.wasm", "--canary=1").succeeds();
    let (_, err) = serving.stop("-TERM");
    assert!(err.contains("a candidate was rolled back"), "{err}");
    assert!(!err.contains("call 5"), "{err}");
}

#[cfg(unix)]
#[test]
fn a_rollback_is_kept_at_once_and_outlasts_a_program_that_is_killed() {
    let project = canary(CANARY);
    // It is not waited for the next look at files.
    let text = project.text("rogue.toml");
    project.write(
        "rogue.toml",
        text.replace("reload-seconds = 1\n", "reload-seconds = 3600\n"),
    );
    let (serving, api) = serving(&project);
    deploy(&project, &api, "rogue-0.2.6.wasm", "--canary").succeeds();
    calls(&project, &serving, 0..1);
    until(&project, &api, |it| it.get("trial").is_none());
    let before = generation(&project, &api, 2);
    assert_eq!(before["outcome"], "rolled-back");
    drop(serving); // killed
    let (serving, api) = self::serving(&project);
    calls(&project, &serving, 1..5);
    let kept = generation(&project, &api, 2);
    // It has served nothing since.
    assert_eq!(kept["trial"]["candidateCalls"]["calls"], 1);
    assert_eq!(kept["trial"], before["trial"]);
    let (texts, told) = inbox(&project);
    assert_eq!((texts.len(), told.len()), (5, 1));
    assert!(texts.values().all(|number| *number == 1), "{texts:?}");
    let (_, err) = serving.stop("-TERM");
    assert!(!err.contains("rolled back"), "{err}");
}

#[cfg(unix)]
#[test]
fn a_program_that_was_killed_in_the_middle_of_a_rollback_does_what_is_left_of_it() {
    for is_told in [false, true] {
        let project = canary(CANARY);
        let (serving, api) = serving(&project);
        deploy(&project, &api, "rogue-0.2.6.wasm", "--canary").succeeds();
        drop(serving); // killed
        let folder = project.path("store");
        let store = SqliteStore::open(&folder, SqliteSettings::default()).unwrap();
        let listing = GenerationListing {
            agency: "rogue".into(),
            before: 3,
            limit: 1,
        };
        let record = store.generations(&listing).unwrap().remove(0);
        let mut trial = record.trial.unwrap();
        trial.evidence.candidate.calls = 1;
        trial.evidence.rollback = Some("it was stopped".into());
        store.keep_trial("rogue", 2, &trial).unwrap();
        if is_told {
            let rolled_back = RolledBackCanary {
                agency: "rogue",
                number: 2,
                serving: Some(1),
                version: "0.2.6",
                component: "",
                trial: &trial,
            };
            store
                .commit(&rolled_back.arrival(SystemTime::now()))
                .unwrap();
        }
        drop(store);
        let (serving, api) = self::serving(&project);
        calls(&project, &serving, 0..2);
        let kept = generation(&project, &api, 2);
        assert_eq!(kept["outcome"], "rolled-back");
        assert_eq!(kept["trial"]["end"]["why"], "it was stopped");
        assert_eq!(kept["trial"]["candidateCalls"]["calls"], 1);
        let (texts, told) = inbox(&project);
        assert_eq!((texts.len(), told.len()), (2, 1), "{is_told}");
        assert!(texts.values().all(|number| *number == 1), "{texts:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_worse_rate_of_problems_rolls_back() {
    let project = canary(&CANARY.replace("canary-share = 1000", "canary-share = 500"));
    let (serving, api) = serving(&project);
    let agent = client(&project, "intermediary");
    let url = format!("{}/rogue/by-version", serving.url);
    // Of a caller none of whose calls was accepted, what serves judges again what the candidate rejects.
    assert_eq!(post(&agent, &url, "before").0, 202);
    deploy(&project, &api, "rogue-0.2.8.wasm", "--canary").succeeds();
    let mut rejected = 0;
    for text in 0..60 {
        match post(&agent, &url, &format!("call {text}")).0 {
            202 => {}
            status => {
                assert_eq!(status, 403);
                rejected += 1;
            }
        }
    }
    let standing = until(&project, &api, |it| it.get("trial").is_none());
    assert_eq!(standing["generation"], 1);
    let trial = generation(&project, &api, 2)["trial"].clone();
    assert_eq!(trial["end"]["outcome"], "rolled-back");
    assert_eq!(trial["candidateCalls"]["problems"], rejected);
    assert_eq!(trial["candidateCalls"]["wrong"][0]["code"], "call.refused");
    assert_eq!(trial["servingCalls"]["problems"], 0);
    assert!(trial["servingCalls"]["calls"].as_u64() >= Some(10));
    let why = trial["rollback"].as_str().unwrap();
    assert!(why.contains("rollback-worse"), "{why}");
}

#[cfg(unix)]
#[test]
fn a_candidate_that_does_as_well_is_promoted_by_itself() {
    let project = canary(&format!("{CANARY}automatic = true\n"));
    let (serving, api) = serving(&project);
    deploy(&project, &api, "rogue-0.2.0.wasm", "--canary").succeeds();
    calls(&project, &serving, 0..3);
    let standing = until(&project, &api, |it| it["generation"] == 2);
    assert_eq!(
        (&standing["service"]["by"], &standing["earlier"]),
        (&"trial".into(), &1.into())
    );
    let kept = generation(&project, &api, 2);
    assert_eq!(kept["trial"]["candidateCalls"]["calls"], 3);
    assert_eq!(inbox(&project).1, Vec::<Value>::new());
    calls(&project, &serving, 3..4);
    let back = format!("component rollback --agency rogue --yes --json {api}");
    assert_eq!(project.silta(&back).succeeds().json()["generation"], 1);
}

#[cfg(unix)]
#[test]
fn a_share_stays_the_same_over_restarts_with_its_counts_and_with_renewed_settings() {
    let project = canary(&CANARY.replace("canary-share = 1000", "canary-share = 300"));
    let (serving, api) = serving(&project);
    deploy(&project, &api, "rogue-0.2.9.wasm", "--canary=500").succeeds();
    // This version makes an event more of each call.
    let agent = |project: &Project| client(project, "intermediary");
    let judged = |serving: &Serving| {
        let url = format!("{}/rogue/by-version", serving.url);
        let agent = agent(&project);
        for text in 0..20 {
            assert!([200, 202].contains(&post(&agent, &url, &format!("call {text}")).0));
        }
    };
    judged(&serving);
    let counts = |standing: &Value| {
        let calls = |whose: &str| standing["trial"][whose]["calls"].as_u64().unwrap();
        (calls("candidateCalls"), calls("servingCalls"))
    };
    let standing = stands(&project, &api);
    assert_eq!(standing["trial"]["share"], 500);
    let (own, others) = counts(&standing);
    assert_eq!(own + others, 20);
    assert!(own > 0 && others > 0, "{standing}");
    let table = project.silta(&format!("component status {api}"));
    assert!(
        table.succeeds().out.contains("serving a share"),
        "{}",
        table.out
    );
    serving.stop("-TERM");
    let (serving, api) = self::serving(&project);
    assert_eq!(counts(&stands(&project, &api)), (own, others));
    // The same calls go to the same.
    judged(&serving);
    assert_eq!(counts(&stands(&project, &api)), (2 * own, 2 * others));
    let text = project.text("rogue.toml");
    project.write("rogue.toml", text.replace("version = 7", "version = 8"));
    let standing = until(&project, &api, |it| it["generation"] == 3);
    assert_eq!(standing["trial"]["generation"], 2);
    let before = counts(&stands(&project, &api));
    judged(&serving);
    let after = counts(&stands(&project, &api));
    assert_eq!((after.0 - before.0, after.1 - before.1), (own, others));
    drop(serving); // killed
    let (serving, api) = self::serving(&project);
    let standing = stands(&project, &api);
    assert_eq!(
        (&standing["generation"], &standing["trial"]["generation"]),
        (&3.into(), &2.into())
    );
    let discard = format!("component discard --agency rogue --why enough --json {api}");
    let standing = project.silta(&discard).succeeds().json();
    assert_eq!(standing.get("trial"), None);
    assert_eq!(generation(&project, &api, 2)["outcome"], "discarded");
    calls(&project, &serving, 100..101);
}

#[cfg(unix)]
#[test]
fn what_did_calls_again_serves_a_share_and_then_all() {
    let operator = "\n[operator]\naddress = \"127.0.0.1:0\"\nactions = true\n";
    let project = canary(&format!("{CANARY}{operator}"));
    let (serving, first) = Serving::launch(&project, "serve --config rogue.toml");
    let port = first["platform"].as_str().unwrap().rsplit(':').next();
    let api = format!(
        "--url https://localhost:{} --token-file token --anchors pki/ca.pem",
        port.unwrap()
    );
    deploy(&project, &api, "rogue-0.2.0.wasm", "--shadow").succeeds();
    let promote = "component promote --agency rogue --yes --json";
    let refused = project.silta(&format!("{promote} --canary {api}"));
    assert_eq!(refused.error()["code"], "trial.lacking");
    calls(&project, &serving, 0..3);
    until(&project, &api, |it| it["trial"]["same"] == 3);
    let standing = project.silta(&format!("{promote} --canary=1000 --why a-share {api}"));
    let standing = standing.succeeds().json();
    let trial = &standing["trial"];
    assert_eq!(
        (&standing["generation"], &trial["generation"]),
        (&1.into(), &2.into())
    );
    assert_eq!(
        (&trial["mode"], &trial["share"]),
        (&"canary".into(), &1_000.into())
    );
    assert_eq!(
        (&trial["why"], &trial["same"]),
        (&"a-share".into(), &3.into())
    );
    let refused = project.silta(&format!("{promote} --canary --anyway {api}"));
    assert_eq!(refused.error()["code"], "trial.is-canary");
    let refused = project.silta(&format!("{promote} {api}"));
    assert_eq!(refused.error()["code"], "trial.lacking");
    calls(&project, &serving, 3..6);
    assert_eq!(
        stands(&project, &api)["trial"]["candidateCalls"]["calls"],
        3
    );
    let operator = format!("http://{}", first["operator"].as_str().unwrap());
    let agent: Agent = Agent::config_builder().proxy(None).build().into();
    let get = |path: &str, language: &str| {
        let asked = agent.get(format!("{operator}{path}"));
        let mut answer = asked.header("Accept-Language", language).call().unwrap();
        answer.body_mut().read_to_string().unwrap()
    };
    for (language, told) in [
        ("en", "Share of the conversations that it serves"),
        ("fi", "Osuus asioinneista"),
    ] {
        let shown = get("/agencies/rogue", language);
        assert!(shown.contains(told), "{told} is not in {shown}");
        assert!(!shown.contains("/agencies/rogue/canary"));
    }
    let metrics = get("/metrics", "en");
    let told = "silta_canary_calls_total{agency=\"rogue\",by=\"candidate\",result=\"done\"} 3";
    assert!(metrics.contains(told), "{metrics}");
    let promoted = project.silta(&format!("{promote} {api}")).succeeds().json();
    assert_eq!(
        (&promoted["generation"], &promoted["earlier"]),
        (&2.into(), &1.into())
    );
    let (texts, _) = inbox(&project);
    let by_candidate = texts.values().filter(|number| **number == 2).count();
    assert_eq!((texts.len(), by_candidate), (6, 3));
    for wrong in ["--canary=0", "--canary=1001", "--canary --shadow"] {
        deploy(&project, &api, "rogue-0.3.0.wasm", wrong).exits(2);
    }
}
