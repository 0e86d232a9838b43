// SPDX-License-Identifier: Apache-2.0
//! Calls as they have to be.

use std::path::Path;
use std::process::Command;

use roxmltree::Document;
use xml_testkit::tools;

use super::super::{Credential, Misbehaviour, ReferenceKind};
use super::model::{ASI, credulous, right};
use super::{caller, setup, signed_setup, url, world};
use crate::misbehaviour::Misbehaving;

#[test]
fn a_call_is_what_the_description_says() {
    let receiver = right(false);
    let mut setup = setup();
    setup.client = Some(Credential {
        certificates_pem: world().client.certificate_pem(),
        key_pem: world().client.key_pem(),
    });
    setup.certificate_name = Some("Virasto Öy".to_owned());
    setup.authority_email = Some("kirjaamo@example.fi".to_owned());
    let suomifi = caller(&receiver, setup);
    let messages = suomifi.generate(4);
    let delivery = suomifi.deliver(&messages);
    assert!(delivery.is_right(), "{delivery:#?}");
    assert_eq!(delivery.stored().len(), 4);

    let call = receiver.call();
    assert_eq!(call.request_line(), "POST /suomifi/return-channel HTTP/1.1");
    assert_eq!(call.header("content-type"), Some("text/xml; charset=utf-8"));
    let action = "\"http://www.suomi.fi/asiointitili/ViranomaisPaluukanava/VieKohteita\"";
    assert_eq!(call.header("soapaction"), Some(action));
    let client = call.client.as_ref().unwrap();
    assert!(client == world().client.certificate.der());
    let document = Document::parse(call.text()).unwrap();
    let texts = |name: &str| -> Vec<&str> {
        let named = document
            .descendants()
            .filter(|node| node.has_tag_name((ASI, name)));
        named.map(|node| node.text().unwrap_or_default()).collect()
    };
    assert_eq!(texts("paluukanavaUrl"), [url(&receiver)]);
    assert_eq!(
        texts("SanomaTunniste"),
        [delivery.calls[0].message_id.as_str()]
    );
    assert_eq!(texts("SanomaVarmenneNimi"), ["Virasto Öy"]);
    assert_eq!(texts("KohdeMaara"), ["4"]);
    assert_eq!(texts("ViranomaisenEmail").len(), 4);
    let own = |get: fn(&super::super::Message) -> &str| -> Vec<&str> {
        messages.iter().map(get).collect()
    };
    assert_eq!(
        texts("AsiointitiliTunniste"),
        own(|message| &message.account_id)
    );
    assert_eq!(texts("Nimeke"), own(|message| &message.title));
    assert_eq!(texts("KuvausTeksti"), own(|message| &message.text));
    let customers = document
        .descendants()
        .filter_map(|node| node.attribute("AsiakasTunnus"));
    assert!(customers.eq(own(|message| &message.sender.id)));
    assert_eq!(texts("TiedostoSisalto").len(), 3);
}

#[test]
fn states_are_told_of_the_references_given() {
    let receiver = right(false);
    let suomifi = caller(&receiver, setup());
    let references = ["ASIA-1".to_owned(), "ASIA-2".to_owned()];
    let reports = suomifi.generate_reports(6, &references);
    let delivery = suomifi.report(&reports);
    assert!(delivery.is_right(), "{delivery:#?}");
    let call = receiver.call();
    let action = call.header("soapaction").unwrap();
    assert!(action.ends_with("/VieKohdeTiloja\""), "{action}");
    let document = Document::parse(call.text()).unwrap();
    let texts = |name: &str| -> Vec<String> {
        let named = document
            .descendants()
            .filter(|node| node.has_tag_name((ASI, name)));
        named
            .map(|node| node.text().unwrap_or_default().to_owned())
            .collect()
    };
    assert_eq!(
        texts("KohteenTila"),
        ["200", "220", "230", "200", "220", "230"]
    );
    let expected = ["ASIA-1"; 3].into_iter().chain(["ASIA-2"; 3]);
    assert!(texts("ViranomaisTunniste").into_iter().eq(expected));
}

