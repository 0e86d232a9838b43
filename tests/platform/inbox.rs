// SPDX-License-Identifier: Apache-2.0
use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use silta_gateway::platform::{Permission, PlatformLimits, TokenLimits};
use silta_store::Store;

use super::scene::{Request, Scene, Secret, assert_problem};
use crate::{gateway::client::Answer, support::patience::until};

/// Positions and epochs of what was given out.
#[track_caller]
fn given(answer: &Answer) -> Vec<(u64, u64)> {
    assert_eq!(answer.status, 200, "{answer:?}");
    let body = answer.json();
    let entries = body["entries"].as_array().unwrap().iter();
    let number = |value: &Value| value.as_u64().unwrap();
    entries
        .map(|one| {
            (
                number(&one["entry"]["position"]),
                number(&one["lease"]["epoch"]),
            )
        })
        .collect()
}

fn settle(scene: &Scene, position: u64, what: &str, body: &Value) -> Answer {
    scene.post(&format!("/v1/inbox/{position}/{what}"), body)
}

#[test]
fn entries_are_given_out_once_and_acknowledged() {
    let scene = Scene::new();
    let (first, second) = (scene.arrive("courier", "a").0, scene.arrive("vero", "b").0);
    let taken = scene.get("/v1/inbox");
    assert_eq!(given(&taken), [(first, 1), (second, 1)]);
    let entry = &taken.json()["entries"][0]["entry"];
    assert_eq!(entry["events"][0]["deduplicationKey"], "a");
    assert!(
        String::from_utf8(taken.body.clone())
            .unwrap()
            .contains(r#""data":{"sum": 1.10}"#)
    );
    assert_eq!(
        entry["documents"][0]["href"],
        format!("/v1/inbox/{first}/documents/1")
    );
    assert!(given(&scene.get("/v1/inbox?wait=0")).is_empty());
    assert_eq!(
        settle(&scene, first, "ack", &json!({"epoch": 1})).status,
        204
    );
    assert_eq!(
        settle(&scene, first, "ack", &json!({"epoch": 1})).status,
        204
    );
    assert!(scene.get(&format!("/v1/inbox/{first}")).json()["acknowledged"].is_string());
    // The other is handed back, and comes again with another epoch.
    assert_eq!(
        settle(
            &scene,
            second,
            "nack",
            &json!({"epoch": 1, "delaySeconds": 0})
        )
        .status,
        204
    );
    assert_eq!(
        given(&scene.get("/v1/inbox?agency=vero&lease=600")),
        [(second, 3)]
    );
    for (what, body) in [
        ("ack", json!({"epoch": 1})),
        ("nack", json!({"epoch": 1})),
        ("extend", json!({"epoch": 1})),
    ] {
        assert_problem(&settle(&scene, second, what, &body), 409, "lease.stale");
    }
    let extended = settle(
        &scene,
        second,
        "extend",
        &json!({"epoch": 3, "leaseSeconds": 600}),
    );
    assert_eq!(
        (extended.status, &extended.json()["epoch"]),
        (200, &json!(3))
    );
}

/// Monitors ask by HEAD. Its answer has no body, so that whatever it gave out nobody would have.
#[test]
fn a_head_request_has_nothing_given_out() {
    let scene = Scene::new();
    let position = scene.arrive("courier", "a").0;
    let head = scene.ask(&Request::new("HEAD", "/v1/inbox?wait=0"));
    assert_eq!((head.status, head.body.len()), (405, 0));
    assert_eq!(head.header("allow"), Some("GET"));
    assert_eq!(given(&scene.get("/v1/inbox")), [(position, 1)]);
}

#[test]
fn a_lease_that_has_ended_is_lost_to_who_comes_next() {
    let other = Secret::new();
    let scene = Scene::knowing(vec![other.token("other", &["*"], &[Permission::Inbox])]);
    let position = scene.arrive("courier", "a").0;
    assert_eq!(given(&scene.get("/v1/inbox?lease=1")), [(position, 1)]);
    // Others wait, and get it when its time is over.
    let wait = Request::new("GET", "/v1/inbox?wait=20").by(other.text());
    assert_eq!(given(&scene.ask(&wait)), [(position, 2)]);
    assert_problem(
        &settle(&scene, position, "ack", &json!({"epoch": 1})),
        409,
        "lease.stale",
    );
    // Nor does a guess of the epoch help: it is the other's.
    assert_problem(
        &settle(&scene, position, "ack", &json!({"epoch": 2})),
        409,
        "lease.stale",
    );
    let path = format!("/v1/inbox/{position}/ack");
    let own = Request::new("POST", &path)
        .json(&json!({"epoch": 2}))
        .by(other.text());
    assert_eq!(scene.ask(&own).status, 204);
}

#[test]
fn who_waits_is_woken_by_an_arrival() {
    let one = Secret::new();
    let scene = waited_for(&one, 1);
    let (mut waiting, _) = scene.fill(1, || {
        Request::new("GET", "/v1/inbox?wait=60&agency=courier").by(one.text())
    });
    // Of another agency: nobody is woken for it.
    scene.arrive("vero", "of another agency");
    assert!(waiting[0].is_silent_for(Duration::from_millis(300)));
    let position = scene.arrive("courier", "a").0;
    assert_eq!(given(&waiting[0].answer()), [(position, 1)]);
}

#[test]
fn who_waits_in_vain_gets_nothing_when_the_time_is_over() {
    let scene = Scene::new();
    let begun = Instant::now();
    assert!(given(&scene.get("/v1/inbox?wait=1")).is_empty());
    assert!(begun.elapsed() >= Duration::from_secs(1));
}

#[test]
fn many_who_wait_get_each_entry_once() {
    let eight = Secret::new();
    let scene = waited_for(&eight, 8);
    let (waiting, _) = scene.fill(8, || {
        Request::new("GET", "/v1/inbox?wait=60&limit=1").by(eight.text())
    });
    let brought: BTreeSet<u64> = (0..8)
        .map(|number: u32| scene.arrive("courier", &number.to_string()).0)
        .collect();
    let answers = waiting.into_iter().map(|mut one| given(&one.answer()));
    let found: Vec<u64> = answers.flatten().map(|(position, _)| position).collect();
    assert_eq!(found.len(), 8);
    assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), brought);
}

