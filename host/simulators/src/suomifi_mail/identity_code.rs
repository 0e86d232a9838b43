// SPDX-License-Identifier: Apache-2.0
//! Personal identity codes (henkilötunnus), as the Digital and Population Data Services Agency defines them.

use jiff::civil::Date;

/// Check characters, by the remainder of the nine digits and 31.
const CHECK: &[u8; 31] = b"0123456789ABCDEFHJKLMNPRSTUVWXY";

/// Characters of a code.
const LENGTH: usize = 11;

/// What keeps a text from being an identity code in upper case; `None` if it is one.
pub(super) fn flaw(code: &str) -> Option<&'static str> {
    if code.len() != LENGTH || !code.is_ascii() {
        return Some("an identity code has 11 characters");
    }
    if code.bytes().any(|byte| byte.is_ascii_lowercase()) {
        return Some("the identity code has to be in upper case");
    }
    let (Some(date), Some(separator), Some(number), Some(check)) = (
        code.get(..6),
        code.chars().nth(6),
        code.get(7..10),
        code.as_bytes().get(10),
    ) else {
        return Some("an identity code has 11 characters");
    };
    let Some(century) = century(separator) else {
        return Some("the identity code's separator is none");
    };
    let digits = format!("{date}{number}");
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some("the identity code's date and number have to be digits");
    }
    if !is_date(date, century) {
        return Some("the identity code's date is none");
    }
    if matches!(number, "000" | "001") {
        return Some("the identity code's individual number is below 002");
    }
    let remainder = digits
        .parse::<usize>()
        .ok()
        .map(|value| value % CHECK.len());
    let expected = remainder.and_then(|place| CHECK.get(place));
    (expected != Some(check)).then_some("the identity code's check character is wrong")
}

/// The text with everything that has the form of an identity code blotted out, whatever its case and its check.
pub(super) fn masked(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        match rest.get(..LENGTH).filter(|code| has_form(code)) {
            Some(_) => {
                masked.push_str("***********");
                rest = rest.get(LENGTH..).unwrap_or_default();
            }
            None => {
                masked.push(next);
                rest = rest.get(next.len_utf8()..).unwrap_or_default();
            }
        }
    }
    masked
}

fn has_form(code: &str) -> bool {
    code.bytes().enumerate().all(|(place, byte)| match place {
        6 => century(char::from(byte.to_ascii_uppercase())).is_some(),
        10 => byte.is_ascii_alphanumeric(),
        _ => byte.is_ascii_digit(),
    })
}

/// First year of the century that a separator stands for, the new ones of 2023 included.
fn century(separator: char) -> Option<i16> {
    match separator {
        '+' => Some(1800),
        '-' | 'U'..='Y' => Some(1900),
        'A'..='F' => Some(2000),
        _ => None,
    }
}

fn is_date(text: &str, century: i16) -> bool {
    let number = |from: usize| {
        text.get(from..from + 2)
            .and_then(|two| two.parse::<i8>().ok())
    };
    match (number(0), number(2), number(4)) {
        (Some(day), Some(month), Some(year)) => {
            Date::new(century + i16::from(year), month, day).is_ok()
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_told_from_what_is_none() {
        // Artificial ones: individual numbers from 900 on.
        for code in [
            "100190-999P",
            "100190Y999P",
            "310599-955C",
            "010280-952L",
            "010190-900P",
        ] {
            assert_eq!(flaw(code), None, "{code}");
        }
        for (code, says) in [
            ("", "11 characters"),
            ("100190-999PP", "11 characters"),
            ("100190-999p", "upper case"),
            ("100190y999P", "upper case"),
            ("100190*999P", "separator"),
            ("100190G999P", "separator"),
            ("1001*0-999P", "digits"),
            ("300290-999P", "date"),
            ("100190-001P", "below 002"),
            ("100190-999K", "check character"),
            ("10019ä-999", "11 characters"),
        ] {
            assert!(
                flaw(code).is_some_and(|flaw| flaw.contains(says)),
                "{code}: {:?}",
                flaw(code)
            );
        }
    }

    #[test]
    fn nothing_of_the_form_of_a_code_is_shown() {
        assert_eq!(
            masked("ä 100190-999P, 100190y000x@a.fi"),
            "ä ***********, ***********@a.fi"
        );
        assert_eq!(masked("x1100190A999Kx"), "x1***********x");
        assert_eq!(masked("Dnro 2026-1234/5"), "Dnro 2026-1234/5");
    }
}
