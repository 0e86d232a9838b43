// SPDX-License-Identifier: Apache-2.0
//! What each misbehaviour is on the wire, and that nothing else is wrong with it.

use std::time::Duration;

use serde_json::Value;
use webpki::Error;

use super::super::{Delivery, Misbehaviour, VeroPusher};
use super::{SECRET, json, notification, push_setup, pusher, secret, start_receiver, url, world};
use crate::peers::receiver::{Call, RIGHT};

/// What a push may get wrong.
#[derive(Debug, PartialEq)]
struct Traits {
    request_line: String,
    content_type: Option<String>,
    secret: Option<String>,
    /// The properties but for the time; none for what is not JSON.
    body: Option<Value>,
    certificate: Certificate,
}

#[derive(Debug, PartialEq)]
enum Certificate {
    Right,
    Wrong(Error),
    None,
}

impl Traits {
    fn of(call: &Call) -> Self {
        let body = serde_json::from_slice::<Value>(&call.body).ok();
        Self {
            request_line: call.request_line().to_owned(),
            content_type: call.header("content-type").map(str::to_owned),
            secret: call.header("vero-callback-secret").map(str::to_owned),
            body: body.map(|mut body| {
                assert!(body["Timestamp"].is_string());
                body["Timestamp"] = Value::Null;
                body
            }),
            certificate: match &call.client {
                None => Certificate::None,
                Some(client) => match world().vero_authority.objection(client) {
                    None => Certificate::Right,
                    Some(error) => Certificate::Wrong(error),
                },
            },
        }
    }

    fn right() -> Self {
        let receiver = start_receiver(&[]);
        pusher(&receiver).push(&notification());
        Self::of(&receiver.call())
    }
}

/// Pushes badly to somebody who takes everything.
fn push(misbehaviour: Misbehaviour) -> (Call, Delivery) {
    let receiver = start_receiver(&[]);
    let delivery = pusher(&receiver).push_badly(&notification(), misbehaviour);
    assert_eq!(delivery.misbehaviour, Some(misbehaviour));
    assert!(delivery.is_acknowledged());
    (receiver.call(), delivery)
}

/// The push has to be a right one but for what `spoil` does to that.
#[track_caller]
fn spoils(misbehaviour: Misbehaviour, spoil: impl FnOnce(&mut Traits)) -> Call {
    let mut expected = Traits::right();
    spoil(&mut expected);
    assert_ne!(expected, Traits::right());
    let (call, _) = push(misbehaviour);
    assert_eq!(Traits::of(&call), expected);
    call
}

fn set(traits: &mut Traits, name: &str, value: impl Into<Value>) {
    traits.body.as_mut().unwrap()[name] = value.into();
}

#[test]
fn the_secret_is_wrong_in_its_last_character() {
    let secret = SECRET.strip_suffix('=').unwrap();
    spoils(Misbehaviour::WrongSecret, |traits| {
        traits.secret = Some(format!("{secret}A"));
    });
}

#[test]
fn the_secret_is_missing() {
    spoils(Misbehaviour::NoSecret, |traits| traits.secret = None);
}

#[test]
fn the_certificate_is_of_another_authority() {
    spoils(Misbehaviour::WrongCa, |traits| {
        traits.certificate = Certificate::Wrong(Error::UnknownIssuer);
    });
}

#[test]
fn the_certificate_has_expired_and_is_right_otherwise() {
    let (call, _) = push(Misbehaviour::ExpiredCertificate);
    let client = call.client.as_ref().unwrap();
    let objection = world().vero_authority.objection(client);
    assert!(
        matches!(objection, Some(Error::CertExpired { .. })),
        "{objection:?}"
    );
    // The middle of 2001.
    let then = Duration::from_secs(993_945_600);
    assert_eq!(world().vero_authority.objection_at(client, then), None);
    let right = Traits::right();
    let found = Traits::of(&call);
    assert_eq!((found.secret, found.body), (right.secret, right.body));
}

#[test]
fn the_certificate_is_missing() {
    spoils(Misbehaviour::NoCertificate, |traits| {
        traits.certificate = Certificate::None;
    });
}

#[test]
fn the_environment_is_the_other() {
    spoils(Misbehaviour::OtherEnvironment, |traits| {
        set(traits, "Environment", "FIP");
    });
}

