// SPDX-License-Identifier: Apache-2.0
//! What would be expanded, fetched or followed: nothing is.

use xml_signature::{ENVELOPED_SIGNATURE, verify};

use crate::scene::{Sent, replaced};
use xml_testkit::{EXCLUSIVE, Key, Template, code, document, requiring, sign};

#[test]
fn a_reference_out_of_the_document_is_refused_even_if_well_signed() {
    let sent = Sent::note(&format!("<ds:Transform Algorithm=\"{EXCLUSIVE}\"/>"));
    for uri in [
        "http://attacker.example/",
        "https://attacker.example/#note",
        "file:///etc/passwd",
        "order.xml",
        "order.xml#note",
        "?#note",
        "./",
        "cid:part",
        "data:,two%20pieces",
        "note",
        "#",
        "##",
        " ",
        " #note",
        "#xpointer(/Order)",
        "#xpointer(//Note)",
        "#xpointer(id(note))",
        "#xpointer(id('note')/Note)",
        "#xpointer(id('note')|id('other'))",
        "#xpointer(here()/ancestor::Order)",
        "#xpointer(/)xpointer(/)",
    ] {
        let template = Template::new(Key::rsa())
            .reference("#note", &[EXCLUSIVE])
            .reference(uri, &[EXCLUSIVE]);
        let text = sign(&Sent::note_with(&template), Key::rsa());
        let code = sent.code(&text);
        // An empty name after `#`, and a scheme nobody knows, are Ids that nobody has.
        let expected = match uri {
            "##" => "signature.reference-not-found",
            _ => "signature.reference-external",
        };
        assert_eq!(code, expected, "{uri}");
    }
    for pointer in ["#element(/1)", "#xmlns(a=b)xpointer(/)", "#XPointer(/)"] {
        let template = Template::new(Key::rsa())
            .reference("#note", &[EXCLUSIVE])
            .reference(pointer, &[EXCLUSIVE]);
        let text = sign(&Sent::note_with(&template), Key::rsa());
        assert_eq!(
            sent.code(&text),
            "signature.reference-not-found",
            "{pointer}"
        );
    }
}

#[test]
fn a_reference_without_uri_names_nothing() {
    let sent = Sent::note(&format!("<ds:Transform Algorithm=\"{EXCLUSIVE}\"/>"));
    let template = Template::new(Key::rsa()).reference("#note", &[EXCLUSIVE]);
    let text = replaced(&Sent::note_with(&template), " URI=\"#note\"", "");
    let text = sign(&text, Key::rsa());
    assert_eq!(sent.code(&text), "signature.reference-external");
    // Not in whatever namespace, either.
    let text = replaced(
        &Sent::note_with(&template),
        " URI=\"#note\"",
        " xmlns:x=\"urn:x\" x:URI=\"#note\"",
    );
    let text = sign(&text, Key::rsa());
    assert_eq!(sent.code(&text), "signature.structure");
}

/// What looks like an order to fetch something is an element like any other, and its place is empty.
#[test]
fn an_inclusion_is_an_empty_element() {
    const XINCLUDE: &str = "http://www.w3.org/2001/XInclude";
    let template = Template::enveloped(Key::rsa()).text();
    let include =
        format!("<i:include xmlns:i=\"{XINCLUDE}\" href=\"file:///etc/passwd\" parse=\"text\"/>");
    let sent = Sent::new(
        &format!("<Order><Note>{include}</Note>{template}</Order>"),
        &[],
    );
    let document = document(&sent.text);
    let verified = verify(&document, &sent.policy, &mut sent.backend()).unwrap();
    let note = verified.element(&"/Order/Note".parse().unwrap()).unwrap();
    let children: Vec<_> = note.children().collect();
    assert_eq!(children.len(), 1);
    assert!(children[0].is(XINCLUDE, "include"));
    assert!(children[0].text().is_blank() && children[0].children().next().is_none());
    assert_eq!(note.descendants().count(), 1);
    // Brought in later it is a change.
    let order = Sent::order();
    let code = order.code_with("<Note>", &format!("<Note>{include}"));
    assert_eq!(code, "signature.digest-mismatch");
}

