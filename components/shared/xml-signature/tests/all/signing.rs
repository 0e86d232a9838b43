// SPDX-License-Identifier: Apache-2.0
//! The shape of signatures, and what cannot be signed.

use canonical_xml::{Base64Text, Document, Element, ElementRef, Limits, NoBlob, to_bytes};
use xml_signature::{
    DigestAlgorithm, NAMESPACE, Prepared, Reference, SignError, SignatureAlgorithm, Signing,
    insert_enveloped, prepare,
};

fn reference() -> Reference {
    Reference::by_id("c", DigestAlgorithm::Sha256, [7; 32])
}

fn signing() -> Signing {
    Signing::new(SignatureAlgorithm::RsaSha256, vec![reference()])
}

fn text(element: &Element) -> String {
    String::from_utf8(to_bytes(element).unwrap()).unwrap()
}

#[test]
fn a_signature_by_id_in_full() {
    let signing = Signing {
        certificates: vec![b"abc".to_vec(), b"def".to_vec()],
        id: Some("s".to_owned()),
        ..signing()
    };
    let signature = prepare(signing).unwrap().complete(&[1, 2, 3]).unwrap();
    assert_eq!(
        text(&signature),
        "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" Id=\"s\"><ds:SignedInfo>\
         <ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"></ds:CanonicalizationMethod>\
         <ds:SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\"></ds:SignatureMethod>\
         <ds:Reference URI=\"#c\"><ds:Transforms>\
         <ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"></ds:Transform></ds:Transforms>\
         <ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"></ds:DigestMethod>\
         <ds:DigestValue>BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=</ds:DigestValue></ds:Reference></ds:SignedInfo>\
         <ds:SignatureValue>AQID</ds:SignatureValue><ds:KeyInfo><ds:X509Data>\
         <ds:X509Certificate>YWJj</ds:X509Certificate><ds:X509Certificate>ZGVm</ds:X509Certificate>\
         </ds:X509Data></ds:KeyInfo></ds:Signature>"
    );
}

#[test]
fn enveloped_references_take_the_signature_out_first() {
    let root = Reference::enveloped_root(DigestAlgorithm::Sha384, [0; 48]);
    let by_id = Reference::enveloped_by_id("r", DigestAlgorithm::Sha512, [0; 64]);
    let prepared: Prepared<NoBlob> = prepare(Signing::new(
        SignatureAlgorithm::RsaPssSha512,
        vec![root, by_id],
    ))
    .unwrap();
    let signed_info = Document::parse(prepared.signed_info(), &Limits::default()).unwrap();
    let value = |element: ElementRef<'_>, name| {
        let value = element.attribute("", name);
        value.unwrap().into_owned()
    };
    let references = signed_info.root().children();
    let summary: Vec<_> = references
        .filter(|reference| reference.is(NAMESPACE, "Reference"))
        .map(|reference| {
            let transforms = reference
                .descendants()
                .filter(|element| element.is(NAMESPACE, "Transform"));
            let algorithms = transforms.map(|transform| value(transform, "Algorithm"));
            (value(reference, "URI"), algorithms.collect::<Vec<_>>())
        })
        .collect();
    let transforms = vec![
        "http://www.w3.org/2000/09/xmldsig#enveloped-signature".to_owned(),
        "http://www.w3.org/2001/10/xml-exc-c14n#".to_owned(),
    ];
    let expected = [
        (String::new(), transforms.clone()),
        ("#r".to_owned(), transforms),
    ];
    assert_eq!(summary, expected);
}

