// SPDX-License-Identifier: Apache-2.0
//! Transforms and canonicalisations: ones that compute, ones that cut, too many, out of order, or altered.
//!
//! The sender itself signs them here, so that it is not the signature value that saves the reader.

use xml_signature::{ENVELOPED_SIGNATURE, verify};

use crate::scene::{FORGED, Sent, content, replaced};
use xml_testkit::{BASE64, EXCLUSIVE, INCLUSIVE, Key, Template, document, sign};

const EXCLUSIVE_COMMENTS: &str = "http://www.w3.org/2001/10/xml-exc-c14n#WithComments";

fn transform(uri: &str, content: &str) -> String {
    format!("<ds:Transform Algorithm=\"{uri}\">{content}</ds:Transform>")
}

/// What the reader of the note makes of a signature of it by these transforms.
fn code(transforms: &str) -> &'static str {
    let sent = Sent::note(&transform(EXCLUSIVE, ""));
    let template = Template::new(Key::rsa()).reference_with("#note", transforms);
    sent.code(&sign(&Sent::note_with(&template), Key::rsa()))
}

/// What the reader of the order makes of a signature of all of it by these transforms.
fn code_of_whole(transforms: &str) -> &'static str {
    let sent = Sent::order();
    let template = Template::new(Key::rsa()).reference_with("", transforms);
    sent.code(&sign(
        &format!("<Order>{}</Order>", template.text()),
        Key::rsa(),
    ))
}

#[test]
fn transforms_that_compute_or_select() {
    #[rustfmt::skip]
    let rows = [
        (
            "http://www.w3.org/TR/1999/REC-xslt-19991116",
            "<xsl:stylesheet xmlns:xsl=\"http://www.w3.org/1999/XSL/Transform\" version=\"1.0\">\
             <xsl:template match=\"/\"><xsl:value-of select=\"document('file:///etc/passwd')\"/></xsl:template></xsl:stylesheet>",
        ),
        ("http://www.w3.org/TR/1999/REC-xpath-19991116", "<ds:XPath>not(ancestor-or-self::Note)</ds:XPath>"),
        (
            "http://www.w3.org/2002/06/xmldsig-filter2",
            "<f:XPath xmlns:f=\"http://www.w3.org/2002/06/xmldsig-filter2\" Filter=\"subtract\">/</f:XPath>",
        ),
        ("http://www.w3.org/2002/07/decrypt#XML", ""),
        ("http://www.w3.org/2002/07/decrypt#Binary", ""),
        ("http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#STR-Transform", ""),
        ("http://docs.oasis-open.org/wss/oasis-wss-SwAProfile-1.1#Attachment-Content-Signature-Transform", ""),
        ("http://www.w3.org/TR/1999/REC-xptr-19990709", ""),
        ("http://www.w3.org/2010/xml-c14n2", ""),
        ("http://www.w3.org/2000/09/xmldsig#sha1", ""),
        ("", ""),
        ("http://www.w3.org/2001/10/xml-exc-c14n", ""),
        ("http://www.w3.org/2001/10/xml-exc-c14n# ", ""),
        ("http://www.w3.org/2001/10/xml-exc-c14n#withcomments", ""),
        ("http://www.w3.org/TR/2001/REC-xml-c14n-20010315#", ""),
    ];
    for (uri, content) in rows {
        let alone = transform(uri, content);
        assert_eq!(code(&alone), "signature.transform-not-allowed", "{uri}");
        let before = format!("{alone}{}", transform(EXCLUSIVE, ""));
        assert_eq!(code(&before), "signature.transform-not-allowed", "{uri}");
        let after = format!("{}{alone}", transform(ENVELOPED_SIGNATURE, ""));
        assert_eq!(
            code_of_whole(&after),
            "signature.transform-not-allowed",
            "{uri}"
        );
    }
}

