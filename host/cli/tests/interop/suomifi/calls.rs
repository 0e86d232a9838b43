// SPDX-License-Identifier: Apache-2.0
//! What the stacks write, before a receiver that takes everything; `xmlsec1` and `xmllint` judge.

use std::process::Command;

use serde_json::Value;
use xml_testkit::tools::succeeds;

use super::stacks::{STACKS, World};
use crate::peers;

#[test]
fn the_description_is_xml() {
    if !peers::are_prepared() {
        return;
    }
    let folder = peers::scripts().join("suomifi");
    let mut xmllint = Command::new("xmllint");
    xmllint.args(["--noout", "--nonet"]);
    for file in ["paluukanava.wsdl", "paluukanava.xsd"] {
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
        let said = world.call(stack, "VieKohteita", "messages.json", &receiver.url());
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

        let result = result(&said);
        assert_eq!(result["TilaKoodi"]["TilaKoodi"], 0, "{stack}: {said}");
        let kohteet = result["Kohteet"]["Kohde"].as_array().unwrap();
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
        let said = world.call(stack, "VieKohdeTiloja", "states.json", &receiver.url());
        let call = receiver.call();
        assert!(world.is_signed(&call.body), "{stack}");
        assert!(world.is_valid(&call.body), "{stack}");
        assert_eq!(
            result(&said)["TilaKoodi"]["TilaKoodi"],
            0,
            "{stack}: {said}"
        );
    }
}

/// The result element, which zeep leaves out where there is nothing beside it.
pub(super) fn result(said: &Value) -> &Value {
    let answer = &said["answer"];
    let named = ["VieKohteitaResult", "VieKohdeTilojaResult"];
    let mut named = named.iter().filter_map(|name| answer.get(name));
    named.next().unwrap_or(answer)
}
