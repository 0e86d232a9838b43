// SPDX-License-Identifier: Apache-2.0
//! Takes secrets out of a recorded call, or says that they cannot be told apart from the rest of it.

mod forms;

use std::collections::BTreeSet;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
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

/// Most different values that the component had compared with secrets. It may compare as often as it likes, and each value costs time that the caller waits for.
const MOST_COMPARED: usize = 16;

/// Most bytes of all of those.
const MOST_COMPARED_BYTES: usize = 8 << 10;

/// Levels of base64 that are undone; one more is found as it is.
const LEVELS: usize = 2;

/// As many times a text is looked at, at most: whoever wrote it chose how many escapes are in it.
const MOST_PASSES: usize = 32;

/// Bytes that may be looked at beside that: of a short text, every form is looked for.
const SHORT_TEXT: usize = 4096;

/// Values that have to go. All are looked for at once, so that their number costs no time.
pub(super) struct Redaction {
    values: AhoCorasick,
    /// What values look like that are encoded, wherever in a text.
    encoded: AhoCorasick,
}

impl Redaction {
    /// Of all secrets that the call could have seen: those of its agency, and what was compared with one. `None` where that is too much to be looked for.
    pub(super) fn of(environment: &Environment, performed: &PerformedCall) -> Option<Self> {
        let roles = environment.secrets.roles();
        let held = roles.filter_map(|role| environment.secrets.values(role));
        let mut values: BTreeSet<Vec<u8>> = held
            .flat_map(|values| values.accepted().cloned().collect::<Vec<_>>())
            .collect();
        let obtained = environment.obtained.values();
        values.extend(obtained.iter().map(|value| value.to_vec()));
        values.extend(compared(&performed.answers)?);
        Self::new(values)
    }

    fn new(mut values: BTreeSet<Vec<u8>>) -> Option<Self> {
        values.retain(|value| !value.is_empty());
        let encoded: Vec<_> = values
            .iter()
            .flat_map(|value| forms::encodings(value))
            .collect();
        Some(Self {
            encoded: searcher(&encoded)?,
            values: searcher(&values.into_iter().collect::<Vec<_>>())?,
        })
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

    /// The bytes with stand-ins for the values; `None` where one is left that is short, encoded or escaped.
    fn without(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let mut clean = bytes.to_vec();
        for found in self.values.find_overlapping_iter(bytes) {
            if found.len() < SHORTEST {
                return None;
            }
            let place = clean.get_mut(found.range());
            place.into_iter().for_each(|it| it.fill(STAND_IN));
        }
        (!self.is_encoded_in(&clean) && !Search::new(self, &clean).finds_escaped(&clean, LEVELS))
            .then_some(clean)
    }

    /// Whether a value stands in a text in a form that is found without decoding the text.
    fn is_encoded_in(&self, text: &[u8]) -> bool {
        self.encoded.is_match(&forms::dense(text))
    }
}

/// Looks for what is left in one text, as long as that does not take too long.
struct Search<'a> {
    redaction: &'a Redaction,
    /// Bytes that may still be looked at.
    bytes: usize,
}

impl<'a> Search<'a> {
    fn new(redaction: &'a Redaction, text: &[u8]) -> Self {
        let bytes = text.len().saturating_mul(MOST_PASSES);
        Self {
            redaction,
            bytes: bytes.saturating_add(SHORT_TEXT),
        }
    }

    /// Whether a value is in a text, or there is too much to look at to tell.
    fn finds(&mut self, text: &[u8]) -> bool {
        let Some(left) = self.bytes.checked_sub(text.len()) else {
            return true;
        };
        self.bytes = left;
        self.redaction.values.is_match(text) || self.redaction.is_encoded_in(text)
    }

    /// Whether a value is left once escapes are undone, or so many levels of base64, with the escapes in what it encodes.
    fn finds_escaped(&mut self, text: &[u8], levels: usize) -> bool {
        let unescaped = forms::unescaped(text);
        if unescaped.iter().any(|text| self.finds(text)) {
            return true;
        }
        let Some(levels) = levels.checked_sub(1) else {
            return false;
        };
        self.finds_in_base64(text, levels)
            || unescaped.iter().any(|it| self.finds_in_base64(it, levels))
    }

    fn finds_in_base64(&mut self, text: &[u8], levels: usize) -> bool {
        let decoded = forms::decoded(text);
        decoded.iter().any(|bytes| {
            let mut texts = forms::texts(bytes);
            self.finds(bytes) || texts.any(|text| self.finds_escaped(text.as_bytes(), levels))
        })
    }
}

/// Looks for patterns, which together are some kilobytes.
fn searcher(patterns: &[Vec<u8>]) -> Option<AhoCorasick> {
    let mut builder = AhoCorasick::builder();
    // Quickly made: it is of one call.
    let builder = builder.kind(Some(AhoCorasickKind::ContiguousNFA));
    builder.build(patterns).ok()
}

