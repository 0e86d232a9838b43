// SPDX-License-Identifier: Apache-2.0
//! Messages that have to be accepted, in all the shapes that senders give them.

use canonical_xml::{Document, Limits};
use soap::Version;
use ws_security::{Settings, verify};

use crate::message::{Message, code, code_by, judged, now, replaced};
use xml_testkit::{Key, Memory, Native};

#[test]
fn every_order_in_the_security_header() {
    let key = Key::rsa();
    for order in [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ] {
        let message = Message {
            order,
            ..Message::new(key)
        };
        assert_eq!(code(&message.signed(key), key), "accepted", "{order:?}");
    }
}

#[test]
fn soap_1_2_with_foreign_prefixes() {
    let key = Key::p256();
    let message = Message {
        version: Version::V12,
        prefix: "e",
        attributes: "e:mustUnderstand=\"true\" e:role=\"http://www.w3.org/2003/05/soap-envelope/role/ultimateReceiver\"".to_owned(),
        ..Message::new(key)
    };
    let text = message.text();
    let text = text.replace("wsse:", "s:").replace("xmlns:wsse", "xmlns:s");
    let text = text.replace("wsu:", "u:").replace("xmlns:wsu", "xmlns:u");
    let text = xml_testkit::sign(&text, key);
    let version = judged(
        &text,
        &Settings::default(),
        &mut Native::trusting(key),
        |received| received.version,
    );
    assert_eq!(version, Ok(Version::V12));
}

#[test]
fn white_space_between_everything() {
    let key = Key::rsa();
    let message = Message::new(key).text();
    let mut text = String::new();
    for piece in message.split("><") {
        text.push_str(piece);
        text.push_str(">\r\n  <");
    }
    let text = text.strip_suffix(">\r\n  <").unwrap();
    // Empty values stay empty: they are filled when signing.
    let text = text.replace(">\r\n  </ds:Sig", "></ds:Sig");
    let text = xml_testkit::sign(&text, key);
    assert_eq!(code(&text, key), "accepted");
}

#[test]
fn what_is_told_of_a_message() {
    let key = Key::rsa();
    let mut message = Message::new(key);
    message.after =
        "<w:Action xmlns:w=\"urn:example:wsa\" soapenv:mustUnderstand=\"1\">go</w:Action>\
                     <w:Note xmlns:w=\"urn:example:wsa\" wsu:Id=\"N\">x</w:Note>"
            .to_owned();
    message.signature = message.signature.reference("#N", &[xml_testkit::EXCLUSIVE]);
    let text = message.signed(key);
    let mut backend = Native::trusting(key);
    judged(&text, &Settings::default(), &mut backend, |received| {
        let transfer = received.body.children().next().unwrap();
        assert!(transfer.is("urn:example:bank", "Transfer"));
        assert_eq!(received.body.path(), "/Envelope/Body");
        let amount = received.body.children().next().unwrap().children().next();
        let amount = amount.unwrap();
        assert!(amount.is_signed() && amount.is("urn:example:bank", "Amount"));
        assert_eq!(amount.text().to_str().unwrap(), "10");

        let headers: Vec<_> = received
            .headers
            .iter()
            .map(|block| {
                (
                    block.part.local(),
                    block.part.is_signed(),
                    block.must_understand,
                )
            })
            .collect();
        assert_eq!(headers, [("Action", false, true), ("Note", true, false)]);
        let open: Vec<_> = received
            .must_understand()
            .map(|part| part.local())
            .collect();
        assert_eq!(open, ["Action"]);

        let protection = received.protection.unwrap();
        assert_eq!(*protection.signature.signer(), key.certificate);
        let lifetime = protection.lifetime.unwrap();
        assert_eq!(lifetime.created.to_string(), "2026-01-31T12:00:00.687Z");
        assert_eq!(
            lifetime.expires.unwrap().to_string(),
            "2026-01-31T12:01:00.687Z"
        );
    })
    .unwrap();
}

