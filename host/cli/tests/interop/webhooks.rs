// SPDX-License-Identifier: Apache-2.0
//! What the gateway pushes, verified by the library that receivers use.

use std::{
    io::{BufRead, BufReader},
    process::Stdio,
    sync::Arc,
    time::Duration,
};

use serde_json::Value;
use silta_gateway::{
    Gateway,
    outbound::{ConnectSettings, HttpClient},
    webhooks::{EntryFilter, SigningSecret, Webhook, WebhookSettings, WebhooksSetup},
};
use silta_store::{
    MemoryStore, Store,
    record::{Arrival, Event, Position, Receipt},
};

use crate::peers;

/// 32 bytes each, with and without what is written in front.
const OLD: &str = "whsec_b2xkLW9sZC1vbGQtb2xkLW9sZC1vbGQtb2xkLW9sZC0=";
const NEW: &str = "bmV3LW5ldy1uZXctbmV3LW5ldy1uZXctbmV3LW5ldy0=";
const OTHER: &str = "whsec_b3RoZXItb3RoZXItb3RoZXItb3RoZXItb3RoZXItIQ==";

fn arrive(store: &dyn Store, key: &str) -> Position {
    let arrival = Arrival {
        agency: "vero".into(),
        operation: "notify".into(),
        events: vec![Event {
            kind: "message".into(),
            data: r#"{"otsikko": "Päätös – 1,10 €"}"#.into(),
            deduplication_key: key.into(),
            about: None,
        }],
        ..Arrival::default()
    };
    match store.commit(&arrival).unwrap() {
        Receipt::New(position) => position,
        Receipt::Duplicate(_) => panic!("{key} came before"),
    }
}

#[test]
fn receivers_find_what_is_pushed_signed() {
    if !peers::are_prepared() {
        return;
    }
    // The first message by who knows the old secret alone, the second by who knows the new one, the third by somebody else, and then by the first.
    let mut receiver = peers::python("webhooks/receiver.py")
        .args([OLD, NEW, OTHER, OLD])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(receiver.stdout.take().unwrap()).lines();
    let url = lines.next().unwrap().unwrap();
    let store = Arc::new(MemoryStore::new());
    let settings = ConnectSettings {
        plain_on_loopback: true,
        ..ConnectSettings::default()
    };
    let secrets = [NEW, OLD].map(|text| SigningSecret::parse(text.as_bytes()).unwrap());
    let gateway = Gateway::new().unwrap();
    gateway.push(WebhooksSetup {
        store: store.clone(),
        agencies: vec!["vero".into()],
        webhooks: vec![Webhook {
            name: "erp".into(),
            url,
            filter: EntryFilter::default(),
            secrets: secrets.into(),
            http: HttpClient::new(settings).unwrap(),
            settings: WebhookSettings {
                first_delay: Duration::from_millis(10),
                longest_delay: Duration::from_millis(10),
                ..WebhookSettings::default()
            },
        }],
    });
    let mut said = || -> Value { serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap() };
    for key in ["by the old one", "by the new one"] {
        arrive(&*store, key);
        let said = said();
        assert_eq!(said["verified"], true, "{said}");
        assert_eq!(
            (&said["type"], &said["keys"][0]),
            (&"message".into(), &key.into())
        );
    }
    let third = arrive(&*store, "by somebody else first");
    let (refused, taken) = (said(), said());
    assert_eq!(
        (&refused["verified"], &taken["verified"]),
        (&false.into(), &true.into())
    );
    assert_eq!(
        refused["id"], taken["id"],
        "a retry has the id of the first attempt"
    );
    while store
        .show(third)
        .unwrap()
        .unwrap()
        .delivery
        .acknowledged
        .is_none()
    {
        std::thread::sleep(Duration::from_millis(5));
    }
    drop(gateway);
    drop(receiver.stdin.take());
    receiver.wait().unwrap();
}
