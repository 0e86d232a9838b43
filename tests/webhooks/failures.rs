// SPDX-License-Identifier: Apache-2.0
//! What goes wrong, and what follows.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, mpsc},
    time::Duration,
};

use serde_json::{Value, json};
use silta_gateway::{
    outbound::HttpClient,
    webhooks::{Webhook, WebhookSettings},
};
use silta_store::{Store, record::LeaseWish};

use super::scene::{Scene, quick};
use crate::operations::{
    agency::Answer,
    server::{Kill, Server, Turn, settings as trusting},
};

fn status(status: u16) -> Answer {
    Answer::new(status, json!({ "error": "not now" }))
}

fn with(status: u16, name: &'static str, value: impl Into<String>) -> Answer {
    Answer {
        headers: vec![(name, value.into())],
        ..Answer::new(status, Value::Null)
    }
}

#[test]
fn wherever_the_connection_ends_an_entry_is_delivered_again_under_the_same_id() {
    for kill in Kill::ALL {
        let scene = Scene::new();
        scene.receiver.plan(1, Turn::Kill(kill));
        let _process = scene.push(vec![scene.webhook()]);
        let first = scene.arrive("a", "message", "first");
        let second = scene.arrive("a", "message", "second");
        scene.until_acknowledged(second);
        assert!(scene.is_acknowledged(first));
        // A receiver that took it before the end knows it again by its id.
        let mut taken = scene.taken();
        taken.dedup();
        assert_eq!(taken, ["first", "second"], "{kill:?}");
        let ids: BTreeSet<String> = scene.ids().into_iter().collect();
        assert_eq!(ids.len(), 2, "{kill:?}: {ids:?}");
    }
}

#[test]
fn an_entry_that_fails_holds_up_its_agency_and_no_other() {
    let scene = Scene::new();
    let hour = Duration::from_secs(3_600).as_secs().to_string();
    scene.answers([with(503, "Retry-After", hour)]);
    let first = scene.arrive("a", "message", "a1");
    let behind = scene.arrive("a", "message", "a2");
    let one = Webhook {
        settings: WebhookSettings {
            requests_at_once: 1,
            ..quick()
        },
        ..scene.webhook()
    };
    let _process = scene.push(vec![one]);
    scene.until("it was refused", |it| it.delivery(first).epoch == 2);
    let other = scene.arrive("b", "message", "b1");
    scene.until_acknowledged(other);
    assert_eq!(scene.taken(), ["b1"]);
    assert_eq!(scene.delivery(behind).epoch, 0, "nothing overtakes");
    // What the receiver asked for is kept to.
    let wait = scene.delivery(first).until.0 - scene.store.now().unwrap().0;
    assert!(wait > 3_000_000, "{wait}");
}

/// A page of a framework, say. Were the answer to count as none, the entry would come again and again to somebody who has it.
#[test]
fn a_receiver_that_takes_an_entry_with_a_large_answer_gets_it_once() {
    let scene = Scene::new();
    scene.answers([Answer::new(200, json!("x".repeat(2 << 20)))]);
    let _process = scene.push(vec![scene.webhook()]);
    let first = scene.arrive("a", "message", "first");
    let second = scene.arrive("a", "message", "second");
    scene.until_acknowledged(second);
    assert!(scene.is_acknowledged(first));
    let ids = scene.ids();
    assert_eq!(ids.len(), 2, "{ids:?}");
    assert_ne!(ids[0], ids[1]);
}

#[test]
fn statuses_but_2xx_are_failures_and_redirects_are_not_followed() {
    let scene = Scene::new();
    let other = Scene::new();
    let elsewhere = format!("{}/in", other.receiver.url());
    scene.answers([
        with(307, "Location", elsewhere.clone()),
        with(301, "Location", elsewhere),
        status(400),
        status(404),
        status(429),
        status(500),
    ]);
    let _process = scene.push(vec![scene.webhook()]);
    let position = scene.arrive("a", "message", "k");
    scene.until_acknowledged(position);
    assert_eq!(scene.ids().len(), 7);
    assert_eq!(scene.ids().into_iter().collect::<BTreeSet<_>>().len(), 1);
    assert_eq!(other.receiver.state().exchanges, 0);
    let journal = scene.receiver.journal();
    assert!(journal.iter().all(|entry| entry.call.method == "POST"));
}

