// SPDX-License-Identifier: Apache-2.0
//! What is no signature, though it looks like one.

use canonical_xml::{Document, Limits};
use xml_signature::{
    ENVELOPED_SIGNATURE, KeySource, Located, NAMESPACE, Policy, StructureFault, VerifyErrorKind,
    VerifyFailure, verify_signature,
};

use xml_testkit::{EXCLUSIVE, Key, Memory, Native, Template, document, sign, verify};

/// Changes the text of a template before it is signed, and tells how the result departs from the schema.
fn fault(change: impl Fn(&str) -> String) -> StructureFault {
    let text = Template::enveloped(Key::rsa()).text();
    let changed = change(&text);
    assert_ne!(changed, text, "nothing was changed");
    let signed = sign(&format!("<r>{changed}</r>"), Key::rsa());
    match verify(&signed, Key::rsa(), &Policy::default()) {
        Err(VerifyErrorKind::Structure(fault)) => fault,
        other => panic!("{other:?} for {changed}"),
    }
}

fn replaced(from: &str, to: &str) -> StructureFault {
    fault(|text| text.replacen(from, to, 1))
}

const DIGEST: &str = "<ds:DigestValue/>";
const VALUE: &str = "<ds:SignatureValue/>";
const END: &str = "</ds:Signature>";

#[test]
fn children_out_of_place() {
    use StructureFault::{MissingChild, UnexpectedChild};
    #[rustfmt::skip]
    let rows = [
        (VALUE, "", MissingChild("SignatureValue")),
        (VALUE, "<ds:SignatureValue/><ds:SignatureValue/>", UnexpectedChild),
        (VALUE, "<ds:SignedInfo/><ds:SignatureValue/>", MissingChild("SignatureValue")),
        (VALUE, "<ds:Object/><ds:SignatureValue/>", MissingChild("SignatureValue")),
        (END, "<ds:SignedInfo/></ds:Signature>", UnexpectedChild),
        (END, "<ds:Object/><ds:KeyInfo/></ds:Signature>", UnexpectedChild),
        (END, "<ds:KeyInfo/></ds:Signature>", UnexpectedChild),
        (END, "<x/></ds:Signature>", UnexpectedChild),
        (DIGEST, "", MissingChild("DigestValue")),
        (DIGEST, "<ds:DigestValue/><ds:DigestValue/>", UnexpectedChild),
        (DIGEST, "<x/><ds:DigestValue/>", MissingChild("DigestValue")),
        ("<ds:DigestMethod", "<ds:DigestValue/><ds:DigestMethod", MissingChild("DigestMethod")),
        ("<ds:Transforms>", "<ds:Transforms/><ds:Transforms>", MissingChild("DigestMethod")),
        ("</ds:Transforms>", "<x/></ds:Transforms>", UnexpectedChild),
        ("</ds:Transforms>", "</ds:Transforms><ds:Transforms/>", MissingChild("DigestMethod")),
        ("</ds:SignedInfo>", "<ds:SignatureMethod/></ds:SignedInfo>", UnexpectedChild),
        ("</ds:SignedInfo>", "<ds:Object/></ds:SignedInfo>", UnexpectedChild),
        ("<ds:SignatureMethod", "<ds:CanonicalizationMethod Algorithm=\"\"/><ds:SignatureMethod", MissingChild("SignatureMethod")),
        ("<ds:CanonicalizationMethod", "<ds:Reference/><ds:CanonicalizationMethod", MissingChild("CanonicalizationMethod")),
    ];
    for (from, to, expected) in rows {
        assert_eq!(replaced(from, to), expected, "{to}");
    }
    let empty = |text: &str| {
        let (before, rest) = text.split_once("<ds:SignedInfo>").unwrap();
        let (_, after) = rest.split_once("</ds:SignedInfo>").unwrap();
        format!("{before}<ds:SignedInfo/>{after}")
    };
    assert_eq!(fault(empty), MissingChild("CanonicalizationMethod"));
    // By namespace, not by prefix or local name.
    let foreign = |text: &str| text.replace(DIGEST, "<DigestValue/>");
    assert_eq!(fault(foreign), MissingChild("DigestValue"));
}

