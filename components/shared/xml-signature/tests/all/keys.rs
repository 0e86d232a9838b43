// SPDX-License-Identifier: Apache-2.0
//! Which key counts.

use canonical_xml::Document;
use xml_signature::{
    KeySource, Located, NAMESPACE, Policy, SignatureAlgorithm, SignerRefusal, VerifyErrorKind,
    VerifyFailure, verify, verify_signature,
};

use xml_testkit::{Key, Kind, Native, Template, document, key_info, sign};

/// A document signed by the shared RSA key, with these certificates in it.
fn signed_with(certificates: &[&[u8]]) -> String {
    let mut template = Template::enveloped(Key::rsa());
    template.key_info = match certificates {
        [] => String::new(),
        some => key_info(some),
    };
    sign(&format!("<r>{}</r>", template.text()), Key::rsa())
}

/// The signer, or why there is none.
fn judged(text: &str, mut backend: Native) -> Result<Vec<u8>, VerifyErrorKind> {
    let document = document(text);
    kind(
        verify(&document, &Policy::default(), &mut backend)
            .map(|verified| verified.signer().clone()),
    )
}

fn kind<T>(
    result: Result<T, VerifyFailure<std::convert::Infallible>>,
) -> Result<T, VerifyErrorKind> {
    result.map_err(|failure| match failure {
        VerifyFailure::Refused(error) => error.kind,
        VerifyFailure::Backend(never) => match never {},
    })
}

fn refusing(certificates: &[(&Key, SignerRefusal)]) -> Native {
    let refused = certificates
        .iter()
        .map(|(key, refusal)| (key.certificate.clone(), refusal.clone()));
    Native {
        refused: refused.collect(),
        ..Native::default()
    }
}

#[test]
fn a_trusted_certificate_counts_wherever_it_stands() {
    let (signer, other) = (Key::rsa(), Key::other_rsa());
    let certificates = [&signer.certificate[..], &other.certificate];
    let text = signed_with(&certificates);
    assert_eq!(
        judged(&text, Native::trusting(signer)).unwrap(),
        signer.certificate
    );
    let reversed = signed_with(&[certificates[1], certificates[0]]);
    assert_eq!(
        judged(&reversed, Native::trusting(signer)).unwrap(),
        signer.certificate
    );
    // Both are trusted, one of them signed.
    let both = || Native {
        trusted: certificates.map(<[u8]>::to_vec).to_vec(),
        ..Native::default()
    };
    assert_eq!(judged(&text, both()).unwrap(), signer.certificate);
    assert_eq!(judged(&reversed, both()).unwrap(), signer.certificate);
}

#[test]
fn a_certificate_is_no_reason_to_trust_it() {
    let text = signed_with(&[&Key::rsa().certificate]);
    assert_eq!(
        judged(&text, Native::default()),
        Err(VerifyErrorKind::Untrusted)
    );
    assert_eq!(
        judged(&text, Native::trusting(Key::other_rsa())),
        Err(VerifyErrorKind::Untrusted)
    );
    // Somebody trusted is named who has not signed.
    let text = signed_with(&[&Key::other_rsa().certificate]);
    assert_eq!(
        judged(&text, Native::trusting(Key::other_rsa())),
        Err(VerifyErrorKind::Mismatch)
    );
    // And being named is not enough even if the signer is among the pins.
    let backend = Native {
        pins: vec![Key::rsa().public.clone()],
        ..Native::trusting(Key::other_rsa())
    };
    assert_eq!(judged(&text, backend), Err(VerifyErrorKind::Mismatch));
}

/// A salt of another length cannot be told from another key, so the refusal says which one is supported.
#[test]
fn a_pss_value_that_does_not_fit_tells_the_salt_that_would() {
    for (algorithm, salt_length) in [
        (SignatureAlgorithm::RsaPssSha256, 32),
        (SignatureAlgorithm::RsaPssSha384, 48),
        (SignatureAlgorithm::RsaPssSha512, 64),
    ] {
        let mut template = Template::enveloped(Key::rsa());
        template.algorithm = algorithm.uri().to_owned();
        template.key_info = String::new();
        let text = sign(&format!("<r>{}</r>", template.text()), Key::rsa());
        let pinned = |key: &Key| judged(&text, Native::pinning(&[&key.certificate]));
        assert!(pinned(Key::rsa()).is_ok());
        let refused = pinned(Key::other_rsa()).unwrap_err();
        assert_eq!(refused, VerifyErrorKind::MismatchPss { salt_length });
        assert_eq!(refused.code(), "signature.mismatch");
        let told = format!("or its salt is not of {salt_length} bytes");
        assert!(refused.to_string().contains(&told), "{refused}");
    }
}