#[test]
fn hints_at_schemas_stylesheets_and_bases_are_not_followed() {
    let hints = "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
                 xsi:schemaLocation=\"urn:o http://attacker.example/o.xsd\" \
                 xsi:noNamespaceSchemaLocation=\"file:///etc/passwd\" xml:base=\"http://attacker.example/\"";
    let stylesheet = "<?xml-stylesheet type=\"text/xsl\" href=\"http://attacker.example/o.xsl\"?>";
    let template = Template::enveloped(Key::rsa()).text();
    let sent = Sent::new(
        &format!("{stylesheet}<Order {hints}><Note>two pieces</Note>{template}</Order>"),
        &[],
    );
    assert_eq!(
        sent.code_with("text/xsl", "text/css"),
        "signature.digest-mismatch"
    );
    assert_eq!(
        sent.code_with("o.xsd", "p.xsd"),
        "signature.digest-mismatch"
    );
    // Around what is signed by its Id they are neither covered nor of any effect.
    let note = Sent::note(&format!("<ds:Transform Algorithm=\"{EXCLUSIVE}\"/>"));
    let text = note.with("<Order ", &format!("{stylesheet}<Order {hints} "));
    assert_eq!(note.code(&text), "valid");
    let document = document(&text);
    let verified = verify(&document, &note.policy, &mut note.backend()).unwrap();
    let covered = verified.element(&"/Order/Note".parse().unwrap()).unwrap();
    assert_eq!(covered.text().to_str().unwrap(), "two pieces");
    assert!(verified.view(document.root()).is_none());
}

/// `xml:base` does not turn a reference within the document into one out of it, nor the other way round.
#[test]
fn a_base_does_not_move_references() {
    let note = Sent::note(&format!("<ds:Transform Algorithm=\"{EXCLUSIVE}\"/>"));
    let text = note.with(
        "<Order ",
        "<Order xml:base=\"http://attacker.example/other.xml\" ",
    );
    assert_eq!(note.code(&text), "valid");
    let on_reference = note.with(
        "<ds:Reference ",
        "<ds:Reference xml:base=\"http://a.example/\" ",
    );
    assert_eq!(note.code(&on_reference), "signature.structure");
}

/// A key or a chain to be fetched from elsewhere stays there.
#[test]
fn retrieval_of_a_key_is_not_done() {
    let sent = Sent::order();
    let start = sent.text.find("<ds:KeyInfo>").unwrap();
    let end = sent.text.find("</ds:KeyInfo>").unwrap();
    for content in [
        "<ds:RetrievalMethod URI=\"http://attacker.example/key\" Type=\"http://www.w3.org/2000/09/xmldsig#X509Data\"/>",
        "<ds:RetrievalMethod URI=\"file:///etc/ssl/key.pem\"/>",
        "<ds:RetrievalMethod URI=\"#note\"><ds:Transforms><ds:Transform \
         Algorithm=\"http://www.w3.org/TR/1999/REC-xslt-19991116\"/></ds:Transforms></ds:RetrievalMethod>",
        "<d:KeyInfoReference xmlns:d=\"http://www.w3.org/2009/xmldsig11#\" URI=\"http://attacker.example/\"/>",
        "<ds:KeyName>alice</ds:KeyName>",
    ] {
        let mut text = sent.text.clone();
        text.replace_range(start + "<ds:KeyInfo>".len()..end, content);
        assert_eq!(sent.code(&text), "signature.key-missing", "{content}");
    }
}

/// A text that encodes a document is octets, and stays so.
#[test]
fn an_encoded_document_is_not_read_as_one() {
    let base64 = "http://www.w3.org/2000/09/xmldsig#base64";
    // <Order/>
    let template = Template::new(Key::rsa())
        .reference("#data", &[base64])
        .reference("", &[ENVELOPED_SIGNATURE, EXCLUSIVE])
        .text();
    let text = format!("<r><data Id=\"data\">PE9yZGVyLz4=</data>{template}</r>");
    let sent = Sent::new(&text, &[]);
    let document = document(&sent.text);
    let verified = verify(&document, &sent.policy, &mut sent.backend()).unwrap();
    assert!(verified.covered()[0].element().is_none());
    assert!(
        verified
            .element(&"/r/data/Order".parse().unwrap())
            .is_none()
    );
    let required = code(&sent.text, Key::rsa(), &requiring(&["/r/data/Order"]));
    assert_eq!(required, "signature.required-missing");
}
