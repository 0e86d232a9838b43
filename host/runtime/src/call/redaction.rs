// SPDX-License-Identifier: Apache-2.0
//! Takes secrets out of a recorded call, or says that they cannot be told apart from the rest of it.

use std::collections::BTreeSet;

use memchr::memmem;
use serde_json::Value;

use crate::{
    call::environment::Environment,
    exchange::RecordedAnswer,
    form,
    observe::{CallId, PerformedCall},
};

/// What stands in the place of each byte of a secret: it is of every alphabet that secrets have.
const STAND_IN: u8 = b'A';

/// A value that is shorter may stand somewhere by accident: it is not replaced, which would change other things, and a call in which it stands is withheld.
const SHORTEST: usize = 8;

/// Values that have to go.
pub(super) struct Redaction {
    values: BTreeSet<Vec<u8>>,
    /// What values look like that are encoded.
    encoded: Vec<Vec<u8>>,
}

impl Redaction {
    /// Of all secrets that the call could have seen: those of its agency, and what was compared with one.
    pub(super) fn of(environment: &Environment, performed: &PerformedCall) -> Self {
        let roles = environment.secrets.roles();
        let held = roles.filter_map(|role| environment.secrets.values(role));
        let mut values: BTreeSet<Vec<u8>> = held
            .flat_map(|values| values.accepted().cloned().collect::<Vec<_>>())
            .collect();
        let obtained = environment.obtained.values();
        values.extend(obtained.iter().map(|value| value.to_vec()));
        let compared = performed.answers.iter().filter_map(candidate);
        values.extend(compared);
        Self::new(values)
    }

    fn new(mut values: BTreeSet<Vec<u8>>) -> Self {
        values.retain(|value| !value.is_empty());
        let encoded = values.iter().flat_map(|value| encodings(value)).collect();
        Self { values, encoded }
    }

    /// The call without the secrets.
    ///
    /// # Errors
    /// The call, where a secret stands in it that is short, or in another form than its own.
    pub(super) fn apply(&self, mut performed: PerformedCall) -> Result<PerformedCall, CallId> {
        let mut settings = Value::from(std::mem::take(&mut performed.settings));
        let is_clean =
            self.clean(&mut settings) && parts(&mut performed).all(|value| self.clean(value));
        if !is_clean {
            return Err(performed.call);
        }
        let settings = settings.as_str().unwrap_or_default();
        settings.clone_into(&mut performed.settings);
        Ok(performed)
    }

    /// Takes the values out of everything in a JSON value; whether it could be done.
    fn clean(&self, value: &mut Value) -> bool {
        match value {
            Value::String(text) => match self.without(text.as_bytes()) {
                Some(bytes) => String::from_utf8(bytes).map(|clean| *text = clean).is_ok(),
                None => false,
            },
            Value::Array(items) => items.iter_mut().all(|item| self.clean(item)),
            Value::Object(_) => match form::read_bytes(value) {
                Some(bytes) => match self.without(&bytes) {
                    Some(clean) => {
                        *value = form::bytes(&clean);
                        true
                    }
                    None => false,
                },
                None => match value {
                    Value::Object(members) => members.values_mut().all(|it| self.clean(it)),
                    _ => true,
                },
            },
            _ => true,
        }
    }

    /// The bytes with stand-ins for the values; `None` where an encoded one is left, or a short one.
    fn without(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let mut clean = bytes.to_vec();
        for value in &self.values {
            let places: Vec<usize> = memmem::find_iter(bytes, value).collect();
            if value.len() < SHORTEST && !places.is_empty() {
                return None;
            }
            for place in places {
                let found = clean.get_mut(place..place + value.len());
                found.into_iter().for_each(|it| it.fill(STAND_IN));
            }
        }
        // Base64 may be broken into lines.
        let dense: Vec<u8> = clean
            .iter()
            .copied()
            .filter(|byte| !byte.is_ascii_whitespace())
            .collect();
        let is_left = |encoded: &Vec<u8>| memmem::find(&dense, encoded).is_some();
        (!self.encoded.iter().any(is_left)).then_some(clean)
    }
}

/// All content of a call but the settings.
fn parts(performed: &mut PerformedCall) -> impl Iterator<Item = &mut Value> {
    let answers = performed.answers.iter_mut();
    let answers = answers.flat_map(|it| it.arguments.iter_mut().chain([&mut it.answer]));
    let result = [&mut performed.result];
    performed.arguments.iter_mut().chain(answers).chain(result)
}

/// What a component had compared with a secret.
fn candidate(answer: &RecordedAnswer) -> Option<Vec<u8>> {
    match answer.function.as_str() {
        "secrets.matches" => form::read_bytes(answer.arguments.get(1)?),
        _ => None,
    }
}

