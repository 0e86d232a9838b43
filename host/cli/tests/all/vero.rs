// SPDX-License-Identifier: Apache-2.0
//! The Tax Administration calls the gateway, as it should and as it should not: the real component, a real listener, a pusher of other hands.

use std::time::Duration;

use serde_json::json;
use silta::{AnchorSet, Deployment, Secrets, TrustStore};
use silta_simulators::{
    Misbehaving,
    vero::{
        CallbackSecret, Credential, Environment, Misbehaviour, Notification, PushSetup, VeroPusher,
    },
};

use crate::{project::Project, receiver::Receiver};

const SECRET: &str = "c2lsdGEtdGVzdC1zZWNyZXQtY3VycmVudA==";

fn receiving(project: &Project) -> Receiver {
    let anchors = AnchorSet::new().with_anchors_pem(&project.read("pki/vero-ca.pem"));
    let deployment = Deployment::from_bytes(artifacts::VERO.bytes)
        .with_settings(json!({"environment": "FIS", "url": "https://vero.example"}).to_string())
        .with_trust(TrustStore::new().with("vero-test", anchors.unwrap()))
        .with_secrets(Secrets::new().with("callback", vec![SECRET.into()]));
    Receiver::start(project, "vero", deployment)
}

/// Number of events committed since the last time.
fn committed(receiver: &Receiver) -> usize {
    let arrivals = receiver.taken();
    arrivals.iter().map(|arrival| arrival.events.len()).sum()
}

fn pusher(project: &Project, receiver: &Receiver) -> VeroPusher {
    let pem = |name: &str| project.text(&format!("pki/{name}.pem"));
    let mut setup = PushSetup::new(pem("ca"), pem("vero"), pem("vero.key"));
    setup.issuer = Some(Credential {
        certificates_pem: pem("vero-ca"),
        key_pem: pem("vero-ca.key"),
    });
    setup.attempts = 1;
    let secret = CallbackSecret::new(SECRET).unwrap();
    VeroPusher::start(&receiver.url("Notify/v1"), secret, setup).unwrap()
}

/// The status that a misbehaviour has to be answered with, none for a connection that is given up; and whether it is an event all the same.
fn expected(misbehaviour: Misbehaviour) -> (Option<u16>, usize) {
    match misbehaviour {
        Misbehaviour::WrongSecret | Misbehaviour::NoSecret => (Some(401), 0),
        Misbehaviour::WrongCa | Misbehaviour::ExpiredCertificate | Misbehaviour::NoCertificate => {
            (Some(403), 0)
        }
        Misbehaviour::OtherEnvironment
        | Misbehaviour::MissingProperty
        | Misbehaviour::StringForNumber
        | Misbehaviour::NotJson => (Some(400), 0),
        // New properties are no breaking change to the Tax Administration.
        Misbehaviour::ExtraProperty => (Some(200), 1),
        Misbehaviour::HugeBody(_) => (Some(413), 0),
        Misbehaviour::WrongContentType => (Some(415), 0),
        Misbehaviour::WrongPath => (Some(404), 0),
        Misbehaviour::Get => (Some(405), 0),
        Misbehaviour::Duplicate => (Some(200), 1),
        Misbehaviour::SlowLoris(_) => (None, 0),
        other => panic!("nothing is expected of {}", other.name()),
    }
}

#[test]
fn every_misbehaviour_of_the_pusher_is_answered_as_it_has_to_be() {
    let project = Project::new();
    let receiver = receiving(&project);
    let pusher = pusher(&project, &receiver);
    for (key, entry) in (1..).zip(Misbehaviour::CATALOGUE) {
        let misbehaviour = match entry.name.parse().unwrap() {
            Misbehaviour::SlowLoris(_) => Misbehaviour::SlowLoris(Duration::from_secs(60)),
            // Who goes on sending far more does not always come to read the answer: see the test below.
            Misbehaviour::HugeBody(_) => Misbehaviour::HugeBody(200_000),
            other => other,
        };
        let notification = Notification::new(Environment::Test, key, "TAX_CARD", 1);
        let delivery = pusher.push_badly(&notification, misbehaviour);
        let name = misbehaviour.name();
        let (status, events) = expected(misbehaviour);
        for attempt in &delivery.attempts {
            assert_eq!(attempt.http_status, status, "{name}: {attempt:?}");
            assert!(status.is_none() || attempt.is_empty == Some(true), "{name}");
        }
        assert!(!delivery.attempts.is_empty(), "{name}");
        assert_eq!(committed(&receiver), events, "{name}");
    }
}

#[test]
fn a_huge_body_is_not_taken() {
    let project = Project::new();
    let receiver = receiving(&project);
    let pusher = pusher(&project, &receiver);
    let notification = Notification::new(Environment::Test, 1, "TAX_CARD", 1);
    let delivery = pusher.push_badly(&notification, Misbehaviour::HugeBody(10_000_000));
    let status = delivery.attempts[0].http_status;
    assert!(matches!(status, None | Some(413)), "{status:?}");
    assert_eq!(committed(&receiver), 0);
}

#[test]
fn health_checks_are_answered_and_forgotten_and_notifications_committed_once() {
    let project = Project::new();
    let receiver = receiving(&project);
    let pusher = pusher(&project, &receiver);
    assert!(
        pusher
            .push(&Notification::health_check(Environment::Test))
            .is_acknowledged()
    );
    assert_eq!(committed(&receiver), 0);
    let notification = Notification::new(Environment::Test, i64::MAX, "TAX_CARD", 1);
    for events in [1, 0] {
        assert!(pusher.push(&notification).is_acknowledged());
        assert_eq!(committed(&receiver), events);
    }
}