/// Whatever the ancestors declare, a verifier finds the bytes that were signed.
#[test]
fn signed_info_in_a_document_is_what_was_signed() {
    for prefix in [None, Some("ds"), Some("p")] {
        let signing = Signing {
            prefix: prefix.map(str::to_owned),
            ..signing()
        };
        let prepared = prepare(signing).unwrap();
        let signed = prepared.signed_info().to_vec();
        let signature: Element = prepared.complete(&[1]).unwrap();
        for (namespace, outer_prefix) in [
            ("", ""),
            ("urn:a", ""),
            ("urn:a", "p"),
            (NAMESPACE, "ds"),
            (NAMESPACE, ""),
        ] {
            let mut document = Element::new(namespace, "Document").with_prefix(outer_prefix);
            insert_enveloped(&mut document, signature.clone());
            let bytes = to_bytes(&document).unwrap();
            let found = Document::parse(&bytes, &Limits::default()).unwrap();
            let signed_info = found
                .elements()
                .find(|element| element.is(NAMESPACE, "SignedInfo"))
                .unwrap();
            assert_eq!(
                signed_info.markup().unwrap().unwrap().as_bytes(),
                signed,
                "{prefix:?} in {namespace}"
            );
        }
    }
}

#[test]
fn a_signature_fits_a_tree_with_blobs() {
    let mut document =
        Element::new("urn:a", "Content").with_base64(Base64Text::promise(b"QUJD".to_vec()));
    insert_enveloped(
        &mut document,
        prepare(signing()).unwrap().complete(&[1]).unwrap(),
    );
    let written = String::from_utf8(to_bytes(&document).unwrap()).unwrap();
    assert!(written.starts_with("<Content xmlns=\"urn:a\">QUJD<ds:Signature "));
}

#[test]
fn what_cannot_be_prepared() {
    let digest = |length: usize| Reference::by_id("c", DigestAlgorithm::Sha256, vec![0; length]);
    let with = |references| Signing {
        references,
        ..signing()
    };
    let id = |id: &str| with(vec![Reference::by_id(id, DigestAlgorithm::Sha256, [0; 32])]);
    let prefix = |prefix: &str| Signing {
        prefix: Some(prefix.to_owned()),
        ..signing()
    };
    let length = |actual| SignError::DigestLength {
        index: 0,
        expected: 32,
        actual,
    };
    #[rustfmt::skip]
    let rows = [
        (with(vec![]), SignError::NoReference),
        (with(vec![digest(31)]), length(31)),
        (with(vec![digest(33)]), length(33)),
        (with(vec![reference(), reference()]), SignError::DuplicateReference { index: 1 }),
        (id(""), SignError::MalformedId),
        (id("#a"), SignError::MalformedId),
        (id("1"), SignError::MalformedId),
        (Signing { id: Some(String::new()),..signing() }, SignError::MalformedId),
        (prefix(""), SignError::MalformedPrefix),
        (prefix("a:b"), SignError::MalformedPrefix),
        (prefix("xmlns"), SignError::MalformedPrefix),
        (Signing { certificates: vec![vec![1], vec![]],..signing() }, SignError::EmptyCertificate { index: 1 }),
    ];
    for (signing, error) in rows {
        assert_eq!(prepare::<NoBlob>(signing).unwrap_err(), error);
    }
}

#[test]
fn signature_values_that_cannot_be() {
    let complete = |algorithm, length: usize| {
        let prepared = prepare(Signing {
            algorithm,
            ..signing()
        })
        .unwrap();
        prepared.complete(&vec![1; length]).map(|_: Element| ())
    };
    assert_eq!(
        complete(SignatureAlgorithm::RsaSha256, 0),
        Err(SignError::EmptySignature)
    );
    assert_eq!(
        complete(SignatureAlgorithm::EcdsaSha256, 0),
        Err(SignError::EmptySignature)
    );
    assert_eq!(complete(SignatureAlgorithm::RsaSha256, 384), Ok(()));
    for length in [64, 96, 132] {
        assert_eq!(complete(SignatureAlgorithm::EcdsaSha256, length), Ok(()));
    }
    for actual in [63, 65, 70, 71, 72, 131, 133] {
        assert_eq!(
            complete(SignatureAlgorithm::EcdsaSha384, actual),
            Err(SignError::EcdsaLength { actual })
        );
    }
}
