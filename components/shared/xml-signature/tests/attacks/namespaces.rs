// SPDX-License-Identifier: Apache-2.0
//! Names that look alike and are not, and texts that are unlike and the same: what is verified has to be what is read.

use xml_signature::{ENVELOPED_SIGNATURE, NAMESPACE, verify};

use crate::scene::{FORGED, Sent, code};
use xml_testkit::{EXCLUSIVE, INCLUSIVE, Key, Template, document, requiring, sign};

/// A part in a namespace that a prefix outside of it stands for.
pub(crate) fn outside() -> Sent {
    let template = Template::new(Key::rsa())
        .reference("#x", &[EXCLUSIVE])
        .text();
    let text = format!(
        "<r xmlns=\"urn:r\" xmlns:p=\"urn:p\" xmlns:q=\"urn:q\">\
         <p:Part Id=\"x\" p:kind=\"k\"><Default/><p:Own type=\"q:T\">text</p:Own></p:Part>{template}</r>"
    );
    Sent::new(&text, &["/r/{urn:p}Part"])
}

/// A relative namespace has no canonical form, and an error is not an empty digest (CVE-2025-66568).
#[test]
fn a_relative_namespace_fails_and_is_never_taken_for_nothing() {
    let sent = outside();
    for namespace in ["relative", "../r", "?x", "#x", "//host/x", "ä", " ", "1:x"] {
        for place in ["<r ", "<p:Part ", "<p:Own "] {
            let text = sent.with(place, &format!("{place}xmlns:z=\"{namespace}\" "));
            assert_eq!(
                sent.code(&text),
                "signature.canonicalization-failed",
                "{place}{namespace}"
            );
        }
        let default = sent.with("<Default/>", &format!("<Default xmlns=\"{namespace}\"/>"));
        assert_eq!(
            sent.code(&default),
            "signature.canonicalization-failed",
            "{namespace}"
        );
    }
    // With the digest of no octets, signed by the sender itself.
    let empty = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    let template = Template::new(Key::rsa())
        .reference("#x", &[EXCLUSIVE])
        .text();
    let template = template.replace(
        "<ds:DigestValue/>",
        &format!("<ds:DigestValue>{empty}</ds:DigestValue>"),
    );
    let text = |namespace: &str| {
        sign(
            &format!("<r xmlns=\"urn:r\"><Part Id=\"x\" xmlns:z=\"{namespace}\"/>{template}</r>"),
            Key::rsa(),
        )
    };
    assert_eq!(
        sent.code_if(&["/r/Part"], &text("relative")),
        "signature.canonicalization-failed"
    );
    assert_eq!(
        sent.code_if(&["/r/Part"], &text("urn:z")),
        "signature.digest-mismatch"
    );
}

#[test]
fn a_prefix_that_is_declared_anew_outside() {
    let sent = outside();
    for (from, to) in [
        ("xmlns:p=\"urn:p\"", "xmlns:p=\"urn:f\""),
        ("xmlns=\"urn:r\"", "xmlns=\"urn:f\""),
        ("xmlns=\"urn:r\" ", ""),
    ] {
        assert_eq!(
            sent.code_with(from, to),
            "signature.digest-mismatch",
            "{to}"
        );
    }
    // Another prefix for the same namespace is the same to every reader, and another canonical form.
    let renamed = [
        ("<p:", "<o:"),
        ("</p:", "</o:"),
        (" p:kind", " o:kind"),
        ("xmlns:p=", "xmlns:o="),
    ];
    let text = renamed
        .iter()
        .fold(sent.text.clone(), |text, (from, to)| text.replace(from, to));
    assert_eq!(sent.code(&text), "signature.digest-mismatch");
}

/// The name of an element is signed with its namespace; what a prefix in its content stands for is not, and cannot be asked.
#[test]
fn a_prefix_in_content_is_letters_only() {
    let sent = outside();
    let text = sent.with("xmlns:q=\"urn:q\"", "xmlns:q=\"urn:f\"");
    assert_eq!(sent.code(&text), "valid");
    let document = document(&text);
    let verified = verify(&document, &sent.policy, &mut sent.backend()).unwrap();
    let part = verified.element(&"/r/Part/Own".parse().unwrap()).unwrap();
    assert_eq!(part.attribute("", "type").as_deref(), Some("q:T"));
    // Who needs it signed has it in a list, or canonicalises inclusively.
    let list = format!(
        "<ds:Transform Algorithm=\"{EXCLUSIVE}\"><ec:InclusiveNamespaces xmlns:ec=\"{EXCLUSIVE}\" PrefixList=\"q\"/></ds:Transform>"
    );
    let inclusive = format!("<ds:Transform Algorithm=\"{INCLUSIVE}\"/>");
    for transforms in [list, inclusive] {
        let template = Template::new(Key::rsa())
            .reference_with("#x", &transforms)
            .text();
        let text = format!("<r xmlns:q=\"urn:q\"><Part Id=\"x\" type=\"q:T\"/>{template}</r>");
        let sent = Sent::new(&text, &["/r/Part"]);
        let text = sent.with("xmlns:q=\"urn:q\"", "xmlns:q=\"urn:f\"");
        assert_eq!(sent.code(&text), "signature.digest-mismatch");
    }
}

