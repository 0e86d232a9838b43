// SPDX-License-Identifier: Apache-2.0
//! Suomi.fi messages calls the gateway, as it should and as it should not: the real component, a real listener, a caller of other hands.

use std::{collections::BTreeSet, time::Duration};

use serde_json::{Value, json};
use silta::{AnchorSet, Deployment, TrustStore};
use silta_simulators::{
    Misbehaving,
    suomifi::{
        Algorithms, AnswerShape, Delivery, Misbehaviour, ReturnChannelCaller, Signing, SuomifiSetup,
    },
};

use crate::{project::Project, receiver::Receiver};

/// With settings beside those of the ids.
pub(crate) fn receiving(project: &Project, more: &Value) -> Receiver {
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
    Receiver::start(project, "suomifi-viestit", deployment)
}

pub(crate) fn url(receiver: &Receiver) -> String {
    receiver.url("ViranomaisPaluukanava")
}

/// The data of every event committed since the last time.
fn committed(receiver: &Receiver) -> Vec<Value> {
    let arrivals = receiver.taken();
    let events = arrivals.iter().flat_map(|arrival| &arrival.events);
    events
        .map(|event| serde_json::from_str(&event.data).unwrap())
        .collect()
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
    let receiver = receiving(&project, &json!({}));
    for algorithms in [Algorithms::Sha1, Algorithms::Sha256] {
        let mut setup = setup(&project);
        setup.signing.as_mut().unwrap().algorithms = algorithms;
        let suomifi = ReturnChannelCaller::start(&url(&receiver), setup).unwrap();
        let messages = suomifi.generate(12);
        let delivery = suomifi.deliver(&messages);
        assert!(delivery.is_right(), "{delivery:#?}");
        let events = committed(&receiver);
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
        assert_eq!(committed(&receiver).len(), 6);
    }
}

#[test]
fn every_misbehaviour_is_answered_as_it_has_to_be() {
    let project = Project::new();
    let receiver = receiving(&project, &json!({}));
    let suomifi = ReturnChannelCaller::start(&url(&receiver), setup(&project)).unwrap();
    for entry in Misbehaviour::CATALOGUE {
        let misbehaviour = match entry.name.parse().unwrap() {
            // Longer than the listener waits.
            Misbehaviour::ByteByByte(_) => Misbehaviour::ByteByByte(Duration::from_secs(60)),
            other => other,
        };
        let delivery = suomifi.play(misbehaviour);
        assert!(delivery.is_right(), "{}: {delivery:#?}", entry.name);
        let events = committed(&receiver);
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
    let receiver = receiving(&project, &json!({"response": {"item-shape": "spec-1.1"}}));
    let mut setup = setup(&project);
    setup.answer_shape = AnswerShape::DocumentV11;
    let suomifi = ReturnChannelCaller::start(&url(&receiver), setup).unwrap();
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
    let receiver = receiving(&project, &more);
    let suomifi = ReturnChannelCaller::start(&url(&receiver), setup(&project)).unwrap();
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
