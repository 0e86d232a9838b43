// SPDX-License-Identifier: Apache-2.0
//! What follows a call that is not answered.

use std::sync::mpsc;
use std::time::Duration;

use super::super::{Outcome, SuomifiSetup};
use super::model::{fault, kohde, kohteita};
use super::{caller, envelope, http, setup, world};
use crate::peers::receiver::{Call, Receiver};

/// Answers the first calls with these, and the others as it should.
fn receiver(first: &[&str]) -> Receiver {
    let mut first: Vec<String> = first.iter().rev().map(|&text| text.to_owned()).collect();
    Receiver::answering(world().receiver(), move |call: &Call| {
        let id = id(call);
        let right = || {
            http(
                "200 OK",
                &envelope(&kohteita(0, &[kohde(&id, Some("A"), 200)])),
            )
        };
        first.pop().unwrap_or_else(right)
    })
}

fn id(call: &Call) -> String {
    let (_, rest) = call
        .text()
        .split_once("<asi:AsiointitiliTunniste>")
        .unwrap();
    rest.split('<').next().unwrap().to_owned()
}

/// Message ids of the calls, and whether each was right.
fn deliver(receiver: &Receiver, setup: SuomifiSetup) -> (Vec<String>, Vec<bool>) {
    let suomifi = caller(receiver, setup);
    let delivery = suomifi.deliver(&suomifi.generate(1));
    let calls = delivery.calls.iter();
    calls
        .map(|call| (call.message_id.clone(), call.is_right()))
        .unzip()
}

#[test]
fn what_is_not_answered_is_brought_again() {
    for silence in ["", "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n"] {
        let (ids, right) = deliver(&receiver(&[silence]), setup());
        assert_eq!(right, [false, true]);
        assert_eq!(ids[0], ids[1]);
    }
}

#[test]
fn a_new_call_may_have_an_id_of_its_own() {
    let mut setup = setup();
    setup.redelivery.new_message_id = true;
    let (ids, _) = deliver(&receiver(&[""]), setup);
    assert_ne!(ids[0], ids[1]);
}

#[test]
fn attempts_come_to_an_end() {
    let mut setup = setup();
    setup.redelivery.attempts = 2;
    let receiver = receiver(&[""; 5]);
    let (_, right) = deliver(&receiver, setup);
    assert_eq!(right, [false, false]);
    receiver.call();
    receiver.call();
    assert!(receiver.is_left_alone());
}

#[test]
fn a_fault_is_followed_by_a_call_only_on_request() {
    let faulty = fault("Server", "temporary exception");
    let (_, right) = deliver(&receiver(&[&faulty]), setup());
    assert_eq!(right, [false]);
    let mut setup = setup();
    setup.redelivery.after_fault = true;
    let (_, right) = deliver(&receiver(&[&faulty]), setup);
    assert_eq!(right, [false, true]);
}

#[test]
fn an_answer_has_to_come_in_time() {
    // Says nothing before the caller has given up.
    let (given_up, waits) = mpsc::channel::<()>();
    let receiver = Receiver::answering(world().receiver(), move |_| {
        let _ = waits.recv();
        String::new()
    });
    let mut setup = setup();
    setup.time_limit = Duration::from_millis(300);
    setup.redelivery.attempts = 1;
    let suomifi = caller(&receiver, setup);
    let delivery = suomifi.deliver(&suomifi.generate(1));
    drop(given_up);
    let failed = delivery.calls[0].failed.as_ref().unwrap();
    assert_eq!(failed.check, "answered");
    assert!(failed.reason.contains("in time"), "{}", failed.reason);
    assert_eq!(delivery.calls[0].outcome, Outcome::Nothing);
}
