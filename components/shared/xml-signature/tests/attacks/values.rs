// SPDX-License-Identifier: Apache-2.0
//! Signature values: of the wrong shape, the wrong length, and nearly right; and what passes for base64.

use xml_signature::{SignatureAlgorithm, verify};

use crate::scene::{Sent, canonical, content, decode, encode, with_content, with_value};
use xml_testkit::{Key, Template, document};

/// The order of the group of P-256 (SEC 2 §2.4.2).
const ORDER: [u8; 32] = [
    0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
    0xBC, 0xE6, 0xFA, 0xAD, 0xA7, 0x17, 0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x51,
];

/// An order signed with a curve.
fn on_curve() -> Sent {
    let template = Template::enveloped(Key::p256()).text();
    let text = format!("<Order><Note>two pieces</Note>{template}</Order>");
    Sent::by(Key::p256(), &text, &[])
}

fn value(sent: &Sent) -> Vec<u8> {
    decode(content(&sent.text, "ds:SignatureValue"))
}

fn code_of_value(sent: &Sent, value: &[u8]) -> &'static str {
    sent.code(&with_content(
        &sent.text,
        "ds:SignatureValue",
        &encode(value),
    ))
}

/// A number of this many octets less another one, which is not larger.
fn difference(from: &[u8], other: &[u8]) -> Vec<u8> {
    let mut borrow = 0;
    let mut digits: Vec<u8> = from
        .iter()
        .zip(other)
        .rev()
        .map(|(&one, &other)| {
            let digit = i16::from(one) - i16::from(other) - borrow;
            borrow = i16::from(digit < 0);
            digit.rem_euclid(256) as u8
        })
        .collect();
    digits.reverse();
    digits
}

/// `SEQUENCE { INTEGER r, INTEGER s }`
fn der(value: &[u8]) -> Vec<u8> {
    let (r, s) = value.split_at(value.len() / 2);
    let integer = |number: &[u8]| {
        let zeros = number.iter().take_while(|octet| **octet == 0).count();
        let mut digits = number[zeros..].to_vec();
        if digits[0] >= 0x80 {
            digits.insert(0, 0);
        }
        [&[0x02, digits.len() as u8][..], &digits].concat()
    };
    let content = [integer(r), integer(s)].concat();
    [&[0x30, content.len() as u8][..], &content].concat()
}

#[test]
fn ecdsa_in_der() {
    let sent = on_curve();
    // About 70 octets, which is the length of nothing.
    assert_eq!(
        code_of_value(&sent, &der(&value(&sent))),
        "signature.value-length"
    );
    // Of a length that would do, it is not the signature either.
    let mut padded = der(&value(&sent));
    padded.resize(96, 0);
    assert_eq!(code_of_value(&sent, &padded), "signature.mismatch");
}

/// CVE-2022-21449.
#[test]
fn ecdsa_with_r_or_s_zero() {
    let sent = on_curve();
    let value = value(&sent);
    let (r, s) = value.split_at(32);
    let zero = [0; 32];
    for forged in [
        [&zero[..], &zero].concat(),
        [&zero[..], s].concat(),
        [r, &zero].concat(),
    ] {
        assert_eq!(code_of_value(&sent, &forged), "signature.value-length");
    }
    // Zero in the group is the order, and one more is one.
    for forged in [
        [&ORDER[..], &ORDER].concat(),
        [&ORDER[..], s].concat(),
        [r, &ORDER].concat(),
    ] {
        assert_eq!(code_of_value(&sent, &forged), "signature.mismatch");
    }
}

#[test]
fn ecdsa_with_numbers_of_another_length() {
    let sent = on_curve();
    let value = value(&sent);
    let (r, s) = value.split_at(32);
    let padded = |length: usize| {
        let zeros = vec![0; length - 32];
        [&zeros[..], r, &zeros, s].concat()
    };
    for (forged, code) in [
        (Vec::new(), "signature.value-length"),
        (vec![1], "signature.value-length"),
        ([r, &s[1..]].concat(), "signature.value-length"),
        ([&r[1..], &s[1..]].concat(), "signature.value-length"),
        ([&value[..], &[0]].concat(), "signature.value-length"),
        ([&[0], &value[..]].concat(), "signature.value-length"),
        ([&value[..], &[0, 0]].concat(), "signature.value-length"),
        (padded(33), "signature.value-length"),
        // As long as those of P-384 and P-521.
        (padded(48), "signature.mismatch"),
        (padded(66), "signature.mismatch"),
        ([s, r].concat(), "signature.mismatch"),
    ] {
        assert_eq!(code_of_value(&sent, &forged), code, "{}", forged.len());
    }
}

/// Every ECDSA signature has a twin with n − s, which is as right. It says the same of the same: a memory of messages seen must not
/// count on the value alone.
#[test]
fn the_twin_of_an_ecdsa_signature_is_a_signature_of_the_same() {
    let sent = on_curve();
    let genuine = value(&sent);
    let (r, s) = genuine.split_at(32);
    let twin = [r, &difference(&ORDER, s)].concat();
    assert_ne!(twin, genuine);
    let text = with_content(&sent.text, "ds:SignatureValue", &encode(&twin));
    let (one, other) = (document(&sent.text), document(&text));
    let one = verify(&one, &sent.policy, &mut sent.backend()).unwrap();
    let other = verify(&other, &sent.policy, &mut sent.backend()).unwrap();
    assert_eq!(one.signer(), other.signer());
    assert_eq!(one.covered()[0].digest(), other.covered()[0].digest());
    assert_eq!(other.signature_value(), twin);
}