#[test]
fn transforms_out_of_order_or_twice() {
    let [enveloped, exclusive, inclusive, base64] =
        [ENVELOPED_SIGNATURE, EXCLUSIVE, INCLUSIVE, BASE64].map(|uri| transform(uri, ""));
    assert_eq!(code_of_whole(&format!("{enveloped}{exclusive}")), "valid");
    assert_eq!(code_of_whole(&format!("{enveloped}{inclusive}")), "valid");
    assert_eq!(code_of_whole(&enveloped), "valid");
    for bad in [
        format!("{exclusive}{enveloped}"),
        format!("{enveloped}{enveloped}"),
        format!("{enveloped}{enveloped}{exclusive}"),
        format!("{enveloped}{exclusive}{enveloped}"),
        format!("{exclusive}{exclusive}"),
        format!("{inclusive}{exclusive}"),
        format!("{enveloped}{exclusive}{inclusive}"),
        format!("{base64}{exclusive}"),
        format!("{exclusive}{base64}"),
        format!("{base64}{base64}"),
        format!("{base64}{enveloped}"),
    ] {
        assert_eq!(
            code_of_whole(&bad),
            "signature.transform-not-allowed",
            "{bad}"
        );
    }
}

#[test]
fn a_flood_of_transforms() {
    let exclusive = transform(EXCLUSIVE, "");
    assert_eq!(code(&exclusive), "valid");
    // Five are looked at, and refused for what they are.
    assert_eq!(
        code(&exclusive.repeat(5)),
        "signature.transform-not-allowed"
    );
    assert_eq!(code(&exclusive.repeat(6)), "signature.too-many-transforms");
    assert_eq!(
        code(&exclusive.repeat(5000)),
        "signature.too-many-transforms"
    );
    let xslt = transform("http://www.w3.org/TR/1999/REC-xslt-19991116", "");
    assert_eq!(code(&xslt.repeat(6)), "signature.too-many-transforms");
}

#[test]
fn a_flood_of_references() {
    let text = |count: usize| {
        let template = (0..count).fold(Template::new(Key::rsa()), |template, _| {
            template.reference("#note", &[EXCLUSIVE])
        });
        sign(&Sent::note_with(&template), Key::rsa())
    };
    let sent = Sent::note(&transform(EXCLUSIVE, ""));
    assert_eq!(sent.code(&text(30)), "valid");
    assert_eq!(sent.code(&text(31)), "signature.too-many-references");
    // It costs no question to anybody.
    let text = text(31);
    let (document, mut backend) = (document(&text), sent.backend());
    verify(&document, &sent.policy, &mut backend).unwrap_err();
    assert_eq!(backend.asked, [""; 0]);
}

/// CVE-2013-4517 and its kind hide in what the transforms hold.
#[test]
fn content_where_a_transform_has_none() {
    let inclusive_namespaces =
        format!("<ec:InclusiveNamespaces xmlns:ec=\"{EXCLUSIVE}\" PrefixList=\"x\"/>");
    assert_eq!(code(&transform(EXCLUSIVE, &inclusive_namespaces)), "valid");
    #[rustfmt::skip]
    let rows = [
        (EXCLUSIVE, "<ds:XPath>self::node()</ds:XPath>".to_owned()),
        (EXCLUSIVE, "text".to_owned()),
        (EXCLUSIVE, "&#32;x".to_owned()),
        (EXCLUSIVE, "<InclusiveNamespaces xmlns=\"\" PrefixList=\"x\"/>".to_owned()),
        (EXCLUSIVE, "<ds:InclusiveNamespaces PrefixList=\"x\"/>".to_owned()),
        (EXCLUSIVE, inclusive_namespaces.repeat(2)),
        (EXCLUSIVE, format!("<x>{inclusive_namespaces}</x>")),
        (EXCLUSIVE, format!("{inclusive_namespaces}<ds:XPath/>")),
        (EXCLUSIVE, inclusive_namespaces.replace("/>", ">x</ec:InclusiveNamespaces>")),
        (EXCLUSIVE, inclusive_namespaces.replace("/>", "><x/></ec:InclusiveNamespaces>")),
        (EXCLUSIVE, inclusive_namespaces.replace("PrefixList", "Prefixlist")),
        (EXCLUSIVE, inclusive_namespaces.replace("PrefixList", "ec:PrefixList")),
        (EXCLUSIVE, inclusive_namespaces.replace("\"x\"", "\"x y:z\"")),
        (EXCLUSIVE, inclusive_namespaces.replace("\"x\"", "\"1\"")),
        (EXCLUSIVE, inclusive_namespaces.replace("\"x\"", "\"#x\"")),
        (INCLUSIVE, inclusive_namespaces.clone()),
        (INCLUSIVE, "<ds:XPath/>".to_owned()),
        (BASE64, "<ds:XPath/>".to_owned()),
    ];
    for (uri, content) in rows {
        let transforms = transform(uri, &content);
        assert_eq!(code(&transforms), "signature.structure", "{transforms}");
    }
    let filled = transform(ENVELOPED_SIGNATURE, "<ds:XPath/>");
    assert_eq!(code_of_whole(&filled), "signature.structure");
    let nested = format!(
        "<ds:Transform Algorithm=\"{EXCLUSIVE}\">{}</ds:Transform>",
        transform(EXCLUSIVE, "")
    );
    assert_eq!(code(&nested), "signature.structure");
    let extra = format!("<ds:Transform Algorithm=\"{EXCLUSIVE}\" x=\"\"/>");
    assert_eq!(code(&extra), "signature.structure");
    assert_eq!(code("<ds:Transform/>"), "signature.structure");
    assert_eq!(code("<ds:Transforms/>"), "signature.structure");
    // An empty list says what none says; it lets nobody in.
    assert_eq!(code("<!-- none -->"), "valid");
}

