// SPDX-License-Identifier: Apache-2.0
//! Ids of nobody: personal identity codes of the artificial range, Business IDs that are not issued yet.

use super::dice::Dice;

/// By the remainder of date and individual number, divided by 31.
const CHECK_CHARACTERS: &[u8; 31] = b"0123456789ABCDEFHJKLMNPRSTUVWXY";

/// Separators of each century; the first of each is the old one, the others are in use since 2023.
const SEPARATORS: [(u32, &str); 3] = [(18, "+"), (19, "-YXWVU"), (20, "ABCDEF")];

/// A valid code with an individual number from 900 to 999, which no real person has. Old and new separators take turns.
pub(super) fn personal_identity_code(dice: &mut Dice) -> String {
    let (century, separators) = dice.pick(&SEPARATORS).copied().unwrap_or((19, "-"));
    // No days that some months lack, and no years to come.
    let (day, month) = (1 + dice.roll(28), 1 + dice.roll(12));
    let year = dice.roll(if century == 20 { 20 } else { 100 });
    let number = 900 + dice.roll(100);
    let separators: Vec<char> = separators.chars().collect();
    let separator = dice.pick(&separators).copied().unwrap_or('-');
    let digits = format!("{day:02}{month:02}{year:02}{number}");
    let check = check_character(&digits);
    format!("{day:02}{month:02}{year:02}{separator}{number}{check}")
}

/// The same code with a check character that does not go with it.
pub(super) fn with_wrong_check(code: &str) -> String {
    let (rest, check) = code.split_at_checked(10).unwrap_or((code, ""));
    let wrong = if check == "0" { '1' } else { '0' };
    format!("{rest}{wrong}")
}

/// A valid Business ID far above those that are issued.
pub(super) fn business_id(dice: &mut Dice) -> String {
    loop {
        let number = 9_000_000 + dice.roll(900_000);
        if let Some(check) = business_check_digit(number) {
            return format!("{number}-{check}");
        }
    }
}

fn check_character(digits: &str) -> char {
    let number: usize = digits.parse().unwrap_or_default();
    let found = CHECK_CHARACTERS.get(number % CHECK_CHARACTERS.len());
    found.map_or('0', |character| char::from(*character))
}

/// `None` for the numbers that are not issued.
fn business_check_digit(number: u32) -> Option<u32> {
    const WEIGHTS: [u32; 7] = [7, 9, 10, 5, 8, 4, 2];
    let digits = number.to_string();
    let digits = digits.chars().filter_map(|digit| digit.to_digit(10));
    let sum: u32 = digits.zip(WEIGHTS).map(|(digit, by)| digit * by).sum();
    match sum % 11 {
        0 => Some(0),
        1 => None,
        rest => Some(11 - rest),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::business_id::BusinessId;

    #[test]
    fn codes_are_artificial_and_valid_with_every_separator() {
        let mut dice = Dice::new(1);
        let mut separators = BTreeSet::new();
        for _ in 0..2_000 {
            let code = personal_identity_code(&mut dice);
            assert_eq!(code.len(), 11, "{code}");
            assert!(&code[7..10] >= "900", "{code}");
            let digits = format!("{}{}", &code[..6], &code[7..10]);
            assert!(code.ends_with(check_character(&digits)), "{code}");
            assert_ne!(with_wrong_check(&code), code);
            separators.insert(code.as_bytes()[6]);
        }
        assert_eq!(separators.len(), 13, "{separators:?}");
    }

    #[test]
    fn check_characters_are_those_of_published_codes() {
        for (digits, check) in [("131052308", 'T'), ("010280952", 'L'), ("100190999", 'P')] {
            assert_eq!(check_character(digits), check, "{digits}");
        }
    }

    #[test]
    fn business_ids_are_valid() {
        let mut dice = Dice::new(1);
        for _ in 0..200 {
            let id = business_id(&mut dice);
            assert!(BusinessId::parse(&id).is_some(), "{id}");
        }
        assert_eq!(business_check_digit(1_000_008), None);
        assert_eq!(business_check_digit(2_574_261), Some(7));
    }
}
