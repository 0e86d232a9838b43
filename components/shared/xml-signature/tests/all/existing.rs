// SPDX-License-Identifier: Apache-2.0
//! Signing documents that somebody else wrote.

use canonical_xml::{Canonicalization, CanonicalizeError, Document, Limits, Method};
use xml_signature::{
    DigestAlgorithm, DocumentSigning, Insertion, KeySource, Located, Place, Policy, SignError,
    SignFailure, SignatureAlgorithm, Target, Verified, VerifyErrorKind, VerifyFailure,
    prepare_document, verify, verify_signature,
};

use xml_testkit::{Key, Memory, Native, code, document, form_digest, requiring};

/// Not written as this crate would write: declaration, comments, quotes, references, CDATA, line ends, white space in
/// tags.
const WILD: &str = "<?xml version='1.0'?>\r\n<!-- before --><o:Order xmlns:o='urn:o' xmlns=\"urn:d\" \r\n\
    b='2'  a='1&#x9;' ID='order'>text &gt; <![CDATA[<&]]> \r\n<Item Id = \"item\" />\
    <Item xmlns='' Id='other'  ><deep xml:id=\"deep\"/>tail</Item >\r\n</o:Order\n><!-- after -->";

fn sha256() -> DigestAlgorithm {
    DigestAlgorithm::Sha256
}

fn signing<'d>(document: &'d Document<'d>) -> DocumentSigning<'d> {
    DocumentSigning {
        certificates: vec![Key::rsa().certificate.clone()],
        ..DocumentSigning::new(document, SignatureAlgorithm::RsaSha256)
    }
}

fn inserted(signing: DocumentSigning<'_>) -> Insertion {
    let algorithm = signing.algorithm;
    let prepared = prepare_document(signing, form_digest).unwrap();
    let value = Key::rsa().sign(algorithm, prepared.signed_info());
    prepared.complete(&value).unwrap()
}

fn refusal(signing: DocumentSigning<'_>) -> SignError {
    match prepare_document(signing, form_digest).unwrap_err() {
        SignFailure::Refused(error) => error,
        SignFailure::Digest(never) => match never {},
    }
}

fn found<'d>(document: &'d Document<'d>, path: &str) -> canonical_xml::ElementRef<'d> {
    document.find(&path.parse().unwrap())[0]
}

/// Signs, checks that nothing else was touched, and verifies what is required.
fn check(signing: DocumentSigning<'_>, required: &[&str]) -> String {
    let insertion = inserted(signing);
    let signed = insertion.apply(WILD.as_bytes()).unwrap();
    let signed = String::from_utf8(signed).unwrap();
    let offset = usize::try_from(insertion.offset).unwrap();
    assert!(signed.starts_with(&WILD[..offset]));
    assert!(signed.ends_with(&WILD[offset..]));
    assert_eq!(signed.len(), WILD.len() + insertion.signature.len());
    let policy = requiring(required);
    assert_eq!(code(&signed, Key::rsa(), &policy), "valid", "{signed}");
    let again = document(&signed);
    let mut backend = Native::trusting(Key::rsa());
    verify_new(&insertion, &again, &policy, &mut backend).unwrap();
    signed
}

/// Verifies the new signature and no other.
fn verify_new<'d>(
    insertion: &Insertion,
    signed: &'d Document<'d>,
    policy: &Policy,
    backend: &mut Native,
) -> Result<Verified<'d, Vec<u8>>, VerifyFailure<std::convert::Infallible>> {
    let located = Located {
        document: signed,
        signature: insertion.find(signed).unwrap(),
        keys: KeySource::KeyInfo,
    };
    verify_signature(located, policy, backend)
}

#[test]
fn the_whole_document_wherever_the_signature_goes() {
    let document = document(WILD);
    let items = document.find(&"/Order/Item".parse().unwrap());
    for place in [
        Place::LastIn(document.root()),
        Place::LastIn(items[1]),
        Place::Before(items[0]),
        Place::After(items[0]),
        Place::After(found(&document, "/Order/Item/deep")),
    ] {
        for prefix in [Some("ds"), Some("o"), None] {
            let signing = DocumentSigning {
                place,
                prefix: prefix.map(str::to_owned),
                ..signing(&document)
            };
            let signed = check(signing, &["/Order"]);
            let changed = signed.replace("tail", "tale");
            let code = code(&changed, Key::rsa(), &requiring(&["/Order"]));
            assert_eq!(code, "signature.digest-mismatch");
        }
    }
}

