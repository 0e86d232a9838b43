// SPDX-License-Identifier: Apache-2.0
//! Signature wrapping of SOAP messages (McIntosh and Austel, 2005): the reader takes `/Envelope/Body`.

use crate::scene::{FORGED, Sent, replaced};
use xml_testkit::{EXCLUSIVE, Key, Template};

const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const WSU: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";
const WSSE: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
const BODY: &str = "/{http://schemas.xmlsoap.org/soap/envelope/}Envelope/{http://schemas.xmlsoap.org/soap/envelope/}Body";

/// The body that was signed, as it stands.
fn genuine() -> String {
    body("u:Id=\"body\"", "genuine")
}

fn body(attribute: &str, content: &str) -> String {
    format!(
        "<e:Body xmlns:e=\"{SOAP}\" xmlns:u=\"{WSU}\" {attribute}><m:Pay xmlns:m=\"urn:m\">{content}</m:Pay></e:Body>"
    )
}

/// A message whose body is signed by its `wsu:Id`.
fn sent() -> Sent {
    let template = Template::new(Key::rsa()).reference("#body", &[EXCLUSIVE]);
    let text = format!(
        "<e:Envelope xmlns:e=\"{SOAP}\" xmlns:u=\"{WSU}\"><e:Header><w:Security xmlns:w=\"{WSSE}\">{}</w:Security>\
         </e:Header>{}</e:Envelope>",
        template.text(),
        genuine()
    );
    Sent::new(&text, &[BODY])
}

/// Puts the signed body to a place that is given as what the text before it ends with, and another body where it stood.
fn moved(sent: &Sent, before: &str, wrapper: [&str; 2], other: &str) -> String {
    let without = sent.with(&genuine(), other);
    let [opening, closing] = wrapper;
    let to = format!("{before}{opening}{}{closing}", genuine());
    replaced(&without, before, &to)
}

#[test]
fn the_body_moved_into_the_header() {
    let sent = sent();
    let forged = body("", FORGED);
    #[rustfmt::skip]
    let rows = [
        ("<e:Header>", ["", ""]),
        ("<e:Header>", ["<x:Wrapper xmlns:x=\"urn:x\" e:mustUnderstand=\"0\">", "</x:Wrapper>"]),
        ("</w:Security>", ["", ""]),
        ("</ds:Signature>", ["", ""]),
        ("</ds:Signature>", ["<x:Wrapper xmlns:x=\"urn:x\">", "</x:Wrapper>"]),
        ("</ds:KeyInfo>", ["<ds:Object>", "</ds:Object>"]),
        ("</ds:X509Data>", ["", ""]),
        ("</e:Header>", ["<e:Trailer>", "</e:Trailer>"]),
    ];
    for (before, wrapper) in rows {
        let wrapped = moved(&sent, before, wrapper, &forged);
        assert_eq!(sent.code(&wrapped), "signature.uncovered", "{wrapped}");
        assert!(sent.yields_nothing_forged(&wrapped) > 0, "{wrapped}");
    }
}

#[test]
fn the_body_moved_into_a_forged_body() {
    let sent = sent();
    for forged in [
        body("", &format!("{FORGED}{}", genuine())),
        body("u:Id=\"other\"", &format!("{}{FORGED}", genuine())),
    ] {
        let wrapped = sent.with(&genuine(), &forged);
        assert_eq!(sent.code(&wrapped), "signature.uncovered");
        assert!(sent.yields_nothing_forged(&wrapped) > 0);
    }
}

#[test]
fn the_body_moved_directly_into_the_signature() {
    let sent = sent();
    let wrapped = moved(&sent, "</ds:SignatureValue>", ["", ""], &body("", FORGED));
    assert_eq!(sent.code(&wrapped), "signature.structure");
}

#[test]
fn a_second_body_before_or_after() {
    let sent = sent();
    let forged = body("", FORGED);
    for (from, to) in [
        ("</e:Header>", format!("</e:Header>{forged}")),
        ("</e:Envelope>", format!("{forged}</e:Envelope>")),
        ("<e:Header>", format!("{forged}<e:Header>")),
    ] {
        let wrapped = sent.with(from, &to);
        assert_eq!(sent.code(&wrapped), "signature.uncovered");
        assert!(sent.yields_nothing_forged(&wrapped) > 0);
        // Where one is required, and the other one asked for by the path of both, there is neither.
        let document = xml_testkit::document(&wrapped);
        let first = document.find(&BODY.parse().unwrap());
        assert_eq!(first.len(), 2);
    }
}

#[test]
fn a_body_of_another_namespace_or_none_beside_the_signed_one() {
    let sent = sent();
    for forged in [
        format!("<Body>{FORGED}</Body>"),
        format!("<e:Body xmlns:e=\"http://www.w3.org/2003/05/soap-envelope\">{FORGED}</e:Body>"),
    ] {
        let added = sent.with("</e:Header>", &format!("</e:Header>{forged}"));
        // The path names the namespace: what is elsewhere is something else.
        assert_eq!(sent.code(&added), "valid");
        assert!(sent.yields_nothing_forged(&added) > 0);
        // A path that takes any namespace takes all of them.
        assert_eq!(
            sent.code_if(&["/Envelope/Body"], &added),
            "signature.uncovered"
        );
    }
}

