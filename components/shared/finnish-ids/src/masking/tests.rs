// SPDX-License-Identifier: Apache-2.0
use proptest::prelude::*;

use super::*;

#[test]
fn codes_are_masked_wherever_they_stand() {
    for (text, masked) in [
        ("010190-900P", "******-****"),
        ("a 010190-900P b", "a ******-**** b"),
        ("id=010190a900p;", "id=******-****;"),
        ("010190+900P,010190Y900P", "******-****,******-****"),
        ("ä010190-900Pä", "ä******-****ä"),
        // A wrong check character, even one outside the alphabet, or a wrong date.
        ("010190-900O", "******-****"),
        ("991399-9990", "******-****"),
        // Inside longer runs.
        ("0010190-900P0", "0******-****0"),
        ("X010190-900PX", "X******-****X"),
        ("010190-900P010190-900P", "******-**********-****"),
        // Overlapping: neither may be left half shown.
        ("010190-900190-900P", "******-****"),
    ] {
        assert_eq!(mask_personal_codes(text), masked, "{text}");
    }
}

/// Where blanks stand in for the sign, only the check character tells a code from other numbers.
#[test]
fn numbers_written_in_groups_are_no_codes() {
    for text in [
        "040 123 4567",
        "050 123 4567",
        "lines 10 11 12 13 14",
        "1 2 1 0 1 2 3 4 5 6",
        "010190 900A",
        "id-12345678-1234-4abc-8def-0123456789ab",
        "sha256-e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    ] {
        assert_eq!(mask_personal_codes(text), text);
    }
    assert_eq!(mask_personal_codes("010190 900P"), "******-****");
}

#[test]
fn other_forms_of_a_code_are_masked() {
    for text in [
        // Dashes, the minus, the soft hyphen; a slip of the finger.
        "010190\u{2010}900P",
        "010190\u{2011}900P",
        "010190\u{2012}900P",
        "010190\u{2013}900P",
        "010190\u{2014}900P",
        "010190\u{2015}900P",
        "010190\u{2212}900P",
        "010190\u{AD}900P",
        "010190\u{FF0D}900P",
        "010190\u{FE63}900P",
        "010190--900P",
        // Wide and mathematical characters.
        "０１０１９０－９００Ｐ",
        "０１０１９０ａ９００ｐ",
        "\u{1D7CE}\u{1D7CF}\u{1D7CE}\u{1D7CF}\u{1D7D7}\u{1D7CE}-900P",
        // What nobody sees.
        "010\u{200B}190-900P",
        "010190\u{200D}-\u{2060}900\u{FEFF}P",
        "\u{200E}0\u{202A}10190-9\u{AD}00P",
        "010190\u{200B}900P",
        // Blanks.
        "010190 900P",
        "010190\u{A0}900P",
        "010190 - 900P",
        "010190- 900P",
        "010190 \u{2013} 900 P",
        "01 01 90 - 900P",
        "0 1 0 1 9 0 - 9 0 0 P",
        "010190\n-900P",
        // Escapes, and escapes of escapes.
        "010190%2D900P",
        "010190%2d900P",
        "010190%2B900P",
        "010190%20900P",
        "010190%E2%80%93900P",
        "010190%C2%AD900P",
        "%30%31%30%31%39%30%2D%39%30%30%50",
        "010190%252D900P",
        "010190%25252D900P",
        "010190\\u002d900P",
        "010190\\u{2d}900P",
        "010190&#45;900P",
        "010190&#x2D;900P",
        "010190&#x2013;900P",
    ] {
        let masked = mask_personal_codes(text);
        let masked: String = masked.chars().filter(|c| *c != '\u{200E}').collect();
        assert_eq!(masked, "******-****", "{text:?}");
        let surrounded = format!("for <{text}>!");
        let masked = mask_personal_codes(&surrounded);
        assert!(
            masked.starts_with("for <") && masked.ends_with("******-****>!"),
            "{masked:?}"
        );
    }
}

#[test]
fn other_text_is_borrowed() {
    for text in [
        "",
        "010190-900",
        "01019-900P",
        "010190Z900P",
        "010190-90P1",
        "0245442-8",
        "2026-01-01T00:00:00Z",
        "ääkkösiä",
        // Blanks alone tell a code from other numbers only where it could be a date, and stands alone.
        "123456 789 bytes",
        "990190 900P",
        "1010190 900P",
        "010190 900PP",
        "at 12 30 45 - 900 times",
        // Identifiers and digests.
        "01010190-9001-7abc-8def-010190a900ff",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4010190a900f852b855aaaaaa",
        // Escapes that are none.
        "%",
        "%2",
        "%zz010190900P",
        "100 % 010190 & 900 \\u12 &#; &#x;",
    ] {
        assert!(
            matches!(mask_personal_codes(text), Cow::Borrowed(same) if same == text),
            "{text}: {}",
            mask_personal_codes(text)
        );
    }
}

