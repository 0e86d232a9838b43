// SPDX-License-Identifier: Apache-2.0
//! Personal identity codes are where they belong, and nowhere else.

use super::outcomes::outcomes;

/// The identity codes of the cases are of the artificial range, and some are wrong.
#[test]
fn no_key_reference_line_or_reason_holds_an_identity_code() {
    let mut seen = 0;
    for outcome in outcomes() {
        for text in &outcome.told {
            assert!(!holds_a_code(text), "{}: {text}", outcome.name);
        }
        seen += outcome
            .data
            .iter()
            .filter(|data| holds_a_code(data))
            .count();
    }
    // The codes are there, in the data that are marked personal.
    assert!(seen > 30, "{seen}");
}

#[test]
fn a_code_is_noticed() {
    for text in ["010190-900Q", "key/010190-900p/1", "\"280202A902X\""] {
        assert!(holds_a_code(text), "{text}");
    }
    for text in [
        "010190-800Q",
        "sha256-00010190a900f0",
        "2026-07-01T00:00:00Z",
    ] {
        assert!(!holds_a_code(text), "{text}");
    }
}

/// Whether a text has what the cases write for people, right or wrong: six digits, a separator, three digits from 900 on and a character, in whatever case, alone.
fn holds_a_code(text: &str) -> bool {
    let words = text.split(|character: char| {
        !character.is_ascii_alphanumeric() && !matches!(character, '-' | '+')
    });
    let mut words = words.map(str::as_bytes);
    words.any(|word| {
        let [day @ .., separator, b'9', tens, ones, check] = word else {
            return false;
        };
        let digits = [day, &[*tens, *ones]].concat();
        day.len() == 6
            && digits.iter().all(u8::is_ascii_digit)
            && matches!(separator.to_ascii_uppercase(), b'-' | b'+' | b'A'..=b'F' | b'U'..=b'Y')
            && check.is_ascii_alphanumeric()
    })
}