/// A scene with a token of which so many requests may wait.
fn waited_for(secret: &Secret, waiting: u32) -> Scene {
    let mut token = secret.token("waiting", &["*"], &[Permission::Inbox]);
    token.limits = TokenLimits {
        waiting,
        ..TokenLimits::default()
    };
    Scene::knowing(vec![token])
}

#[test]
fn no_more_wait_than_may() {
    let few = Secret::new();
    let limits = PlatformLimits {
        waiting: 2,
        ..PlatformLimits::default()
    };
    let scene = Scene::with(limits, |_| {
        let mut token = few.token("few", &["*"], &[Permission::Inbox]);
        token.limits = TokenLimits {
            waiting: 1,
            ..TokenLimits::default()
        };
        vec![token]
    });
    let names = |refused: &Answer, setting: &str| {
        assert_problem(refused, 429, "limit.reached");
        assert!(refused.header("retry-after").is_some());
        let detail = refused.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(setting), "{detail}");
    };
    let wait = || Request::new("GET", "/v1/inbox?wait=60");
    let (_first, refused) = scene.fill(1, || wait().by(few.text()));
    names(&refused, "platform.tokens.limits.waiting");
    // One more of another token, and then it is enough for all.
    let (_second, refused) = scene.fill(1, wait);
    names(&refused, "platform.limits.waiting");
}

#[test]
fn a_client_that_has_gone_has_nothing() {
    let one = Secret::new();
    let scene = waited_for(&one, 1);
    let wait = |time: &'static str| Request::new("GET", time).by(one.text());
    let (gone, _) = scene.fill(1, || wait("/v1/inbox?wait=60&lease=3600"));
    drop(gone);
    // As long as it is not known to have gone, nobody else may wait.
    until("its place is free", || {
        scene.ask(&wait("/v1/inbox?wait=1")).status == 200
    });
    let position = scene.arrive("courier", "a").0;
    // Nobody has it, so that it is the first time that it is given out.
    assert_eq!(given(&scene.get("/v1/inbox?wait=10")), [(position, 1)]);
}

#[test]
fn a_token_gets_what_its_agencies_have_brought() {
    let two = Secret::new();
    let scene = Scene::knowing(vec![two.token(
        "two",
        &["courier", "vero"],
        &[Permission::Inbox],
    )]);
    let hidden = scene.arrive("tulli", "a").0;
    let (first, second) = (scene.arrive("vero", "b").0, scene.arrive("courier", "c").0);
    let taken = scene.ask(&Request::new("GET", "/v1/inbox").by(two.text()));
    assert_eq!(given(&taken), [(first, 1), (second, 1)]);
    let asked = scene.ask(&Request::new("GET", "/v1/inbox?agency=tulli").by(two.text()));
    assert_problem(&asked, 403, "token.other-agency");
    for path in [
        format!("/v1/inbox/{hidden}"),
        format!("/v1/inbox/{hidden}/documents/1"),
    ] {
        assert_eq!(
            scene.ask(&Request::new("GET", &path).by(two.text())).status,
            404
        );
    }
    let path = format!("/v1/inbox/{hidden}/ack");
    let ack = Request::new("POST", &path)
        .json(&json!({"epoch": 0}))
        .by(two.text());
    assert_problem(&scene.ask(&ack), 404, "entry.unknown");
    assert_eq!(scene.store.status().unwrap().waiting, 3);
}

#[test]
fn wrong_questions_are_refused() {
    let scene = Scene::new();
    let position = scene.arrive("courier", "a").0;
    for query in [
        "wait=61",
        "wait=x",
        "limit=0",
        "lease=0",
        "lease=3601",
        "ack=1",
    ] {
        assert_eq!(
            scene.get(&format!("/v1/inbox?{query}")).status,
            400,
            "{query}"
        );
    }
    for (what, body) in [
        ("ack", json!({})),
        ("ack", json!({"epoch": "1"})),
        ("ack", json!({"epoch": 1, "x": 1})),
        ("nack", json!({"epoch": 1, "delaySeconds": 604_801})),
        ("extend", json!({"epoch": 1, "leaseSeconds": 3_601})),
        ("extend", json!({"epoch": 1, "leaseSeconds": 0})),
    ] {
        let answer = settle(&scene, position, what, &body);
        assert_problem(&answer, 400, "request.form");
    }
    let path = format!("/v1/inbox/{position}/ack");
    let text = Request::new("POST", &path).body("text/plain", "{}");
    assert_problem(&scene.ask(&text), 415, "request.media-type");
    let large = Request::new("POST", &path).body("application/json", vec![b' '; 5_000]);
    assert_problem(&scene.ask(&large), 413, "request.too-large");
    for path in ["/v1/inbox/999", "/v1/inbox/x"] {
        assert_problem(&scene.get(path), 404, "entry.unknown");
    }
}

#[test]
fn who_waits_is_answered_when_the_program_stops() {
    let one = Secret::new();
    let mut scene = waited_for(&one, 1);
    let (mut waiting, _) = scene.fill(1, || {
        Request::new("GET", "/v1/inbox?wait=60").by(one.text())
    });
    scene.stop();
    assert!(given(&waiting[0].answer()).is_empty());
}
