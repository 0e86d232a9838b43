// SPDX-License-Identifier: Apache-2.0
//! Documents that were changed after signing, anyhow: whatever still verifies says what was signed.

use std::ops::Range;
use std::sync::LazyLock;

use canonical_xml::{Document, Limits};
use proptest::prelude::*;
use xml_signature::{ENVELOPED_SIGNATURE, Policy, verify};

use xml_testkit::{EXCLUSIVE, Key, Native, Template, requiring, sign, told};

static SIGNED: LazyLock<[(String, Policy); 2]> = LazyLock::new(|| {
    let body = "<h:Head xmlns:h=\"urn:h\" a=\"1\">head</h:Head><Body Id=\"body\" b=\"&lt;\">\
        text<!-- comment --><A Id=\"a\"/><B>more<![CDATA[ & ]]></B></Body>";
    let whole = Template::enveloped(Key::rsa()).text();
    let part = Template::new(Key::rsa())
        .reference("#body", &[EXCLUSIVE])
        .reference("#a", &[ENVELOPED_SIGNATURE, EXCLUSIVE])
        .reference("#a", &[]);
    // The second reference would be refused: the signature is not inside.
    let (before, rest) = part
        .references
        .split_once("<ds:Reference URI=\"#a\"><ds:Transforms>")
        .unwrap();
    let (_, after) = rest.split_once("</ds:Reference>").unwrap();
    let part = Template {
        references: format!("{before}{after}"),
        ..part
    };
    let text = |signature: &str| {
        sign(
            &format!("<r xmlns=\"urn:r\">{body}{signature}</r>"),
            Key::rsa(),
        )
    };
    [
        (text(&whole), requiring(&["/r"])),
        (text(&part.text()), requiring(&["/r/Body", "/r/Body/A"])),
    ]
});

/// What the covered elements say, for a text that verifies.
fn said(text: &[u8], policy: &Policy, backend: &mut Native) -> Option<Vec<String>> {
    let document = Document::parse(text, &Limits::default()).ok()?;
    let verified = verify(&document, policy, backend).ok()?;
    let parts = verified.covered().iter();
    Some(parts.map(|part| told(part.element().unwrap())).collect())
}

/// Changes that move and repeat what is there, and such as only break it.
#[derive(Clone, Debug)]
enum Change {
    Byte(prop::sample::Index, u8),
    Remove(prop::sample::Index, usize),
    Copy(prop::sample::Index, usize, prop::sample::Index),
    Element(prop::sample::Index, prop::sample::Index),
    Insert(prop::sample::Index, &'static str),
}

fn change() -> impl Strategy<Value = Change> {
    let at = any::<prop::sample::Index>;
    let inserted = prop::sample::select(vec![
        "<!-- c -->",
        " ",
        "<x/>",
        "Id=\"a\" ",
        "<![CDATA[]]>",
        "&#65;",
        "\n",
        "<Body Id=\"body\"/>",
        "xmlns=\"\" ",
    ]);
    prop_oneof![
        (at(), any::<u8>()).prop_map(|(at, byte)| Change::Byte(at, byte)),
        (at(), 1_usize..40).prop_map(|(at, length)| Change::Remove(at, length)),
        (at(), 1_usize..300, at()).prop_map(|(from, length, to)| Change::Copy(from, length, to)),
        (at(), at()).prop_map(|(from, to)| Change::Element(from, to)),
        (at(), inserted).prop_map(|(at, text)| Change::Insert(at, text)),
    ]
}

fn apply(text: &mut Vec<u8>, change: &Change) {
    let length = text.len();
    let range = |at: &prop::sample::Index, count: usize| {
        let start = at.index(length);
        start..(start + count).min(length)
    };
    match change {
        Change::Byte(at, byte) => text[at.index(length)] = *byte,
        Change::Remove(at, count) => drop(text.drain(range(at, *count))),
        Change::Copy(from, count, to) => insert_copy(text, range(from, *count), to.index(length)),
        Change::Element(from, to) => {
            let Ok(document) = Document::parse(text, &Limits::default()) else {
                return;
            };
            let elements: Vec<_> = document.elements().map(|element| element.span()).collect();
            let (from, to) = (
                &elements[from.index(elements.len())],
                &elements[to.index(elements.len())],
            );
            let range = from.start as usize..from.end as usize;
            let at = to.start as usize;
            drop(document);
            insert_copy(text, range, at);
        }
        Change::Insert(at, inserted) => {
            let at = at.index(length);
            text.splice(at..at, inserted.bytes());
        }
    }
}

fn insert_copy(text: &mut Vec<u8>, range: Range<usize>, at: usize) {
    let copy = text[range].to_vec();
    text.splice(at..at, copy);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_still_verifies_still_says_what_was_signed(
        which in 0_usize..2,
        changes in prop::collection::vec(change(), 1..4),
    ) {
        let (signed, policy) = &SIGNED[which];
        let mut changed = signed.clone().into_bytes();
        for change in &changes {
            apply(&mut changed, change);
        }
        let mut backend = Native::trusting(Key::rsa());
        let original = said(signed.as_bytes(), policy, &mut backend).unwrap();
        if let Some(said) = said(&changed, policy, &mut backend) {
            prop_assert_eq!(said, original);
        }
    }

    /// With a judge that lets any value pass, the verifier's own work is reached by far more documents.
    #[test]
    fn nothing_panics_behind_the_signature_value(
        which in 0_usize..2,
        changes in prop::collection::vec(change(), 1..6),
    ) {
        let (signed, policy) = &SIGNED[which];
        let mut changed = signed.clone().into_bytes();
        for change in &changes {
            apply(&mut changed, change);
        }
        let mut credulous = Native {
            believing: true,
            ..Native::pinning(&[&[1]])
        };
        let _ = said(&changed, policy, &mut credulous);
    }
}