#[test]
fn a_receiver_that_is_gone_stops_the_webhook_and_nothing_is_lost() {
    let scene = Scene::new();
    scene.answers([status(410)]);
    let process = scene.push(vec![scene.webhook()]);
    let position = scene.arrive("a", "message", "k");
    scene.until("it is stopped", |_| process.webhooks.stopped() == ["erp"]);
    scene.until("it is given back", |it| it.delivery(position).epoch == 2);
    let second = scene.arrive("b", "message", "l");
    drop(process);
    assert_eq!(scene.ids().len(), 1, "nothing is sent any more");
    // With the next start it begins again.
    let process = scene.push(vec![scene.webhook()]);
    scene.until_acknowledged(position);
    scene.until_acknowledged(second);
    assert!(process.webhooks.stopped().is_empty());
}

#[test]
fn an_entry_that_is_refused_so_often_stops_the_webhook() {
    let scene = Scene::new();
    scene.answers((0..10).map(|_| status(400)));
    let three = Webhook {
        settings: WebhookSettings {
            most_attempts: 3,
            ..quick()
        },
        ..scene.webhook()
    };
    let process = scene.push(vec![three.clone()]);
    let position = scene.arrive("a", "message", "k");
    scene.until("it is stopped", |_| process.webhooks.stopped() == ["erp"]);
    scene.until("it is given back", |it| it.delivery(position).epoch == 6);
    drop(process);
    assert_eq!(scene.ids().len(), 3);
    // The count is kept over a start: each begins with one attempt.
    let process = scene.push(vec![three]);
    scene.until("it is stopped again", |_| {
        process.webhooks.stopped() == ["erp"]
    });
    scene.until("it is given back", |it| it.delivery(position).epoch == 8);
    assert_eq!(scene.ids().len(), 4);
}

#[test]
fn what_a_process_that_died_had_is_delivered_when_its_lease_ends() {
    let scene = Scene::new();
    let position = scene.arrive("a", "message", "k");
    let wish = LeaseWish {
        owner: "webhook:erp".into(),
        limit: 1,
        duration: Duration::from_millis(300),
        ..LeaseWish::default()
    };
    scene.store.lease(&wish).unwrap();
    let _process = scene.push(vec![scene.webhook()]);
    scene.until_acknowledged(position);
    assert_eq!(scene.delivery(position).epoch, 2);
    assert_eq!(scene.taken(), ["k"]);
}

#[test]
fn a_stop_cuts_off_what_is_under_way_and_gives_it_back() {
    let scene = Scene::new();
    let (begun, waiting) = mpsc::channel();
    let (go_on, may_go_on) = mpsc::channel::<()>();
    let may_go_on = Mutex::new(may_go_on);
    let turn = Turn::Then(Arc::new(move |_| {
        begun.send(()).unwrap();
        // Until there is nobody who could let it go on.
        let _ = may_go_on.lock().unwrap().recv();
    }));
    scene.receiver.plan(1, turn);
    let short = Webhook {
        settings: WebhookSettings {
            stop_time: Duration::ZERO,
            ..quick()
        },
        ..scene.webhook()
    };
    let process = scene.push(vec![short]);
    let position = scene.arrive("a", "message", "k");
    waiting.recv_timeout(Duration::from_secs(60)).unwrap();
    drop(process);
    let delivery = scene.delivery(position);
    assert_eq!((delivery.acknowledged, delivery.owner), (None, None));
    drop(go_on);
}

#[test]
fn a_receiver_whose_certificate_leads_elsewhere_gets_nothing() {
    let scene = Scene::new();
    let stranger = Server::<super::scene::Endpoint>::start(super::scene::Endpoint {
        secret: Vec::new(),
        answers: Vec::new(),
        taken: Vec::new(),
        ids: Vec::new(),
    });
    let wrong_name = Webhook {
        url: format!("https://127.0.0.1:{}/in", stranger.address.port()),
        http: HttpClient::new(trusting()).unwrap(),
        ..scene.webhook()
    };
    let _process = scene.push(vec![wrong_name]);
    let position = scene.arrive("a", "message", "k");
    scene.until("it is tried", |it| it.delivery(position).epoch >= 4);
    assert!(stranger.journal().is_empty());
    assert!(!scene.is_acknowledged(position));
}