/// As the official services profile has it: RSA and SHA-1 throughout.
#[test]
fn sha1_when_allowed() {
    let key = Key::rsa();
    let text = Message::new(key).text();
    let text = text.replace(
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
        "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
    );
    let text = text.replace(
        "http://www.w3.org/2001/04/xmlenc#sha256",
        "http://www.w3.org/2000/09/xmldsig#sha1",
    );
    let Some(text) = xml_testkit::sign_with(&text, key) else {
        println!("skipped: there is no openssl to sign with SHA-1");
        return;
    };
    let settings = Settings {
        allow_sha1: true,
        ..Settings::default()
    };
    assert_eq!(code_by(&text, key, &settings), "accepted");
    assert_eq!(code(&text, key), "signature.sha1-not-allowed");
}

/// Big content stays where it is.
#[test]
fn a_message_that_is_not_in_memory() {
    let key = Key::rsa();
    let content = "QUJD".repeat(100_000);
    let message = Message {
        body: format!("<a:File xmlns:a=\"urn:example\">{content}</a:File>"),
        ..Message::new(key)
    };
    let text = message.signed(key);
    let verified = |text: &str| {
        let document = Document::load(&Memory::new(&text), &Limits::default()).unwrap();
        let mut backend = Native {
            source: text.as_bytes().to_vec(),
            ..Native::trusting(key)
        };
        let received = verify(&document, &Settings::default(), now(), &mut backend);
        received.map(|received| {
            assert!(received.body.is_signed());
            let file = received.body.children().next().unwrap();
            assert!(file.text().to_str().is_none(), "it is left in the source");
            let mut length = 0;
            for piece in file.text().pieces() {
                length += match piece {
                    canonical_xml::Piece::Str(text) => text.len() as u64,
                    canonical_xml::Piece::Source(range) => range.end - range.start,
                };
            }
            length
        })
    };
    assert_eq!(verified(&text).unwrap(), 400_000);
    let middle = text.len() / 2;
    let mut changed = text.clone();
    changed.replace_range(
        middle..=middle,
        if &text[middle..=middle] == "Q" {
            "R"
        } else {
            "Q"
        },
    );
    assert!(verified(&changed).is_err());
}

#[test]
fn a_replay_key_is_that_of_the_message() {
    let key = Key::p256();
    let replay_key = |text: &str| {
        let mut backend = Native::trusting(key);
        let see = |received: ws_security::Received<'_, Vec<u8>>| {
            let protection = received.protection.unwrap();
            let value = protection.signature.signature_value().to_vec();
            (protection.replay_key(), value)
        };
        judged(text, &Settings::default(), &mut backend, see).unwrap()
    };
    let text = Message::new(key).signed(key);
    let (first, value) = replay_key(&text);
    assert_eq!(first.len(), 64);
    let spaced = replaced(&text, "</soapenv:Body>", "</soapenv:Body >");
    assert_eq!(replay_key(&spaced), (first.clone(), value.clone()));

    // Whoever sees a value of ECDSA can make another of it.
    let encode = |bytes: &[u8]| {
        use base64::Engine;
        base64::engine::general_purpose::STANDARD.encode(bytes)
    };
    let second = mirrored(&value);
    let mirrored = replaced(&text, &encode(&value), &encode(&second));
    assert_eq!(replay_key(&mirrored), (first.clone(), second));

    let later = Message {
        timestamp: crate::message::timestamp("2026-01-31T12:00:01Z", "2026-01-31T12:01:01Z"),
        ..Message::new(key)
    };
    assert_ne!(replay_key(&later.signed(key)).0, first);
}

/// (r, n − s) for (r, s) on P-256.
fn mirrored(value: &[u8]) -> Vec<u8> {
    /// The order of the curve (SEC 2 §2.4.2).
    const ORDER: [u8; 32] = [
        0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xBC,
        0xE6, 0xFA, 0xAD, 0xA7, 0x17, 0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x51,
    ];
    let (r, s) = value.split_at(32);
    let mut difference = ORDER;
    let mut borrow = false;
    for (digit, subtrahend) in difference.iter_mut().zip(s).rev() {
        let (first, borrowed) = digit.overflowing_sub(*subtrahend);
        let (second, borrowed_again) = first.overflowing_sub(u8::from(borrow));
        *digit = second;
        borrow = borrowed || borrowed_again;
    }
    [r, &difference].concat()
}
