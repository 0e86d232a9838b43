// SPDX-License-Identifier: Apache-2.0
//! What attackers do to messages that were signed properly, as far as it is for the rules of WS-Security to notice. What signatures notice is tried
//! with them.

use ws_security::Settings;

use crate::message::{
    CONTENT, Message, code, code_by, code_of, judged, replaced, timestamp, timestamp_of, token,
};
use xml_testkit::{EXCLUSIVE, Key, Native};

/// A body that nobody signed.
const EVIL: &str = "<a:Transfer xmlns:a=\"urn:example:bank\"><a:Amount>9999</a:Amount><a:To>Mallory</a:To></a:Transfer>";

/// Wherever the signed body is hidden, the forged one in its place is not covered; where it may be hidden is with the signatures.
#[test]
fn the_signed_body_moved_elsewhere() {
    let key = Key::rsa();
    let text = Message::new(key).signed(key);
    let body = format!("<soapenv:Body wsu:Id=\"id-1\">{CONTENT}</soapenv:Body>");
    let wrapped = format!("<w:Wrapper xmlns:w=\"urn:example:w\">{body}</w:Wrapper>");
    let forged = format!("<soapenv:Body>{EVIL}</soapenv:Body>");
    let with_forged = replaced(&text, &body, &forged);
    #[rustfmt::skip]
    let rows = [
        ("<soapenv:Header>", format!("<soapenv:Header>{wrapped}"), "signature.uncovered"),
        ("</wsse:Security>", format!("{wrapped}</wsse:Security>"), "signature.uncovered"),
        // Beside the body nothing may stand.
        ("</soapenv:Body>", format!("</soapenv:Body>{wrapped}"), "ws-security.envelope"),
        ("<soapenv:Header>", format!("{wrapped}<soapenv:Header>"), "ws-security.envelope"),
    ];
    for (before, after, expected) in rows {
        let attack = replaced(&with_forged, before, &after);
        assert_eq!(code(&attack, key), expected);
    }
}

#[test]
fn a_second_body() {
    let key = Key::rsa();
    let text = Message::new(key).signed(key);
    let forged = format!("<soapenv:Body>{EVIL}</soapenv:Body>");
    let before = replaced(&text, "<soapenv:Body ", &format!("{forged}<soapenv:Body "));
    let after = replaced(
        &text,
        "</soapenv:Body>",
        &format!("</soapenv:Body>{forged}"),
    );
    assert_eq!(code(&before, key), "ws-security.envelope");
    assert_eq!(code(&after, key), "ws-security.envelope");
}

/// A body of the other version's namespace is no body.
#[test]
fn a_body_of_another_namespace() {
    let key = Key::rsa();
    let text = Message::new(key).signed(key);
    let text = replaced(
        &text,
        "<soapenv:Body ",
        "<soapenv:Body xmlns:soapenv=\"urn:example:x\" ",
    );
    assert_eq!(code(&text, key), "ws-security.envelope");
}

#[test]
fn an_id_twice() {
    let key = Key::rsa();
    let text = Message::new(key).signed(key);
    let second = "<w:W xmlns:w=\"urn:example:w\" wsu:Id=\"id-1\"/></soapenv:Header>";
    let attack = replaced(&text, "</soapenv:Header>", second);
    assert_eq!(code(&attack, key), "signature.id-not-unique");
    let second = "<w:W xmlns:w=\"urn:example:w\" wsu:Id=\"X509-1\"/></soapenv:Header>";
    let attack = replaced(&text, "</soapenv:Header>", second);
    assert_eq!(code(&attack, key), "ws-security.token-id-not-unique");
}

#[test]
fn an_uncovered_body() {
    let key = Key::rsa();
    let message = Message::signing(key, &["#TS-1"]);
    let error = judged(
        &message.signed(key),
        &Settings::default(),
        &mut Native::trusting(key),
        |_| (),
    )
    .unwrap_err();
    assert_eq!(error.code(), "signature.uncovered");
    assert_eq!(error.path, "/Envelope/Body");
}