#[test]
fn later_messages_refer_to_earlier_ones() {
    let receiver = right(false);
    let suomifi = caller(&receiver, setup());
    let first = suomifi.generate(2);
    assert!(suomifi.deliver(&first).is_right());
    let second = suomifi.generate(2);
    let (answer, reference) = second
        .iter()
        .find_map(|message| Some((message, message.reference.as_ref()?)))
        .unwrap();
    assert_eq!(
        (reference.id.as_str(), reference.kind),
        ("A-1", ReferenceKind::AuthorityId)
    );
    assert!(answer.sender.id == first[0].sender.id);
    // Likewise the states that are told without being asked for.
    assert_eq!(suomifi.generate_reports(1, &[])[0].authority_id, "A-2");
}

/// Misbehaviours that the schema does not allow, by which they are told from the others.
fn is_invalid(misbehaviour: Misbehaviour) -> bool {
    matches!(
        misbehaviour,
        Misbehaviour::SeveralCustomers
            | Misbehaviour::Shape2014
            | Misbehaviour::NotXml
            | Misbehaviour::Doctype
            | Misbehaviour::UnknownOperation
    )
}

#[test]
fn calls_are_valid_by_the_schema() {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/interop/suomifi/viranomaispaluukanava.xsd");
    if !tools::are_installed(&["xmllint"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let is_valid = |message: &str| {
        let (begin, end) = (
            message.rfind("<soapenv:Body").unwrap(),
            message.rfind("</soapenv:Body>"),
        );
        let Some(end) = end else { return false };
        let body = &message[begin..end];
        let operation = &body[body.find('>').unwrap() + 1..];
        let file = folder.path().join("operation.xml");
        std::fs::write(&file, operation).unwrap();
        let mut xmllint = Command::new("xmllint");
        let output = xmllint
            .args(["--noout", "--nonet", "--schema"])
            .arg(&schema)
            .arg(&file);
        let output = output.output().unwrap();
        println!("{}", String::from_utf8_lossy(&output.stderr));
        output.status.success()
    };
    let receiver = credulous();
    let mut setup = signed_setup();
    setup.authority_email = Some("kirjaamo@example.fi;vara@example.fi".to_owned());
    let suomifi = caller(&receiver, setup);
    suomifi.deliver(&suomifi.generate(12));
    assert!(is_valid(receiver.call().text()));
    suomifi.report(&suomifi.generate_reports(6, &[]));
    assert!(is_valid(receiver.call().text()));
    for entry in Misbehaviour::CATALOGUE {
        let misbehaviour = match entry.name.parse().unwrap() {
            Misbehaviour::HugeAttachment(_) => Misbehaviour::HugeAttachment(1_000),
            // Its bytes are those of any other.
            Misbehaviour::ByteByByte(_) => continue,
            other => other,
        };
        let delivery = suomifi.play(misbehaviour);
        let first = receiver.call();
        let is_whole = !first.text().contains("<!DOCTYPE");
        let expected = !is_invalid(misbehaviour);
        assert_eq!(
            is_whole && is_valid(first.text()),
            expected,
            "{}",
            entry.name
        );
        delivery.calls[1..]
            .iter()
            .for_each(|_| drop(receiver.call()));
    }
}

#[test]
fn records_show_nobodys_id() {
    use crate::peers::receiver::Receiver;
    let mut setup = setup();
    setup.seed = Some(7);
    let id = {
        let receiver = credulous();
        caller(&receiver, setup.clone()).generate(1)[0]
            .sender
            .id
            .clone()
    };
    let body = super::model::kohteita(400, &[]).replace(
        "</a:TilaKoodi></a:TilaKoodi>",
        &format!("</a:TilaKoodi><a:TilaKoodiKuvaus>bad: {id}</a:TilaKoodiKuvaus></a:TilaKoodi>"),
    );
    let answer = super::http("200 OK", &super::envelope(&body));
    let receiver = Receiver::start(world().receiver(), &[&answer]);
    let suomifi = caller(&receiver, setup);
    let delivery = suomifi.deliver(&suomifi.generate(1));
    let shown = format!("{delivery:?} {:?}", delivery.events());
    assert!(shown.contains("bad: …"), "{shown}");
    assert!(!shown.contains(&id));
}
