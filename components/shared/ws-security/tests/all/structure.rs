// SPDX-License-Identifier: Apache-2.0
//! Envelopes and security headers that are not what they should be.

use soap::Version;
use ws_security::{Mode, Settings};

use crate::message::{Message, code, code_by, replaced};
use xml_testkit::Key;

/// In every mode: the envelope is what everything else relies on.
#[test]
fn envelopes() {
    let key = Key::rsa();
    let namespace = Version::V11.namespace();
    let of = |inside: &str| {
        format!(
            "<e:Envelope xmlns:e=\"{namespace}\" xmlns:f=\"{}\">{inside}</e:Envelope>",
            Version::V12.namespace()
        )
    };
    #[rustfmt::skip]
    let rows = [
        ("<Envelope/>".to_owned(), "ws-security.version-mismatch"),
        (format!("<Body xmlns=\"{namespace}\"/>"), "ws-security.not-an-envelope"),
        (of(""), "ws-security.body-missing"),
        (of("<e:Header/>"), "ws-security.body-missing"),
        (of("<e:Header/><e:Header/><e:Body/>"), "ws-security.envelope"),
        (of("<e:Body/><e:Header/>"), "ws-security.envelope"),
        (of("<e:Body/><e:Body/>"), "ws-security.envelope"),
        (of("<e:Body/><x/>"), "ws-security.envelope"),
        (of("<x/><e:Body/>"), "ws-security.envelope"),
        (of("<f:Header/><e:Body/>"), "ws-security.envelope"),
        (of("<f:Body/>"), "ws-security.envelope"),
        (of("x<e:Body/>"), "ws-security.envelope"),
        (of("<e:Header>x</e:Header><e:Body/>"), "ws-security.envelope"),
        (of("<e:Body>x</e:Body>"), "ws-security.envelope"),
    ];
    for (text, expected) in rows {
        for mode in [Mode::Required, Mode::Optional, Mode::Off] {
            let settings = Settings {
                mode,
                ..Settings::default()
            };
            assert_eq!(code_by(&text, key, &settings), expected, "{text}");
        }
    }
}

/// Extensions may be ignored, what has to be processed and cannot be may not.
#[test]
fn other_children_of_the_security_header() {
    let key = Key::rsa();
    let xenc = "xmlns:xenc=\"http://www.w3.org/2001/04/xmlenc#\"";
    #[rustfmt::skip]
    let rows = [
        ("<c:SignatureConfirmation xmlns:c=\"http://docs.oasis-open.org/wss/oasis-wss-wssecurity-secext-1.1.xsd\" Value=\"AAAA\"/>".to_owned(), true),
        ("<x:Extension xmlns:x=\"urn:example\"/>".to_owned(), true),
        ("<wsse:UsernameToken/>".to_owned(), false),
        (format!("<xenc:EncryptedData {xenc}/>"), false),
        (format!("<xenc:EncryptedKey {xenc}/>"), false),
        (format!("<xenc:ReferenceList {xenc}/>"), false),
        ("<s:Assertion xmlns:s=\"urn:oasis:names:tc:SAML:1.0:assertion\"/>".to_owned(), false),
        ("<s:Assertion xmlns:s=\"urn:oasis:names:tc:SAML:2.0:assertion\"/>".to_owned(), false),
    ];
    for (more, understood) in rows {
        let mut message = Message {
            more,
            ..Message::new(key)
        };
        let expected = match understood {
            true => "accepted",
            false => "ws-security.token-not-understood",
        };
        assert_eq!(
            code(&message.signed(key), key),
            expected,
            "{}",
            message.more
        );
        message.attributes = String::new();
        assert_eq!(
            code(&message.signed(key), key),
            "accepted",
            "{}",
            message.more
        );
    }
}

#[test]
fn roles_of_both_versions() {
    let key = Key::rsa();
    let with = |version: Version, attributes: &str| {
        let message = Message {
            version,
            attributes: attributes.to_owned(),
            ..Message::new(key)
        };
        code(&message.signed(key), key)
    };
    let role = |name: &str| format!("soapenv:role=\"{}/role/{name}\"", Version::V12.namespace());
    let next = "soapenv:actor=\" http://schemas.xmlsoap.org/soap/actor/next \"";
    let missing = "ws-security.security-missing";
    assert_eq!(with(Version::V11, next), "accepted");
    assert_eq!(with(Version::V11, "soapenv:actor=\"urn:example\""), missing);
    assert_eq!(with(Version::V12, &role("next")), "accepted");
    assert_eq!(with(Version::V12, &role("ultimateReceiver")), "accepted");
    assert_eq!(with(Version::V12, &role("none")), missing);
    // An attribute of another version or of no namespace says nothing.
    assert_eq!(
        with(Version::V12, "soapenv:actor=\"urn:example\""),
        "accepted"
    );
    assert_eq!(with(Version::V11, "actor=\"urn:example\""), "accepted");
}

/// What is wrong within the signature itself comes with its own code, path and place.
#[test]
fn errors_of_the_signature_keep_theirs() {
    let key = Key::rsa();
    let text = Message::new(key).signed(key);
    let text = replaced(&text, "<ds:SignatureValue>", "<x/><ds:SignatureValue>");
    let mut backend = xml_testkit::Native::trusting(key);
    let error = crate::message::judged(&text, &Settings::default(), &mut backend, |_| ());
    let error = error.unwrap_err();
    assert_eq!(error.code(), "signature.structure");
    assert_eq!(error.path, "/Envelope/Header/Security/Signature");
    let start = text.find("<ds:Signature ").unwrap() + 1;
    assert_eq!(error.position.column as usize, start);
}