#[test]
fn parts_by_id_inside_around_and_beside() {
    let document = document(WILD);
    let item = |path| Target::element(found(&document, path), sha256());
    let paths = ["/Order/Item[1]", "/Order/Item/deep", "/Order"];
    let signing = DocumentSigning {
        targets: paths.map(item).to_vec(),
        place: Place::After(found(&document, "/Order/Item")),
        ..signing(&document)
    };
    let signed = check(signing, &paths);
    // Around the signature: enveloped; beside: not.
    for (uri, enveloped) in [("#item", false), ("#deep", false), ("#order", true)] {
        let (_, reference) = signed.split_once(&format!("URI=\"{uri}\"")).unwrap();
        let (reference, _) = reference.split_once("</ds:Reference>").unwrap();
        assert_eq!(
            reference.contains("#enveloped-signature"),
            enveloped,
            "{uri}"
        );
    }
}

/// Text alone is something to stand behind, an empty-element tag has no inside.
#[test]
fn a_signature_goes_behind_text_where_there_is_no_element() {
    for text in ["<r>text</r>", "<r><!-- c --></r>", "<r></r>"] {
        let parsed = document(text);
        let signed = inserted(signing(&parsed)).apply(text.as_bytes()).unwrap();
        let signed = String::from_utf8(signed).unwrap();
        let before = text.strip_suffix("</r>").unwrap();
        assert!(
            signed.starts_with(&format!("{before}<ds:Signature ")),
            "{signed}"
        );
        assert_eq!(code(&signed, Key::rsa(), &requiring(&["/r"])), "valid");
    }
    let parsed = document("<r/>");
    assert_eq!(refusal(signing(&parsed)), SignError::PlaceInEmptyTag);
}

#[test]
fn in_any_canonical_form_and_with_a_prefix_list() {
    let document = document(WILD);
    for uri in Canonicalization::uris() {
        let how = || Canonicalization::from_uri(uri).unwrap();
        let item = Target::element(found(&document, "/Order/Item[2]"), sha256());
        let whole = Target::document(DigestAlgorithm::Sha512);
        let signing = DocumentSigning {
            targets: vec![
                item.with_canonicalization(how()),
                whole.with_canonicalization(how()),
            ],
            ..signing(&document)
        };
        let signed = check(signing, &["/Order"]);
        assert!(signed.contains(&format!("<ds:Transform Algorithm=\"{uri}\">")));
    }
    let how = Canonicalization::new(Method::Exclusive).with_prefix_list("o #default");
    let item = Target::element(found(&document, "/Order/Item"), sha256());
    let signing = DocumentSigning {
        targets: vec![item.with_canonicalization(how)],
        ..signing(&document)
    };
    let signed = check(signing, &["/Order/Item[1]"]);
    assert!(signed.contains("PrefixList=\"o #default\""));
    let changed = signed.replacen("urn:o", "urn:p", 1);
    let code = code(&changed, Key::rsa(), &requiring(&["/Order/Item[1]"]));
    assert_eq!(code, "signature.digest-mismatch");
}

#[test]
fn what_stays_in_a_source_is_signed_where_it_is() {
    let text = format!("<r><data>{}</data><x/></r>", "QUJD".repeat(25_000));
    let document = Document::load(&Memory::new(&text), &Limits::default()).unwrap();
    let place = Place::After(found(&document, "/r/data"));
    let mut backend = Native::trusting(Key::rsa());
    backend.source = text.clone().into_bytes();
    let signing = DocumentSigning {
        place,
        ..signing(&document)
    };
    let prepared = prepare_document(signing, |algorithm, form| {
        use xml_signature::{Backend, Digestible, Undigestible, VerificationDigest};
        let algorithm = VerificationDigest::Current(algorithm);
        let digest = backend.digest(algorithm, Digestible::Canonical(form))?;
        Ok::<_, std::convert::Infallible>(digest.map_err(|undigestible| match undigestible {
            Undigestible::Canonicalization(error) => error,
            Undigestible::Base64 => unreachable!("nothing is decoded"),
        }))
    });
    let prepared = prepared.unwrap();
    let value = Key::rsa().sign(SignatureAlgorithm::RsaSha256, prepared.signed_info());
    let insertion = prepared.complete(&value).unwrap();
    assert_eq!(
        insertion.offset,
        text.len() as u64 - "<x/></r>".len() as u64
    );
    let signed = String::from_utf8(insertion.apply(text.as_bytes()).unwrap()).unwrap();
    assert_eq!(code(&signed, Key::rsa(), &requiring(&["/r"])), "valid");
}

#[test]
fn a_key_that_is_not_of_the_certificate_shows_at_once() {
    let document = document(WILD);
    let prepared = prepare_document(signing(&document), form_digest).unwrap();
    let value = Key::other_rsa().sign(SignatureAlgorithm::RsaSha256, prepared.signed_info());
    let insertion = prepared.complete(&value).unwrap();
    let signed = String::from_utf8(insertion.apply(WILD.as_bytes()).unwrap()).unwrap();
    let again = xml_testkit::document(&signed);
    let mut backend = Native::trusting(Key::rsa());
    let policy = requiring(&["/Order"]);
    let error = verify_new(&insertion, &again, &policy, &mut backend).unwrap_err();
    assert!(
        matches!(error, VerifyFailure::Refused(error) if error.kind == VerifyErrorKind::Mismatch)
    );
    // The document that was signed is not the signed document.
    assert_eq!(insertion.find(&document), None);
    assert_eq!(insertion.apply(b"short"), None);
}

