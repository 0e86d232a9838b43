// SPDX-License-Identifier: Apache-2.0
//! White space and letters: texts that differ and are the same, and texts that look the same and differ.

use xml_signature::verify;

use crate::namespaces::outside;
use crate::scene::Sent;
use xml_testkit::{EXCLUSIVE, Key, Template, document};

/// Values as they are after normalisation (XML 1.0 §3.3.3): once, by the one reader that everybody uses.
#[test]
fn white_space_in_attributes_written_and_referenced() {
    let template = Template::new(Key::rsa())
        .reference("#x", &[EXCLUSIVE])
        .text();
    let sent = Sent::new(
        &format!("<r><x Id=\"x\" a=\"one two\">text</x>{template}</r>"),
        &["/r/x"],
    );
    for same in [
        "one\ttwo",
        "one\ntwo",
        "one\r\ntwo",
        "one\rtwo",
        "one&#32;two",
        "one&#x20;two",
        "&#111;ne two",
    ] {
        let text = sent.with("one two", same);
        assert_eq!(sent.code(&text), "valid", "{same:?}");
        let document = document(&text);
        let verified = verify(&document, &sent.policy, &mut sent.backend()).unwrap();
        let part = verified.element(&"/r/x".parse().unwrap()).unwrap();
        assert_eq!(
            part.attribute("", "a").as_deref(),
            Some("one two"),
            "{same:?}"
        );
    }
    for other in [
        "one&#9;two",
        "one&#10;two",
        "one&#13;two",
        "one&#13;&#10;two",
        "one  two",
        " one two",
        "one two ",
        "one\r\r\ntwo",
        "one\u{A0}two",
        "one\u{3000}two",
        "one&#x2028;two",
        "one&amp;#32;two",
    ] {
        assert_eq!(
            sent.code_with("one two", other),
            "signature.digest-mismatch",
            "{other:?}"
        );
    }
    assert_eq!(sent.code_with("one two", "one < two"), "xml.malformed");
}

#[test]
fn white_space_that_is_content_and_white_space_that_is_not() {
    let sent = outside();
    for (from, to) in [
        ("<p:Part Id=\"x\" ", "<p:Part\n\tId = 'x'\r\n"),
        ("</p:Own>", "</p:Own \n>"),
        ("<Default/>", "<Default />"),
        ("<Default/>", "<Default></Default>"),
    ] {
        assert_eq!(sent.code_with(from, to), "valid", "{to:?}");
    }
    for (from, to) in [
        ("<Default/>", "<Default> </Default>"),
        ("<Default/>", "<Default/>\n"),
        (">text<", "> text<"),
        (">text<", ">text&#8203;<"),
        (">text<", ">te\u{AD}xt<"),
        (">text<", ">te\u{301}xt<"),
    ] {
        assert_eq!(
            sent.code_with(from, to),
            "signature.digest-mismatch",
            "{to:?}"
        );
    }
    for (from, to) in [
        ("<Default/>", "< Default/>"),
        ("<Default/>", "<Default\u{A0}/>"),
        ("</p:Own>", "</ p:Own>"),
    ] {
        assert_eq!(sent.code_with(from, to), "xml.malformed", "{to:?}");
    }
}

/// Letters that are equal in Unicode are not equal in XML: nothing is composed or decomposed.
#[test]
fn a_composed_letter_for_a_decomposed_one() {
    let template = Template::enveloped(Key::rsa()).text();
    let sent = Sent::new(&format!("<r><x>\u{E4}</x>{template}</r>"), &[]);
    assert_eq!(sent.code_with("\u{E4}", "&#228;"), "valid");
    assert_eq!(
        sent.code_with("\u{E4}", "a\u{308}"),
        "signature.digest-mismatch"
    );
    let template = Template::new(Key::rsa())
        .reference("#\u{E4}", &[EXCLUSIVE])
        .text();
    let sent = Sent::new(
        &format!("<r><x Id=\"\u{E4}\">t</x>{template}</r>"),
        &["/r/x"],
    );
    let text = sent.with(
        "<ds:Signature ",
        "<x Id=\"a\u{308}\">FORGED</x><ds:Signature ",
    );
    assert_eq!(sent.code(&text), "signature.uncovered");
    assert!(sent.yields_nothing_forged(&text) > 0);
}
