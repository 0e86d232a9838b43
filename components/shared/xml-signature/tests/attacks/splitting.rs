// SPDX-License-Identifier: Apache-2.0
//! Comments, processing instructions and CDATA that split a text for one reader and not for another.

use xml_signature::{ENVELOPED_SIGNATURE, verify};

use crate::scene::{Sent, content, with_content};
use xml_testkit::{EXCLUSIVE, Key, Template, document, requiring};

const PATH: &str = "/Order/Name";

/// An order with a name in it, signed as a whole.
fn named() -> Sent {
    named_under("", &[ENVELOPED_SIGNATURE, EXCLUSIVE])
}

fn named_under(uri: &str, transforms: &[&str]) -> Sent {
    let template = Template::new(Key::rsa()).reference(uri, transforms).text();
    let text = format!("<Order><Name>admin@example.fi.evil.example</Name>{template}</Order>");
    Sent::new(&text, &[])
}

/// The name as it can be had: in one piece, and piece by piece.
fn name(sent: &Sent, text: &str) -> String {
    let document = document(text);
    let verified = verify(&document, &requiring(&[PATH]), &mut sent.backend()).unwrap();
    let name = verified.element(&PATH.parse().unwrap()).unwrap();
    let whole = name.text().to_str().unwrap().into_owned();
    let pieces = name.text().pieces().map(|piece| match piece {
        canonical_xml::Piece::Str(piece) => piece.into_owned(),
        canonical_xml::Piece::Source(_) => panic!("all of it is in memory"),
    });
    assert_eq!(pieces.collect::<String>(), whole);
    whole
}

/// Who signs without comments does not notice one; nobody may be led to take what stands before it for the whole.
#[test]
fn a_comment_in_a_signed_text_does_not_shorten_it() {
    let sent = named();
    let whole = name(&sent, &sent.text);
    assert_eq!(whole, "admin@example.fi.evil.example");
    for split in [
        "admin@example.fi<!-- -->.evil.example",
        "admin@example.fi<!---->.evil.example",
        "<!--x-->admin@example.fi<!--y--><!--z-->.evil.example<!---->",
        "admin@example.fi<![CDATA[]]>.evil.example",
        "admin@example.fi<![CDATA[.evil]]>.example",
        "<![CDATA[admin@example.fi]]><!----><![CDATA[.evil.example]]>",
        "admin@example.fi&#46;evil.example",
        "admin@example&#x2E;fi<!-- -->&#x2e;evil.example",
    ] {
        let text = sent.with("admin@example.fi.evil.example", split);
        assert_eq!(sent.code(&text), "valid", "{split}");
        assert_eq!(name(&sent, &text), whole, "{split}");
    }
}

#[test]
fn a_processing_instruction_in_a_signed_text_is_a_change() {
    let sent = named();
    for (from, to) in [
        ("fi.evil", "fi<?php x?>.evil"),
        ("fi.evil", "fi<?x?>.evil"),
        ("<Name>", "<Name><?x?>"),
        ("<Order>", "<Order><?x?>"),
        ("<Order>", "<?x?><Order>"),
        ("</Order>", "</Order><?x?>"),
    ] {
        assert_eq!(
            sent.code_with(from, to),
            "signature.digest-mismatch",
            "{to}"
        );
    }
}

#[test]
fn a_comment_where_comments_are_signed_is_a_change() {
    let comments = "http://www.w3.org/2001/10/xml-exc-c14n#WithComments";
    let sent = named_under("#xpointer(/)", &[ENVELOPED_SIGNATURE, comments]);
    for (from, to) in [
        ("fi.evil", "fi<!-- -->.evil"),
        ("<Order>", "<Order><!---->"),
        ("<Order>", "<!----><Order>"),
        ("</Order>", "</Order><!---->"),
    ] {
        assert_eq!(
            sent.code_with(from, to),
            "signature.digest-mismatch",
            "{to}"
        );
    }
    // In the signature, which is left out, they are nobody's business.
    let inside = sent.with("</ds:SignatureValue>", "</ds:SignatureValue><!---->");
    assert_eq!(sent.code(&inside), "valid");
}

