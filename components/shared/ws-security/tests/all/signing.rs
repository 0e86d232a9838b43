// SPDX-License-Identifier: Apache-2.0
//! What is made, and that it is accepted.

use std::time::Duration;

use canonical_xml::{
    Base64Text, Document, Element, ElementRef, Limits, Name, NoBlob, WriteError, to_bytes,
};
use soap::Version;
use ws_security::{
    Outgoing, SECURITY_NAMESPACE, Settings, SignError, SignFailure, Signing, UTILITY_NAMESPACE,
    prepare,
};
use xml_signature::{DigestAlgorithm, SignatureAlgorithm, VerificationDigest};

use crate::message::{code, code_by, judged, now, replaced};
use xml_testkit::{Key, Kind, Native, digest};

pub(crate) fn signing(key: &Key) -> Signing {
    Signing::new(
        key.usual_algorithm(),
        key.certificate.clone(),
        now(),
        "5f0c-1e",
    )
}

pub(crate) fn outgoing(version: Version) -> Outgoing<Vec<u8>> {
    let action = Element::new("urn:example:wsa", "Action").with_text("go");
    let file = Element::new("urn:example:files", "File")
        .with_attribute("Id", "f")
        .with_base64(Base64Text::promise(b"QUJD".repeat(1000)));
    let request = Element::new("urn:example:files", "Store")
        .with_prefix("f")
        .with_child(Element::new("urn:example:files", "Name").with_text("a < b & \"c\"\r\n"))
        .with_child(file);
    Outgoing {
        version,
        headers: vec![action],
        body: vec![request],
    }
}

fn hashed<B: AsRef<[u8]>>(
    algorithm: DigestAlgorithm,
    element: &Element<B>,
) -> Result<Vec<u8>, WriteError> {
    let bytes = to_bytes(element)?;
    Ok(digest(VerificationDigest::Current(algorithm), &bytes))
}

pub(crate) fn signed(message: Outgoing<Vec<u8>>, signing: Signing, key: &Key) -> String {
    let algorithm = signing.algorithm;
    let prepared = prepare(message, signing, hashed).unwrap();
    let value = key.sign(algorithm, prepared.signed_info());
    let envelope = prepared.complete(&value).unwrap();
    String::from_utf8(to_bytes(&envelope).unwrap()).unwrap()
}

#[test]
fn there_and_back() {
    for kind in [Kind::Rsa, Kind::P256, Kind::P384] {
        let key = Key::generate(kind);
        for version in [Version::V11, Version::V12] {
            for digest in DigestAlgorithm::ALL {
                let signing = Signing {
                    digest,
                    ..signing(&key)
                };
                let text = signed(outgoing(version), signing, &key);
                let mut backend = Native::trusting(&key);
                judged(&text, &Settings::default(), &mut backend, |received| {
                    assert_eq!(received.version, version);
                    let store = received.body.children().next().unwrap();
                    let name = store.children().next().unwrap();
                    assert!(name.is_signed());
                    assert_eq!(name.text().to_str().unwrap(), "a < b & \"c\"\r\n");
                    let lifetime = received.protection.unwrap().lifetime.unwrap();
                    assert_eq!(lifetime.created, now());
                    let expires = lifetime.expires.unwrap();
                    assert_eq!(expires.as_second() - now().as_second(), 60);
                    assert_eq!(received.headers.len(), 1);
                    assert!(!received.headers[0].part.is_signed());
                })
                .unwrap();
                let changed = replaced(&text, "a &lt; b", "a &lt; c");
                assert_eq!(code(&changed, &key), "signature.digest-mismatch");
                let changed = replaced(&text, "12:01:30.000Z", "12:02:30.000Z");
                assert_eq!(code(&changed, &key), "signature.digest-mismatch");
            }
        }
    }
}

