// SPDX-License-Identifier: Apache-2.0
//! The simulated relay of Suomi.fi messages as a sender, and the component for it behind the listener: both keep RFC 5321 by code of their own.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};
use silta::Deployment;
use silta_gateway::{Gateway, Inbox, MailListenerConfig, MailListenerSetup, ServedAgency};
use silta_simulators::{
    Simulator,
    suomifi_mail::{
        CitizenMessage, DeliverySetup, MailRelaySetup, MailRelaySimulator, MailSecurity,
    },
};

use silta_store::{
    MemoryStore, Store, StoreError,
    record::{Arrival, Receipt},
};

use super::scene::config;
use crate::{
    gateway::scene::{arrivals, full, server},
    support::host::host,
};

const BOX: &str = "viestit@virasto.example";

#[test]
fn what_citizens_write_arrives_once_though_the_first_attempts_fail() {
    let host = host();
    let settings = json!({"from": BOX, "domain": "virasto.example"});
    let deployment =
        Deployment::from_bytes(artifacts::SUOMIFI_MAIL.bytes).with_settings(settings.to_string());
    let agency = host.runtime.deploy("suomifi-mail", deployment).unwrap();
    let inbox = Arc::new(Flaky::default());
    let gateway = Gateway::new().unwrap();
    let required = MailListenerConfig {
        require_tls: true,
        ..config()
    };
    let setup = MailListenerSetup::new(required, inbox.clone());
    let served = ServedAgency::new("suomifi-mail", agency, 4);
    let setup = setup.serve(served, vec!["@virasto.example".parse().unwrap()]);
    let listener = gateway.listen_for_mail(setup).unwrap();

    let mut relay = MailRelaySetup::new(&server().certificate, &server().key, "virasto.example");
    let port = listener.address().port();
    let mut delivery = DeliverySetup::new("localhost", port, &server().certificate);
    delivery.security = MailSecurity::StartTls;
    delivery.pause = Duration::from_millis(20);
    relay.deliver_to = Some(delivery);
    let relay = MailRelaySimulator::start(relay).unwrap();
    let messages: Vec<_> = (0..6).map(CitizenMessage::sample).collect();
    for message in &messages {
        for delivery in relay.write(message.clone(), BOX).unwrap() {
            let codes: Vec<_> = delivery
                .attempts
                .iter()
                .map(|attempt| attempt.code)
                .collect();
            assert_eq!(codes, [Some(451), Some(250)], "{delivery:?}");
        }
    }
    let arrivals = arrivals(&inbox.inner);
    assert_eq!(arrivals.len(), messages.len());
    for (message, arrival) in messages.iter().zip(&arrivals) {
        let arrival = &arrival.received;
        let [event] = &arrival.events[..] else {
            panic!("{arrival:?}");
        };
        assert_eq!(event.kind, "citizen-message");
        let data: Value = serde_json::from_str(&event.data).unwrap();
        assert!(data.to_string().contains(&message.title), "{data}");
        assert!(
            arrival.documents.len() >= message.attachments.len(),
            "{arrival:?}"
        );
    }
}

/// An inbox of which every second commit fails, the first of them first.
#[derive(Default)]
struct Flaky {
    inner: MemoryStore,
    calls: AtomicU32,
}

impl Inbox for Flaky {
    fn commit(&self, arrival: &Arrival) -> Result<Receipt, StoreError> {
        match self.calls.fetch_add(1, Ordering::SeqCst) % 2 {
            0 => Err(full()),
            _ => Store::commit(&self.inner, arrival),
        }
    }

    fn ready(&self) -> Result<(), StoreError> {
        Store::ready(&self.inner)
    }
}