/// A method that keeps comments still does not sign those of a target that is named by Id or `""` (XML Signature 1.1 §4.4.3.3).
#[test]
fn a_comment_that_the_method_keeps_and_the_reference_does_not() {
    let comments = "http://www.w3.org/2001/10/xml-exc-c14n#WithComments";
    let sent = named_under("", &[ENVELOPED_SIGNATURE, comments]);
    let whole = name(&sent, &sent.text);
    let text = sent.with("fi.evil", "fi<!-- -->.evil");
    assert_eq!(sent.code(&text), "valid");
    assert_eq!(name(&sent, &text), whole);
}

/// The lesson of CVE-2025-29775: the digest that is read has to be the digest that is signed, and `SignedInfo` is signed without its
/// comments.
#[test]
fn a_comment_or_instruction_in_a_value_is_refused_and_cdata_is_text() {
    let sent = Sent::order();
    for name in ["ds:DigestValue", "ds:SignatureValue", "ds:X509Certificate"] {
        let value = content(&sent.text, name);
        let (start, end) = value.split_at(4);
        for split in [
            format!("{start}<!-- -->{end}"),
            format!("<!--AAAA-->{value}"),
            format!("{value}<!--AAAA-->"),
            format!("{start}<?x?>{end}"),
            format!("<?x?>{value}"),
            format!("{start}<ds:X/>{end}"),
            format!("<ds:X>{value}</ds:X>"),
        ] {
            let text = with_content(&sent.text, name, &split);
            assert_eq!(sent.code(&text), "signature.base64", "{name} {split}");
        }
        for same in [
            format!("{start}<![CDATA[{end}]]>"),
            format!("<![CDATA[{value}]]><![CDATA[]]>"),
            format!("&#{};{}", u32::from(value.as_bytes()[0]), &value[1..]),
        ] {
            let text = with_content(&sent.text, name, &same);
            assert_eq!(sent.code(&text), "valid", "{name} {same}");
        }
    }
    // White space in the digest is signed, that in other values is not.
    let digest = content(&sent.text, "ds:DigestValue");
    let spaced = with_content(&sent.text, "ds:DigestValue", &format!("\n{digest}"));
    assert_eq!(sent.code(&spaced), "signature.mismatch");
    let value = content(&sent.text, "ds:SignatureValue");
    let spaced = value.replace('A', "\r\n\t A ");
    let spaced = with_content(&sent.text, "ds:SignatureValue", &spaced);
    assert_eq!(sent.code(&spaced), "valid");
}

/// The forged digest in a comment, a second element, or beside: none of them is ever read.
#[test]
fn a_digest_smuggled_in_beside_the_signed_one() {
    let sent = Sent::order();
    let digest = content(&sent.text, "ds:DigestValue").to_owned();
    let forged = sent.with("two pieces", "ten pieces");
    assert_eq!(sent.code(&forged), "signature.digest-mismatch");
    let fitting = xml_testkit::sign(&with_content(&forged, "ds:DigestValue", ""), Key::rsa());
    let fitting = content(&fitting, "ds:DigestValue").to_owned();
    assert_ne!(digest, fitting);
    #[rustfmt::skip]
    let rows = [
        (format!("<!--{fitting}-->{digest}"), "signature.base64"),
        (format!("{fitting}<!--{digest}-->"), "signature.base64"),
        (format!("<ds:DigestValue>{fitting}</ds:DigestValue>{digest}"), "signature.base64"),
        (format!("{digest}</ds:DigestValue><ds:DigestValue>{fitting}"), "signature.structure"),
        (format!("{fitting}</ds:DigestValue><ds:DigestValue>{digest}"), "signature.structure"),
        (fitting.clone(), "signature.mismatch"),
    ];
    for (smuggled, code) in rows {
        let text = with_content(&forged, "ds:DigestValue", &smuggled);
        assert_eq!(sent.code(&text), code, "{smuggled}");
    }
}

#[test]
fn comments_between_the_parts_of_a_signature_change_nothing() {
    let sent = Sent::order();
    for before in [
        "<ds:SignedInfo>",
        "<ds:SignatureMethod ",
        "<ds:DigestMethod ",
        "<ds:KeyInfo>",
    ] {
        let text = sent.with(
            before,
            &format!("<!-- <ds:DigestValue>AAAA</ds:DigestValue> -->{before}"),
        );
        assert_eq!(sent.code(&text), "valid", "{before}");
    }
    // An instruction in `SignedInfo` is signed.
    let text = sent.with("<ds:SignatureMethod ", "<?x?><ds:SignatureMethod ");
    assert_eq!(sent.code(&text), "signature.mismatch");
}
