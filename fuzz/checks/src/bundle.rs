// SPDX-License-Identifier: Apache-2.0
//! Files that are said to be recorded calls, and bundles that somebody has edited.

use std::sync::OnceLock;

use serde_json::{Value, json};
use silta_bundles::{Bundle, BundleError, Content, Header, OpeningKey, differences};

/// A key and a bundle that is sealed to it.
fn sealed() -> &'static (OpeningKey, Vec<u8>) {
    static SEALED: OnceLock<(OpeningKey, Vec<u8>)> = OnceLock::new();
    SEALED.get_or_init(|| {
        let Ok((key, _)) = OpeningKey::generate() else {
            panic!("no key");
        };
        let header = Header {
            agency: "tulli".into(),
            function: "envelope.build".into(),
            ..Header::default()
        };
        let content = Content {
            settings: "{}".into(),
            arguments: vec![json!({"text": "<a><b>1</b></a>"})],
            ..Content::default()
        };
        match Bundle::seal(header, &content, &key.public()) {
            Ok(bundle) => (key, bundle.to_bytes()),
            Err(error) => panic!("{error}"),
        }
    })
}

/// Panics unless what is read is written as it was, nothing that was edited is opened, and a text differs from another one where its bytes do.
pub fn check(input: &[u8]) {
    let (key, whole) = sealed();
    if let Ok(bundle) = Bundle::read(input) {
        assert_eq!(bundle.to_bytes(), input);
        // Nobody but this process has the key.
        assert!(matches!(
            bundle.open(key),
            Err(BundleError::OtherKey { .. } | BundleError::Tampered)
        ));
    }
    check_edited(key, whole, input);
    check_differences(input);
}

/// The bytes of the input in the place of others, at the place that its first two bytes name.
fn check_edited(key: &OpeningKey, whole: &[u8], input: &[u8]) {
    let Some(([high, low], rest)) = input.split_first_chunk() else {
        return;
    };
    let place = usize::from(u16::from_be_bytes([*high, *low])) % whole.len();
    let mut edited = whole.to_vec();
    edited.truncate(place);
    edited.extend_from_slice(rest);
    edited.extend(whole.iter().skip(place + rest.len()));
    let opened = Bundle::read(&edited).and_then(|bundle| bundle.open(key));
    assert_eq!(opened.is_ok(), edited == whole);
}

fn check_differences(input: &[u8]) {
    let text = String::from_utf8_lossy(input).into_owned();
    let form = |text: &str| json!({"body": {"text": text}, "n": [1, null]});
    assert!(differences(&form(&text), &form(&text)).is_empty());
    let longer = form(&format!("{text}x"));
    let told = differences(&form(&text), &longer);
    assert_eq!(told.len(), 1);
    let byte = told.first().and_then(|it| it.byte);
    assert_eq!(byte, Some(text.len()));
    // Whatever the input is as JSON, it is itself.
    if let Ok(value) = serde_json::from_slice::<Value>(input) {
        assert!(differences(&value, &value).is_empty());
        assert_eq!(differences(&value, &longer).is_empty(), value == longer);
    }
}