/// The forged part looks the same on paper: its prefix, default or Id attribute stands for something else.
#[test]
fn a_part_that_looks_the_same_is_another_one() {
    let sent = outside();
    let looks = "<p:Part Id=\"y\" p:kind=\"k\">FORGED</p:Part>";
    #[rustfmt::skip]
    let rows = [
        (looks.replace("<p:Part ", "<p:Part xmlns:p=\"urn:f\" "), false),
        (looks.replace("p:Part", "Part"), false),
        (looks.replace("p:Part", "q:Part"), false),
        (looks.to_owned(), true),
        (looks.replace("p:Part ", "z:Part xmlns:z=\"urn:p\" ").replace("/p:Part", "/z:Part"), true),
        (looks.replace("p:Part ", "Part xmlns=\"urn:p\" ").replace("/p:Part", "/Part"), true),
        (looks.replace("p:Part ", "p:Part xmlns:p=\"&#117;rn:p\" "), true),
    ];
    for (declared, is_required) in rows {
        let text = sent.with("<ds:Signature ", &format!("{declared}<ds:Signature "));
        let expected = if is_required {
            "signature.uncovered"
        } else {
            "valid"
        };
        assert_eq!(sent.code(&text), expected, "{declared}");
        assert!(sent.yields_nothing_forged(&text) > 0, "{declared}");
    }
}

#[test]
fn names_in_another_case_are_other_names() {
    let sent = outside();
    for other in [
        "<p:part>FORGED</p:part>",
        "<p:PART>FORGED</p:PART>",
        "<p:Ｐart>FORGED</p:Ｐart>",
        "<p:Рart>FORGED</p:Рart>",
    ] {
        let text = sent.with("<ds:Signature ", &format!("{other}<ds:Signature "));
        assert_eq!(sent.code(&text), "valid", "{other}");
        assert!(sent.yields_nothing_forged(&text) > 0);
    }
    assert_eq!(sent.code_with("<p:Own ", "<p:own "), "xml.malformed");
    assert_eq!(sent.code_with("</p:Own>", "</p:own>"), "xml.malformed");
}

/// Two prefixes of one namespace make one attribute of two names: which value counts, readers disagree on.
#[test]
fn an_attribute_twice_by_two_prefixes() {
    let sent = outside();
    for (place, added) in [
        ("<p:Part ", "xmlns:o=\"urn:p\" o:kind=\"f\" "),
        (
            "<p:Own ",
            "xmlns:a=\"urn:a\" xmlns:b=\"urn:a\" a:x=\"1\" b:x=\"2\" ",
        ),
        ("<p:Part ", "Id=\"y\" "),
        ("<p:Part ", "p:kind='f' "),
        ("<r ", "xmlns:p=\"urn:f\" "),
        ("<r ", "xmlns=\"urn:f\" "),
        ("<ds:Reference ", "URI='#y' "),
    ] {
        let text = sent.with(place, &format!("{place}{added}"));
        assert_eq!(
            sent.code(&text),
            "xml.duplicate-attribute",
            "{place}{added}"
        );
    }
}

#[test]
fn namespaces_that_may_not_be_declared_or_used() {
    let sent = outside();
    for added in [
        "xmlns:z=\"\" ",
        "xmlns:xml=\"urn:f\" ",
        "xmlns:xmlns=\"urn:f\" ",
        "xmlns:z=\"http://www.w3.org/2000/xmlns/\" ",
        "xmlns=\"http://www.w3.org/2000/xmlns/\" ",
        "xmlns:z=\"http://www.w3.org/XML/1998/namespace\" ",
        "unbound:a=\"\" ",
        "xmlns:a:b=\"urn:f\" ",
    ] {
        let text = sent.with("<p:Own ", &format!("<p:Own {added}"));
        let code = sent.code(&text);
        assert!(
            matches!(code, "xml.namespace" | "xml.malformed"),
            "{added}: {code}"
        );
    }
    // Right, and therefore without effect on what is there.
    let text = sent.with(
        "<p:Own ",
        "<p:Own xmlns:xml=\"http://www.w3.org/XML/1998/namespace\" ",
    );
    assert_eq!(sent.code(&text), "valid");
}

