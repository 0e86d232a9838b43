// SPDX-License-Identifier: Apache-2.0
//! Small changes anywhere: a bit, a few bytes, a piece moved. Whatever still verifies says what was signed.

use std::ops::Range;

use canonical_xml::{Document, Limits};
use proptest::prelude::*;
use proptest::sample::Index;
use xml_signature::{NAMESPACE, verify};

use crate::scene::{Sent, canonical, content, decode, encode, with_content};
use xml_testkit::{EXCLUSIVE, Key, Template};

/// A document with a bit of everything: what is signed, what is not, and a signature with an `Object`.
fn mixed() -> Sent {
    let mut template = Template::new(Key::p256()).reference("#x", &[EXCLUSIVE]);
    template.objects = "<ds:Object Id=\"o\"><!-- not signed -->text</ds:Object>".to_owned();
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- head -->\n<r xmlns=\"urn:r\" xmlns:p=\"urn:p\">\
         <before a='1'>not signed</before>\
         <p:Part Id=\"x\" p:kind=\"k\"><!-- c -->one &amp; two<a b=\"&#x9;\"/><![CDATA[<three>]]>\n  <b xml:lang=\"fi\">ä</b>\
         <?pi  data?></p:Part>{}<after/></r>\n",
        template.text()
    );
    Sent::by(Key::p256(), &text, &["/r/Part"])
}

/// The canonical octets of what is covered, and of `SignedInfo`.
fn covered(sent: &Sent, bytes: &[u8]) -> Option<[Vec<u8>; 2]> {
    let document = Document::parse(bytes, &Limits::default()).ok()?;
    let verified = verify(&document, &sent.policy, &mut sent.backend()).ok()?;
    assert_eq!(*verified.signer(), Key::p256().certificate);
    let part = document.find(&"/r/Part".parse().unwrap())[0];
    assert!(verified.view(part).is_some());
    let signature = verified.signature();
    let mut children = signature.children();
    let signed_info = children.find(|child| child.is(NAMESPACE, "SignedInfo"));
    Some([canonical(part), canonical(signed_info.unwrap())])
}

fn range_of(text: &str, from: &str, to: &str) -> Range<usize> {
    let start = text.find(from).unwrap();
    start..start + text[start..].find(to).unwrap() + to.len()
}

#[test]
fn every_16th_bit_of_the_signature_value() {
    for sent in [Sent::order(), mixed()] {
        let value = decode(content(&sent.text, "ds:SignatureValue"));
        for bit in (0..value.len() * 8)
            .step_by(16)
            .chain([value.len() * 8 - 1])
        {
            let mut flipped = value.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let text = with_content(&sent.text, "ds:SignatureValue", &encode(&flipped));
            assert_eq!(sent.code(&text), "signature.mismatch", "{bit}");
        }
    }
}

#[test]
fn every_bit_of_the_digest() {
    for sent in [Sent::order(), mixed()] {
        let digest = decode(content(&sent.text, "ds:DigestValue"));
        for bit in 0..digest.len() * 8 {
            let mut flipped = digest.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let text = with_content(&sent.text, "ds:DigestValue", &encode(&flipped));
            assert_eq!(sent.code(&text), "signature.mismatch", "{bit}");
            // Signed so by mistake, it does not fit what is there.
            let algorithm = sent_algorithm(&sent);
            let text =
                crate::scene::with_value(&text, |bytes| algorithm.0.sign(algorithm.1, bytes));
            assert_eq!(sent.code(&text), "signature.digest-mismatch", "{bit}");
        }
    }
}

fn sent_algorithm(sent: &Sent) -> (&'static Key, xml_signature::SignatureAlgorithm) {
    let is_curve = sent.text.contains("#ecdsa-sha256");
    let key = if is_curve { Key::p256() } else { Key::rsa() };
    (key, key.usual_algorithm())
}

#[test]
fn a_value_cut_off_anywhere() {
    for sent in [Sent::order(), mixed()] {
        let value = decode(content(&sent.text, "ds:SignatureValue"));
        for length in 0..value.len() {
            let cut = encode(&value[..length]);
            let text = with_content(&sent.text, "ds:SignatureValue", &cut);
            let code = sent.code(&text);
            let expected = match (length, value.len()) {
                (0, _) | (_, 64) => "signature.value-length",
                _ => "signature.mismatch",
            };
            assert_eq!(code, expected, "{length}");
        }
    }
}

