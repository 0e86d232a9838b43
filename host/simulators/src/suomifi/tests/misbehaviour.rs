// SPDX-License-Identifier: Apache-2.0
//! Every misbehaviour: that a right receiver is found right, a credulous one wrong, and what is on the wire.

use std::collections::BTreeMap;
use std::time::Duration;

use xml_testkit::tools;

use super::super::{Delivery, Misbehaviour, Operation, Outcome};
use super::model::{credulous, right, verifies};
use super::{caller, setup, signed_setup};
use crate::misbehaviour::Misbehaving;
use crate::peers::receiver::Receiver;

/// All of them, with arguments that tests have the time for.
fn all() -> impl Iterator<Item = Misbehaviour> {
    Misbehaviour::CATALOGUE
        .iter()
        .map(|entry| match entry.name.parse().unwrap() {
            Misbehaviour::HugeAttachment(_) => Misbehaviour::HugeAttachment(150_000),
            Misbehaviour::ByteByByte(_) => Misbehaviour::ByteByByte(Duration::from_millis(500)),
            other => other,
        })
}

/// Number of calls that each takes before a right receiver, and of messages that it has stored in the end.
fn calls(misbehaviour: Misbehaviour) -> (usize, usize) {
    match misbehaviour {
        Misbehaviour::Shape2014 | Misbehaviour::NilElements => (1, 3),
        Misbehaviour::ByteByByte(_) => (1, 1),
        Misbehaviour::UnknownState => (1, 0),
        _ => (2, 3),
    }
}

#[test]
fn a_right_receiver_is_found_right() {
    if !tools::are_installed(&["xmlsec1"]) {
        return;
    }
    let receiver = right(true);
    let suomifi = caller(&receiver, signed_setup());
    for misbehaviour in all() {
        let name = misbehaviour.name();
        let delivery = suomifi.play(misbehaviour);
        assert!(delivery.is_right(), "{name}: {delivery:#?}");
        let (calls, stored) = calls(misbehaviour);
        assert_eq!(delivery.calls.len(), calls, "{name}");
        assert_eq!(delivery.stored().len(), stored, "{name}");
        assert_eq!(delivery.calls[0].misbehaviour, Some(misbehaviour), "{name}");
    }
}

/// Which check finds a receiver out that takes everything; none for what is to be taken.
fn found_by(misbehaviour: Misbehaviour) -> Option<&'static str> {
    use Misbehaviour::*;
    match misbehaviour {
        Shape2014 | NilElements | UnknownState | ByteByByte(_) | SeveralCustomers
        | ContradictingAction => None,
        Redelivered | RedeliveredAnew => Some("same-as-before"),
        // The first answer was not read, so that nothing is known of it.
        Dropped => None,
        HugeAttachment(_) | ForbiddenAttachment | BrokenBase64 | InvalidIdentityCode => {
            Some("kohteen-tila-expected")
        }
        // A text that breaks off, and an element of another name, are answered by it all the same.
        _ => Some("tila-koodi-expected"),
    }
}

#[test]
fn a_receiver_that_takes_everything_is_found_out() {
    let receiver = credulous();
    let suomifi = caller(&receiver, signed_setup());
    for misbehaviour in all() {
        let name = misbehaviour.name();
        let delivery = suomifi.play(misbehaviour);
        let failed = delivery.calls.iter().find_map(|call| call.failed.as_ref());
        let failed = failed.map(|failed| failed.check);
        assert_eq!(failed, found_by(misbehaviour), "{name}: {delivery:#?}");
        assert_eq!(delivery.is_right(), failed.is_none(), "{name}");
    }
}

/// Plays it, and gives what came in, head and body.
fn played(receiver: &Receiver, misbehaviour: Misbehaviour) -> (Delivery, Vec<(String, String)>) {
    let delivery = caller(receiver, signed_setup()).play(misbehaviour);
    let calls = delivery.calls.iter().map(|_| {
        let call = receiver.call();
        (call.head.clone(), call.text().to_owned())
    });
    let calls = calls.collect();
    (delivery, calls)
}

