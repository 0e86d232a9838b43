// SPDX-License-Identifier: Apache-2.0
//! The ways to the signer's certificate.

use canonical_xml::{Document, Limits};
use ws_security::{Settings, WsSecurityFailure, verify};

use crate::message::{
    Message, X509_V3, code, code_of, direct, key_info, now, replaced, token, token_of,
};
use xml_testkit::{Key, Memory, Native};

const PROFILE: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0";

fn with_token(key: &Key, token: String) -> Message {
    Message {
        token,
        ..Message::new(key)
    }
}

fn with_key_info(key: &Key, key_info: String) -> Message {
    let mut message = Message::new(key);
    message.signature.key_info = key_info;
    message
}

fn code_with_key_info(key_info: String) -> &'static str {
    let key = Key::rsa();
    code(&with_key_info(key, key_info).signed(key), key)
}

fn code_with_token(token: String) -> &'static str {
    let key = Key::rsa();
    code(&with_token(key, token).signed(key), key)
}

#[test]
fn encodings_and_types() {
    let certificate = &Key::rsa().certificate;
    let of = |attributes: &str| token_of("X509-1", attributes, certificate);
    let base64 = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary";
    #[rustfmt::skip]
    let rows = [
        (format!("ValueType=\"{X509_V3}\" EncodingType=\"{base64}\""), "accepted"),
        // The reference says it.
        (String::new(), "accepted"),
        (format!("ValueType=\"{PROFILE}#PKCS7\""), "ws-security.token-type"),
        ("ValueType=\"#X509v3\"".to_owned(), "ws-security.token-type"),
        (format!("ValueType=\"{X509_V3}\" EncodingType=\"{base64}x\""), "ws-security.token-encoding"),
        (format!("ValueType=\"{X509_V3}\" EncodingType=\"\""), "ws-security.token-encoding"),
    ];
    for (attributes, expected) in rows {
        assert_eq!(code_with_token(of(&attributes)), expected, "{attributes}");
    }
    let key = Key::rsa();
    let untyped = with_token(key, of("")).signed(key);
    let untyped = replaced(&untyped, &format!(" ValueType=\"{X509_V3}\"/>"), "/>");
    assert_eq!(code(&untyped, key), "ws-security.token-type");
}

#[test]
fn octets_that_are_not() {
    let key = Key::rsa();
    let good = token("X509-1", &key.certificate);
    let (start, end) = (good.find('>').unwrap() + 1, good.rfind('<').unwrap());
    let with = |content: &str| code_with_token([&good[..start], content, &good[end..]].concat());
    let content = &good[start..end];
    let lines = content.as_bytes().chunks(64);
    let lines: Vec<_> = lines
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    assert_eq!(
        with(&format!("\n{}\r\n", lines.join("\r\n\t "))),
        "accepted"
    );
    for wrong in [
        "".to_owned(),
        " ".to_owned(),
        "?".to_owned(),
        format!("{content}A"),
        format!("{content}\u{A0}"),
        format!("<x/>{content}"),
        format!("{content}<?x?>"),
    ] {
        assert_eq!(with(&wrong), "ws-security.token-malformed", "{wrong}");
    }
    // What is no certificate, the judge has to say.
    assert_eq!(with("AAAA"), "signature.untrusted");
}

/// Certificates in a row: the signer's is the last one.
#[test]
fn a_path() {
    let (key, other) = (Key::rsa(), Key::other_rsa());
    let path = |certificates: &[&[u8]]| {
        let content = certificates.concat();
        let length = u16::try_from(content.len()).unwrap().to_be_bytes();
        [&[0x30, 0x82], &length[..], &content].concat()
    };
    let attributes = format!("ValueType=\"{PROFILE}#X509PKIPathv1\"");
    let of = |octets: &[u8]| token_of("X509-1", &attributes, octets);
    let message = with_token(key, of(&path(&[&other.certificate, &key.certificate])));
    let mut backend = Native::trusting(key);
    let code = code_of(&message.signed(key), &Settings::default(), &mut backend);
    assert_eq!(code, "accepted");
    assert_eq!(
        backend
            .asked
            .iter()
            .filter(|asked| **asked == "identify")
            .count(),
        1
    );

    // One certificate is no row of them.
    assert_eq!(
        code_with_token(of(&key.certificate)),
        "ws-security.token-malformed"
    );
    assert_eq!(
        code_with_token(of(&path(&[]))),
        "ws-security.token-malformed"
    );
    assert_eq!(code_with_token(of(b"?")), "ws-security.token-malformed");
    let nine = path(&[key.certificate.as_slice(); 9]);
    assert_eq!(
        code_with_token(of(&nine)),
        "signature.too-many-certificates"
    );
}