#[test]
fn a_property_is_too_many() {
    let call = spoils(Misbehaviour::ExtraProperty, |traits| {
        set(traits, "Extra", "unknown");
    });
    assert_eq!(json(&call.body).as_object().unwrap().len(), 6);
}

#[test]
fn a_property_is_missing() {
    let call = spoils(Misbehaviour::MissingProperty, |traits| {
        let body = traits.body.as_mut().unwrap().as_object_mut().unwrap();
        body.remove("SubscriptionId").unwrap();
    });
    assert_eq!(json(&call.body).as_object().unwrap().len(), 4);
}

#[test]
fn a_number_is_a_string() {
    spoils(Misbehaviour::StringForNumber, |traits| {
        set(traits, "NotificationKey", "17");
    });
}

#[test]
fn the_body_is_not_json() {
    let call = spoils(Misbehaviour::NotJson, |traits| traits.body = None);
    // One brace from being right.
    let body = String::from_utf8(call.body).unwrap() + "}";
    assert_eq!(json(body.as_bytes())["NotificationKey"], 17);
}

#[test]
fn the_body_is_huge() {
    let (call, _) = push(Misbehaviour::HugeBody(10_000_000));
    assert_eq!(call.body.len(), 10_000_000);
    assert_eq!(Traits::of(&call), Traits::right());
}

#[test]
fn the_media_type_is_another() {
    spoils(Misbehaviour::WrongContentType, |traits| {
        traits.content_type = Some("text/plain".to_owned());
    });
}

#[test]
fn the_path_is_another() {
    spoils(Misbehaviour::WrongPath, |traits| {
        traits.request_line = "POST /vero/Notify/v1/other HTTP/1.1".to_owned();
    });
}

#[test]
fn the_method_is_get() {
    let call = spoils(Misbehaviour::Get, |traits| {
        traits.request_line = "GET /vero/Notify/v1 HTTP/1.1".to_owned();
        traits.body = None;
    });
    assert!(call.body.is_empty());
}

#[test]
fn what_was_acknowledged_comes_once_more() {
    let receiver = start_receiver(&["HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", RIGHT]);
    let delivery = pusher(&receiver).push_badly(&notification(), Misbehaviour::Duplicate);
    let statuses: Vec<_> = delivery
        .attempts
        .iter()
        .map(|attempt| attempt.http_status.unwrap())
        .collect();
    assert_eq!(statuses, [503, 200, 200]);
    let calls = [(); 3].map(|()| receiver.call());
    assert_eq!(calls[1].body, calls[2].body);
    assert_eq!(Traits::of(&calls[2]), Traits::right());
    assert!(receiver.is_left_alone());

    // What was not acknowledged is given up as ever.
    let receiver = start_receiver(&[""; 4]);
    let delivery = pusher(&receiver).push_badly(&notification(), Misbehaviour::Duplicate);
    assert_eq!(delivery.attempts.len(), 3);
}

#[test]
fn the_request_comes_byte_by_byte() {
    let time = Duration::from_secs(2);
    let receiver = start_receiver(&[]);
    let delivery = pusher(&receiver).push_badly(&notification(), Misbehaviour::SlowLoris(time));
    assert_eq!(delivery.attempts.len(), 1);
    assert!(delivery.is_acknowledged(), "{delivery:?}");
    let call = receiver.call();
    assert_eq!(Traits::of(&call), Traits::right());
    assert!(call.took > time / 2, "{:?}", call.took);
    // Many come together where the machine is busy; otherwise all do.
    assert!(call.pieces > 10, "{} pieces", call.pieces);
}

#[test]
fn every_attempt_is_as_bad_as_the_first() {
    let receiver = start_receiver(&["HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n"; 3]);
    let delivery = pusher(&receiver).push_badly(&notification(), Misbehaviour::NoSecret);
    assert_eq!(delivery.attempts.len(), 3);
    for _ in 0..3 {
        assert_eq!(receiver.call().header("vero-callback-secret"), None);
    }
}

#[test]
fn without_its_issuer_no_certificate_can_have_expired() {
    let receiver = start_receiver(&[]);
    let mut setup = push_setup();
    setup.issuer = None;
    let pusher = VeroPusher::start(&url(&receiver), secret(), setup).unwrap();
    let delivery = pusher.push_badly(&notification(), Misbehaviour::ExpiredCertificate);
    let problem = delivery.attempts[0].problem.as_deref().unwrap();
    assert!(problem.contains("push.issuer"), "{problem}");
    assert!(receiver.is_left_alone());
}