#[test]
fn what_is_wrong_is_on_the_wire() {
    let receiver = credulous();
    let mut found = BTreeMap::new();
    for misbehaviour in all() {
        found.insert(misbehaviour.name(), played(&receiver, misbehaviour).1);
    }
    let first = |name: &str| -> (&str, &str) {
        let (head, body) = &found[name][0];
        (head, body)
    };
    let body = |name: &str| first(name).1;
    let text = |body: &'static str| move |text: &str| text.contains(body);

    let [(_, one), (_, two)] = &found["redelivered"][..] else {
        panic!("two calls")
    };
    assert_eq!(value(one, "SanomaTunniste"), value(two, "SanomaTunniste"));
    let [(_, one), (_, two)] = &found["redelivered-anew"][..] else {
        panic!("two calls")
    };
    assert_ne!(value(one, "SanomaTunniste"), value(two, "SanomaTunniste"));
    assert_eq!(
        value(one, "AsiointitiliTunniste"),
        value(two, "AsiointitiliTunniste")
    );
    assert_eq!(value(body("wrong-count"), "KohdeMaara"), "4");
    for gone in [
        "paluukanavaUrl",
        "Nimeke",
        "Sahkoposti",
        "Matkapuhelin",
        "ViranomaisenEmail",
    ] {
        assert!(!body("shape-2014").contains(gone), "{gone}");
    }
    assert!(body("shape-2014").contains("KuvausTeksti"));
    assert_eq!(
        body("several-customers").matches("<asi:Asiakas ").count(),
        4
    );
    assert!(body("huge-attachment").len() > 200_000);
    assert!(text("ohjelma.exe")(body("forbidden-attachment")));
    assert!(text("*ä*")(body("broken-base64")));
    assert_eq!(
        value(body("wrong-authority"), "ViranomaisTunnus"),
        "silta_viranomainen_toinen"
    );
    assert_eq!(
        value(body("unknown-service"), "PalveluTunnus"),
        "silta_palvelu_tuntematon"
    );
    let head = first("contradicting-action").0.to_ascii_lowercase();
    assert!(head.contains("/viekohdetiloja\""), "{head}");
    assert_eq!(body("nil-elements").matches("xsi:nil=\"true\"").count(), 3);
    assert!(text("<asi:KohteenTila>299</asi:KohteenTila>")(body(
        "unknown-state"
    )));
    assert!(text("<!DOCTYPE")(body("doctype")));
    assert!(!text("</soapenv:Envelope>")(body("not-xml")));
    assert!(text("<asi:VieTuntemattomia ")(body("unknown-operation")));
    assert!(!text("Security")(body("unsigned")));
    assert!(text("<asi:Kuori ")(body("wrapped-body")));
}

#[test]
fn bad_signatures_are_bad_and_wrapped_ones_hold() {
    if !tools::are_installed(&["xmlsec1"]) {
        return;
    }
    let receiver = credulous();
    for (misbehaviour, holds) in [
        (Misbehaviour::WrongCount, true),
        (Misbehaviour::AlteredBody, false),
        (Misbehaviour::Stranger, false),
        // That is what makes it an attack.
        (Misbehaviour::WrappedBody, true),
        (Misbehaviour::Expired, true),
        (Misbehaviour::Unsigned, false),
    ] {
        let (_, calls) = played(&receiver, misbehaviour);
        assert_eq!(verifies(&calls[0].1), holds, "{}", misbehaviour.name());
    }
}

#[test]
fn bytes_come_one_by_one() {
    let receiver = credulous();
    caller(&receiver, setup()).play(Misbehaviour::ByteByByte(Duration::from_millis(500)));
    let call = receiver.call();
    // Many come together where the machine is busy; otherwise all do.
    assert!(call.pieces > 20, "{}", call.pieces);
    assert!(call.took >= Duration::from_millis(500));
}

#[test]
fn a_dropped_answer_is_not_read_and_asked_for_again() {
    let receiver = credulous();
    let delivery = caller(&receiver, setup()).play(Misbehaviour::Dropped);
    let [dropped, again] = &delivery.calls[..] else {
        panic!("{delivery:#?}")
    };
    assert_eq!(
        (&dropped.outcome, dropped.http_status),
        (&Outcome::Http, Some(200))
    );
    assert_eq!(dropped.message_id, again.message_id);
    assert!(receiver.call().body == receiver.call().body);
}

#[test]
fn nothing_is_played_without_the_signature_that_it_needs() {
    let receiver = credulous();
    let suomifi = caller(&receiver, setup());
    for misbehaviour in all().filter(|misbehaviour| misbehaviour.needs_signing()) {
        let delivery = suomifi.play(misbehaviour);
        let failed = delivery.calls[0].failed.as_ref().unwrap();
        assert_eq!(failed.check, "prepared", "{}", misbehaviour.name());
        assert!(!delivery.is_right());
    }
    assert!(receiver.is_left_alone());
}

#[test]
fn a_receiver_that_does_not_take_the_right_message_afterwards_is_found_out() {
    use super::model::{kohteita, tiloja};
    use super::{envelope, http, world};
    // Refuses everything for ever, as if it had kept what it refused.
    let receiver = Receiver::answering(world().receiver(), |call| {
        let answer = match call.text().contains("VieKohdeTiloja ") {
            true => tiloja(400),
            false => kohteita(400, &[]),
        };
        http("200 OK", &envelope(&answer))
    });
    let delivery = caller(&receiver, setup()).play(Misbehaviour::WrongCount);
    assert!(delivery.calls[0].is_right());
    let failed = delivery.calls[1].failed.as_ref().unwrap();
    assert_eq!(failed.check, "tila-koodi-expected");
    assert_eq!(
        Misbehaviour::UnknownState.operation(),
        Operation::VieKohdeTiloja
    );
}

/// Text of the first element of this name.
fn value<'a>(body: &'a str, name: &str) -> &'a str {
    let (_, rest) = body.split_once(&format!("<asi:{name}>")).unwrap();
    rest.split('<').next().unwrap()
}