/// All content of a call but the settings.
fn parts(performed: &mut PerformedCall) -> impl Iterator<Item = &mut Value> {
    let answers = performed.answers.iter_mut();
    let answers = answers.flat_map(|it| it.arguments.iter_mut().chain([&mut it.answer]));
    let result = [&mut performed.result];
    performed.arguments.iter_mut().chain(answers).chain(result)
}

/// What a component had compared with secrets; `None` where that is too much.
fn compared(answers: &[RecordedAnswer]) -> Option<BTreeSet<Vec<u8>>> {
    let (mut values, mut bytes) = (BTreeSet::new(), 0);
    for value in answers.iter().filter_map(candidate) {
        let length = value.len();
        if values.insert(value) {
            bytes += length;
        }
        if values.len() > MOST_COMPARED || bytes > MOST_COMPARED_BYTES {
            return None;
        }
    }
    Some(values)
}

/// What a component had compared with a secret.
fn candidate(answer: &RecordedAnswer) -> Option<Vec<u8>> {
    match answer.function.as_str() {
        "secrets.matches" => form::read_bytes(answer.arguments.get(1)?),
        _ => None,
    }
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
        .unwrap()
    }

    #[test]
    fn what_was_compared_is_looked_for_up_to_a_bound() {
        let answers = |count: usize, length: usize| -> Vec<_> {
            let one = |number| RecordedAnswer {
                function: "secrets.matches".into(),
                arguments: vec![json!("role"), json!({"text": format!("{number:0length$}")})],
                answer: json!(false),
            };
            (0..count).chain(0..count).map(one).collect()
        };
        assert_eq!(
            compared(&answers(MOST_COMPARED, 100)).unwrap().len(),
            MOST_COMPARED
        );
        assert!(compared(&answers(MOST_COMPARED + 1, 100)).is_none());
        assert!(compared(&answers(10_000, 20)).is_none());
        assert!(compared(&answers(1, MOST_COMPARED_BYTES)).is_some());
        assert!(compared(&answers(2, MOST_COMPARED_BYTES)).is_none());
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
            "<a>hush &#38; &#x3c;hush&#062;</a>".to_owned(),
            r"hush \u0026 \u003Chush\u003e".to_owned(),
            "token=hush+%26+%3Chush%3E&more".to_owned(),
            "hus=68 & =3Chu=\r\nsh>".to_owned(),
            "h\0u\0s\0h\0 \0&\0 \0<\0h\0u\0s\0h\0>\0".to_owned(),
            // Escaped and escaped again.
            r"<a>hush \u0026amp; &lt;hush></a>".to_owned(),
            "68757368 2026203c687573683e".to_owned(),
        ] {
            assert!(!redaction.clean(&mut json!(text)), "{text}");
        }
    }

    #[test]
    fn a_text_that_takes_too_long_is_withheld() {
        let redaction = redaction(&["secret-abc"]);
        let one = r"YWJj\u0041&#65;%41=41+ZGVmZGVmZGVm";
        assert!(redaction.clean(&mut json!(one)));
        assert!(!redaction.clean(&mut json!(one.repeat(1000))));
        // What is usual is not.
        let usual = "<name a='5%20'>Mainio &amp; Co</name>\n".repeat(1000);
        assert!(redaction.clean(&mut json!(STANDARD.encode_to_string(&usual))));
        assert!(redaction.clean(&mut json!(usual)));
    }

    #[test]
    fn base64_in_base64_hides_no_secret() {
        let redaction = redaction(&["secret/with+signs=="]);
        let inner = STANDARD.encode_to_string("<a>secret/with+signs==</a>");
        let lines: Vec<_> = inner
            .as_bytes()
            .chunks(12)
            .map(|it| str::from_utf8(it).unwrap())
            .collect();
        let inner = format!("<document>{}</document>", lines.join("\n"));
        let escaped = STANDARD.encode_to_string(r#"{"secret": "secret\/with\u002Bsigns=="}"#);
        for whole in [
            STANDARD.encode_to_string(inner),
            URL_SAFE.encode_to_string(&escaped),
            escaped,
        ] {
            let text = format!("<more attribute=\"x\">{whole}</more>");
            assert!(!redaction.clean(&mut json!(text)), "{text}");
        }
    }

    /// A character in one of the ways in which it can be written.
    fn written(c: char, way: u8) -> String {
        let code = u32::from(c);
        match way {
            0 => format!("\\u{code:04x}"),
            1 => format!("\\u{code:04X}"),
            2 => format!("&#{code};"),
            3 => format!("&#x{code:X};"),
            4 if c == '/' => r"\/".to_owned(),
            _ => c.to_string(),
        }
    }

    proptest! {
        #[test]
        fn escapes_in_any_mix_hide_no_secret(
            secret in "[a-zA-Z0-9+/]{8,40}={0,2}", ways in prop::collection::vec(0u8..8, 50), before in "[ -~]{0,40}",
        ) {
            let redaction = redaction(&[&secret]);
            let written: String = secret.chars().zip(&ways).map(|(c, way)| written(c, *way)).collect();
            let mut value = json!(format!("{before} {written} more"));
            let is_clean = redaction.clean(&mut value);
            prop_assert_eq!(is_clean, written == secret, "{}", value);
        }

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
