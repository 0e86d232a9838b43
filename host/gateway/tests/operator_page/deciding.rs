// SPDX-License-Identifier: Apache-2.0
//! Operations resumed and cancelled: what it comes to is said first, and nobody else's page can do it.

use std::net::SocketAddr;

use silta_gateway::{Gateway, ListenerError, OperatorSetup, PageSetup, UserField, WrongPage};
use silta_store::{
    Store,
    record::{Decision, End, OperationId, OperationPhase},
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
    page.has("The log says who decided");
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
    // A form of an operation that has moved on is looked at again.
    scene.store.decide(id, Decision::Resume).unwrap();
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
