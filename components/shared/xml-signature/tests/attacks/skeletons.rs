// SPDX-License-Identifier: Apache-2.0
//! Signatures that lack something, have it twice, or have it in the wrong place; and documents without a signature.

use xml_signature::NAMESPACE;

use crate::scene::{Sent, with_content};
use xml_testkit::{Key, sign};

/// The part of the text from one tag to another one, both included.
fn part<'t>(text: &'t str, from: &str, to: &str) -> &'t str {
    let start = text.find(from).unwrap();
    let length = text[start..].find(to).unwrap();
    &text[start..start + length + to.len()]
}

fn signed_info(sent: &Sent) -> &str {
    part(&sent.text, "<ds:SignedInfo>", "</ds:SignedInfo>")
}

fn reference(sent: &Sent) -> &str {
    part(&sent.text, "<ds:Reference ", "</ds:Reference>")
}

fn value(sent: &Sent) -> &str {
    part(&sent.text, "<ds:SignatureValue>", "</ds:SignatureValue>")
}

#[test]
fn no_signature_at_all() {
    let sent = Sent::order();
    assert_eq!(sent.code_with(sent.signature(), ""), "signature.missing");
    for other in [
        format!("<!--{}-->", sent.signature().replace("--", "")),
        format!("<![CDATA[{}]]>", sent.signature()),
        sent.signature().replace('<', "&lt;"),
        "<Signature/>".to_owned(),
    ] {
        assert_eq!(
            sent.code_with(sent.signature(), &other),
            "signature.missing"
        );
    }
}

#[test]
fn a_signature_of_another_namespace_or_name() {
    let sent = Sent::order();
    for namespace in [
        "http://www.w3.org/2000/09/xmldsig",
        "http://www.w3.org/2000/09/xmldsig#/",
        "http://www.w3.org/2009/xmldsig11#",
        "HTTP://www.w3.org/2000/09/xmldsig#",
        "http://www.w3.org/2000/09/xmldsig# ",
        "urn:x",
    ] {
        let declaration = format!("xmlns:ds=\"{NAMESPACE}\"");
        let text = sent.with(&declaration, &format!("xmlns:ds=\"{namespace}\""));
        assert_eq!(sent.code(&text), "signature.missing", "{namespace}");
    }
    for name in ["signature", "SIGNATURE", "Signatures"] {
        let text = sent.text.replace("ds:Signature ", &format!("ds:{name} "));
        let text = text.replace("</ds:Signature>", &format!("</ds:{name}>"));
        assert_eq!(sent.code(&text), "signature.missing", "{name}");
    }
}

/// Which of them would be meant? The caller that knows says so.
#[test]
fn several_signatures() {
    let sent = Sent::order();
    let signature = sent.signature().to_owned();
    let empty = format!("<ds:Signature xmlns:ds=\"{NAMESPACE}\"/>");
    for other in [&signature, &empty] {
        #[rustfmt::skip]
        let rows = [
            ("</Order>", format!("{other}</Order>")),
            ("<Note>", format!("{other}<Note>")),
            ("<Note>", format!("<Note>{other}")),
            // Inside of the other one.
            ("</ds:KeyInfo>", format!("</ds:KeyInfo><ds:Object>{other}</ds:Object>")),
            ("</ds:KeyInfo>", format!("{other}</ds:KeyInfo>")),
            ("<ds:SignatureMethod ", format!("{other}<ds:SignatureMethod ")),
        ];
        for (from, to) in rows {
            assert_eq!(sent.code_with(from, &to), "signature.several", "{to}");
        }
    }
    let flood = format!("{}</Order>", empty.repeat(1000));
    assert_eq!(sent.code_with("</Order>", &flood), "signature.several");
}

#[test]
fn an_empty_signature() {
    let sent = Sent::order();
    for empty in [
        format!("<ds:Signature xmlns:ds=\"{NAMESPACE}\"/>"),
        format!("<ds:Signature xmlns:ds=\"{NAMESPACE}\">true</ds:Signature>"),
        format!("<ds:Signature xmlns:ds=\"{NAMESPACE}\"><ds:SignedInfo/></ds:Signature>"),
        format!(
            "<ds:Signature xmlns:ds=\"{NAMESPACE}\"><ds:SignedInfo/><ds:SignatureValue/></ds:Signature>"
        ),
        format!("<Signature xmlns=\"{NAMESPACE}\"><SignatureValue/></Signature>"),
    ] {
        let text = sent.with(sent.signature(), &empty);
        assert_eq!(sent.code(&text), "signature.structure", "{empty}");
        // As the root there is nothing around it, either.
        assert_eq!(sent.code(&empty), "signature.structure", "{empty}");
    }
    // A whole one as the root signs nothing that anybody would read.
    assert_eq!(sent.code(sent.signature()), "signature.enveloped-outside");
}

