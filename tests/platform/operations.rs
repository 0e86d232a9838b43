// SPDX-License-Identifier: Apache-2.0
use std::time::Duration;

use serde_json::{Value, json};
use silta_gateway::{
    operation::{Content, Progress},
    platform::Permission,
};
use silta_store::{
    Store,
    record::{
        Claim, Claimed, Document, End, Ending, Note, OperationId, Outcome, Submission, Submitted,
    },
};

use super::scene::{Request, Scene, Secret, assert_problem};

fn submit(scene: &Scene, agency: &str, operation: &str, delay: u64) -> OperationId {
    let wish = Submission {
        agency: agency.into(),
        operation: operation.into(),
        parameters: "{}".into(),
        delay: Duration::from_secs(delay),
        ..Submission::default()
    };
    match scene.store.submit(&wish).unwrap() {
        Submitted::New(id) | Submitted::Known(id) => id,
    }
}

fn claim(scene: &Scene) -> Claimed {
    let claim = Claim {
        owner: "node".into(),
        agencies: Vec::new(),
        limit: 1,
        duration: Duration::from_secs(600),
        ..Claim::default()
    };
    scene.store.claim(&claim).unwrap().remove(0)
}

fn hold(scene: &Scene, claimed: &Claimed) {
    let progress = Progress::new("courier", "deliver", "{}", &Content::default()).to_blob();
    let progress = silta_store::Content::from_segments(progress.to_segments());
    let outcome = Outcome::Held {
        why: "the agency asks for a human".into(),
        progress: Some(progress),
        note: None,
    };
    scene.store.settle(&claimed.lease, &outcome).unwrap();
}

fn ids(answer: &Value) -> Vec<u64> {
    let operations = answer["operations"].as_array().unwrap().iter();
    operations.map(|one| one["id"].as_u64().unwrap()).collect()
}

#[test]
fn operations_are_listed_by_what_is_asked_for() {
    let own = Secret::new();
    let scene = Scene::knowing(vec![own.token("own", &["vero"], &[Permission::Read])]);
    let held = submit(&scene, "courier", "deliver", 0).0;
    hold(&scene, &claim(&scene));
    let running = submit(&scene, "courier", "deliver", 0).0;
    claim(&scene);
    let waiting = submit(&scene, "vero", "send", 600).0;
    let queued = submit(&scene, "vero", "list", 0).0;
    for (query, expected) in [
        ("", vec![held, running, waiting, queued]),
        ("?state=held", vec![held]),
        ("?state=running", vec![running]),
        ("?state=waiting", vec![waiting]),
        ("?state=queued", vec![queued]),
        ("?state=ended", vec![]),
        ("?agency=vero", vec![waiting, queued]),
        ("?operation=deliver&agency=courier", vec![held, running]),
        ("?limit=1", vec![held]),
    ] {
        let answer = scene.get(&format!("/v1/operations{query}"));
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(ids(&answer.json()), expected, "{query}");
    }
    let first = scene.get("/v1/operations?limit=2").json();
    assert_eq!(first["more"], running);
    let rest = scene
        .get(&format!("/v1/operations?after={running}&limit=2"))
        .json();
    assert_eq!(ids(&rest), [waiting, queued]);
    for query in [
        "state=odd",
        "limit=0",
        "limit=1001",
        "after=-1",
        "x=1",
        "limit=1&limit=1",
    ] {
        assert_eq!(
            scene.get(&format!("/v1/operations?{query}")).status,
            400,
            "{query}"
        );
    }
    let of_own = scene.ask(&Request::new("GET", "/v1/operations").by(own.text()));
    assert_eq!(ids(&of_own.json()), [waiting, queued]);
    let of_other = scene.ask(&Request::new("GET", "/v1/operations?agency=courier").by(own.text()));
    assert_problem(&of_other, 403, "token.other-agency");
    let path = format!("/v1/operations/{held}");
    assert_problem(
        &scene.ask(&Request::new("GET", &path).by(own.text())),
        404,
        "operation.unknown",
    );
}

