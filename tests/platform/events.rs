// SPDX-License-Identifier: Apache-2.0
use serde_json::Value;
use silta_gateway::platform::Permission;

use super::scene::{Request, Scene, Secret, assert_problem};

fn keys(answer: &Value) -> Vec<&str> {
    let events = answer["events"].as_array().unwrap().iter();
    let keys = events.map(|one| one["event"]["deduplicationKey"].as_str().unwrap());
    keys.collect()
}

#[test]
fn a_follower_sees_each_event_once() {
    let scene = Scene::new();
    let positions: Vec<u64> = (0..5)
        .map(|number| {
            scene
                .arrive(["courier", "vero"][number % 2], &number.to_string())
                .0
        })
        .collect();
    let mut after = 0;
    let mut seen = Vec::new();
    loop {
        let page = scene
            .get(&format!("/v1/events?after={after}&limit=2"))
            .json();
        let found: Vec<String> = keys(&page).into_iter().map(str::to_owned).collect();
        assert!(found.len() <= 2);
        seen.extend(found);
        after = page["after"].as_u64().unwrap();
        if page["more"] == false {
            break;
        }
    }
    assert_eq!(seen, ["0", "1", "2", "3", "4"]);
    assert_eq!(after, positions[4]);
    let of_vero = scene.get("/v1/events?agency=vero").json();
    assert_eq!(keys(&of_vero), ["1", "3"]);
    assert_eq!(of_vero["events"][0]["entry"]["position"], positions[1]);
    let none = scene.get("/v1/events?kind=other").json();
    assert!(keys(&none).is_empty());
    assert_eq!(none["after"], positions[4]);
    assert_eq!(
        keys(&scene.get("/v1/events?kind=message&limit=1").json()),
        ["0"]
    );
    // Nothing was taken out.
    assert_eq!(
        scene.get("/v1/inbox").json()["entries"]
            .as_array()
            .unwrap()
            .len(),
        5
    );
}

#[test]
fn a_token_sees_the_events_of_its_agencies() {
    let (own, deaf) = (Secret::new(), Secret::new());
    let scene = Scene::knowing(vec![
        own.token("own", &["vero", "tulli"], &[Permission::Read]),
        deaf.token("deaf", &["*"], &[Permission::Submit, Permission::Inbox]),
    ]);
    scene.arrive("courier", "a");
    scene.arrive("vero", "b");
    let seen = scene.ask(&Request::new("GET", "/v1/events").by(own.text()));
    assert_eq!(keys(&seen.json()), ["b"]);
    let refused = scene.ask(&Request::new("GET", "/v1/events").by(deaf.text()));
    assert_problem(&refused, 403, "token.not-allowed");
}
