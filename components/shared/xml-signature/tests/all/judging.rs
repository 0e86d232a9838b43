// SPDX-License-Identifier: Apache-2.0
//! What the judge is asked, and when.

use canonical_xml::{Document, Limits, Piece};
use xml_signature::{DigestAlgorithm, NAMESPACE, Policy, verify};

use xml_testkit::{
    self, BASE64, EXCLUSIVE, Key, Memory, Native, Template, code, document, requiring, sign,
    sign_with,
};

#[test]
fn sha1_verifies_where_it_is_allowed() {
    let mut template = Template::enveloped(Key::rsa());
    template.algorithm = RSA_SHA1.to_owned();
    template.references = template
        .references
        .replace(DigestAlgorithm::Sha256.uri(), SHA1);
    let Some(signed) = sign_with(&format!("<r>{}</r>", template.text()), Key::rsa()) else {
        println!("not tested: the program `openssl`, which would sign, is not installed");
        return;
    };
    let allowing = Policy {
        allow_sha1: true,
        ..Policy::default()
    };
    assert_eq!(code(&signed, Key::rsa(), &allowing), "valid");
    let code = code(&signed, Key::rsa(), &Policy::default());
    assert_eq!(code, "signature.sha1-not-allowed");
}

#[test]
fn explaining_shows_the_very_octets() {
    let template = Template::new(Key::rsa())
        .reference("#x", &[EXCLUSIVE])
        .reference("#data", &[BASE64])
        .text();
    let text = format!("<r><x a='1' Id='x'/><data Id=\"data\">QUJD</data>{template}</r>");
    let signed = sign(&text, Key::rsa());
    let document = document(&signed);
    let policy = Policy {
        explain: true,
        ..requiring(&["/r/x"])
    };
    let mut backend = Native::trusting(Key::rsa());
    verify(&document, &policy, &mut backend).unwrap();
    let (name, signed_info) = &backend.explained[0];
    assert_eq!(name, "SignedInfo");
    let start = format!("<ds:SignedInfo xmlns:ds=\"{NAMESPACE}\"><ds:CanonicalizationMethod ");
    assert!(signed_info.starts_with(start.as_bytes()));
    let octets = |index: usize| {
        let (uri, octets) = &backend.explained[index];
        (uri.as_str(), std::str::from_utf8(octets).unwrap())
    };
    assert_eq!(octets(1), ("#x", "<x Id=\"x\" a=\"1\"></x>"));
    assert_eq!(octets(2), ("#data", "ABC"));
    assert_eq!(backend.explained.len(), 3);

    // Also, and above all, where it does not verify.
    let changed = signed.replace("a='1'", "a='2'");
    let document = xml_testkit::document(&changed);
    let mut backend = Native::trusting(Key::rsa());
    verify(&document, &policy, &mut backend).unwrap_err();
    assert_eq!(backend.explained[1].1, b"<x Id=\"x\" a=\"2\"></x>");
}

#[test]
fn nothing_is_resolved_or_digested_before_somebody_trusted_has_signed() {
    let template = Template::enveloped(Key::rsa()).text();
    let signed = sign(&format!("<r>{template}</r>"), Key::rsa());
    let asked = |text: &str, mut backend: Native| {
        let _ = verify(&document(text), &Policy::default(), &mut backend);
        backend.asked
    };
    assert_eq!(
        asked(&signed, Native::trusting(Key::rsa())),
        ["identify", "verify", "digest"]
    );
    // An Id that is not there is not noticed either: the value is wrong before that.
    let changed = signed.replace("URI=\"\"", "URI=\"#none\"");
    assert_eq!(
        asked(&changed, Native::trusting(Key::rsa())),
        ["identify", "verify"]
    );
    assert_eq!(asked(&signed, Native::default()), ["identify", "pinned"]);
    // The structure costs no question at all.
    let changed = signed.replace("<ds:SignatureValue>", "text<ds:SignatureValue>");
    assert_eq!(asked(&changed, Native::trusting(Key::rsa())), [""; 0]);
}

#[test]
fn a_document_whose_text_stays_elsewhere_verifies() {
    let references = (0..30).fold(Template::new(Key::rsa()), |template, index| {
        template.reference(&format!("#{}-{index}", "x".repeat(100)), &[EXCLUSIVE])
    });
    let targets: String = (0..30)
        .map(|index| format!("<x Id=\"{}-{index}\"/>", "x".repeat(100)))
        .collect();
    let big = "QUJD".repeat(25_000);
    // Written in canonical form, so that `SignedInfo` is in the source as it is signed, and long.
    let template = references.text();
    let template = document(&template).root().markup().unwrap().unwrap();
    let text = format!("<r><data>{big}</data>{targets}{template}</r>");
    let signed = sign(&text, Key::rsa());

    let document = Document::load(&Memory::new(&signed), &Limits::default()).unwrap();
    let data = document.find(&"/r/data".parse().unwrap())[0];
    assert!(
        data.text()
            .pieces()
            .any(|piece| matches!(piece, Piece::Source(_)))
    );
    let mut backend = Native::trusting(Key::rsa());
    backend.source = signed.clone().into_bytes();
    let policy = requiring(&["/r/x"]);
    let verified = verify(&document, &policy, &mut backend).unwrap();
    assert_eq!(verified.covered().len(), 30);
    assert!(backend.asked.contains(&"read"), "SignedInfo was all copied");

    let changed = signed.replace("-29\"/>", "-29\" a=\"\"/>");
    let document = Document::load(&Memory::new(&changed), &Limits::default()).unwrap();
    let mut backend = Native::trusting(Key::rsa());
    backend.source = changed.into_bytes();
    let error = verify(&document, &policy, &mut backend).unwrap_err();
    assert!(
        format!("{error}").contains("what reference 30 names was changed"),
        "{error}"
    );
}

const SHA1: &str = "http://www.w3.org/2000/09/xmldsig#sha1";
const RSA_SHA1: &str = "http://www.w3.org/2000/09/xmldsig#rsa-sha1";