/// `HMACOutputLength` would be one: the length of an HMAC that the message chooses itself (CVE-2009-0217).
#[test]
fn methods_hold_nothing() {
    let within = |local: &str, algorithm: &str, content: &str| {
        let empty = format!("<ds:{local} Algorithm=\"{algorithm}\"/>");
        let full = format!("<ds:{local} Algorithm=\"{algorithm}\">{content}</ds:{local}>");
        replaced(&empty, &full)
    };
    let rsa = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
    let sha = "http://www.w3.org/2001/04/xmlenc#sha256";
    let enveloped = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
    let list = format!("<e:InclusiveNamespaces xmlns:e=\"{EXCLUSIVE}\"/>");
    let length = "<ds:HMACOutputLength>8</ds:HMACOutputLength>";
    let child = StructureFault::UnexpectedChild;
    assert_eq!(within("SignatureMethod", rsa, length), child);
    assert_eq!(
        within("SignatureMethod", rsa, "text"),
        StructureFault::UnexpectedText
    );
    assert_eq!(within("DigestMethod", sha, "<x/>"), child);
    assert_eq!(
        within("Transform", enveloped, "<ds:XPath>1</ds:XPath>"),
        child
    );
    assert_eq!(
        within(
            "CanonicalizationMethod",
            EXCLUSIVE,
            &format!("{list}{list}")
        ),
        child
    );
    assert_eq!(
        within(
            "CanonicalizationMethod",
            EXCLUSIVE,
            "<InclusiveNamespaces/>"
        ),
        child
    );
    assert_eq!(
        within(
            "CanonicalizationMethod",
            EXCLUSIVE,
            "<ds:InclusiveNamespaces/>"
        ),
        child
    );
    assert_eq!(within("Transform", EXCLUSIVE, "<x/>"), child);

    // Only the exclusive methods have a list.
    let inclusive = "http://www.w3.org/2006/12/xml-c14n11";
    let with_list = |text: &str| {
        let empty = format!("<ds:Transform Algorithm=\"{EXCLUSIVE}\"/>");
        let full = format!("<ds:Transform Algorithm=\"{inclusive}\">{list}</ds:Transform>");
        text.replace(&empty, &full)
    };
    assert_eq!(fault(with_list), child);
}

#[test]
fn prefix_lists_are_lists_of_prefixes() {
    let with_list = |attributes: &str, content: &str| {
        fault(|text| {
            let empty = format!("<ds:CanonicalizationMethod Algorithm=\"{EXCLUSIVE}\"/>");
            let full = format!(
                "<ds:CanonicalizationMethod Algorithm=\"{EXCLUSIVE}\"><e:InclusiveNamespaces \
                 xmlns:e=\"{EXCLUSIVE}\" {attributes}>{content}</e:InclusiveNamespaces></ds:CanonicalizationMethod>"
            );
            text.replace(&empty, &full)
        })
    };
    for list in ["a:b", "1", "#Default", "a,b", &"a ".repeat(129)] {
        let found = with_list(&format!("PrefixList=\"{list}\""), "");
        assert_eq!(found, StructureFault::MalformedPrefixList, "{list}");
    }
    assert_eq!(
        with_list("Prefix=\"a\"", ""),
        StructureFault::UnexpectedAttribute
    );
    assert_eq!(
        with_list("PrefixList=\"a\"", "<x/>"),
        StructureFault::UnexpectedChild
    );
    assert_eq!(
        with_list("PrefixList=\"a\"", "x"),
        StructureFault::UnexpectedText
    );
}

/// What has to be in memory is bounded, be it white space.
#[test]
fn signed_info_of_128_kib_and_one_byte_more() {
    const MAXIMUM: usize = 128 << 10;
    let padded = |count: usize| {
        let text = Template::enveloped(Key::rsa()).text();
        let text = text.replace(
            "</ds:SignedInfo>",
            &format!("{}</ds:SignedInfo>", " ".repeat(count)),
        );
        sign(&format!("<r>{text}</r>"), Key::rsa())
    };
    let shown = {
        let text = padded(0);
        let mut backend = Native::trusting(Key::rsa());
        let policy = Policy {
            explain: true,
            ..Policy::default()
        };
        xml_signature::verify(&document(&text), &policy, &mut backend).unwrap();
        backend.explained[0].1.len()
    };
    let too_long = VerifyErrorKind::SignedInfoTooLong { maximum: MAXIMUM };
    for (count, expected) in [
        (MAXIMUM - shown, Ok(())),
        (MAXIMUM - shown + 1, Err(too_long)),
    ] {
        let text = padded(count);
        let verified = verify(&text, Key::rsa(), &Policy::default());
        assert_eq!(verified.map(drop), expected);
    }

    // The same where the bytes stay elsewhere.
    let long = format!("Type=\"urn:{}\" URI=\"\"", "t".repeat(60_000));
    let template = (0..3).fold(Template::new(Key::rsa()), |template, _| {
        template.reference("", &[ENVELOPED_SIGNATURE, EXCLUSIVE])
    });
    let text = template.text().replace("URI=\"\"", &long);
    let signed = sign(&format!("<r>{text}</r>"), Key::rsa());
    let document = Document::load(&Memory::new(&signed), &Limits::default()).unwrap();
    let mut backend = Native::trusting(Key::rsa());
    let failure = xml_signature::verify(&document, &Policy::default(), &mut backend).unwrap_err();
    let expected = VerifyErrorKind::SignedInfoTooLong { maximum: MAXIMUM };
    assert!(matches!(failure, VerifyFailure::Refused(error) if error.kind == expected));
}

