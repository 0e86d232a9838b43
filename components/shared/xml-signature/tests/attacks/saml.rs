// SPDX-License-Identifier: Apache-2.0
//! Signature wrapping of assertions: the eight shapes of Somorovsky et al., *On Breaking SAML* (2012), and their relatives.
//!
//! The reader takes `/Response`, or `/Response/Assertion`. The attacker moves what was signed to where nobody looks, and puts its own in
//! the place.

use crate::scene::{FORGED, Sent};
use xml_signature::ENVELOPED_SIGNATURE;
use xml_testkit::{EXCLUSIVE, Key, Template};

const RESPONSE: &str = "/{urn:oasis:names:tc:SAML:2.0:protocol}Response";
const ASSERTION: &str = "/{urn:oasis:names:tc:SAML:2.0:protocol}Response/{urn:oasis:names:tc:SAML:2.0:assertion}Assertion";

fn response(id: &str, content: &str) -> String {
    format!(
        "<p:Response xmlns:p=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"{id}\">{content}</p:Response>"
    )
}

fn assertion(id: &str, name: &str, content: &str) -> String {
    format!(
        "<s:Assertion xmlns:s=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"{id}\">\
         <s:NameID>{name}</s:NameID>{content}</s:Assertion>"
    )
}

/// The assertion of the sender without signature.
fn genuine() -> String {
    assertion("a1", "alice", "")
}

fn forged(content: &str) -> String {
    assertion("a2", FORGED, content)
}

/// A signature, its end tag apart.
fn opened(signature: &str) -> &str {
    signature.strip_suffix("</ds:Signature>").unwrap()
}

/// A signature that holds something more.
fn holding(signature: &str, content: &str) -> String {
    format!("{}{content}</ds:Signature>", opened(signature))
}

/// A signature with something more in an `Object`.
fn with_object(signature: &str, content: &str) -> String {
    holding(signature, &format!("<ds:Object>{content}</ds:Object>"))
}

/// A response that is signed as a whole, by its ID.
fn signed_response() -> Sent {
    let template = Template::new(Key::rsa()).reference("#r1", &[ENVELOPED_SIGNATURE, EXCLUSIVE]);
    let content = format!("{}{}", template.text(), genuine());
    Sent::new(&response("r1", &content), &[RESPONSE])
}

/// A response whose assertion is signed, the signature inside.
fn signed_assertion() -> Sent {
    let template = Template::new(Key::rsa()).reference("#a1", &[ENVELOPED_SIGNATURE, EXCLUSIVE]);
    let content = assertion("a1", "alice", &template.text());
    Sent::new(&response("r1", &content), &[ASSERTION])
}

/// A response whose assertion is signed, the signature beside it: nothing says where it has to stand.
fn signed_beside() -> Sent {
    let template = Template::new(Key::rsa()).reference("#a1", &[EXCLUSIVE]);
    let content = format!("{}{}", genuine(), template.text());
    Sent::new(&response("r1", &content), &[ASSERTION])
}

#[test]
fn xsw1_the_signed_response_inside_the_signature_of_a_forged_one() {
    let sent = signed_response();
    let genuine = response("r1", &genuine());
    let wrap = |signature: String| response("r2", &format!("{signature}{}", forged("")));
    let direct = wrap(holding(sent.signature(), &genuine));
    assert_eq!(sent.code(&direct), "signature.structure");
    assert_eq!(sent.yields_nothing_forged(&direct), 0);
    let in_object = wrap(with_object(sent.signature(), &genuine));
    assert_eq!(sent.code(&in_object), "signature.enveloped-outside");
    assert_eq!(sent.yields_nothing_forged(&in_object), 0);
}

#[test]
fn xsw2_the_signed_response_before_the_signature_in_a_forged_one() {
    let sent = signed_response();
    let genuine = response("r1", &genuine());
    let content = format!("{genuine}{}{}", sent.signature(), forged(""));
    let wrapped = response("r2", &content);
    assert_eq!(sent.code(&wrapped), "signature.enveloped-outside");
    assert_eq!(sent.yields_nothing_forged(&wrapped), 0);
}

#[test]
fn xsw3_a_forged_assertion_before_the_signed_one() {
    let sent = signed_assertion();
    let signed = assertion("a1", "alice", sent.signature());
    let wrapped = response("r1", &format!("{}{signed}", forged("")));
    assert_eq!(sent.code(&wrapped), "signature.uncovered");
    assert!(sent.yields_nothing_forged(&wrapped) > 0);
    // The other way round too: that the first one is right is not enough.
    let after = response("r1", &format!("{signed}{}", forged("")));
    assert_eq!(sent.code(&after), "signature.uncovered");
    assert!(sent.yields_nothing_forged(&after) > 0);
}