/// The security header in full, apart from digests and values.
#[test]
fn the_shape() {
    let key = Key::rsa();
    let signing = Signing {
        created: "2026-01-31T12:00:29.9876543Z".parse().unwrap(),
        time_to_live: Duration::from_millis(500),
        ..signing(key)
    };
    let text = signed(outgoing(Version::V11), signing, key);
    let document = Document::parse(text.as_bytes(), &Limits::default()).unwrap();
    let root = document.root();
    let names = |element: ElementRef<'_>| -> Vec<String> {
        let children = element.children();
        children.map(|child| child.local().to_owned()).collect()
    };
    let parts: Vec<_> = root.children().collect();
    let [header, body] = parts[..] else {
        panic!("header and body");
    };
    assert_eq!(names(header), ["Security", "Action"]);
    let security = header.children().next().unwrap();
    assert!(security.is(SECURITY_NAMESPACE, "Security"));
    let soap = Version::V11.namespace();
    let attribute = |local| security.attribute(soap, local);
    assert_eq!(attribute("mustUnderstand").as_deref(), Some("1"));
    assert_eq!(attribute("actor"), None);
    let names = names(security);
    assert_eq!(names, ["BinarySecurityToken", "Timestamp", "Signature"]);
    let id = |element: ElementRef<'_>| {
        let id = element.attribute(UTILITY_NAMESPACE, "Id");
        id.unwrap().into_owned()
    };
    let ids: Vec<_> = security.children().take(2).map(id).collect();
    assert_eq!(ids, ["X509-5f0c-1e", "TS-5f0c-1e"]);
    assert_eq!(id(body), "id-5f0c-1e");
    let timestamp = security.children().nth(1).unwrap();
    assert!(timestamp.is(UTILITY_NAMESPACE, "Timestamp"));
    let times = timestamp.children().map(|time| time.text().to_str());
    let times: Vec<_> = times.map(Option::unwrap).collect();
    assert_eq!(
        times,
        ["2026-01-31T12:00:29.987Z", "2026-01-31T12:00:30.487Z"]
    );
    let reference = security
        .descendants()
        .find(|element| element.is(SECURITY_NAMESPACE, "Reference"))
        .unwrap();
    assert_eq!(
        reference.attribute("", "URI").as_deref(),
        Some("#X509-5f0c-1e")
    );
    assert_eq!(code(&text, key), "accepted");
}

#[test]
fn for_another_role_and_optional_to_understand() {
    let key = Key::p256();
    for (version, attribute) in [(Version::V11, "actor"), (Version::V12, "role")] {
        let signing = Signing {
            must_understand: false,
            role: Some("urn:example:gateway".to_owned()),
            ..signing(key)
        };
        let text = signed(outgoing(version), signing, key);
        assert!(!text.contains("mustUnderstand"));
        assert!(text.contains(&format!("soapenv:{attribute}=\"urn:example:gateway\"")));
        assert_eq!(code(&text, key), "ws-security.security-missing");
        let settings = Settings {
            roles: vec!["urn:example:gateway".to_owned()],
            ..Settings::default()
        };
        assert_eq!(code_by(&text, key, &settings), "accepted");
    }
}

#[test]
fn what_cannot_be_signed() {
    let key = Key::p256();
    let refusal =
        |message: Outgoing<NoBlob>, signing: Signing| match prepare(message, signing, hashed)
            .unwrap_err()
        {
            SignFailure::Refused(error) => error,
            SignFailure::Digest(error) => panic!("{error}"),
        };
    let message = |headers: Vec<Element>, body: Vec<Element>| Outgoing {
        version: Version::V11,
        headers,
        body,
    };
    let empty = || message(Vec::new(), Vec::new());
    let with = |change: &dyn Fn(&mut Signing)| {
        let mut signing = signing(key);
        change(&mut signing);
        refusal(empty(), signing)
    };
    assert_eq!(
        with(&|signing| signing.certificate.clear()),
        SignError::EmptyCertificate
    );
    let short = Duration::from_micros(999);
    assert_eq!(
        with(&|signing| signing.time_to_live = short),
        SignError::Lifetime
    );
    assert_eq!(
        with(&|signing| signing.time_to_live = Duration::MAX),
        SignError::Lifetime
    );
    let malformed = SignError::Signature(xml_signature::SignError::MalformedId);
    assert_eq!(
        with(&|signing| signing.unique = "a b".to_owned()),
        malformed
    );

    let security = Element::new(SECURITY_NAMESPACE, "Security");
    let twice = message(vec![security], Vec::new());
    assert_eq!(refusal(twice, signing(key)), SignError::SecurityPresent);
    for id in ["X509-5f0c-1e", "TS-5f0c-1e", "id-5f0c-1e", "SIG-5f0c-1e"] {
        let name = Name::new("urn:example", "Any").with_prefix("x");
        let inner = Element::new("", "Inner").with_qualified_attribute(name, id.to_owned());
        let outer = || Element::new("", "Outer").with_child(inner.clone());
        for taken in [
            message(vec![outer()], Vec::new()),
            message(Vec::new(), vec![outer()]),
        ] {
            assert_eq!(refusal(taken, signing(key)), SignError::IdNotUnique, "{id}");
        }
    }
    let failing = prepare(empty(), signing(key), |_, _| Err("no"));
    assert_eq!(failing.unwrap_err(), SignFailure::Digest("no"));
    let wrong = prepare(empty(), signing(key), |_, _| Ok::<_, ()>(vec![0; 31]));
    let SignFailure::Refused(SignError::Signature(wrong)) = wrong.unwrap_err() else {
        panic!("a digest of 31 octets is accepted");
    };
    assert!(matches!(
        wrong,
        xml_signature::SignError::DigestLength { actual: 31, .. }
    ));
    let prepared = prepare(empty(), signing(key), hashed).unwrap();
    assert_eq!(
        prepared.complete(&[]).unwrap_err(),
        SignError::Signature(xml_signature::SignError::EmptySignature)
    );
    assert_eq!(signing(key).algorithm, SignatureAlgorithm::EcdsaSha256);
}
