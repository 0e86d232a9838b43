// SPDX-License-Identifier: Apache-2.0
//! Signatures, read by `xmlsec1`, and their shape.

use std::time::Duration;

use jiff::Timestamp;
use roxmltree::Document;
use xml_testkit::tools;

use super::super::{Algorithms, SuomifiSetup};
use super::model::{credulous, verifies};
use super::{caller, signed_setup};

fn message(setup: SuomifiSetup) -> String {
    let receiver = credulous();
    let suomifi = caller(&receiver, setup);
    assert!(suomifi.deliver(&suomifi.generate(8)).is_right());
    receiver.call().text().to_owned()
}

#[test]
fn signatures_of_both_profiles_hold() {
    if !tools::are_installed(&["xmlsec1"]) {
        return;
    }
    for (algorithms, method, digest) in [
        (Algorithms::Sha1, "xmldsig#rsa-sha1", "xmldsig#sha1"),
        (
            Algorithms::Sha256,
            "xmldsig-more#rsa-sha256",
            "xmlenc#sha256",
        ),
    ] {
        let mut setup = signed_setup();
        let signing = setup.signing.as_mut().unwrap();
        signing.algorithms = algorithms;
        let message = message(setup);
        assert!(message.contains(method), "{algorithms:?}");
        assert_eq!(message.matches(digest).count(), 2, "{algorithms:?}");
        assert!(verifies(&message), "{algorithms:?}");
        for (from, to) in [
            ("<asi:KohdeMaara>8<", "<asi:KohdeMaara>9<"),
            ("<wsu:Created>20", "<wsu:Created>21"),
        ] {
            let changed = message.replacen(from, to, 1);
            assert_ne!(changed, message);
            assert!(!verifies(&changed), "{algorithms:?}: {from}");
        }
    }
}

#[test]
fn the_security_header_is_as_clients_of_the_service_write_it() {
    let mut setup = signed_setup();
    let signing = setup.signing.as_mut().unwrap();
    signing.time_to_live = Duration::from_secs(500);
    signing.must_understand = false;
    let message = message(setup);
    let document = Document::parse(&message).unwrap();
    let find = |name: &str| {
        let mut all = document.descendants();
        all.find(|node| node.tag_name().name() == name).unwrap()
    };
    let security = find("Security");
    let children = security.children().map(|child| child.tag_name().name());
    assert!(children.eq(["BinarySecurityToken", "Signature", "Timestamp"]));
    let must = security
        .attributes()
        .find(|found| found.name() == "mustUnderstand");
    assert_eq!(must.unwrap().value(), "0");
    let lists = document
        .descendants()
        .filter_map(|node| node.attribute("PrefixList"));
    assert!(lists.eq(["soapenv", "wsse soapenv", ""]));
    let time = |name| -> Timestamp { find(name).text().unwrap().parse().unwrap() };
    let (created, expires) = (time("Created"), time("Expires"));
    assert_eq!(expires.duration_since(created).as_secs(), 500);
    assert!(created.duration_until(Timestamp::now()).as_secs().abs() < 60);
    let token = find("BinarySecurityToken");
    let id = token
        .attributes()
        .find(|found| found.name() == "Id")
        .unwrap();
    let reference = find("SecurityTokenReference")
        .first_element_child()
        .unwrap();
    assert_eq!(
        reference.attribute("URI").unwrap(),
        format!("#{}", id.value())
    );
}