/// `InclusiveNamespaces` where another method, or the whole `Transforms`, would have it.
#[test]
fn a_prefix_list_in_the_wrong_place() {
    let sent = Sent::note(&transform(EXCLUSIVE, ""));
    let list = format!("<ec:InclusiveNamespaces xmlns:ec=\"{EXCLUSIVE}\" PrefixList=\"x\"/>");
    let unsigned = Sent::note_with(&Template::new(Key::rsa()).reference("#note", &[EXCLUSIVE]));
    for before in [
        "<ds:Transforms>",
        "</ds:Transforms>",
        "<ds:DigestMethod ",
        "<ds:DigestValue/>",
        "<ds:SignatureMethod ",
        "<ds:Reference ",
        "</ds:SignedInfo>",
    ] {
        let text = replaced(&unsigned, before, &format!("{list}{before}"));
        assert_eq!(
            sent.code(&sign(&text, Key::rsa())),
            "signature.structure",
            "{before}"
        );
    }
}

#[test]
fn an_algorithm_of_canonicalization_off_the_list() {
    let sent = Sent::order();
    for uri in [
        "",
        "http://www.w3.org/2001/10/xml-exc-c14n",
        "http://www.w3.org/2010/xml-c14n2",
        "http://www.w3.org/2000/09/xmldsig#minimal",
        "http://www.w3.org/TR/1999/REC-xslt-19991116",
        "http://www.w3.org/TR/1999/REC-xpath-19991116",
        "http://www.w3.org/2001/10/xml-exc-c14n#\u{a0}",
        ENVELOPED_SIGNATURE,
        BASE64,
        // CVE-2013-2172: whatever the sender makes of it.
        "http://attacker.example/identity",
    ] {
        let mut template = Template::enveloped(Key::rsa());
        template.canonicalization = uri.to_owned();
        let text = sign(&format!("<Order>{}</Order>", template.text()), Key::rsa());
        assert_eq!(
            sent.code(&text),
            "signature.canonicalization-not-allowed",
            "{uri}"
        );
    }
}

/// What names the method is signed in the form that the method gives.
#[test]
fn the_canonicalization_exchanged_after_signing() {
    let sent = Sent::note(&transform(INCLUSIVE, ""));
    let method = format!("<ds:CanonicalizationMethod Algorithm=\"{EXCLUSIVE}\"/>");
    for uri in canonical_xml::Canonicalization::uris() {
        if uri == EXCLUSIVE {
            continue;
        }
        let other = format!("<ds:CanonicalizationMethod Algorithm=\"{uri}\"/>");
        assert_eq!(
            sent.code_with(&method, &other),
            "signature.mismatch",
            "{uri}"
        );
    }
    for uri in [EXCLUSIVE, EXCLUSIVE_COMMENTS, ENVELOPED_SIGNATURE, BASE64] {
        assert_eq!(
            sent.code_with(INCLUSIVE, uri),
            "signature.mismatch",
            "{uri}"
        );
    }
    assert_eq!(
        sent.code_with(
            &format!(
                "<ds:Transforms>{}</ds:Transforms>",
                transform(INCLUSIVE, "")
            ),
            ""
        ),
        "signature.mismatch"
    );
}