/// Every byte of the document with one bit turned, each byte with every bit over the eight passes.
#[test]
fn no_flipped_bit_changes_what_is_covered() {
    let sent = mixed();
    let bytes = sent.text.as_bytes();
    let genuine = covered(&sent, bytes).unwrap();
    let inside = [
        range_of(&sent.text, "<p:Part", "</p:Part>"),
        range_of(&sent.text, "<ds:SignedInfo>", "</ds:SignedInfo>"),
    ];
    let (mut accepted, mut accepted_inside) = (0, Vec::new());
    for bit in 0..8 {
        for at in 0..bytes.len() {
            let mut flipped = bytes.to_vec();
            flipped[at] ^= 1 << bit;
            let Some(seen) = covered(&sent, &flipped) else {
                continue;
            };
            assert!(seen == genuine, "byte {at}, bit {bit}");
            accepted += 1;
            if inside.iter().any(|range| range.contains(&at)) {
                accepted_inside.push(at);
            }
        }
    }
    assert!(accepted > 100, "{accepted}");
    // What is not part of the canonical form: a letter of the comment, which is signed without.
    let comment = range_of(&sent.text, "<!-- c -->", "<!-- c -->");
    assert!(!accepted_inside.is_empty());
    for at in accepted_inside {
        assert!(comment.contains(&at), "byte {at}");
    }
}

#[derive(Clone, Debug)]
enum Edit {
    Flip(Index, u8),
    Delete(Index, usize),
    Repeat(Index, usize, Index),
    Insert(Index, String),
}

fn edit() -> impl Strategy<Value = Edit> {
    let markup = prop::sample::select(vec![
        "<",
        ">",
        "&",
        "\"",
        "'",
        " ",
        "\r",
        "\u{A0}",
        "<!--",
        "-->",
        "<?x?>",
        "<![CDATA[",
        "]]>",
        "&amp;",
        "&#38;",
        "</p:Part>",
        "<p:Part Id=\"x\">",
        " Id=\"x\"",
        " xmlns=\"\"",
        " xmlns:p=\"urn:f\"",
        "<ds:Object>",
        "</ds:Signature>",
        "#x",
        "\u{FEFF}",
        "<ds:SignedInfo>",
        "</ds:SignedInfo>",
        "\0",
        "=",
    ]);
    prop_oneof![
        (any::<Index>(), 0_u8..8).prop_map(|(at, bit)| Edit::Flip(at, bit)),
        (any::<Index>(), 1_usize..40).prop_map(|(at, length)| Edit::Delete(at, length)),
        (any::<Index>(), 1_usize..400, any::<Index>())
            .prop_map(|(at, length, to)| Edit::Repeat(at, length, to)),
        (any::<Index>(), markup).prop_map(|(at, text)| Edit::Insert(at, text.to_owned())),
    ]
}

impl Edit {
    fn apply(&self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        let length = bytes.len();
        match self {
            Self::Flip(at, bit) => bytes[at.index(length)] ^= 1 << bit,
            Self::Delete(at, count) => {
                let at = at.index(length);
                bytes.drain(at..(at + count).min(length));
            }
            Self::Repeat(at, count, to) => {
                let (at, to) = (at.index(length), to.index(length));
                let copy = bytes[at..(at + count).min(length)].to_vec();
                bytes.splice(to..to, copy);
            }
            Self::Insert(at, text) => {
                let at = at.index(length);
                bytes.splice(at..at, text.bytes());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, ..ProptestConfig::default() })]

    #[test]
    fn no_edit_changes_what_is_covered(edits in prop::collection::vec(edit(), 1..4)) {
        thread_local! {
            static SENT: (Sent, [Vec<u8>; 2]) = {
                let sent = mixed();
                let genuine = covered(&sent, sent.text.as_bytes()).unwrap();
                (sent, genuine)
            };
        }
        SENT.with(|(sent, genuine)| {
            let mut bytes = sent.text.clone().into_bytes();
            for edit in &edits {
                edit.apply(&mut bytes);
            }
            if let Some(seen) = covered(sent, &bytes) {
                prop_assert!(seen == *genuine);
            }
            Ok(())
        })?;
    }
}