#[test]
fn what_only_resembles_an_identifier_is_masked() {
    for (text, masked) in [
        ("0192f3a4-010190-900P", "0192f3a4-******-****"),
        (
            "aaaaaaaaaaaaaaaaaaaa010190a900f",
            "aaaaaaaaaaaaaaaaaaaa******-****",
        ),
    ] {
        assert_eq!(mask_personal_codes(text), masked);
    }
}

/// What may stand in place of the century sign.
const SIGNS: [&str; 30] = [
    "-",
    "+",
    "A",
    "B",
    "C",
    "D",
    "E",
    "F",
    "Y",
    "X",
    "W",
    "V",
    "U",
    "a",
    "f",
    "u",
    "y",
    "\u{2010}",
    "\u{2011}",
    "\u{2012}",
    "\u{2013}",
    "\u{2014}",
    "\u{2015}",
    "\u{2212}",
    "\u{AD}",
    "%2D",
    "%2B",
    "%E2%88%92",
    "\u{FF0B}",
    "\u{FF21}",
];

/// What may stand unseen between any two characters.
const UNSEEN: [&str; 6] = [
    "",
    "\u{200B}",
    "\u{200D}",
    "\u{2060}",
    "\u{FEFF}",
    "%E2%80%8B",
];

/// A code in one of its forms: digits in any of theirs, with something unseen between them.
fn code() -> impl Strategy<Value = String> {
    let digit = (0u32..10, 0..3).prop_map(|(digit, form)| match form {
        0 => digit.to_string(),
        1 => char::from_u32(0xFF10 + digit).unwrap().to_string(),
        _ => format!("%3{digit}"),
    });
    let digits = |number| prop::collection::vec(digit.clone(), number);
    let sign = prop::sample::select(SIGNS.to_vec());
    let unseen = prop::sample::select(UNSEEN.to_vec());
    (digits(6), sign, digits(3), "[0-9A-Za-z]", unseen).prop_map(
        |(date, sign, number, check, unseen)| {
            let parts = [
                date.as_slice(),
                &[sign.to_owned()],
                number.as_slice(),
                &[check],
            ];
            parts.concat().join(unseen)
        },
    )
}

proptest! {
    #[test]
    fn every_form_is_masked_wherever_it_stands(
        before in "(\\PC{0,6}[^0-9%&\\\\])?",
        code in code(),
        after in "([^0-9A-Za-z%]\\PC{0,6})?",
    ) {
        let text = format!("{before}{code}{after}");
        let masked = mask_personal_codes(&text);
        prop_assert!(masked.contains(PERSONAL_MASK), "{masked:?}");
        prop_assert!(!masked.contains(&code));
    }

    #[test]
    fn nothing_that_looks_like_a_code_survives(
        parts in prop::collection::vec(
            prop_oneof![
                "[0-9]{6}[-+A-FU-Ya-fu-y][0-9]{3}[0-9A-Ya-y]",
                code(),
                "\\PC{0,6}",
                "[0-9-]{0,12}",
            ],
            0..8,
        ),
    ) {
        let text = parts.concat();
        let masked = mask_personal_codes(&text);
        for code in codes(&text) {
            prop_assert!(!masked.contains(&text[code]));
        }
        // Whatever the text, a plain code is gone.
        let bytes = masked.as_bytes();
        let is_code = |window: &[u8]| {
            let (date, rest) = window.split_at(6);
            date.iter().all(u8::is_ascii_digit)
                && rest[0] == b'-'
                && rest[1..4].iter().all(u8::is_ascii_digit)
                && rest[4].is_ascii_alphanumeric()
        };
        prop_assert!(!bytes.windows(11).any(is_code) || text.len() >= 36);
    }

    #[test]
    fn masking_never_panics_and_keeps_what_is_no_code(text in "\\PC{0,40}") {
        let masked = mask_personal_codes(&text);
        if codes(&text).is_empty() {
            prop_assert_eq!(&*masked, text.as_str());
        }
    }
}