#[test]
fn pins_are_tried_in_turn_where_no_certificate_is_accepted() {
    let (signer, other) = (Key::rsa(), Key::other_rsa());
    let pins = [
        &other.certificate[..],
        b"unreadable",
        &Key::p256().public,
        &signer.public,
    ];
    for text in [
        signed_with(&[]),
        signed_with(&[&signer.certificate]),
        signed_with(&[b"no certificate"]),
    ] {
        assert_eq!(
            judged(&text, Native::pinning(&pins)).unwrap(),
            signer.public
        );
    }
    // A pin that verifies still has to be accepted: it may be revoked.
    let backend = Native {
        refused: vec![(signer.public.clone(), SignerRefusal::Revoked)],
        ..Native::pinning(&pins)
    };
    assert_eq!(
        judged(&signed_with(&[]), backend),
        Err(VerifyErrorKind::CertificateRevoked)
    );
}

fn wrong_usage(usage: &str) -> SignerRefusal {
    SignerRefusal::WrongUsage(usage.to_owned())
}

#[test]
fn the_most_telling_reason_is_given() {
    let (signer, other, third) = (Key::rsa(), Key::other_rsa(), Key::p256());
    let all = [
        &other.certificate[..],
        &signer.certificate,
        &third.certificate,
    ];
    let text = signed_with(&all);
    for (refusal, expected) in [
        (SignerRefusal::Expired, VerifyErrorKind::CertificateExpired),
        (
            SignerRefusal::NotYetValid,
            VerifyErrorKind::CertificateNotYetValid,
        ),
        (SignerRefusal::Revoked, VerifyErrorKind::CertificateRevoked),
    ] {
        let backend = refusing(&[(signer, refusal), (third, SignerRefusal::Unreadable)]);
        assert_eq!(judged(&text, backend), Err(expected));
    }
    // No authority that comes along is meant for signing: that counts only where nothing else is wrong.
    let authorities = [
        (signer, wrong_usage("signer")),
        (third, wrong_usage("third")),
    ];
    assert_eq!(
        judged(&text, refusing(&authorities)),
        Err(VerifyErrorKind::Untrusted)
    );
    let all_wrong = [&authorities[..], &[(other, wrong_usage("other"))]].concat();
    assert_eq!(
        judged(&text, refusing(&all_wrong)),
        Err(VerifyErrorKind::CertificateWrongUsage {
            usage: "other".to_owned()
        })
    );
    // Else the first: by custom the signer's.
    let backend = refusing(&[
        (other, SignerRefusal::Unreadable),
        (signer, SignerRefusal::TooManyCertificates),
    ]);
    assert_eq!(
        judged(&text, backend),
        Err(VerifyErrorKind::CertificateUnreadable)
    );
    // What can be told only of one whose path was found comes before what is told of strangers.
    let told = || "the rule".to_owned();
    #[rustfmt::skip]
    let rows = [
        (SignerRefusal::NotAcceptable(told()), VerifyErrorKind::CertificateNotAcceptable { rule: told() }),
        (SignerRefusal::Unsupported(told()), VerifyErrorKind::CertificateUnsupported { feature: told() }),
        (SignerRefusal::RevocationUnknown(told()), VerifyErrorKind::RevocationUnknown { gap: told() }),
    ];
    for (refusal, expected) in rows {
        let backend = refusing(&[(third, refusal)]);
        assert_eq!(judged(&text, backend), Err(expected));
    }
    // Pins that do not fit change nothing about it.
    let backend = Native {
        pins: vec![other.public.clone()],
        ..refusing(&[(signer, SignerRefusal::Expired)])
    };
    assert_eq!(
        judged(&text, backend),
        Err(VerifyErrorKind::CertificateExpired)
    );

    let unsigned = signed_with(&[]);
    let pinned = |pins: &[&[u8]]| judged(&unsigned, Native::pinning(pins));
    assert_eq!(pinned(&[]), Err(VerifyErrorKind::KeyMissing));
    assert_eq!(
        pinned(&[&third.public]),
        Err(VerifyErrorKind::KeyUnsuitable)
    );
    assert_eq!(
        pinned(&[&third.public, &other.public]),
        Err(VerifyErrorKind::Mismatch)
    );
    assert_eq!(
        pinned(&[&other.public, &third.public]),
        Err(VerifyErrorKind::Mismatch)
    );
    assert_eq!(
        pinned(&[b"unreadable"]),
        Err(VerifyErrorKind::CertificateUnreadable)
    );
}