#[test]
fn an_operation_tells_how_far_it_has_come() {
    let scene = Scene::new();
    let id = submit(&scene, "courier", "deliver", 0);
    let path = format!("/v1/operations/{id}");
    let claimed = claim(&scene);
    let running = scene.get(&path).json();
    assert_eq!(
        (&running["state"], &running["epoch"]),
        (&json!("running"), &json!(1))
    );
    assert!(running["until"].is_string() && running["progress"].is_null());
    hold(&scene, &claimed);
    let held = scene.get(&path).json();
    assert_eq!(held["heldBecause"], "the agency asks for a human");
    assert_eq!(
        held["progress"],
        json!({"exchanges": 0, "sendings": 0, "unresolved": 0})
    );
    assert_eq!(held["href"], path);
    assert_eq!(
        scene
            .ask(&Request::new("POST", &format!("{path}/resume")))
            .status,
        204
    );
    let claimed = claim(&scene);
    let ending = Ending {
        end: End::Refused,
        code: "E7".into(),
        reference: "r-9".into(),
        documents: vec![Document {
            name: "why.txt".into(),
            media_type: "text/plain".into(),
            content: b"no".as_slice().into(),
        }],
        ..Ending::default()
    };
    let outcome = Outcome::Ended(Box::new(ending));
    scene.store.settle(&claimed.lease, &outcome).unwrap();
    let ended = scene.get(&path).json();
    assert_eq!(ended["state"], "ended");
    let told = &ended["ended"];
    assert_eq!(
        (&told["end"], &told["code"], &told["reference"]),
        (&json!("refused"), &json!("E7"), &json!("r-9"))
    );
    let entry = scene.get(told["entry"]["href"].as_str().unwrap()).json();
    assert_eq!(
        (&entry["source"], &entry["documents"][0]["size"]),
        (&json!({"operation": id}), &json!(2))
    );
}

#[test]
fn decisions_are_made_on_what_nobody_carries_out() {
    let reader = Secret::new();
    let scene = Scene::knowing(vec![reader.token("reader", &["*"], &[Permission::Read])]);
    let id = submit(&scene, "courier", "deliver", 600);
    let post = |what: &str| {
        scene.ask(&Request::new(
            "POST",
            &format!("/v1/operations/{id}/{what}"),
        ))
    };
    let path = format!("/v1/operations/{id}/cancel");
    assert_problem(
        &scene.ask(&Request::new("POST", &path).by(reader.text())),
        403,
        "token.not-allowed",
    );
    let resumed = post("resume");
    assert_eq!(
        (resumed.status, resumed.header("content-length")),
        (204, None)
    );
    claim(&scene);
    assert_problem(&post("resume"), 409, "operation.under-way");
    assert_problem(&post("cancel"), 409, "operation.under-way");
    let other = submit(&scene, "courier", "deliver", 600);
    let cancel = format!("/v1/operations/{other}/cancel");
    assert_eq!(scene.ask(&Request::new("POST", &cancel)).status, 204);
    assert_problem(
        &scene.ask(&Request::new("POST", &cancel)),
        410,
        "operation.over",
    );
    let shown = scene.get(&format!("/v1/operations/{other}")).json();
    assert_eq!(shown["ended"]["end"], "givenUp");
    for path in ["/v1/operations/999/cancel", "/v1/operations/x/resume"] {
        assert_problem(
            &scene.ask(&Request::new("POST", path)),
            404,
            "operation.unknown",
        );
    }
}

/// An operation that ended, and in which way.
fn ended(scene: &Scene, end: End, poll: Option<&str>) -> OperationId {
    let wish = Submission {
        agency: "courier".into(),
        operation: "deliver".into(),
        parameters: r#"{"to": "a"}"#.into(),
        payload: Some(b"bytes".as_slice().into()),
        attachments: vec![Document {
            name: "a.txt".into(),
            media_type: "text/plain".into(),
            content: b"file".as_slice().into(),
        }],
        lane: poll.is_none().then(|| "one".into()),
        poll: poll.map(str::to_owned),
        ..Submission::default()
    };
    let (Submitted::New(id) | Submitted::Known(id)) = scene.store.submit(&wish).unwrap();
    let ending = Ending {
        end,
        code: "no".into(),
        ..Ending::default()
    };
    let outcome = Outcome::Ended(Box::new(ending));
    scene.store.settle(&claim(scene).lease, &outcome).unwrap();
    id
}

