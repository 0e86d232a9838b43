// SPDX-License-Identifier: Apache-2.0
//! Messages changed everywhere.

use canonical_xml::{Document, Limits};
use ws_security::{Settings, verify};

use crate::message::{Message, direct, key_info, now};
use xml_testkit::{Key, Native, sign, told};

/// Every octet of a message changed, one at a time: whatever is still accepted says the same.
#[test]
fn any_octet_changed() {
    let key = Key::p256();
    let text = sign(
        &Message {
            signature: Message::new(key).signature,
            token: String::new(),
            ..Message::new(key)
        }
        .text()
        .replace(&key_info(&direct("#X509-1")), ""),
        key,
    );
    let original = text.as_bytes();
    let said = |bytes: &[u8]| {
        let document = Document::parse(bytes, &Limits::default()).ok()?;
        let mut backend = Native::pinning(&[&key.certificate]);
        let settings = Settings::default();
        let received = verify(&document, &settings, now(), &mut backend).ok()?;
        let body = told(received.body.signed().unwrap());
        let protection = received.protection.unwrap();
        Some((body, protection.lifetime, protection.replay_key()))
    };
    let expected = said(original);
    assert!(expected.is_some());
    let (mut refused, mut accepted) = (0, 0);
    for index in 0..original.len() {
        for change in [1, 0x20] {
            let mut changed = original.to_vec();
            changed[index] ^= change;
            match said(&changed) {
                None => refused += 1,
                other => {
                    assert_eq!(other, expected, "octet {index}");
                    accepted += 1;
                }
            }
        }
    }
    println!("{refused} refused, {accepted} accepted with the same content");
    assert!(refused > 10 * accepted);
}
