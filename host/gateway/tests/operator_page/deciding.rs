// SPDX-License-Identifier: Apache-2.0
//! Operations resumed, cancelled and replayed: what it comes to is said first, and nobody else's page can do it.

use std::net::SocketAddr;

use silta_gateway::{Gateway, ListenerError, OperatorSetup, PageSetup, UserField, WrongPage};
use silta_store::{
    Store,
    record::{
        ActListing, Actor, Decision, Deed, End, Ending, OperationId, OperationPhase, Outcome,
        Submission, Way,
    },
};

use super::scene::{Answer, Scene};

const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");
const OURS: (&str, &str) = ("Sec-Fetch-Site", "same-origin");

/// Fields of a head.
type Fields<'a> = &'a [(&'a str, &'a str)];

fn phase(scene: &Scene, id: OperationId) -> OperationPhase {
    let operation = scene.store.operation(id).unwrap().unwrap();
    operation.state.phase(scene.store.now().unwrap())
}

/// An operation that has ended so.
fn ended(scene: &Scene, end: End, poll: Option<&str>) -> OperationId {
    let id = scene.submit_as(&Submission {
        agency: "courier".into(),
        operation: "deliver".into(),
        parameters: r#"{"to": "a"}"#.into(),
        payload: Some(b"bytes".as_slice().into()),
        poll: poll.map(str::to_owned),
        ..Submission::default()
    });
    let ending = Ending {
        end,
        ..Ending::default()
    };
    scene.settle(id, &Outcome::Ended(Box::new(ending)));
    id
}

/// The form of a page, filled in.
fn filled(page: &Answer) -> String {
    let (token, epoch) = (page.hidden("token"), page.hidden("epoch"));
    format!("token={token}&epoch={epoch}")
}

#[test]
fn what_is_confirmed_is_done() {
    let scene = Scene::deciding();
    let (resumed, cancelled) = (scene.held("exhausted", "x"), scene.held("denied", "x"));
    let page = scene.page(&format!("/operations/{resumed}/resume"), "en");
    page.has("It goes on at once");
    page.has("Who decided is kept");
    let line = format!("POST /operations/{resumed}/resume");
    let answer = scene.ask(&line, &[FORM, OURS], &filled(&page));
    let place = format!("/operations/{resumed}");
    assert_eq!(
        (answer.status, answer.field("location")),
        (303, Some(place.as_str()))
    );
    assert_eq!(phase(&scene, resumed), OperationPhase::Queued);
    // By Origin, where a browser does not say it otherwise.
    let page = scene.page(&format!("/operations/{cancelled}/cancel"), "fi");
    page.has("Tätä ei voi perua.");
    let origin = format!("http://{}", scene.address);
    let line = format!("POST /operations/{cancelled}/cancel");
    let answer = scene.ask(&line, &[FORM, ("Origin", &origin)], &filled(&page));
    assert_eq!(answer.status, 303, "{answer:?}");
    let operation = scene.store.operation(cancelled).unwrap().unwrap();
    let ended = operation.state.ended.unwrap();
    assert_eq!(
        (ended.end, ended.code.as_str()),
        (End::GivenUp, "cancelled")
    );
    scene.get("/inbox").has("silta.operation-given-up");
    // Once more is too late.
    let again = scene.ask(&line, &[FORM, OURS], &filled(&page));
    assert_eq!(again.status, 410);
    again.is_sound(&line);
}