#[test]
fn a_signed_info_with_nothing_in_it() {
    let sent = Sent::order();
    let info = signed_info(&sent).to_owned();
    let methods = part(&info, "<ds:CanonicalizationMethod ", "<ds:Reference ");
    let methods = methods.strip_suffix("<ds:Reference ").unwrap();
    for (content, code) in [
        ("", "signature.structure"),
        (" ", "signature.structure"),
        (reference(&sent), "signature.structure"),
        // Well-signed, and of nothing.
        (methods, "signature.no-references"),
    ] {
        let text = sent.with(&info, &format!("<ds:SignedInfo>{content}</ds:SignedInfo>"));
        let text = sign(&with_content(&text, "ds:SignatureValue", ""), Key::rsa());
        assert_eq!(sent.code(&text), code, "{content}");
    }
    assert_eq!(
        sent.code_with(&info, "<ds:SignedInfo/>"),
        "signature.structure"
    );
}

/// CVE-2025-29774: the signature value is of the one, the digests are taken from the other.
#[test]
fn two_signed_infos() {
    let sent = Sent::order();
    let info = signed_info(&sent).to_owned();
    let forged = with_content(&info, "ds:DigestValue", "AAAA");
    #[rustfmt::skip]
    let rows = [
        (&info, format!("{info}{info}")),
        (&info, format!("{info}{forged}")),
        (&info, format!("{forged}{info}")),
        (&info, format!("<ds:SignedInfo>{info}</ds:SignedInfo>")),
        (&info, forged.replace("</ds:SignedInfo>", &format!("{info}</ds:SignedInfo>"))),
        (&info, info.replace("<ds:Reference ", &format!("{forged}<ds:Reference "))),
    ];
    for (from, to) in rows {
        assert_eq!(sent.code_with(from, &to), "signature.structure", "{to}");
    }
    for (from, to) in [
        (
            "</ds:SignatureValue>",
            format!("</ds:SignatureValue>{forged}"),
        ),
        ("</ds:KeyInfo>", format!("</ds:KeyInfo>{forged}")),
    ] {
        assert_eq!(sent.code_with(from, &to), "signature.structure", "{to}");
    }
    // Where anything may be, one more is nothing.
    for (from, to) in [
        ("</ds:KeyInfo>", format!("{forged}</ds:KeyInfo>")),
        (
            "</ds:KeyInfo>",
            format!("</ds:KeyInfo><ds:Object>{forged}</ds:Object>"),
        ),
    ] {
        assert_eq!(sent.code_with(from, &to), "valid", "{to}");
    }
}

#[test]
fn any_part_missing() {
    let sent = Sent::order();
    for missing in [
        signed_info(&sent),
        value(&sent),
        part(&sent.text, "<ds:CanonicalizationMethod ", "/>"),
        part(&sent.text, "<ds:SignatureMethod ", "/>"),
        part(&sent.text, "<ds:DigestMethod ", "/>"),
        part(&sent.text, "<ds:DigestValue>", "</ds:DigestValue>"),
        " Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\"",
        " Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"",
        " Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"",
    ] {
        assert_eq!(
            sent.code_with(missing, ""),
            "signature.structure",
            "{missing}"
        );
    }
    assert_eq!(
        sent.code_with(reference(&sent), ""),
        "signature.no-references"
    );
    // `KeyInfo` may be missing; then there is nobody to ask.
    let key_info = part(&sent.text, "<ds:KeyInfo>", "</ds:KeyInfo>");
    assert_eq!(sent.code_with(key_info, ""), "signature.key-missing");
    // Transforms may be missing too, but these were signed.
    let transforms = part(&sent.text, "<ds:Transforms>", "</ds:Transforms>");
    assert_eq!(sent.code_with(transforms, ""), "signature.mismatch");
}

#[test]
fn any_part_twice() {
    let sent = Sent::order();
    #[rustfmt::skip]
    let rows = [
        (value(&sent), "signature.structure"),
        (part(&sent.text, "<ds:CanonicalizationMethod ", "/>"), "signature.structure"),
        (part(&sent.text, "<ds:SignatureMethod ", "/>"), "signature.structure"),
        (part(&sent.text, "<ds:Transforms>", "</ds:Transforms>"), "signature.structure"),
        (part(&sent.text, "<ds:DigestMethod ", "/>"), "signature.structure"),
        (part(&sent.text, "<ds:DigestValue>", "</ds:DigestValue>"), "signature.structure"),
        (part(&sent.text, "<ds:KeyInfo>", "</ds:KeyInfo>"), "signature.structure"),
        // There may be several of these, but not more than were signed.
        (reference(&sent), "signature.mismatch"),
    ];
    for (twice, code) in rows {
        assert_eq!(sent.code_with(twice, &twice.repeat(2)), code, "{twice}");
    }
}