#[test]
fn a_default_namespace_taken_back_or_moved() {
    let sent = outside();
    assert_eq!(
        sent.code_with("<Default/>", "<Default xmlns=\"\"/>"),
        "signature.digest-mismatch"
    );
    assert_eq!(
        sent.code_with("<Default/>", "<Default xmlns=\"urn:r\"/>"),
        "valid"
    );
    assert_eq!(
        sent.code_with("<p:Part ", "<p:Part xmlns=\"\" "),
        "signature.digest-mismatch"
    );
    assert_eq!(
        sent.code_with("<p:Part ", "<p:Part xmlns=\"urn:r\" "),
        "valid"
    );
    assert_eq!(sent.code_with("<p:Own ", "<p:Own xmlns=\"\" "), "valid");
    // In no namespace from the start, and then in one.
    let template = Template::new(Key::rsa())
        .reference("#x", &[EXCLUSIVE])
        .text();
    let sent = Sent::new(
        &format!("<r><Part Id=\"x\"><a/></Part>{template}</r>"),
        &["/r/{}Part"],
    );
    let code = sent.code_with("<r>", "<r xmlns=\"urn:f\">");
    assert_eq!(code, "signature.digest-mismatch");
    assert_eq!(
        sent.code_with("<a/>", "<a xmlns=\"urn:f\"/>"),
        "signature.digest-mismatch"
    );
    let same = sent.with("<Part ", "<Part xmlns=\"\" ");
    assert_eq!(sent.code(&same), "valid");
    let moved = same.replace("<r>", "<r xmlns=\"urn:f\">");
    assert_eq!(sent.code(&moved), "valid");
}

/// The prefix `ds` stands for what it is bound to, not for signatures.
#[test]
fn the_prefix_of_the_signature_is_nothing_special() {
    let sent = outside();
    let declaration = format!("xmlns:ds=\"{NAMESPACE}\"");
    assert_eq!(
        sent.code_with(&declaration, "xmlns:ds=\"urn:f\""),
        "signature.missing"
    );
    let outer = sent.with("<r ", "<r xmlns:ds=\"urn:f\" ");
    assert_eq!(sent.code(&outer), "valid");
    let inner = sent.with("<ds:Reference ", "<ds:Reference xmlns:ds=\"urn:f\" ");
    assert_eq!(sent.code(&inner), "signature.structure");
    let unprefixed = Template::new(Key::rsa())
        .reference("#x", &[EXCLUSIVE])
        .text();
    let unprefixed = unprefixed.replace("xmlns:ds=", "xmlns=").replace("ds:", "");
    let sent = Sent::new(
        &format!("<r><x Id=\"x\">text</x>{unprefixed}</r>"),
        &["/r/x"],
    );
    assert_eq!(
        sent.code_with(">text<", ">other<"),
        "signature.digest-mismatch"
    );
}

/// `xml:lang` and its like above a part that is canonicalised exclusively are not covered, and not to be had from it.
#[test]
fn inherited_attributes_are_covered_by_the_inclusive_methods_only() {
    for (method, expected) in [
        (EXCLUSIVE, "valid"),
        (INCLUSIVE, "signature.digest-mismatch"),
    ] {
        let template = Template::new(Key::rsa()).reference("#x", &[method]).text();
        let sent = Sent::new(
            &format!("<r xml:lang=\"fi\"><x Id=\"x\">text</x>{template}</r>"),
            &["/r/x"],
        );
        let text = sent.with("xml:lang=\"fi\"", &format!("xml:lang=\"{FORGED}\""));
        assert_eq!(sent.code(&text), expected, "{method}");
        sent.yields_nothing_forged(&text);
    }
}

/// The required path is looked for by namespace where it names one, and by local name in every namespace where not: then all are
/// required.
#[test]
fn a_path_without_namespace_means_every_namespace() {
    let template = Template::new(Key::rsa())
        .reference("#x", &[ENVELOPED_SIGNATURE, EXCLUSIVE])
        .text();
    let sent = Sent::new(&format!("<r Id=\"x\" xmlns=\"urn:r\">{template}</r>"), &[]);
    let around = format!("<r xmlns=\"urn:f\"><r>{FORGED}</r>{}</r>", sent.text);
    for (required, expected) in [
        ("/r", "signature.uncovered"),
        ("/r/r", "signature.uncovered"),
        ("/r/r[1]", "signature.uncovered"),
        ("/r/r[2]", "valid"),
        ("/r/{urn:r}r", "valid"),
        ("/{urn:r}r", "signature.required-missing"),
    ] {
        let judged = code(
            around.as_bytes(),
            &requiring(&[required]),
            &mut sent.backend(),
        );
        assert_eq!(judged, expected, "{required}");
    }
    assert!(sent.yields_nothing_forged(&around) > 0);
}
