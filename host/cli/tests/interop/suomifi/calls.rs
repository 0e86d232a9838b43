// SPDX-License-Identifier: Apache-2.0
//! What the stacks write, before a receiver that takes everything; `xmlsec1` and `xmllint` judge.

use std::process::Command;

use xml_testkit::tools::succeeds;

use super::stacks::{STACKS, World, code, kohteet, messages, states};
use crate::peers;

#[test]
fn the_description_is_xml() {
    if !peers::are_prepared() {
        return;
    }
    let folder = peers::scripts().join("suomifi");
    let mut xmllint = Command::new("xmllint");
    xmllint.args(["--noout", "--nonet"]);
    for file in ["viranomaispaluukanava.wsdl", "viranomaispaluukanava.xsd"] {
        xmllint.arg(folder.join(file));
    }
    succeeds(xmllint.output().unwrap());
}

#[test]
fn messages_of_every_stack_are_signed_valid_and_answered() {
    if !peers::are_prepared() {
        return;
    }
    let world = World::new();
    let receiver = world.receiver();
    for stack in STACKS {
        let said = world.call(stack, "VieKohteita", &messages(), &receiver.url());
        let call = receiver.call();
        let head = call.head.to_ascii_lowercase();
        assert!(
            head.contains("/viranomaispaluukanava/viekohteita"),
            "{head}"
        );
        assert!(head.contains("text/xml; charset=utf-8"), "{head}");
        assert!(world.is_signed(&call.body), "{stack}");
        assert!(world.is_valid(&call.body), "{stack}");
        assert!(call.body.contains("Väinö Äyräpää-Test"), "{stack}");
        let changed = call.body.replacen("på svenska", "pa svenska", 1);
        assert_ne!(changed, call.body);
        assert!(!world.is_signed(&changed), "{stack}");
        // What is left out is not valid any more.
        let (start, rest) = call.body.split_once("Nimeke>").unwrap();
        let (_, end) = rest.split_once("Nimeke>").unwrap();
        let without = format!("{}{end}", &start[..start.rfind('<').unwrap()]);
        assert!(!world.is_valid(&without), "{stack}");

        assert_eq!(code(&said), 0, "{stack}: {said}");
        let kohteet = kohteet(&said);
        let ids = kohteet.iter().map(|kohde| &kohde["AsiointitiliTunniste"]);
        assert!(ids.eq(["AT-1", "AT-2"]), "{stack}: {said}");
    }
}

#[test]
fn states_of_every_stack_are_signed_valid_and_answered() {
    if !peers::are_prepared() {
        return;
    }
    let world = World::new();
    let receiver = world.receiver();
    for stack in STACKS {
        let said = world.call(stack, "VieKohdeTiloja", &states(), &receiver.url());
        let call = receiver.call();
        assert!(world.is_signed(&call.body), "{stack}");
        assert!(world.is_valid(&call.body), "{stack}");
        assert_eq!(code(&said), 0, "{stack}: {said}");
    }
}