#[test]
fn parts_out_of_order() {
    let sent = Sent::order();
    let swapped =
        |one: &str, other: &str| sent.with(&format!("{one}{other}"), &format!("{other}{one}"));
    let key_info = part(&sent.text, "<ds:KeyInfo>", "</ds:KeyInfo>");
    let method = part(&sent.text, "<ds:SignatureMethod ", "/>");
    #[rustfmt::skip]
    let rows = [
        swapped(signed_info(&sent), value(&sent)),
        swapped(value(&sent), key_info),
        swapped(part(&sent.text, "<ds:CanonicalizationMethod ", "/>"), method),
        swapped(method, reference(&sent)),
        swapped(part(&sent.text, "<ds:DigestMethod ", "/>"), part(&sent.text, "<ds:DigestValue>", "</ds:DigestValue>")),
        swapped(part(&sent.text, "<ds:Transforms>", "</ds:Transforms>"), part(&sent.text, "<ds:DigestMethod ", "/>")),
    ];
    for text in rows {
        assert_eq!(sent.code(&text), "signature.structure", "{text}");
    }
    let object = "<ds:Object/>";
    assert_eq!(
        sent.code_with(key_info, &format!("{object}{key_info}")),
        "signature.structure"
    );
    assert_eq!(
        sent.code_with(key_info, &format!("{key_info}{object}{object}")),
        "valid"
    );
}

#[test]
fn elements_attributes_and_text_that_do_not_belong_there() {
    let sent = Sent::order();
    for before in [
        "<ds:SignedInfo>",
        "<ds:SignatureValue>",
        "<ds:KeyInfo>",
        "<ds:CanonicalizationMethod ",
        "<ds:SignatureMethod ",
        "<ds:Reference ",
        "<ds:Transforms>",
        "</ds:Transforms>",
        "<ds:DigestMethod ",
        "<ds:DigestValue>",
        "</ds:Reference>",
        "</ds:SignedInfo>",
        "</ds:Signature>",
    ] {
        for extra in [
            "<x/>",
            "<ds:Reference/>x",
            "x",
            "&#120;",
            "<![CDATA[x]]>",
            "\u{A0}",
        ] {
            let code = sent.code_with(before, &format!("{extra}{before}"));
            assert_eq!(code, "signature.structure", "{extra}{before}");
        }
    }
    for (element, attribute) in [
        ("<ds:SignedInfo>", "x=\"\""),
        ("<ds:SignedInfo>", "xml:space=\"preserve\""),
        ("<ds:SignedInfo>", "xml:id=\"s\""),
        ("<ds:Transforms>", "Id=\"t\""),
        ("<ds:DigestValue>", "Id=\"d\""),
    ] {
        let opened = element.replace('>', &format!(" {attribute}>"));
        assert_eq!(
            sent.code_with(element, &opened),
            "signature.structure",
            "{opened}"
        );
    }
    for (element, attribute) in [
        ("<ds:CanonicalizationMethod ", "Id=\"c\""),
        ("<ds:SignatureMethod ", "x=\"\""),
        ("<ds:DigestMethod ", "xmlns:y=\"urn:y\" y:Algorithm=\"\""),
        ("<ds:Reference ", "uri=\"#x\""),
        ("<ds:Reference ", "xmlns:y=\"urn:y\" y:URI=\"#x\""),
    ] {
        let opened = format!("{element}{attribute} ");
        assert_eq!(
            sent.code_with(element, &opened),
            "signature.structure",
            "{opened}"
        );
    }
}

/// The local names are right and the namespace is not: a search by local name would find them.
#[test]
fn parts_of_another_namespace() {
    let sent = Sent::order();
    for name in ["SignedInfo", "SignatureValue", "Transforms", "DigestValue"] {
        let text = sent.text.replace(
            &format!("<ds:{name}>"),
            &format!("<x:{name} xmlns:x=\"urn:x\">"),
        );
        let text = text.replace(&format!("</ds:{name}>"), &format!("</x:{name}>"));
        assert_ne!(text, sent.text);
        assert_eq!(sent.code(&text), "signature.structure", "{name}");
    }
    // An unsigned digest of the right name, first in document order.
    let forged = sent.with(
        "<Note>",
        &format!("<Note><ds:DigestValue xmlns:ds=\"{NAMESPACE}\">AAAA</ds:DigestValue>"),
    );
    assert_eq!(sent.code(&forged), "signature.digest-mismatch");
}
