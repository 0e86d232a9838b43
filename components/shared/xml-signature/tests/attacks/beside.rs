// SPDX-License-Identifier: Apache-2.0
//! References to what is not the document: a manifest, parts of the signature itself, things of some type.

use xml_signature::ENVELOPED_SIGNATURE;

use crate::scene::{FORGED, Sent, content, replaced};
use xml_testkit::{EXCLUSIVE, Key, Template, sign};

/// A manifest is signed, what it lists is not: nobody checks its digests (XML Signature 1.1 §5.1).
#[test]
fn a_manifest_covers_itself_and_not_what_it_lists() {
    let listed = format!(
        "<ds:Reference URI=\"#note\"><ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/>\
         <ds:DigestValue>{}</ds:DigestValue></ds:Reference>",
        "A".repeat(43) + "="
    );
    let mut template = Template::new(Key::rsa()).reference("#m", &[EXCLUSIVE]);
    template.references = replaced(
        &template.references,
        "URI=\"#m\"",
        "Type=\"http://www.w3.org/2000/09/xmldsig#Manifest\" URI=\"#m\"",
    );
    template.objects =
        format!("<ds:Object><ds:Manifest Id=\"m\">{listed}</ds:Manifest></ds:Object>");
    let text = Sent::note_with(&template);
    let sent = Sent::new(&text, &["/Order/Signature/Object/Manifest"]);
    assert_eq!(
        sent.code_if(&["/Order/Note"], &sent.text),
        "signature.uncovered"
    );
    let forged = sent.with("two pieces", FORGED);
    assert_eq!(sent.code(&forged), "valid");
    assert!(sent.yields_nothing_forged(&forged) > 0);
    assert_eq!(
        sent.code_with("<ds:Manifest ", "<ds:Manifest x=\"\" "),
        "signature.digest-mismatch"
    );
}

/// A signature that signs parts of itself signs nothing of the document.
#[test]
fn a_signature_of_its_own_parts() {
    let sent = Sent::order();
    let mut template = Template::new(Key::rsa()).reference("#k", &[EXCLUSIVE]);
    template.key_info = replaced(&template.key_info, "<ds:KeyInfo>", "<ds:KeyInfo Id=\"k\">");
    let signed = sign(&Sent::note_with(&template), Key::rsa());
    assert_eq!(sent.code(&signed), "signature.uncovered");
    assert_eq!(
        sent.code_if(&["/Order/Signature/KeyInfo"], &signed),
        "valid"
    );
    // It names its own value, whose digest cannot be in it.
    let template = Template::new(Key::rsa()).reference("#v", &[EXCLUSIVE]);
    let text = replaced(
        &Sent::note_with(&template),
        "<ds:SignatureValue/>",
        "<ds:SignatureValue Id=\"v\"/>",
    );
    let text = replaced(
        &text,
        "<ds:DigestValue/>",
        "<ds:DigestValue>AAAA</ds:DigestValue>",
    );
    let text = sign(&text, Key::rsa());
    assert_eq!(content(&text, "ds:DigestValue"), "AAAA");
    assert_eq!(sent.code(&text), "signature.digest-mismatch");
}

/// `Type` says what the sender takes a target for. It changes nothing.
#[test]
fn the_type_of_a_reference_is_no_instruction() {
    for kind in [
        "http://www.w3.org/2000/09/xmldsig#Object",
        "http://www.w3.org/2000/09/xmldsig#SignatureProperties",
        "http://uri.etsi.org/01903#SignedProperties",
        "",
        "file:///etc/passwd",
    ] {
        let mut template =
            Template::new(Key::rsa()).reference("", &[ENVELOPED_SIGNATURE, EXCLUSIVE]);
        template.references = replaced(
            &template.references,
            "URI=",
            &format!("Type=\"{kind}\" URI="),
        );
        let sent = Sent::new(&format!("<Order>{}</Order>", template.text()), &[]);
        assert_eq!(sent.code_with("Type=", "Typ="), "signature.structure");
    }
}