#[test]
fn what_ended_badly_is_replayed_once() {
    let scene = Scene::deciding();
    for (end, language, words) in [
        (End::Refused, "en", "it refuses it again"),
        (End::GivenUp, "fi", "se voi tulla voimaan kahdesti"),
    ] {
        let old = ended(&scene, end, None);
        let shown = scene.page(&format!("/operations/{old}"), language);
        let path = format!("/operations/{old}/replay");
        assert!(shown.links().contains(&path), "{shown:?}");
        let page = scene.page(&path, language);
        page.has(words);
        let line = format!("POST {path}");
        let form = filled(&page);
        let answer = scene.ask(&line, &[FORM, OURS], &form);
        assert_eq!(answer.status, 303, "{answer:?}");
        let place = answer.field("location").unwrap().to_owned();
        let new = OperationId(place.strip_prefix("/operations/").unwrap().parse().unwrap());
        let wish = scene.store.operation(new).unwrap().unwrap().wish;
        assert_eq!(wish.replay_of, Some(old));
        assert_eq!(wish.parameters, r#"{"to": "a"}"#);
        let payload = scene.store.body(wish.payload.unwrap().body).unwrap();
        assert_eq!(payload.unwrap().to_vec(), b"bytes");
        // Another click leads to the same, and the button is gone.
        let again = scene.ask(&line, &[FORM, OURS], &form);
        assert_eq!(
            (again.status, again.field("location")),
            (303, Some(&*place))
        );
        let shown = scene.page(&format!("/operations/{old}"), language);
        assert!(shown.links().contains(&place), "{shown:?}");
        assert!(!shown.links().contains(&path), "{shown:?}");
        scene.page(&path, language).has_not("<form");
        let new = scene.page(&place, language);
        assert!(
            new.links().contains(&format!("/operations/{old}")),
            "{new:?}"
        );
    }
    assert_eq!(scene.store.status().unwrap().queued, 2);
}

/// Who decided stands on the page of the operation, and where all of it is.
#[test]
fn who_decided_is_kept() {
    let scene = Scene::with(|page| {
        page.actions = true;
        page.user = Some(UserField {
            name: "x-user".into(),
            proxies: vec!["127.0.0.1".parse().unwrap()],
        });
    });
    let id = scene.held("denied", "x");
    let page = scene.page(&format!("/operations/{id}/cancel"), "en");
    let line = format!("POST /operations/{id}/cancel");
    // What is refused is not kept.
    assert_eq!(scene.ask(&line, &[FORM, OURS], &filled(&page)).status, 403);
    scene.page("/acts", "en").has("Nobody has done");
    let fields = [FORM, OURS, ("X-User", "maija <b>")];
    assert_eq!(scene.ask(&line, &fields, &filled(&page)).status, 303);
    let page = scene.page(&format!("/operations/{id}/replay"), "en");
    let line = format!("POST /operations/{id}/replay");
    assert_eq!(scene.ask(&line, &fields, &filled(&page)).status, 303);
    let acts = scene.store.acts(&ActListing {
        limit: 10,
        ..ActListing::default()
    });
    let acts = acts.unwrap();
    let deeds: Vec<_> = acts.iter().map(|act| &act.record.deed).collect();
    assert_eq!(deeds, [&Deed::CANCEL, &Deed::REPLAY]);
    let by = &acts[0].record.by;
    assert_eq!(
        (&by.way, &*by.name, &*by.address),
        (&Way::PAGE, "maija <b>", "127.0.0.1")
    );
    for path in [
        "/acts".to_owned(),
        format!("/operations/{id}"),
        format!("/acts?operation={id}"),
    ] {
        let page = scene.page(&path, "en");
        page.has("Operator&#39;s page, maija &#60;b&#62;, 127.0.0.1");
        page.has("Cancelled it");
        page.has("Had it done once more, as");
        let page = scene.page(&path, "fi");
        page.has("Perui");
        page.has_not("maija <b>");
    }
    scene
        .page("/acts?operation=999", "en")
        .has("Nobody has done");
    // Many of them are paged.
    let many = scene.held("denied", "x");
    for _ in 0..60 {
        scene.store.decide(many, Decision::Resume, by).unwrap();
    }
    let page = scene.page(&format!("/operations/{many}"), "en");
    assert_eq!(
        page.body.matches("<strong>Let it go on</strong>").count(),
        20
    );
    assert!(page.links().contains(&format!("/acts?operation={many}")));
    let page = scene.page(&format!("/acts?operation={many}"), "en");
    let older = page
        .links()
        .into_iter()
        .find(|link| link.contains("before="));
    let rows = |page: &Answer| page.body.matches("data-label=\"Who\"").count();
    assert_eq!(
        (rows(&page), rows(&scene.page(&older.unwrap(), "en"))),
        (50, 10)
    );
}

#[test]
fn what_is_held_goes_on_when_it_is_replayed() {
    let scene = Scene::deciding();
    let id = scene.held("denied", "x");
    let page = scene.page(&format!("/operations/{id}/replay"), "en");
    page.has("It goes on at once");
    let line = format!("POST /operations/{id}/replay");
    let answer = scene.ask(&line, &[FORM, OURS], &filled(&page));
    let place = format!("/operations/{id}");
    assert_eq!(
        (answer.status, answer.field("location")),
        (303, Some(place.as_str()))
    );
    assert_eq!(phase(&scene, id), OperationPhase::Queued);
}

#[test]
fn what_is_not_over_or_was_done_is_not_replayed() {
    let scene = Scene::deciding();
    let done = ended(&scene, End::Done, None);
    let poll = ended(&scene, End::Refused, Some("list"));
    let refused = ended(&scene, End::Refused, None);
    let queued = scene.submit("courier", "deliver");
    for id in [done, poll, queued] {
        let path = format!("/operations/{id}/replay");
        let page = scene.page(&path, "en");
        page.has("There is nothing to replay");
        page.has_not("<form");
        let shown = scene.page(&format!("/operations/{id}"), "en");
        assert!(!shown.links().contains(&path), "{shown:?}");
        // The form of another operation is none of this one.
        let other = scene.page(&format!("/operations/{refused}/replay"), "en");
        let answer = scene.ask(&format!("POST {path}"), &[FORM, OURS], &filled(&other));
        assert_eq!(answer.status, 409, "{answer:?}");
    }
}

#[test]
fn nothing_is_done_for_a_page_of_somebody_else() {
    let scene = Scene::deciding();
    let id = scene.held("denied", "x");
    let page = scene.page(&format!("/operations/{id}/cancel"), "en");
    let form = filled(&page);
    let line = format!("POST /operations/{id}/cancel");
    let other = scene.page(&format!("/operations/{id}/resume"), "en");
    let forged = form.replacen("token=", "token=A", 1);
    let cases: [(Fields<'_>, &str, u16); 10] = [
        (&[FORM], &form, 403),
        (&[FORM, ("Sec-Fetch-Site", "cross-site")], &form, 403),
        (&[FORM, ("Sec-Fetch-Site", "same-site")], &form, 403),
        (&[FORM, ("Sec-Fetch-Site", "none")], &form, 403),
        (&[FORM, ("Origin", "http://attacker.example")], &form, 403),
        (&[FORM, ("Origin", "null")], &form, 403),
        (&[FORM, OURS], "", 409),
        (&[FORM, OURS], &forged, 409),
        (&[FORM, OURS], &filled(&other), 409),
        (&[("Content-Type", "text/plain"), OURS], &form, 400),
    ];
    for (fields, body, status) in cases {
        let answer = scene.ask(&line, fields, body);
        assert_eq!(answer.status, status, "{fields:?} {body}");
        answer.is_sound(&line);
    }
    let named = [FORM, OURS, ("Host", "attacker.example")];
    assert_eq!(scene.ask(&line, &named, &form).status, 421);
    let long = format!("{form}&x={}", "x".repeat(5_000));
    assert_eq!(scene.ask(&line, &[FORM, OURS], &long).status, 400);
    assert_eq!(scene.ask("POST /", &[FORM, OURS], &form).status, 405);
    assert_eq!(phase(&scene, id), OperationPhase::Held);
    // Nor is anything replayed.
    let refused = ended(&scene, End::Refused, None);
    let replay = scene.page(&format!("/operations/{refused}/replay"), "en");
    for (fields, body, status) in [
        (&[FORM][..], filled(&replay), 403),
        (&[FORM, OURS], form.clone(), 409),
    ] {
        let line = format!("POST /operations/{refused}/replay");
        assert_eq!(scene.ask(&line, fields, &body).status, status);
    }
    assert_eq!(scene.store.status().unwrap().queued, 1);
    // A form of an operation that has moved on is looked at again.
    scene
        .store
        .decide(id, Decision::Resume, &Actor::default())
        .unwrap();
    scene.settle(id, &super::scene::held("denied", "x"));
    let answer = scene.ask(&line, &[FORM, OURS], &form);
    assert_eq!(answer.status, 409);
    answer.has("Open the operation again");
    assert_eq!(phase(&scene, id), OperationPhase::Held);
    // Nor does a form outlive its process.
    let fresh = Scene::deciding();
    let id = fresh.held("denied", "x");
    let answer = fresh.ask(
        &format!("POST /operations/{id}/cancel"),
        &[FORM, OURS],
        &form,
    );
    assert_eq!(answer.status, 409);
}

#[test]
fn nothing_is_done_where_it_is_turned_off() {
    let scene = Scene::new();
    let id = scene.held("denied", "x");
    let page = scene.page(&format!("/operations/{id}/cancel"), "en");
    page.has_not("<form");
    page.has("operator.actions");
    let line = format!("POST /operations/{id}/cancel");
    let answer = scene.ask(&line, &[FORM, OURS], "token=a&epoch=1");
    assert_eq!(answer.status, 403);
    assert_eq!(phase(&scene, id), OperationPhase::Held);
}

#[test]
fn behind_a_proxy_somebody_has_a_name() {
    let user = |networks: &[&str]| UserField {
        name: "x-user".into(),
        proxies: networks.iter().map(|text| text.parse().unwrap()).collect(),
    };
    for (network, fields, status) in [
        ("127.0.0.1", &[FORM, OURS, ("X-User", "maija")][..], 303),
        ("127.0.0.1", &[FORM, OURS], 403),
        ("192.0.2.1", &[FORM, OURS, ("X-User", "maija")], 403),
    ] {
        let scene = Scene::with(|page| {
            page.actions = true;
            page.user = Some(user(&[network]));
        });
        let id = scene.held("denied", "x");
        let page = scene.page(&format!("/operations/{id}/resume"), "en");
        let line = format!("POST /operations/{id}/resume");
        let answer = scene.ask(&line, fields, &filled(&page));
        assert_eq!(answer.status, status, "{network} {fields:?}");
    }
}

#[test]
fn not_everybody_may_decide() {
    let page = PageSetup {
        agencies: Vec::new(),
        certificates: silta_gateway::Certificates::default(),
        hosts: Vec::new(),
        actions: true,
        user: None,
        deployer: None,
        live_streams: 1,
    };
    let open: SocketAddr = "0.0.0.0:0".parse().unwrap();
    let gateway = Gateway::new().unwrap();
    let refused = gateway.listen_for_operator(OperatorSetup {
        address: open,
        store: std::sync::Arc::new(silta_store::MemoryStore::default()),
        agencies: Vec::new(),
        page: Some(page),
    });
    assert!(
        matches!(
            refused,
            Err(ListenerError::Page(WrongPage::ActionsForEverybody { .. }))
        ),
        "{refused:?}"
    );
}
