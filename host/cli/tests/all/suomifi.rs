// SPDX-License-Identifier: Apache-2.0
//! Suomi.fi messages calls the gateway, as it should and as it should not: the real component, a real listener, a caller of other hands.

use std::{
    collections::BTreeSet,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use serde_json::{Value, json};
use silta::{Agency, AnchorSet, Deployment, Runtime, TrustStore};
use silta_gateway::{Gateway, Listener, ListenerConfig, ListenerLimits, ListenerSetup};
use silta_simulators::{
    Misbehaving,
    suomifi::{
        Algorithms, AnswerShape, Delivery, Misbehaviour, ReturnChannelCaller, Signing, SuomifiSetup,
    },
};
use silta_store::MemoryStore;

use crate::{inbox::taken, project::Project};

/// A listener for the component, and what it committed.
struct Receiver {
    _gateway: Gateway,
    listener: Listener,
    store: Arc<MemoryStore>,
}

impl Receiver {
    /// With settings beside those of the ids.
    fn start(project: &Project, more: Value) -> Self {
        let mut settings = json!({
            "authority-ids": ["silta_viranomainen"],
            "service-ids": ["silta_palvelu"],
        });
        let settings_of = settings.as_object_mut().unwrap();
        settings_of.extend(more.as_object().unwrap().clone());
        let signers = AnchorSet::new().with_pins_pem(&project.read("pki/builder.pem"));
        let trust = TrustStore::new().with("suomifi-signers", signers.unwrap());
        let deployment = Deployment::from_bytes(artifacts::SUOMIFI_VIESTIT.bytes)
            .with_settings(settings.to_string())
            .with_trust(trust.with_sha1(true));
        let runtime = Runtime::builder().build().unwrap();
        let agency: Agency = runtime.deploy("suomifi-viestit", deployment).unwrap();
        let place = ListenerConfig {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            private_key: project.read("pki/gateway.key.pem"),
            certificates: project.read("pki/gateway.pem"),
            also: Vec::new(),
            limits: ListenerLimits {
                header_time: Duration::from_secs(3),
                body_time: Duration::from_secs(3),
                ..ListenerLimits::default()
            },
        };
        let store = Arc::new(MemoryStore::default());
        let setup = ListenerSetup::new(&place, store.clone()).serve("suomifi-viestit", agency);
        let gateway = Gateway::new().unwrap();
        Self {
            listener: gateway.listen(setup).unwrap(),
            _gateway: gateway,
            store,
        }
    }

    fn url(&self) -> String {
        let port = self.listener.address().port();
        format!("https://localhost:{port}/suomifi-viestit/ViranomaisPaluukanava")
    }

    /// The data of every event committed since the last time.
    fn events(&self) -> Vec<Value> {
        let arrivals = taken(&self.store);
        let events = arrivals.iter().flat_map(|arrival| &arrival.events);
        events
            .map(|event| serde_json::from_str(&event.data).unwrap())
            .collect()
    }
}

fn setup(project: &Project) -> SuomifiSetup {
    let mut setup = SuomifiSetup::new(project.text("pki/ca.pem"));
    let pem = |name: &str| project.text(&format!("pki/{name}.pem"));
    setup.signing = Some(Signing::new(pem("builder"), pem("builder.key")));
    setup.redelivery.attempts = 1;
    setup
}

/// What the receiver said it has stored is what it has stored, each message once.
#[track_caller]
fn is_stored(delivery: &Delivery, events: &[Value]) {
    let stored: Vec<&str> = events
        .iter()
        .map(|event| event["messageId"].as_str().unwrap())
        .collect();
    let distinct: BTreeSet<&str> = stored.iter().copied().collect();
    assert_eq!(delivery.stored(), distinct);
    assert_eq!(stored.len(), distinct.len(), "{stored:?}");
}

#[test]
fn messages_and_states_are_committed_as_they_came() {
    let project = Project::new();
    let receiver = Receiver::start(&project, json!({}));
    for algorithms in [Algorithms::Sha1, Algorithms::Sha256] {
        let mut setup = setup(&project);
        setup.signing.as_mut().unwrap().algorithms = algorithms;
        let suomifi = ReturnChannelCaller::start(&receiver.url(), setup).unwrap();
        let messages = suomifi.generate(12);
        let delivery = suomifi.deliver(&messages);
        assert!(delivery.is_right(), "{delivery:#?}");
        let events = receiver.events();
        is_stored(&delivery, &events);
        for (message, event) in messages.iter().zip(&events) {
            assert_eq!(event["title"], message.title);
            assert_eq!(event["body"], message.text);
            assert!(event["sender"].to_string().contains(&message.sender.id));
            let attachments = event["attachments"].as_array().unwrap();
            let sizes = attachments.iter().map(|file| &file["size"]);
            assert!(sizes.eq(message.attachments.iter().map(|file| file.content.len())));
        }
        let reports = suomifi.generate_reports(6, &["ASIA-1".to_owned()]);
        let delivery = suomifi.report(&reports);
        assert!(delivery.is_right(), "{delivery:#?}");
        assert_eq!(receiver.events().len(), 6);
    }
}

#[test]
fn every_misbehaviour_is_answered_as_it_has_to_be() {
    let project = Project::new();
    let receiver = Receiver::start(&project, json!({}));
    let suomifi = ReturnChannelCaller::start(&receiver.url(), setup(&project)).unwrap();
    for entry in Misbehaviour::CATALOGUE {
        let misbehaviour = match entry.name.parse().unwrap() {
            // Longer than the listener waits.
            Misbehaviour::ByteByByte(_) => Misbehaviour::ByteByByte(Duration::from_secs(20)),
            other => other,
        };
        let delivery = suomifi.play(misbehaviour);
        assert!(delivery.is_right(), "{}: {delivery:#?}", entry.name);
        let events = receiver.events();
        match misbehaviour {
            // An event for each customer, and each has an answer of its own here.
            Misbehaviour::SeveralCustomers => assert_eq!(events.len(), 4),
            Misbehaviour::UnknownState => assert_eq!(events.len(), 3),
            // Whatever came of it, and as often as the receiver said.
            Misbehaviour::ByteByByte(_) => is_stored(&delivery, &events),
            _ => {
                is_stored(&delivery, &events);
                assert_eq!(events.len(), 3, "{}", entry.name);
            }
        }
    }
}

#[test]
fn the_shape_of_the_document_is_answered_on_request() {
    let project = Project::new();
    let receiver = Receiver::start(&project, json!({"response": {"item-shape": "spec-1.1"}}));
    let mut setup = setup(&project);
    setup.answer_shape = AnswerShape::DocumentV11;
    let suomifi = ReturnChannelCaller::start(&receiver.url(), setup).unwrap();
    let delivery = suomifi.deliver(&suomifi.generate(4));
    assert!(delivery.is_right(), "{delivery:#?}");
    for misbehaviour in [
        Misbehaviour::Redelivered,
        Misbehaviour::InvalidIdentityCode,
        Misbehaviour::SeveralCustomers,
    ] {
        let delivery = suomifi.play(misbehaviour);
        assert!(delivery.is_right(), "{misbehaviour:?}: {delivery:#?}");
    }
}

#[test]
fn faults_in_place_of_codes_are_right_as_well() {
    let project = Project::new();
    let more = json!({
        "signature": {"on-failure": "fault"},
        "notification": {"on-other-action": "reject"},
    });
    let receiver = Receiver::start(&project, more);
    let suomifi = ReturnChannelCaller::start(&receiver.url(), setup(&project)).unwrap();
    for misbehaviour in [
        Misbehaviour::AlteredBody,
        Misbehaviour::Unsigned,
        Misbehaviour::ContradictingAction,
    ] {
        let delivery = suomifi.play(misbehaviour);
        assert!(delivery.is_right(), "{misbehaviour:?}: {delivery:#?}");
        assert_eq!(delivery.calls.len(), 2, "{misbehaviour:?}");
    }
}
