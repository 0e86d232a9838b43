//! Removing personal identity codes from text.

use std::borrow::Cow;

/// What a masked code looks like, wherever it is shown.
pub(crate) const PERSONAL_MASK: &str = "******-****";

/// Replaces everything in `text` that looks like a personal identity code with `******-****`.
///
/// Six digits, a century sign, three digits and an alphanumeric character look like one, in either
/// case, whatever stands around them, and whether or not the date exists and the check character is
/// right: a code with a typing error still points to a person, and a mask too many costs less
/// than a code that got through. Codes that overlap are covered by one mask.
///
/// Only ASCII is looked at: a code with a typographic dash or in full-width digits is not
/// recognised, nor is one that is encoded (base64, percent-encoding) or cut short.
///
/// Linear in the length of `text`; borrows it when there is nothing to mask.
pub fn mask_personal_codes(text: &str) -> Cow<'_, str> {
    let mut starts = code_starts(text.as_bytes()).peekable();
    if starts.peek().is_none() {
        return Cow::Borrowed(text);
    }
    let mut masked = String::with_capacity(text.len());
    let mut done = 0;
    while let Some(start) = starts.next() {
        let mut end = start + CODE_LENGTH;
        while let Some(overlapping) = starts.next_if(|&next| next < end) {
            end = overlapping + CODE_LENGTH;
        }
        // Codes are ASCII, so both ends are character boundaries.
        masked.push_str(text.get(done..start).unwrap_or_default());
        masked.push_str(PERSONAL_MASK);
        done = end;
    }
    masked.push_str(text.get(done..).unwrap_or_default());
    Cow::Owned(masked)
}

const CODE_LENGTH: usize = 11;

/// Where something that looks like a code begins; overlapping ones included.
fn code_starts(bytes: &[u8]) -> impl Iterator<Item = usize> {
    bytes
        .windows(CODE_LENGTH)
        .enumerate()
        .filter_map(|(start, window)| looks_like_code(window).then_some(start))
}

fn looks_like_code(window: &[u8]) -> bool {
    let &[d1, d0, m1, m0, y1, y0, sign, n2, n1, n0, check] = window else {
        return false;
    };
    // The sign first: it is the rarest, so most windows cost one comparison.
    is_century_sign(sign)
        && [d1, d0, m1, m0, y1, y0, n2, n1, n0]
            .iter()
            .all(u8::is_ascii_digit)
        && check.is_ascii_alphanumeric()
}

fn is_century_sign(byte: u8) -> bool {
    matches!(byte.to_ascii_uppercase(), b'+' | b'-' | b'A'..=b'F' | b'U'..=b'Y')
}

#[cfg(test)]
mod tests {
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

    #[test]
    fn other_text_is_borrowed() {
        for text in [
            "",
            "010190-900",
            "01019-900P",
            "010190 900P",
            "010190Z900P",
            "010190-90P1",
            "0245442-8",
            "2026-01-01T00:00:00Z",
            "ääkkösiä",
        ] {
            assert!(
                matches!(mask_personal_codes(text), Cow::Borrowed(same) if same == text),
                "{text}"
            );
        }
    }

    proptest! {
        #[test]
        fn nothing_that_looks_like_a_code_survives(
            parts in prop::collection::vec(
                prop_oneof!["[0-9]{6}[-+A-FU-Ya-fu-y][0-9]{3}[0-9A-Ya-y]", "\\PC{0,6}", "[0-9-]{0,12}"],
                0..8,
            ),
        ) {
            let text = parts.concat();
            let masked = mask_personal_codes(&text);
            prop_assert!(code_starts(masked.as_bytes()).next().is_none());
            for start in code_starts(text.as_bytes()) {
                prop_assert!(!masked.contains(&text[start..start + CODE_LENGTH]));
            }
        }
    }
}