/// Five certificates as of a public authority are so long that the text of the token stays in the source, which is read then.
#[test]
fn a_long_path_is_read_from_the_source() {
    let key = Key::rsa();
    let authority = |length: u16| {
        let filling = vec![0x5A; usize::from(length)];
        [&[0x30, 0x82], &length.to_be_bytes()[..], &filling].concat()
    };
    let path = |authorities: usize| {
        let mut content = authority(1_790).repeat(authorities);
        content.extend_from_slice(&key.certificate);
        let length = u16::try_from(content.len()).unwrap().to_be_bytes();
        [&[0x30, 0x82], &length[..], &content].concat()
    };
    let attributes = format!("ValueType=\"{PROFILE}#X509PKIPathv1\"");
    let judged = |authorities: usize| {
        let token = token_of("X509-1", &attributes, &path(authorities));
        let text = with_token(key, token).signed(key);
        let memory = Memory::new(text.as_bytes());
        let document = Document::load(&memory, &Limits::default()).unwrap();
        let mut tokens = document
            .elements()
            .filter(|it| it.local() == "BinarySecurityToken");
        assert_eq!(tokens.next().unwrap().text().to_str(), None);
        let mut backend = Native {
            source: text.into_bytes(),
            ..Native::trusting(key)
        };
        let verified = verify(&document, &Settings::default(), now(), &mut backend);
        let refused = verified.err().map(|failure| match failure {
            WsSecurityFailure::Refused(error) => error.code(),
            WsSecurityFailure::Backend(never) => match never {},
        });
        (refused, backend.asked.contains(&"read"))
    };
    assert_eq!(judged(4), (None, true));
    // It is not read, and pinned keys do not help.
    assert_eq!(judged(27), (Some("ws-security.token-too-long"), false));
}

#[test]
fn references_that_lead_nowhere_or_astray() {
    for (uri, expected) in [
        ("#X509-2", "ws-security.token-not-found"),
        ("#id-1", "ws-security.token-misplaced"),
        ("#TS-1", "ws-security.token-misplaced"),
        ("#STR-1", "ws-security.token-misplaced"),
        ("#", "ws-security.token-external"),
        ("", "ws-security.token-external"),
        ("X509-1", "ws-security.token-external"),
        (
            "http://attacker.example/certificate",
            "ws-security.token-external",
        ),
        ("cid:certificate", "ws-security.token-external"),
        ("file:///etc/ssl/certificate", "ws-security.token-external"),
    ] {
        assert_eq!(
            code_with_key_info(key_info(&direct(uri))),
            expected,
            "{uri}"
        );
    }
}

/// A reference that leads to no certificate is like a certificate that cannot be read: the pinned keys are tried, and where
/// none of them fits, the reference is what is told.
#[test]
fn what_leads_to_no_certificate_is_for_pinned_keys() {
    let (key, other) = (Key::rsa(), Key::other_rsa());
    let settings = Settings::default();
    let unknown_type = token_of("X509-1", &format!("ValueType=\"{PROFILE}#PKCS7\""), b"?");
    let broken = token("X509-1", &key.certificate).replace("</wsse:", "=</wsse:");
    #[rustfmt::skip]
    let rows = [
        (with_key_info(key, key_info(&direct("#X509-2"))), "ws-security.token-not-found"),
        (with_key_info(key, key_info(&direct("cid:1"))), "ws-security.token-external"),
        (with_key_info(key, key_info("<wsse:Embedded/>")), "ws-security.token-reference-unsupported"),
        (with_token(key, unknown_type), "ws-security.token-type"),
        (with_token(key, broken), "ws-security.token-malformed"),
    ];
    for (message, reason) in rows {
        let text = message.signed(key);
        let mut pinning = Native::pinning(&[&other.certificate, &key.certificate]);
        assert_eq!(
            code_of(&text, &settings, &mut pinning),
            "accepted",
            "{reason}"
        );
        let mut pinning = Native::pinning(&[&other.certificate]);
        assert_eq!(code_of(&text, &settings, &mut pinning), reason);
    }
    // What leads astray, or to two places, is refused whoever is pinned.
    let astray = with_key_info(key, key_info(&direct("#TS-1"))).signed(key);
    let mut pinning = Native::pinning(&[&key.certificate]);
    assert_eq!(
        code_of(&astray, &settings, &mut pinning),
        "ws-security.token-misplaced"
    );
}