#[test]
fn two_elements_with_the_id_of_the_body_in_whatever_attribute() {
    let sent = sent();
    for attribute in [
        "u:Id=\"body\"",
        "Id=\"body\"",
        "ID=\"body\"",
        "id=\"body\"",
        "AssertionID=\"body\"",
        "xml:id=\"body\"",
        "u:Id=\"b&#111;dy\"",
        "u:Id='body'",
    ] {
        let twin = body(attribute, FORGED);
        let wrapped = moved(&sent, "<e:Header>", ["", ""], &twin);
        assert_eq!(
            sent.code(&wrapped),
            "signature.id-not-unique",
            "{attribute}"
        );
        assert_eq!(sent.yields_nothing_forged(&wrapped), 0);
        let first = sent.with("<e:Header>", &format!("<e:Header>{twin}"));
        assert_eq!(sent.code(&first), "signature.id-not-unique", "{attribute}");
    }
}

/// Two Ids on one element are two: another reader might know the one and not the other.
#[test]
fn a_second_id_of_the_same_value_on_the_signed_body_itself() {
    let twice = genuine().replace("u:Id=\"body\"", "Id=\"body\" u:Id=\"body\"");
    let sent = sent();
    assert_eq!(
        sent.code_with(&genuine(), &twice),
        "signature.id-not-unique"
    );
}

#[test]
fn an_id_in_a_foreign_namespace_is_no_id() {
    let sent = sent();
    for attribute in [
        "xmlns:f=\"urn:f\" f:Id=\"body\"",
        "xmlns:f=\"http://schemas.xmlsoap.org/soap/envelope/\" f:Id=\"body\"",
        "xml:Id=\"body\"",
        "u:id=\"body\"",
        "u:ID=\"body\"",
        "iD=\"body\"",
        "Id=\"Body\"",
        "Id=\" body\"",
        "Id=\"body&#32;\"",
        "Id=\"%62ody\"",
        "Id=\"bo&#x301;dy\"",
    ] {
        let wrapped = moved(&sent, "<e:Header>", ["", ""], &body(attribute, FORGED));
        assert_eq!(sent.code(&wrapped), "signature.uncovered", "{attribute}");
        assert!(sent.yields_nothing_forged(&wrapped) > 0);
        // Alone, it does not lead anywhere.
        let alone = sent.with(&genuine(), &body(attribute, FORGED));
        assert_eq!(
            sent.code(&alone),
            "signature.reference-not-found",
            "{attribute}"
        );
    }
}

#[test]
fn the_prefix_of_the_id_bound_to_something_else() {
    let sent = sent();
    let other = genuine().replace(WSU, "urn:f");
    assert_eq!(
        sent.code_with(&genuine(), &other),
        "signature.reference-not-found"
    );
}

#[test]
fn a_header_that_is_not_signed_cannot_be_had() {
    let sent = sent();
    let added = sent.with(
        "<e:Header>",
        &format!("<e:Header><m:To xmlns:m=\"urn:m\">{FORGED}</m:To>"),
    );
    assert_eq!(sent.code(&added), "valid");
    assert!(sent.yields_nothing_forged(&added) > 0);
    let required = ["/Envelope/Body", "/Envelope/Header/To"];
    assert_eq!(sent.code_if(&required, &added), "signature.uncovered");
    assert_eq!(
        sent.code_if(&required, &sent.text),
        "signature.required-missing"
    );
}

#[test]
fn the_envelope_around_the_signed_body_is_not_covered() {
    let sent = sent();
    assert_eq!(
        sent.code_if(&["/Envelope"], &sent.text),
        "signature.uncovered"
    );
    let policy = xml_testkit::requiring(&[]);
    let code = crate::scene::code(sent.text.as_bytes(), &policy, &mut sent.backend());
    assert_eq!(code, "signature.uncovered");
    // A message inside a message: the reader of the outer one finds its own body, which nobody signed.
    let around = format!(
        "<e:Envelope xmlns:e=\"{SOAP}\"><e:Body>{FORGED}{}</e:Body></e:Envelope>",
        sent.text
    );
    assert_eq!(sent.code(&around), "signature.uncovered");
    assert!(sent.yields_nothing_forged(&around) > 0);
}

#[test]
fn the_body_signed_twice_over_by_reference_covers_no_more() {
    let template = Template::new(Key::rsa())
        .reference("#body", &[EXCLUSIVE])
        .reference("#body", &[EXCLUSIVE]);
    let text = format!(
        "<e:Envelope xmlns:e=\"{SOAP}\"><e:Header>{}</e:Header>{}</e:Envelope>",
        template.text(),
        genuine()
    );
    let sent = Sent::new(&text, &[BODY]);
    let wrapped = moved(&sent, "<e:Header>", ["", ""], &body("", FORGED));
    assert_eq!(sent.code(&wrapped), "signature.uncovered");
    let changed = sent.with("genuine", FORGED);
    assert_eq!(sent.code(&changed), "signature.digest-mismatch");
}