#[test]
fn xsw4_the_signed_assertion_inside_a_forged_one() {
    let sent = signed_assertion();
    let signed = assertion("a1", "alice", sent.signature());
    let wrapped = response("r1", &forged(&signed));
    assert_eq!(sent.code(&wrapped), "signature.uncovered");
    assert!(sent.yields_nothing_forged(&wrapped) > 0);
}

#[test]
fn xsw5_the_signature_in_a_forged_assertion_and_the_signed_one_at_the_end() {
    let sent = signed_assertion();
    let wrapped = response("r1", &format!("{}{}", forged(sent.signature()), genuine()));
    assert_eq!(sent.code(&wrapped), "signature.enveloped-outside");
    assert_eq!(sent.yields_nothing_forged(&wrapped), 0);
}

#[test]
fn xsw6_the_signed_assertion_inside_the_signature_of_a_forged_one() {
    let sent = signed_assertion();
    let wrapped = response("r1", &forged(&holding(sent.signature(), &genuine())));
    assert_eq!(sent.code(&wrapped), "signature.structure");
    assert_eq!(sent.yields_nothing_forged(&wrapped), 0);
}

#[test]
fn xsw7_a_forged_assertion_in_an_extension() {
    let sent = signed_assertion();
    let signed = assertion("a1", "alice", sent.signature());
    let wrap = |forged: &str| {
        let extension = format!("<p:Extensions>{forged}</p:Extensions>");
        response("r1", &format!("{extension}{signed}"))
    };
    let same_id = wrap(&assertion("a1", FORGED, ""));
    assert_eq!(sent.code(&same_id), "signature.id-not-unique");
    assert_eq!(sent.yields_nothing_forged(&same_id), 0);
    // With another ID the extension is what it always is: there, not signed, and not to be had.
    let other_id = wrap(&forged(""));
    assert_eq!(sent.code(&other_id), "valid");
    assert!(sent.yields_nothing_forged(&other_id) > 0);
    let path = format!("{RESPONSE}/Extensions/Assertion");
    assert_eq!(sent.code_if(&[&path], &other_id), "signature.uncovered");
}

#[test]
fn xsw8_the_signed_assertion_in_an_object_of_the_signature_of_a_forged_one() {
    let sent = signed_assertion();
    let wrapped = response("r1", &forged(&with_object(sent.signature(), &genuine())));
    assert_eq!(sent.code(&wrapped), "signature.enveloped-outside");
    assert_eq!(sent.yields_nothing_forged(&wrapped), 0);
}

/// Without enveloped-signature, nothing ties the place of the signature to what it signs: only the path does.
#[test]
fn the_signed_assertion_moved_away_from_under_a_signature_that_stands_beside() {
    let sent = signed_beside();
    let (signature, genuine) = (sent.signature(), genuine());
    #[rustfmt::skip]
    let rows = [
        // Into an extension, before and after.
        format!("<p:Extensions>{genuine}</p:Extensions>{}{signature}", forged("")),
        format!("{}{signature}<p:Extensions>{genuine}</p:Extensions>", forged("")),
        // Into the forged one, around which the signature may be as well.
        format!("{}{signature}", forged(&genuine)),
        forged(&format!("{genuine}{signature}")),
        // Beside the forged one.
        format!("{}{genuine}{signature}", forged("")),
        format!("{genuine}{}{signature}", forged("")),
        // Into the signature, in an `Object`, with the forged one around it or not.
        format!("{}{}", forged(""), with_object(signature, &genuine)),
        forged(&with_object(signature, &genuine)),
        format!("{}{}", forged(""), with_object(signature, &forged(&genuine))),
    ];
    for content in rows {
        let wrapped = response("r1", &content);
        assert_eq!(sent.code(&wrapped), "signature.uncovered", "{wrapped}");
        assert!(sent.yields_nothing_forged(&wrapped) > 0, "{wrapped}");
    }
}

#[test]
fn the_response_renamed_so_that_the_assertion_is_nowhere() {
    let sent = signed_beside();
    let other = sent.text.replace("p:Response", "p:LogoutResponse");
    assert_eq!(sent.code(&other), "signature.required-missing");
    // The path tells the namespace, or any will do.
    let other = sent.with("SAML:2.0:protocol", "SAML:1.1:protocol");
    assert_eq!(sent.code(&other), "signature.required-missing");
    assert_eq!(sent.code_if(&["/Response/Assertion"], &other), "valid");
}