/// A token in another header than the one being read.
#[test]
fn a_token_elsewhere() {
    let key = Key::rsa();
    let mut message = Message::new(key);
    message.after = std::mem::take(&mut message.token);
    assert_eq!(
        code(&message.signed(key), key),
        "ws-security.token-misplaced"
    );
}

#[test]
fn malformed_references() {
    let twice = direct("#X509-1").repeat(2);
    for content in ["", twice.as_str(), "<wsse:Reference/>"] {
        let code = code_with_key_info(key_info(content));
        assert_eq!(code, "ws-security.token-reference", "{content}");
    }
    let reference = key_info(&direct("#X509-1"));
    let inner = reference.strip_prefix("<ds:KeyInfo Id=\"KI-1\">").unwrap();
    let inner = inner.strip_suffix("</ds:KeyInfo>").unwrap();
    let two = format!(
        "<ds:KeyInfo>{inner}{}</ds:KeyInfo>",
        inner.replace("STR-1", "STR-2")
    );
    assert_eq!(code_with_key_info(two), "ws-security.token-reference");
    for content in [
        "<wsse:Embedded/>",
        "<x:Other xmlns:x=\"urn:example\"/>",
        "<wsse:Reference2/>",
    ] {
        let code = code_with_key_info(key_info(content));
        assert_eq!(code, "ws-security.token-reference-unsupported", "{content}");
    }
    let doubled = reference
        .repeat(2)
        .replace("<ds:KeyInfo Id=\"KI-1\">", "<ds:KeyInfo>");
    assert_eq!(code_with_key_info(doubled), "signature.structure");
}

/// What only describes a certificate finds it among the pinned ones, and nowhere else.
#[test]
fn descriptions_are_for_pinned_keys() {
    let (key, other) = (Key::rsa(), Key::other_rsa());
    let identifier = format!(
        "<wsse:KeyIdentifier ValueType=\"{PROFILE}#X509SubjectKeyIdentifier\">AAAA</wsse:KeyIdentifier>"
    );
    let serial = "<ds:X509Data><ds:X509IssuerSerial><ds:X509IssuerName>CN=a</ds:X509IssuerName>\
                  <ds:X509SerialNumber>1</ds:X509SerialNumber></ds:X509IssuerSerial></ds:X509Data>";
    let settings = Settings::default();
    for way in [&identifier, serial, "<ds:KeyName>me</ds:KeyName>"] {
        let text = with_key_info(key, key_info(way)).signed(key);
        let mut pinning = Native::pinning(&[&other.certificate, &key.certificate]);
        assert_eq!(code_of(&text, &settings, &mut pinning), "accepted", "{way}");
        // Trusted, but nobody says which one it is.
        assert_eq!(code(&text, key), "signature.key-missing", "{way}");
        let mut pinning = Native::pinning(&[&other.certificate]);
        assert_eq!(
            code_of(&text, &settings, &mut pinning),
            "signature.mismatch"
        );
    }
}

#[test]
fn certificates_in_key_info() {
    let key = Key::rsa();
    let plain = xml_testkit::key_info(&[&key.certificate]);
    let data = plain
        .replace("<ds:KeyInfo>", "")
        .replace("</ds:KeyInfo>", "");
    assert_eq!(code_with_key_info(plain), "accepted");
    assert_eq!(code_with_key_info(key_info(&data)), "accepted");
    let broken = data.replace("</ds:X509Certificate>", "=</ds:X509Certificate>");
    assert_eq!(
        code_with_key_info(key_info(&broken)),
        "ws-security.token-malformed"
    );
    assert_eq!(code_with_key_info(String::new()), "signature.key-missing");
}