/// What is in the body is not the body: an attacker could put more beside it.
#[test]
fn only_the_content_of_the_body_signed() {
    let key = Key::rsa();
    let message = Message {
        body: "<a:Transfer xmlns:a=\"urn:example:bank\" Id=\"c\"/>".to_owned(),
        ..Message::signing(key, &["#TS-1", "#c"])
    };
    assert_eq!(code(&message.signed(key), key), "signature.uncovered");
}

#[test]
fn an_uncovered_timestamp() {
    let key = Key::rsa();
    let text = Message::signing(key, &["#id-1"]).signed(key);
    for require_timestamp in [true, false] {
        let settings = Settings {
            require_timestamp,
            ..Settings::default()
        };
        let mut backend = Native::trusting(key);
        let error = judged(&text, &settings, &mut backend, |_| ()).unwrap_err();
        assert_eq!(error.code(), "signature.uncovered");
        assert_eq!(error.path, "/Envelope/Header/Security/Timestamp");
    }
}

/// The signed timestamp moved away and a fresh one in its place.
#[test]
fn another_timestamp() {
    let key = Key::rsa();
    let message = Message {
        timestamp: timestamp("2025-01-31T12:00:00Z", "2025-01-31T12:01:00Z"),
        ..Message::new(key)
    };
    let text = message.signed(key);
    assert_eq!(code(&text, key), "ws-security.timestamp-expired");
    let fresh = timestamp("2026-01-31T12:00:00Z", "2026-01-31T12:01:00Z");
    let fresh = replaced(&fresh, " wsu:Id=\"TS-1\"", "");
    let both = replaced(
        &text,
        &message.timestamp,
        &(fresh.clone() + &message.timestamp),
    );
    assert_eq!(code(&both, key), "ws-security.timestamp-several");
    let moved = replaced(&text, &message.timestamp, &fresh);
    let moved = replaced(
        &moved,
        "</soapenv:Header>",
        &format!("{}</soapenv:Header>", message.timestamp),
    );
    assert_eq!(code(&moved, key), "signature.uncovered");
    let without = replaced(&text, &message.timestamp, "");
    assert_eq!(code(&without, key), "ws-security.timestamp-missing");
}

#[test]
fn another_token() {
    let (key, attacker) = (Key::rsa(), Key::other_rsa());
    let message = Message::new(key);
    let swapped = token("X509-1", &attacker.certificate);
    let text = replaced(&message.signed(key), &message.token, &swapped);
    assert_eq!(code(&text, key), "signature.untrusted");
    let mut trusting_both = Native {
        trusted: vec![key.certificate.clone(), attacker.certificate.clone()],
        ..Native::default()
    };
    assert_eq!(
        code_of(&text, &Settings::default(), &mut trusting_both),
        "signature.mismatch"
    );
}

#[test]
fn a_signature_elsewhere() {
    let key = Key::rsa();
    let message = Message::new(key);
    let signed = message.signed(key);
    let start = signed.find("<ds:Signature ").unwrap();
    let end = signed.find("</ds:Signature>").unwrap() + "</ds:Signature>".len();
    let signature = &signed[start..end];
    let without = replaced(&signed, signature, "");
    assert_eq!(code(&without, key), "ws-security.signature-missing");
    for (place, filled) in [
        ("</soapenv:Header>", format!("{signature}</soapenv:Header>")),
        (
            "</wsse:Security>",
            format!("<w:W xmlns:w=\"urn:example:w\">{signature}</w:W></wsse:Security>"),
        ),
        ("</soapenv:Body>", format!("{signature}</soapenv:Body>")),
    ] {
        let moved = replaced(&without, place, &filled);
        assert_eq!(code(&moved, key), "ws-security.signature-missing");
    }
}

#[test]
fn two_signatures() {
    let (key, attacker) = (Key::rsa(), Key::other_rsa());
    let message = Message {
        more: Message::signing(attacker, &["#id-1"]).signature.text(),
        ..Message::new(key)
    };
    assert_eq!(
        code(&message.signed(key), key),
        "ws-security.signature-several"
    );
}