#[test]
fn attributes_and_text_out_of_place() {
    #[rustfmt::skip]
    let rows = [
        ("<ds:SignedInfo>", "<ds:SignedInfo Kind=\"\">"),
        ("<ds:SignatureMethod", "<ds:SignatureMethod Kind=\"\""),
        ("<ds:CanonicalizationMethod", "<ds:CanonicalizationMethod Id=\"a\""),
        ("<ds:Reference", "<ds:Reference xml:base=\"http://example.com/\""),
        ("<ds:Reference", "<ds:Reference xmlns:u=\"urn:u\" u:URI=\"#a\""),
        ("<ds:Transforms>", "<ds:Transforms Id=\"a\">"),
        ("<ds:Transform ", "<ds:Transform Id=\"a\" "),
        ("<ds:DigestMethod", "<ds:DigestMethod Kind=\"\""),
        (DIGEST, "<ds:DigestValue Id=\"a\"/>"),
    ];
    for (from, to) in rows {
        let fault = replaced(from, to);
        assert_eq!(fault, StructureFault::UnexpectedAttribute, "{to}");
    }
    for (from, to) in [
        (VALUE, "text<ds:SignatureValue/>"),
        ("<ds:Reference", "&#65;<ds:Reference"),
        (DIGEST, "<![CDATA[text]]><ds:DigestValue/>"),
        ("</ds:Transforms>", "\u{A0}</ds:Transforms>"),
    ] {
        assert_eq!(replaced(from, to), StructureFault::UnexpectedText, "{to}");
    }
    let without = |name: &str| {
        fault(|text| {
            let (before, rest) = text
                .split_once(&format!("<ds:{name} Algorithm=\""))
                .unwrap();
            let (_, after) = rest.split_once('"').unwrap();
            format!("{before}<ds:{name}{after}")
        })
    };
    for name in [
        "CanonicalizationMethod",
        "SignatureMethod",
        "DigestMethod",
        "Transform",
    ] {
        let fault = without(name);
        assert_eq!(
            fault,
            StructureFault::MissingAttribute("Algorithm"),
            "{name}"
        );
    }
}

#[test]
fn what_the_schema_has_is_accepted() {
    let accepted = |change: &dyn Fn(&str) -> String| {
        let text = change(&Template::enveloped(Key::rsa()).text());
        let signed = sign(&format!("<r>{text}</r>"), Key::rsa());
        let verified = verify(&signed, Key::rsa(), &Policy::default());
        assert_eq!(verified.unwrap(), ["/r"], "{text}");
    };
    accepted(&|text| {
        text.replace("><", ">\n \t<")
            .replace("<ds:DigestValue/>", "<ds:DigestValue>\r\n</ds:DigestValue>")
    });
    accepted(&|text| text.replace("<ds:Reference", "<!-- c --><?p i?><ds:Reference"));
    accepted(&|text| text.replace("<ds:Reference", "<ds:Reference Id=\"a\" Type=\"urn:t\""));
    accepted(&|text| text.replace("<ds:SignedInfo", "<ds:SignedInfo Id=\"a\""));
    accepted(&|text| text.replace(VALUE, "<ds:SignatureValue Id=\"a\"/>"));
    accepted(&|text| {
        text.replace(END, "<ds:Object Id=\"a\" MimeType=\"text/plain\">text<x/></ds:Object><ds:Object/></ds:Signature>")
    });
    accepted(&|text| text.replace("ds:", "").replace("xmlns:ds", "xmlns"));
    accepted(&|text| {
        text.replace(
            "<ds:KeyInfo>",
            "<ds:KeyInfo Id=\"a\"><ds:KeyName>name</ds:KeyName>text",
        )
    });
    accepted(&|text| {
        let empty = format!("<ds:Transform Algorithm=\"{EXCLUSIVE}\"/>");
        let full = format!(
            "<ds:Transform Algorithm=\"{EXCLUSIVE}\"> <e:InclusiveNamespaces xmlns:e=\"{EXCLUSIVE}\" PrefixList=\"{}\"/> </ds:Transform>",
            "a ".repeat(128)
        );
        text.replace(&empty, &full)
    });
}

#[test]
fn only_a_signature_of_the_document_is_verified() {
    let signed = sign(
        &format!("<r>{}</r>", Template::enveloped(Key::rsa()).text()),
        Key::rsa(),
    );
    let (one, other) = (document(&signed), document(&signed));
    let signature_of = |document| {
        let elements = Document::elements(document);
        elements
            .into_iter()
            .find(|element| element.is(NAMESPACE, "Signature"))
            .unwrap()
    };
    let located = |signature| Located {
        document: &one,
        signature,
        keys: KeySource::KeyInfo,
    };
    let verify = |located| {
        let mut backend = Native::trusting(Key::rsa());
        verify_signature(located, &Policy::default(), &mut backend).map(drop)
    };
    verify(located(signature_of(&one))).unwrap();
    for signature in [signature_of(&other), one.root()] {
        let error = verify(located(signature)).unwrap_err().to_string();
        assert!(
            error.contains("no Signature element of the document"),
            "{error}"
        );
    }
}
