// SPDX-License-Identifier: Apache-2.0
//! Personal identity codes are where they belong, and nowhere else.

use silta::exchange::Verdict;

use super::{
    super::case::{self, Exercise},
    Viestit, cases, signing,
};

/// The identity codes of the cases are of the artificial range; each of them, and what a digit or letter makes of them, shows where it should not be.
#[test]
fn no_key_reference_line_or_reason_holds_an_identity_code() {
    let viestit = Viestit::new();
    let mut seen = 0;
    for (name, (case, body)) in cases() {
        if !matches!(case.exercise, Exercise::Validate { .. }) {
            continue;
        }
        viestit.0.recorder.reset();
        let body = signing::prepared(&case, body.as_deref());
        let verdict = case::validate(&viestit, &case, body.as_deref()).unwrap();
        let mut told = vec![format!("{:?}", viestit.0.recorder.lines())];
        match &verdict {
            Verdict::Accepted(accepted) => {
                for event in &accepted.events {
                    told.push(event.deduplication_key.clone());
                    told.extend(event.about.clone());
                    seen += usize::from(holds_a_code(&event.data));
                }
            }
            Verdict::Rejected(rejected) => told.push(rejected.reason.to_string()),
        }
        for text in told {
            assert!(!holds_a_code(&text), "{name}: {text}");
        }
    }
    // The codes are there, in the data that are marked personal.
    assert!(seen > 30, "{seen}");
}

/// Whether a text has what the cases write for people, right or wrong: six digits, a separator, three digits from 900 on and a character, in whatever case.
fn holds_a_code(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.windows(11).any(|window| {
        let digits = |range: std::ops::Range<usize>| window[range].iter().all(u8::is_ascii_digit);
        digits(0..6)
            && matches!(window[6], b'-' | b'+' | b'A'..=b'F' | b'a'..=b'f' | b'U'..=b'Y' | b'u'..=b'y')
            && window[7] == b'9'
            && digits(8..10)
            && window[10].is_ascii_alphanumeric()
    })
}