#[test]
fn the_assertion_taken_out() {
    let sent = signed_beside();
    let without = sent.with(&genuine(), "");
    assert_eq!(sent.code(&without), "signature.reference-not-found");
    let forged = sent.with(&genuine(), &forged(""));
    assert_eq!(sent.code(&forged), "signature.reference-not-found");
}

#[test]
fn a_forged_assertion_with_the_same_id_wherever() {
    let sent = signed_beside();
    let twin = assertion("a1", FORGED, "");
    for (from, to) in [
        ("<s:Assertion ", format!("{twin}<s:Assertion ")),
        ("<ds:Signature ", format!("{twin}<ds:Signature ")),
        ("</p:Response>", format!("{twin}</p:Response>")),
        ("</ds:KeyInfo>", format!("{twin}</ds:KeyInfo>")),
        (
            "</ds:KeyInfo>",
            format!("</ds:KeyInfo><ds:Object>{twin}</ds:Object>"),
        ),
        ("<s:NameID>", format!("{twin}<s:NameID>")),
    ] {
        let wrapped = sent.with(from, &to);
        assert_eq!(sent.code(&wrapped), "signature.id-not-unique", "{wrapped}");
        assert_eq!(sent.yields_nothing_forged(&wrapped), 0);
    }
}

/// A signature of the whole document by `URI=""` cannot be moved at all.
#[test]
fn a_document_that_is_signed_as_a_whole_inside_another_one() {
    let template = Template::enveloped(Key::rsa()).text();
    let sent = Sent::new(
        &response("r1", &format!("{template}{}", genuine())),
        &[RESPONSE],
    );
    let wrapped = response("r2", &format!("{}{}", forged(""), sent.text));
    assert_eq!(sent.code(&wrapped), "signature.digest-mismatch");
    assert_eq!(sent.yields_nothing_forged(&wrapped), 0);
    let added = sent.with("<s:Assertion ", &format!("{}<s:Assertion ", forged("")));
    assert_eq!(sent.code(&added), "signature.digest-mismatch");
}

/// What enveloped-signature leaves out is anybody's: it verifies, and it is not to be had.
#[test]
fn a_forged_assertion_in_an_object_of_the_enveloped_signature() {
    let sent = signed_response();
    let path = format!("{RESPONSE}/Signature/Object/Assertion");
    let added = replaced_signature(&sent, &with_object(sent.signature(), &forged("")));
    assert_eq!(sent.code(&added), "valid");
    assert!(sent.yields_nothing_forged(&added) > 0);
    assert_eq!(sent.code_if(&[&path], &added), "signature.uncovered");
}

fn replaced_signature(sent: &Sent, other: &str) -> String {
    sent.with(sent.signature(), other)
}

/// A signature by the same sender of something else, put over a forged document.
#[test]
fn the_signature_of_another_document() {
    let sent = signed_response();
    let other = response("r1", &format!("{}{}", sent.signature(), forged("")));
    assert_eq!(sent.code(&other), "signature.digest-mismatch");
    let elsewhere = signed_assertion();
    let other = response("r1", &format!("{}{}", elsewhere.signature(), genuine()));
    assert_eq!(sent.code(&other), "signature.enveloped-outside");
}

/// The sender signed two parts of one kind. What is signed is each of them, not their order: whoever counts on it has to have the
/// element around them signed.
#[test]
fn signed_siblings_changed_about_show_no_other_content() {
    let template = Template::new(Key::rsa())
        .reference("#a1", &[EXCLUSIVE])
        .reference("#b1", &[EXCLUSIVE]);
    let (one, two) = (genuine(), assertion("b1", "bob", ""));
    let content = format!("{one}{two}{}", template.text());
    let sent = Sent::new(&response("r1", &content), &[ASSERTION]);
    let changed = sent.with(&format!("{one}{two}"), &format!("{two}{one}"));
    assert_eq!(sent.code(&changed), "valid");
    assert_eq!(sent.code_if(&[RESPONSE], &changed), "signature.uncovered");
    let with_third = sent.with(&one, &format!("{one}{}", forged("")));
    assert_eq!(sent.code(&with_third), "signature.uncovered");
    assert!(sent.yields_nothing_forged(&with_third) > 0);
    let without = sent.with(&two, "");
    assert_eq!(sent.code(&without), "signature.reference-not-found");
}