#[test]
fn rsa_of_another_length_than_the_modulus() {
    let sent = Sent::order();
    let value = value(&sent);
    assert_eq!(value.len(), 256);
    for forged in [
        value[1..].to_vec(),
        value[..255].to_vec(),
        [&value[..], &[0]].concat(),
        [&[0], &value[..]].concat(),
        [&[0; 256], &value[..]].concat(),
        vec![0xFF; 256],
        vec![1],
        [&[0; 255][..], &[1]].concat(),
        vec![1; 2048],
    ] {
        assert_eq!(
            code_of_value(&sent, &forged),
            "signature.mismatch",
            "{}",
            forged.len()
        );
    }
    for forged in [Vec::new(), vec![0; 256], vec![0], vec![1; 2049]] {
        assert_eq!(
            code_of_value(&sent, &forged),
            "signature.value-length",
            "{}",
            forged.len()
        );
    }
}

#[test]
fn a_value_by_another_key() {
    let sent = Sent::order();
    let algorithm = SignatureAlgorithm::RsaSha256;
    let text = with_value(&sent.text, |bytes| Key::other_rsa().sign(algorithm, bytes));
    assert_eq!(sent.code(&text), "signature.mismatch");
    // The same bytes signed anew by the right one: the test itself is right.
    let text = with_value(&sent.text, |bytes| Key::rsa().sign(algorithm, bytes));
    assert_eq!(sent.code(&text), "valid");
}

/// Signed is the canonical form, neither the bytes as they stand nor their digest.
#[test]
fn a_value_of_something_else() {
    let sent = Sent::order();
    let sign = |bytes: &[u8]| Key::rsa().sign(SignatureAlgorithm::RsaSha256, bytes);
    let parsed = document(&sent.text);
    let whole = canonical(parsed.root());
    let text = with_value(&sent.text, |_| sign(&whole));
    assert_eq!(sent.code(&text), "signature.mismatch");
    let text = with_value(&sent.text, |_| sign(b""));
    assert_eq!(sent.code(&text), "signature.mismatch");
    let text = with_value(&sent.text, |bytes| sign(&bytes[1..]));
    assert_eq!(sent.code(&text), "signature.mismatch");
}

/// One octets has one encoding: a second one would let others change signed documents, or see other values.
#[test]
fn base64_that_is_not_strict() {
    let sent = Sent::order();
    for name in ["ds:DigestValue", "ds:SignatureValue", "ds:X509Certificate"] {
        let value = content(&sent.text, name);
        let unpadded = value.trim_end_matches('=');
        let (start, end) = value.split_at(5);
        let mut bad = vec![
            // Padding: missing, twice, in the middle, alone.
            format!("{value}="),
            format!("{value}===="),
            format!("{start}={end}"),
            format!("{value}QQ=="),
            "=".to_owned(),
            value[1..].to_owned(),
            // Other alphabets and other white space.
            format!("{start}-_{end}"),
            format!("{start}\u{A0}{end}"),
            format!("{start}\u{2003}{end}"),
            format!("{start}\u{200B}{end}"),
            format!("{start}\u{AD}{end}"),
            format!("{start}%0A{end}"),
            format!("{start}.{end}"),
            format!("{start},{end}"),
            format!("{start}\\n{end}"),
            format!("base64,{value}"),
            value.replacen(&value[..1], "Ａ", 1),
        ];
        if unpadded.len() < value.len() {
            bad.push(unpadded.to_owned());
            bad.push(with_tail(value));
        }
        for bad in bad {
            let text = with_content(&sent.text, name, &bad);
            assert_eq!(sent.code(&text), "signature.base64", "{name} {bad}");
        }
        for illegal in ["\0", "\u{B}", "\u{C}"] {
            let text = with_content(&sent.text, name, &format!("{start}{illegal}{end}"));
            assert_eq!(sent.code(&text), "xml.illegal-character", "{name}");
        }
    }
}

/// The same octets with a bit set that stands for nothing.
fn with_tail(value: &str) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let unpadded = value.trim_end_matches('=');
    let (start, last) = unpadded.split_at(unpadded.len() - 1);
    let digit = ALPHABET
        .iter()
        .position(|letter| *letter == last.as_bytes()[0]);
    let other = char::from(ALPHABET[digit.unwrap() + 1]);
    let padding = &value[unpadded.len()..];
    format!("{start}{other}{padding}")
}

/// A digest is compared over its whole length, which is the algorithm's.
#[test]
fn a_digest_that_is_too_short_or_too_long() {
    for (length, code) in [
        (0, "signature.digest-mismatch"),
        (1, "signature.digest-mismatch"),
        (20, "signature.digest-mismatch"),
        (31, "signature.digest-mismatch"),
        (32, "valid"),
        (33, "signature.digest-mismatch"),
        (64, "signature.digest-mismatch"),
    ] {
        let sent = Sent::order();
        let mut digest = decode(content(&sent.text, "ds:DigestValue"));
        digest.resize(length, 0);
        let text = with_content(&sent.text, "ds:DigestValue", &encode(&digest));
        // The sender signs it so, by whatever mistake.
        let text = with_value(&text, |bytes| {
            Key::rsa().sign(SignatureAlgorithm::RsaSha256, bytes)
        });
        assert_eq!(sent.code(&text), code, "{length}");
    }
}