/// Forms in which a value may stand in a text other than its own: base64 wherever it begins, hexadecimal, escaped for URLs, JSON and XML.
fn encodings(value: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for alphabet in [&base64_simd::STANDARD_NO_PAD, &base64_simd::URL_SAFE_NO_PAD] {
        for before in 0..3 {
            let whole = [vec![0; before], value.to_vec()].concat();
            let encoded = alphabet.encode_to_string(&whole).into_bytes();
            // Digits at both ends are of what stands beside the value as well.
            let first = (before * 8).div_ceil(6);
            let last = (whole.len() * 8) / 6;
            found.extend(encoded.get(first..last).map(<[u8]>::to_vec));
        }
    }
    let hexadecimal = crate::digest::hexadecimal(value);
    found.push(hexadecimal.to_uppercase().into_bytes());
    found.push(hexadecimal.into_bytes());
    let escaped = |escape: fn(u8) -> Option<String>| -> Vec<u8> {
        let bytes = value.iter();
        bytes
            .flat_map(|byte| escape(*byte).map_or_else(|| vec![*byte], String::into_bytes))
            .collect()
    };
    found.push(escaped(percent));
    found.push(escaped(percent).to_ascii_lowercase());
    found.push(escaped(xml));
    let json = str::from_utf8(value)
        .ok()
        .map(|text| Value::from(text).to_string());
    let json = json.as_deref().and_then(|text| text.get(1..text.len() - 1));
    found.extend(json.map(|text| text.as_bytes().to_vec()));
    // What has nothing to be escaped is the value itself, and has been replaced.
    found.retain(|encoded| encoded != value);
    for encoded in &mut found {
        encoded.retain(|byte| !byte.is_ascii_whitespace());
    }
    found
}

fn percent(byte: u8) -> Option<String> {
    let is_plain = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    (!is_plain).then(|| format!("%{byte:02X}"))
}

fn xml(byte: u8) -> Option<String> {
    let name = match byte {
        b'&' => "&amp;",
        b'<' => "&lt;",
        b'>' => "&gt;",
        b'"' => "&quot;",
        b'\'' => "&apos;",
        _ => return None,
    };
    Some(name.to_owned())
}

#[cfg(test)]
mod tests {
    use base64_simd::{STANDARD, URL_SAFE};
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn redaction(values: &[&str]) -> Redaction {
        Redaction::new(
            values
                .iter()
                .map(|value| value.as_bytes().to_vec())
                .collect(),
        )
    }

    #[test]
    fn a_secret_is_replaced_wherever_it_stands_as_it_is() {
        let redaction = redaction(&["hush-hush-1"]);
        let mut value = json!({
            "headers": [{"name": "authorization", "value": "Bearer hush-hush-1"}],
            "body": {"base64": STANDARD.encode_to_string(b"\xffhush-hush-1hush-hush-1")},
            "peer": null,
        });
        assert!(redaction.clean(&mut value));
        assert_eq!(value["headers"][0]["value"], "Bearer AAAAAAAAAAA");
        let body = STANDARD.encode_to_string([b"\xff".as_slice(), &[b'A'; 22]].concat());
        assert_eq!(value["body"]["base64"], body);
    }

    #[test]
    fn secrets_that_overlap_leave_nothing_of_each_other() {
        let redaction = redaction(&["secret-abc", "abc-secret"]);
        let mut value = json!("secret-abc-secret");
        assert!(redaction.clean(&mut value));
        assert_eq!(value, "A".repeat(17));
    }

    #[test]
    fn a_short_secret_is_not_replaced_but_looked_for() {
        let redaction = redaction(&["p0St"]);
        assert!(redaction.clean(&mut json!("post")));
        for text in ["a p0St", "703053 74", &STANDARD.encode_to_string("-p0St-")] {
            assert!(!redaction.clean(&mut json!(text)), "{text}");
        }
    }

    #[test]
    fn a_secret_in_another_form_is_told_apart_by_nobody() {
        let redaction = redaction(&["hush & <hush>"]);
        for text in ["hush+%26+".to_owned(), "hush &amp; ".to_owned()] {
            assert!(redaction.clean(&mut json!(text)), "{text}");
        }
        for text in [
            "hush%20%26%20%3Chush%3E".to_owned(),
            "hush%20%26%20%3chush%3e".to_owned(),
            "<a>hush &amp; &lt;hush&gt;</a>".to_owned(),
            "68757368 2026203c687573683e".to_owned(),
        ] {
            assert!(!redaction.clean(&mut json!(text)), "{text}");
        }
    }

    proptest! {
        #[test]
        fn base64_hides_no_secret(
            secret in "[ -~]{8,40}", before in "[ -~]{0,40}", after in "[ -~]{0,40}", width in 1usize..80,
        ) {
            let redaction = redaction(&[&secret]);
            let whole = format!("{before}{secret}{after}");
            for text in [STANDARD.encode_to_string(&whole), URL_SAFE.encode_to_string(&whole)] {
                let lines: Vec<_> = text.as_bytes().chunks(width).map(|it| str::from_utf8(it).unwrap()).collect();
                prop_assert!(!redaction.clean(&mut json!(lines.join("\r\n"))));
            }
        }

        #[test]
        fn nothing_is_left_of_a_secret(
            secret in "[a-zA-Z0-9]{8,40}", before in "[ -~]{0,40}", after in "[ -~]{0,40}",
        ) {
            let mut value = json!({"text": format!("{before}{secret}{after}")});
            if secret.chars().all(|c| c == 'A') {
                return Ok(());
            }
            prop_assert!(redaction(&[&secret]).clean(&mut value));
            let text = value["text"].as_str().unwrap();
            prop_assert!(!text.contains(&secret));
            prop_assert_eq!(text.len(), before.len() + secret.len() + after.len());
        }
    }
}