#[test]
fn the_key_has_to_be_of_the_kind_of_the_algorithm() {
    let curve = Key::generate(Kind::P384);
    let text = signed_with(&[&curve.certificate]);
    assert_eq!(
        judged(&text, Native::trusting(&curve)),
        Err(VerifyErrorKind::KeyUnsuitable)
    );
    let template = Template::enveloped(&curve).text();
    let text = sign(&format!("<r>{template}</r>"), &curve);
    assert_eq!(
        judged(&text, Native::trusting(&curve)).unwrap(),
        curve.certificate
    );
}

#[test]
fn certificates_given_by_the_caller_replace_those_in_the_signature() {
    let text = signed_with(&[&Key::other_rsa().certificate]);
    let document = document(&text);
    let verified = |certificates: Vec<Vec<u8>>, backend: Native| {
        let located = located(&document, KeySource::Given(certificates));
        let mut backend = backend;
        kind(verify_signature(located, &Policy::default(), &mut backend).map(drop))
    };
    let given = vec![Key::rsa().certificate.clone()];
    assert_eq!(verified(given, Native::trusting(Key::rsa())), Ok(()));
    let backend = Native::trusting(Key::other_rsa());
    assert_eq!(verified(vec![], backend), Err(VerifyErrorKind::KeyMissing));
    assert_eq!(
        verified(vec![], Native::pinning(&[&Key::rsa().public])),
        Ok(())
    );
    let five = vec![vec![1]; 5];
    assert_eq!(
        verified(five, Native::default()),
        Err(VerifyErrorKind::Untrusted)
    );
    let six = vec![vec![1]; 6];
    let too_many = VerifyErrorKind::TooManyCertificates { maximum: 5 };
    assert_eq!(verified(six, Native::default()), Err(too_many));
}

#[test]
fn only_x509_data_is_read_and_five_certificates_at_most() {
    let certificate = &Key::rsa().certificate[..];
    let others = [
        "<ds:KeyName>somebody</ds:KeyName>",
        "<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>!</ds:Modulus></ds:RSAKeyValue></ds:KeyValue>",
        "<ds:RetrievalMethod URI=\"http://example.com/\"/>",
        "<x><ds:X509Data><ds:X509Certificate>!</ds:X509Certificate></ds:X509Data></x>",
        "<ds:X509Data><ds:X509SKI>!</ds:X509SKI><x><ds:X509Certificate>!</ds:X509Certificate></x></ds:X509Data>",
    ];
    let mut template = Template::enveloped(Key::rsa());
    template.key_info = key_info(&[certificate])
        .replace("<ds:KeyInfo>", &format!("<ds:KeyInfo>{}", others.concat()));
    let text = sign(&format!("<r>{}</r>", template.text()), Key::rsa());
    assert!(judged(&text, Native::trusting(Key::rsa())).is_ok());

    assert!(
        judged(
            &signed_with(&[certificate; 5]),
            Native::trusting(Key::rsa())
        )
        .is_ok()
    );
    let too_many = VerifyErrorKind::TooManyCertificates { maximum: 5 };
    let text = signed_with(&[certificate; 6]);
    assert_eq!(judged(&text, Native::trusting(Key::rsa())), Err(too_many));
}

fn located<'d>(document: &'d Document<'d>, keys: KeySource) -> Located<'d> {
    let mut elements = document.elements();
    Located {
        document,
        signature: elements
            .find(|element| element.is(NAMESPACE, "Signature"))
            .unwrap(),
        keys,
    }
}