#[test]
fn a_document_can_be_signed_twice_and_each_signature_verifies() {
    let first = inserted(signing(&document(WILD)))
        .apply(WILD.as_bytes())
        .unwrap();
    let first = String::from_utf8(first).unwrap();
    let document = document(&first);
    let second = inserted(signing(&document));
    let signed = String::from_utf8(second.apply(first.as_bytes()).unwrap()).unwrap();
    let policy = requiring(&["/Order"]);
    assert_eq!(code(&signed, Key::rsa(), &policy), "signature.several");
    let again = xml_testkit::document(&signed);
    let mut backend = Native::trusting(Key::rsa());
    let verified = verify_new(&second, &again, &policy, &mut backend).unwrap();
    // The first signature is part of what the second signs.
    let order = verified.element(&"/Order".parse().unwrap()).unwrap();
    assert_eq!(
        order
            .children()
            .filter(|child| child.local() == "Signature")
            .count(),
        1
    );
    assert!(verify(&again, &policy, &mut backend).is_err());
}

#[test]
fn what_cannot_be_signed() {
    let document = document(WILD);
    let other = xml_testkit::document(WILD);
    let with_target = |target| DocumentSigning {
        targets: vec![target],
        ..signing(&document)
    };
    let with_place = |place| DocumentSigning {
        place,
        ..signing(&document)
    };
    let deep = found(&document, "/Order/Item/deep");
    let element = |path| Target::element(found(&document, path), sha256());
    let foreign = Target::element(other.root(), sha256());
    assert_eq!(refusal(with_target(foreign)), SignError::ForeignElement);
    assert_eq!(
        refusal(with_place(Place::LastIn(other.root()))),
        SignError::ForeignElement
    );
    assert_eq!(
        refusal(with_place(Place::After(document.root()))),
        SignError::PlaceOutsideRoot
    );
    assert_eq!(
        refusal(with_place(Place::Before(document.root()))),
        SignError::PlaceOutsideRoot
    );
    assert_eq!(
        refusal(with_place(Place::LastIn(deep))),
        SignError::PlaceInEmptyTag
    );
    let none = DocumentSigning {
        targets: vec![],
        ..signing(&document)
    };
    assert_eq!(refusal(none), SignError::NoReference);
    let twice = DocumentSigning {
        targets: vec![element("/Order/Item/deep"), element("/Order/Item/deep")],
        ..signing(&document)
    };
    assert_eq!(refusal(twice), SignError::DuplicateReference { index: 1 });
    let mut list = Canonicalization::new(Method::Exclusive);
    list.prefix_list = vec!["a:b".to_owned()];
    let listed = element("/Order/Item/deep").with_canonicalization(list);
    assert_eq!(
        refusal(with_target(listed)),
        SignError::MalformedPrefixList { index: 0 }
    );
}

#[test]
fn targets_that_no_reference_could_name() {
    let refusal_of = |text: &str| {
        let document = document(text);
        refusal(DocumentSigning {
            targets: vec![
                Target::document(sha256()),
                Target::element(found(&document, "/r/x"), sha256()),
            ],
            ..signing(&document)
        })
    };
    let without = SignError::TargetWithoutId { index: 1 };
    assert_eq!(refusal_of("<r><x/></r>"), without);
    assert_eq!(refusal_of("<r><x xmlns:f='urn:f' f:Id='x'/></r>"), without);
    assert_eq!(
        refusal_of("<r><x Id='x'/><y id='x'/></r>"),
        SignError::TargetNotUnique
    );
    assert_eq!(refusal_of("<r><x Id='1'/></r>"), SignError::MalformedId);
    assert_eq!(refusal_of("<r><x Id=''/></r>"), SignError::MalformedId);
    let relative = SignError::Canonicalization {
        index: 0,
        error: CanonicalizeError::RelativeNamespace,
    };
    assert_eq!(refusal_of("<r xmlns:n='n'><x Id='x'/></r>"), relative);
    let document = document("<r xml:base='http://a/'><x Id='x'/></r>");
    let how = Canonicalization::new(Method::Inclusive11);
    let target = Target::element(found(&document, "/r/x"), sha256()).with_canonicalization(how);
    let based = SignError::Canonicalization {
        index: 0,
        error: CanonicalizeError::InheritedBase,
    };
    let signing = DocumentSigning {
        targets: vec![target],
        ..signing(&document)
    };
    assert_eq!(refusal(signing), based);
}