#[test]
fn the_prefix_list_changed_after_signing() {
    let list =
        format!("<ec:InclusiveNamespaces xmlns:ec=\"{EXCLUSIVE}\" PrefixList=\"x #default\"/>");
    let sent = Sent::note(&transform(EXCLUSIVE, &list));
    for other in [
        String::new(),
        list.replace("x #default", "x"),
        list.replace("x #default", ""),
        list.replace("x #default", "x  #default"),
        list.replace("x #default", "x #default y"),
        list.replace("x #default", "#default x"),
    ] {
        assert_eq!(
            sent.code_with(&list, &other),
            "signature.mismatch",
            "{other}"
        );
    }
    // On `CanonicalizationMethod`, which had none.
    let method = format!("<ds:CanonicalizationMethod Algorithm=\"{EXCLUSIVE}\"/>");
    let other = method.replace("/>", &format!(">{list}</ds:CanonicalizationMethod>"));
    assert_eq!(sent.code_with(&method, &other), "signature.mismatch");
    let other = method.replace("/>", "><ds:X/></ds:CanonicalizationMethod>");
    assert_eq!(sent.code_with(&method, &other), "signature.structure");
}

/// The reference is to what does not hold the signature: there is nothing to take out, and nothing to tie the one to the other.
#[test]
fn enveloped_signature_where_the_signature_is_outside() {
    let both = format!(
        "{}{}",
        transform(ENVELOPED_SIGNATURE, ""),
        transform(EXCLUSIVE, "")
    );
    assert_eq!(code(&both), "signature.enveloped-outside");
    // The signature itself, and a part of it, are not around it either.
    let sent = Sent::order();
    for (from, to) in [
        ("<ds:Signature ", "<ds:Signature Id=\"s\" "),
        ("<ds:SignedInfo>", "<ds:SignedInfo Id=\"s\">"),
        ("<ds:KeyInfo>", "<ds:KeyInfo Id=\"s\">"),
    ] {
        let template =
            Template::enveloped(Key::rsa()).reference("#s", &[ENVELOPED_SIGNATURE, EXCLUSIVE]);
        let text = replaced(&format!("<Order>{}</Order>", template.text()), from, to);
        let text = sign(&text, Key::rsa());
        assert_eq!(sent.code(&text), "signature.enveloped-outside", "{from}");
    }
}

/// Only the octets that a text encodes are digested: comments, children and attributes around it would be free to change.
#[test]
fn base64_of_an_element_that_holds_more_than_text() {
    let signed = |content: &str| {
        let template = Template::new(Key::rsa())
            .reference("#data", &[BASE64])
            .reference("#x", &[EXCLUSIVE]);
        let text = format!(
            "<r><data Id=\"data\">{content}</data><x Id=\"x\"/>{}</r>",
            template.text()
        );
        sign(&text, Key::rsa())
    };
    let sent = Sent::new(&signed("QUJD"), &["/r/x"]);
    for content in [
        "QU<!-- -->JD",
        "QU<?x?>JD",
        "QU<y/>JD",
        "QU<y>Rk</y>JD",
        "<y/>",
        "QUJ",
        "QUJD=",
        "QU-D",
        "text!",
    ] {
        assert_eq!(sent.code(&signed(content)), "signature.base64", "{content}");
    }
    // As good as any other text of the same octets; the element is not covered in any case.
    for same in ["QU&#74;D", "<![CDATA[QUJD]]>", " QU\tJ D\r\n"] {
        assert_eq!(
            sent.code_with("QUJD<", &format!("{same}<")),
            "valid",
            "{same}"
        );
    }
    assert_eq!(
        sent.code_with("QUJD<", "QUJE<"),
        "signature.digest-mismatch"
    );
    assert_eq!(
        sent.code_if(&["/r/data"], &sent.text),
        "signature.uncovered"
    );
    let added = sent.with("<data ", &format!("<data kind=\"{FORGED}\" "));
    assert_eq!(sent.code(&added), "valid");
    assert!(sent.yields_nothing_forged(&added) > 0);
}

#[test]
fn a_digest_of_nothing_covers_nothing() {
    // SHA-256 of no octets, for whoever digests an empty node-set.
    let sent = Sent::order();
    let digest = content(&sent.text, "ds:DigestValue").to_owned();
    let empty = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    assert_ne!(digest, empty);
    let text = sent.with(&digest, empty);
    let algorithm = xml_signature::SignatureAlgorithm::RsaSha256;
    let text = crate::scene::with_value(&text, |bytes| Key::rsa().sign(algorithm, bytes));
    assert_eq!(sent.code(&text), "signature.digest-mismatch");
}