#[test]
fn two_security_headers() {
    let key = Key::rsa();
    let with = |attributes: &str| Message {
        after: format!("<wsse:Security {attributes}/>"),
        ..Message::new(key)
    };
    let next = "soapenv:actor=\"http://schemas.xmlsoap.org/soap/actor/next\"";
    for attributes in ["", "soapenv:actor=\"\"", next] {
        let code = code(&with(attributes).signed(key), key);
        assert_eq!(code, "ws-security.security-several", "{attributes}");
    }
    let other = "soapenv:actor=\"urn:example:archive\"";
    assert_eq!(code(&with(other).signed(key), key), "accepted");
    // For the archive there are two then, and whoever writes that is not to be relied on.
    let mut twice = with(other);
    twice.before = twice.after.clone();
    assert_eq!(
        code(&twice.signed(key), key),
        "ws-security.security-several"
    );
}

#[test]
fn a_security_header_for_somebody_else() {
    let key = Key::rsa();
    let message = Message {
        attributes: "soapenv:actor=\"urn:example:archive\"".to_owned(),
        ..Message::new(key)
    };
    let text = message.signed(key);
    assert_eq!(code(&text, key), "ws-security.security-missing");
    let settings = Settings {
        roles: vec!["urn:example:archive".to_owned()],
        ..Settings::default()
    };
    assert_eq!(code_by(&text, key, &settings), "accepted");
}

/// The dereferencing transform of WS-Security makes other octets of the reference than its target: refused, and said so.
#[test]
fn the_str_transform() {
    let key = Key::rsa();
    let mut message = Message::new(key);
    message.signature = message.signature.reference(
        "#STR-1",
        &["http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#STR-Transform"],
    );
    let error = judged(
        &message.signed(key),
        &Settings::default(),
        &mut Native::trusting(key),
        |_| (),
    )
    .unwrap_err();
    assert_eq!(error.code(), "signature.transform-not-allowed");
    assert!(error.to_string().contains("STR-Transform"));
}

#[test]
fn a_required_header_block() {
    let key = Key::rsa();
    let settings = Settings {
        required: vec!["/Envelope/Header/{urn:example:wsa}Action".parse().unwrap()],
        ..Settings::default()
    };
    let plain = Message::new(key).signed(key);
    assert_eq!(
        code_by(&plain, key, &settings),
        "signature.required-missing"
    );
    let mut message = Message::new(key);
    message.after = "<w:Action xmlns:w=\"urn:example:wsa\" wsu:Id=\"A\"/>".to_owned();
    assert_eq!(
        code_by(&message.signed(key), key, &settings),
        "signature.uncovered"
    );
    message.signature = message.signature.reference("#A", &[EXCLUSIVE]);
    let text = message.signed(key);
    assert_eq!(code_by(&text, key, &settings), "accepted");
    let second = "<w:Action xmlns:w=\"urn:example:wsa\"/></soapenv:Header>";
    let text = replaced(&text, "</soapenv:Header>", second);
    assert_eq!(code_by(&text, key, &settings), "signature.uncovered");
}

/// Comments are not covered by the usual canonicalisation, so none may split what is read.
#[test]
fn comments_in_values() {
    let key = Key::rsa();
    let message = Message {
        timestamp: timestamp_of("<wsu:Created>2026-01-31T12:00:00Z</wsu:Created>"),
        ..Message::new(key)
    };
    let text = message.signed(key);
    assert_eq!(code(&text, key), "accepted");
    let attack = replaced(&text, "12:00:00Z<", "12:00:00Z<!-- -->+02:00<");
    assert_eq!(code(&attack, key), "ws-security.timestamp-malformed");
    let attack = replaced(
        &text,
        "</wsse:BinarySecurityToken>",
        "<!-- --></wsse:BinarySecurityToken>",
    );
    assert_eq!(code(&attack, key), "ws-security.token-malformed");
}