#[test]
fn what_ended_badly_is_submitted_anew_once() {
    let scene = Scene::new();
    for end in [End::Refused, End::GivenUp] {
        let old = ended(&scene, end, None);
        let path = format!("/v1/operations/{old}/replay");
        let answer = scene.ask(&Request::new("POST", &path));
        assert_eq!(answer.status, 202, "{answer:?}");
        let new = answer.json()["id"].as_u64().unwrap();
        assert!(new > old.0);
        assert_eq!(answer.json()["replayOf"], old.0);
        assert_eq!(
            answer.header("location"),
            Some(&*format!("/v1/operations/{new}"))
        );
        // A second click changes nothing.
        let again = scene.ask(&Request::new("POST", &path));
        assert_eq!((again.status, again.json()), (202, answer.json()));
        let shown = scene.get(&format!("/v1/operations/{new}")).json();
        assert_eq!(shown["replayOf"], old.0);
        assert_eq!(shown["conversation"], "one");
        let wish = scene
            .store
            .operation(OperationId(new))
            .unwrap()
            .unwrap()
            .wish;
        assert_eq!(wish.parameters, r#"{"to": "a"}"#);
        let body = |body| scene.store.body(body).unwrap().unwrap().to_vec();
        assert_eq!(body(wish.payload.unwrap().body), b"bytes");
        assert_eq!(wish.attachments[0].name, "a.txt");
        assert_eq!(body(wish.attachments[0].body), b"file");
        // It can be replayed itself, should it end badly.
        let outcome = Outcome::Ended(Box::new(Ending {
            end: End::Refused,
            ..Ending::default()
        }));
        let claimed = claim(&scene);
        assert_eq!(claimed.operation.id.0, new);
        scene.store.settle(&claimed.lease, &outcome).unwrap();
        let next = scene.ask(&Request::new(
            "POST",
            &format!("/v1/operations/{new}/replay"),
        ));
        assert_eq!(next.json()["replayOf"], new);
        scene.store.settle(&claim(&scene).lease, &outcome).unwrap();
    }
}

#[test]
fn how_runs_ended_is_told_and_personal_codes_are_masked() {
    let scene = Scene::new();
    let id = submit(&scene, "courier", "deliver", 0);
    let path = format!("/v1/operations/{id}");
    let none = scene.get(&path).json();
    assert_eq!(none["runs"], json!({"cut": 0, "kept": []}));
    for number in 0..52 {
        let outcome = Outcome::Again {
            delay: Duration::ZERO,
            progress: None,
            note: Some(Note {
                class: "denied".into(),
                code: number.to_string(),
                text: "not for 010190-900P".into(),
                counts: true,
            }),
        };
        scene.store.settle(&claim(&scene).lease, &outcome).unwrap();
    }
    let ending = Ending {
        end: End::Refused,
        code: "474".into(),
        ..Ending::default()
    };
    let outcome = Outcome::Ended(Box::new(ending));
    scene.store.settle(&claim(&scene).lease, &outcome).unwrap();
    let shown = scene.get(&path).json();
    let runs = &shown["runs"];
    assert_eq!(runs["cut"], 3);
    let kept = runs["kept"].as_array().unwrap();
    assert_eq!(kept.len(), 50);
    let first = &kept[0];
    assert_eq!(
        [
            &first["number"],
            &first["class"],
            &first["code"],
            &first["reason"]
        ],
        [
            &json!(4),
            &json!("denied"),
            &json!("3"),
            &json!("not for ******-****")
        ]
    );
    let last = kept.last().unwrap();
    assert_eq!(
        (&last["class"], &last["code"]),
        (&json!("refused"), &json!("474"))
    );
    assert_eq!(last["at"], shown["ended"]["at"]);
    // In a list they are left out.
    let list = scene.get("/v1/operations").json();
    assert_eq!(list["operations"][0].get("runs"), None);
}

#[test]
fn what_is_held_goes_on_when_it_is_replayed() {
    let scene = Scene::new();
    let id = submit(&scene, "courier", "deliver", 0);
    hold(&scene, &claim(&scene));
    let answer = scene.ask(&Request::new(
        "POST",
        &format!("/v1/operations/{id}/replay"),
    ));
    assert_eq!(answer.status, 202, "{answer:?}");
    assert_eq!(answer.json()["id"], id.0);
    assert_eq!(answer.json().get("replayOf"), None);
    assert_eq!(claim(&scene).operation.id, id);
}

#[test]
fn what_is_not_over_or_was_done_is_not_replayed() {
    let reader = Secret::new();
    let may = [Permission::Submit, Permission::Read, Permission::Inbox];
    let scene = Scene::knowing(vec![reader.token("reader", &["*"], &may)]);
    let done = ended(&scene, End::Done, None);
    let poll = ended(&scene, End::Refused, Some("list"));
    let refused = ended(&scene, End::Refused, None);
    let waiting = submit(&scene, "courier", "deliver", 600);
    let queued = submit(&scene, "courier", "deliver", 0);
    let replay = |id: OperationId| format!("/v1/operations/{id}/replay");
    for (id, code) in [
        (done, "operation.done"),
        (poll, "operation.poll"),
        (waiting, "operation.not-held"),
        (queued, "operation.not-held"),
    ] {
        let answer = scene.ask(&Request::new("POST", &replay(id)));
        assert_problem(&answer, 409, code);
    }
    claim(&scene);
    let answer = scene.ask(&Request::new("POST", &replay(queued)));
    assert_problem(&answer, 409, "operation.under-way");
    let answer = scene.ask(&Request::new("POST", "/v1/operations/99999/replay"));
    assert_problem(&answer, 404, "operation.unknown");
    let answer = scene.ask(&Request::new("POST", &replay(refused)).by(reader.text()));
    assert_problem(&answer, 403, "token.not-allowed");
}
