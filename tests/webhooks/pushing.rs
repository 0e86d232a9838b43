// SPDX-License-Identifier: Apache-2.0
//! What goes well.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use silta_gateway::{
    outbound::{ConnectSettings, HttpClient},
    webhooks::{EntryFilter, Webhook},
};

use silta_store::{
    Store,
    record::{Arrival, Event},
};

use super::scene::{Scene, secret, signing};
use crate::operations::server::settings as trusting;

#[test]
fn entries_are_pushed_in_order_and_acknowledged() {
    let scene = Scene::new();
    let positions: Vec<_> = (0..20)
        .map(|number| scene.arrive("a", "message", &format!("k{number}")))
        .collect();
    let _process = scene.push(vec![scene.webhook()]);
    scene.until_acknowledged(positions[19]);
    let later = scene.arrive("a", "message", "later");
    scene.until_acknowledged(later);
    let mut expected: Vec<_> = (0..20).map(|number| format!("k{number}")).collect();
    expected.push("later".into());
    assert_eq!(scene.taken(), expected);
    assert!(
        positions
            .iter()
            .all(|position| scene.is_acknowledged(*position))
    );
    let ids = scene.ids();
    assert_eq!(ids.len(), 21);
    assert_eq!(
        ids.iter().collect::<std::collections::BTreeSet<_>>().len(),
        21
    );
}

#[test]
fn a_message_is_what_the_inbox_shows_with_documents_by_link() {
    let scene = Scene::new();
    let _process = scene.push(vec![scene.webhook()]);
    let position = scene.arrive("a", "message", "k");
    scene.until_acknowledged(position);
    let call = scene.receiver.journal()[0].call.clone();
    assert_eq!((&*call.method, &*call.target), ("POST", "/in?from=silta"));
    assert_eq!(call.content_type.as_deref(), Some("application/json"));
    let committed = scene
        .store
        .show(position)
        .unwrap()
        .unwrap()
        .received
        .committed;
    let id = format!("silta_erp_{position}_{}", committed.0);
    assert_eq!(call.fields["webhook-id"], id);
    call.fields["webhook-timestamp"].parse::<u64>().unwrap();
    let message = call.json();
    assert_eq!(message["type"], "message");
    let data = &message["data"];
    assert_eq!(message["timestamp"], data["committed"]);
    let shown: BTreeMap<&str, &Value> = [
        "position",
        "agency",
        "operation",
        "href",
        "events",
        "documents",
    ]
    .map(|name| (name, &data[name]))
    .into();
    let digest = &data["documents"][0]["sha256"];
    assert_eq!(
        json!(shown),
        json!({
            "position": position.0,
            "agency": "a",
            "operation": "notify",
            "href": format!("/v1/inbox/{position}"),
            "events": [{ "kind": "message", "data": { "sum": 1.10 }, "deduplicationKey": "k" }],
            "documents": [{
                "name": "päätös.txt",
                "mediaType": "text/plain",
                "size": 1,
                "sha256": digest,
                "href": format!("/v1/inbox/{position}/documents/1"),
            }],
        })
    );
}

#[test]
fn while_a_secret_is_replaced_a_receiver_with_either_is_content() {
    let scene = Scene::new();
    let two = Webhook {
        secrets: vec![signing(2), signing(1)],
        ..scene.webhook()
    };
    let http = two.http.clone();
    let process = scene.push(vec![two]);
    let first = scene.arrive("a", "message", "by the old one");
    scene.until_acknowledged(first);
    scene.receiver.state().agency.secret = secret(2);
    let second = scene.arrive("a", "message", "by the new one");
    scene.until_acknowledged(second);
    // The old one is taken away while the program runs.
    assert!(process.webhooks.renew("erp", &http, &[signing(2)]));
    assert!(!process.webhooks.renew("other", &http, &[signing(2)]));
    let third = scene.arrive("a", "message", "by the new one alone");
    scene.until_acknowledged(third);
    let journal = scene.receiver.journal();
    let signatures: Vec<_> = journal
        .iter()
        .map(|entry| entry.call.fields["webhook-signature"].split(' ').count())
        .collect();
    assert_eq!(signatures, [2, 2, 1]);
    assert!(scene.ids().len() == 3, "nothing was refused");
}

#[test]
fn a_receiver_gets_what_its_table_names_and_the_first_of_two_gets_what_both_name() {
    let scene = Scene::new();
    let of_a = Webhook {
        filter: EntryFilter {
            agencies: vec!["a".into()],
            kinds: vec!["message".into()],
        },
        ..scene.webhook()
    };
    let rest = Webhook {
        name: "rest".into(),
        filter: EntryFilter {
            agencies: Vec::new(),
            kinds: vec!["message".into()],
        },
        ..scene.webhook()
    };
    let other = scene.arrive("a", "other", "of another kind");
    let first = scene.arrive("a", "message", "one");
    let second = scene.arrive("b", "message", "two");
    let _process = scene.push(vec![of_a, rest]);
    scene.until_acknowledged(first);
    scene.until_acknowledged(second);
    let mut names: Vec<_> = scene
        .ids()
        .iter()
        .map(|id| id.split('_').nth(1).unwrap().to_owned())
        .collect();
    names.sort();
    assert_eq!(names, ["erp", "rest"]);
    assert_eq!(scene.delivery(other).epoch, 0);
}

#[test]
fn without_tls_nothing_goes_unless_it_is_allowed() {
    let scene = Scene::new();
    let plain = Webhook {
        url: scene.receiver.url().replace("https", "http"),
        ..scene.webhook()
    };
    let process = scene.push(vec![plain]);
    let position = scene.arrive("a", "message", "k");
    scene.until("it is tried", |it| it.delivery(position).epoch >= 4);
    drop(process);
    assert_eq!(scene.receiver.state().exchanges, 0);
    // Allowed, it is sent, and a receiver that speaks TLS understands nothing.
    let allowed = ConnectSettings {
        plain_on_loopback: true,
        ..trusting()
    };
    let plain = Webhook {
        url: scene.receiver.url().replace("https", "http"),
        http: HttpClient::new(allowed).unwrap(),
        ..scene.webhook()
    };
    let _process = scene.push(vec![plain]);
    scene.until("it is sent", |it| it.receiver.state().exchanges > 0);
    assert!(!scene.is_acknowledged(position));
}

#[test]
fn a_receiver_is_told_the_trace() {
    let scene = Scene::new();
    let arrival = Arrival {
        agency: "a".into(),
        operation: "notify".into(),
        events: vec![Event {
            kind: "message".into(),
            data: "{}".into(),
            deduplication_key: "k".into(),
            about: None,
        }],
        trace: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into()),
        ..Arrival::default()
    };
    scene.store.commit(&arrival).unwrap();
    let _process = scene.push(vec![scene.webhook()]);
    scene.until("it is taken", |it| it.taken().len() == 1);
    let call = scene.receiver.journal()[0].call.clone();
    let told = &call.fields["traceparent"];
    assert!(
        told.starts_with("00-0af7651916cd43dd8448eb211c80319c-"),
        "{told}"
    );
    assert!(
        !told.contains("b7ad6b7169203331"),
        "a step of its own: {told}"
    );
    assert_eq!(call.json()["data"]["trace"], arrival.trace.unwrap());
}
