// SPDX-License-Identifier: Apache-2.0
//! The personal identity code (*henkilötunnus*).

use std::fmt;

use crate::masking::PERSONAL_MASK;

/// A well-formed Finnish personal identity code: `DDMMYY`, a century sign, a three-digit individual
/// number and a check character (Government Decree 128/2010, §2, with the century signs added on
/// 1 January 2023).
///
/// Well formed does not mean issued: only the population information system knows that.
///
/// The sex once encoded in the individual number has no accessor on purpose. Since the reform it
/// must not be inferred, not even from old codes.
///
/// Comparison is not constant-time; a code is an identifier, not a secret to authenticate with.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PersonalIdentityCode {
    text: Box<str>,
    birth_date: BirthDate,
    individual_number: u32,
}

impl PersonalIdentityCode {
    /// Reads a code that fills the whole of `text`.
    ///
    /// Only capital letters are accepted, as the code is issued and as the agencies' schemas
    /// spell it. A caller who wants to be lenient must change the case itself, before the code
    /// becomes part of anything that is compared or signed. White space is not trimmed.
    ///
    /// # Errors
    ///
    /// Says which part is wrong and never repeats the text:
    /// see [`PersonalIdentityCodeError`].
    pub fn parse(text: &str) -> Result<Self, PersonalIdentityCodeError> {
        let bytes: &[u8; 11] = text
            .as_bytes()
            .try_into()
            .map_err(|_| PersonalIdentityCodeError::Length)?;
        let [d1, d0, m1, m0, y1, y0, sign, n2, n1, n0, check] = *bytes;

        let day = number(&[d1, d0])?;
        let month = number(&[m1, m0])?;
        let year_of_century = number(&[y1, y0])?;
        let century = century(sign).ok_or(PersonalIdentityCodeError::CenturySign)?;
        let birth_date = BirthDate::checked(century + year_of_century, month, day)
            .ok_or(PersonalIdentityCodeError::Date)?;

        let individual_number = number(&[n2, n1, n0])?;
        if individual_number < FIRST_INDIVIDUAL_NUMBER {
            return Err(PersonalIdentityCodeError::IndividualNumber);
        }

        let nine_digits = number(&[d1, d0, m1, m0, y1, y0, n2, n1, n0])?;
        if check_character(nine_digits) != Some(check) {
            return Err(PersonalIdentityCodeError::CheckCharacter);
        }

        Ok(Self {
            text: text.into(),
            birth_date,
            individual_number,
        })
    }

    /// The full code. The only way to it, so that every use can be found by this name.
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// The date of birth that the code states.
    pub fn birth_date(&self) -> BirthDate {
        self.birth_date
    }

    /// Whether the individual number is 900–999. Such codes belong to no person registered in
    /// the population information system: they are made up for testing, or given out by an
    /// organisation for its own temporary use.
    pub fn is_artificial(&self) -> bool {
        self.individual_number >= FIRST_ARTIFICIAL_NUMBER
    }
}

impl fmt::Debug for PersonalIdentityCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PersonalIdentityCode({PERSONAL_MASK})")
    }
}

impl fmt::Display for PersonalIdentityCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(PERSONAL_MASK)
    }
}

impl std::str::FromStr for PersonalIdentityCode {
    type Err = PersonalIdentityCodeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

/// A date of birth in the Gregorian calendar, 1800-01-01 to 2099-12-31.
///
/// It is personal data: it has no `Display`, and `Debug` hides it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BirthDate {
    year: u16,
    month: u8,
    day: u8,
}

impl BirthDate {
    fn checked(year: u32, month: u32, day: u32) -> Option<Self> {
        let exists = (1..=days_in_month(year, month)?).contains(&day);
        exists.then_some(Self {
            year: u16::try_from(year).ok()?,
            month: u8::try_from(month).ok()?,
            day: u8::try_from(day).ok()?,
        })
    }

    /// The year, 1800–2099.
    pub fn year(self) -> u16 {
        self.year
    }

    /// The month, 1–12.
    pub fn month(self) -> u8 {
        self.month
    }

    /// The day of the month, 1–31.
    pub fn day(self) -> u8 {
        self.day
    }
}

impl fmt::Debug for BirthDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BirthDate(****-**-**)")
    }
}

/// What is wrong with a personal identity code. Holds no part of the rejected text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PersonalIdentityCodeError {
    /// Not exactly 11 bytes.
    #[error("a personal identity code has 11 characters")]
    Length,
    /// Something other than 0–9 where the date or the individual number stands.
    #[error("the date and the individual number of a personal identity code are digits")]
    Digits,
    /// The seventh character is none of `+ - Y X W V U A B C D E F`.
    #[error("the century sign of a personal identity code is not known")]
    CenturySign,
    /// The date does not exist in the calendar.
    #[error("the date of a personal identity code does not exist")]
    Date,
    /// The individual number is 000 or 001, which are not used.
    #[error("the individual number of a personal identity code is out of range")]
    IndividualNumber,
    /// The last character does not follow from the nine digits.
    #[error("the check character of a personal identity code is wrong")]
    CheckCharacter,
}

/// Individual numbers start at 002.
const FIRST_INDIVIDUAL_NUMBER: u32 = 2;

/// From here on numbers are artificial; real ones end at 899.
const FIRST_ARTIFICIAL_NUMBER: u32 = 900;

/// The remainder modulo 31 picks one of these; G, I, O, Q and Z look too much like others.
const CHECK_CHARACTERS: &[u8; 31] = b"0123456789ABCDEFHJKLMNPRSTUVWXY";

fn check_character(nine_digits: u32) -> Option<u8> {
    let remainder = usize::try_from(nine_digits % 31).ok()?;
    CHECK_CHARACTERS.get(remainder).copied()
}

fn century(sign: u8) -> Option<u32> {
    match sign {
        b'+' => Some(1800),
        b'-' | b'Y' | b'X' | b'W' | b'V' | b'U' => Some(1900),
        b'A' | b'B' | b'C' | b'D' | b'E' | b'F' => Some(2000),
        _ => None,
    }
}

/// At most nine digits, so `u32` is enough.
fn number(digits: &[u8]) -> Result<u32, PersonalIdentityCodeError> {
    digits.iter().try_fold(0, |value, &digit| match digit {
        b'0'..=b'9' => Ok(value * 10 + u32::from(digit - b'0')),
        _ => Err(PersonalIdentityCodeError::Digits),
    })
}

fn days_in_month(year: u32, month: u32) -> Option<u32> {
    let leap_year =
        year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => Some(31),
        4 | 6 | 9 | 11 => Some(30),
        2 if leap_year => Some(29),
        2 => Some(28),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_century_sign_gives_its_century() {
        for (signs, year) in [("+", 1890), ("-YXWVU", 1990), ("ABCDEF", 2090)] {
            for sign in signs.chars() {
                // The sign is not part of the checked number.
                let code = PersonalIdentityCode::parse(&format!("010190{sign}900P")).unwrap();
                assert_eq!(code.birth_date().year(), year, "{sign}");
                assert_eq!((code.birth_date().month(), code.birth_date().day()), (1, 1));
            }
        }
    }

    #[test]
    fn errors_name_the_part() {
        use PersonalIdentityCodeError as E;
        for (text, error) in [
            ("", E::Length),
            ("010190-900", E::Length),
            ("010190-900PP", E::Length),
            (" 010190-900P", E::Length),
            ("01019ä-900P", E::Length),
            ("01O190-900P", E::Digits),
            ("010190-9O0P", E::Digits),
            ("0ä190-900P", E::Digits),
            ("010190/900P", E::CenturySign),
            ("010190G900P", E::CenturySign),
            ("010190a900P", E::CenturySign),
            ("000190-900P", E::Date),
            ("320190-900P", E::Date),
            ("310490-900P", E::Date),
            ("010090-900P", E::Date),
            ("011390-900P", E::Date),
            ("290290-900P", E::Date),
            ("290200-900P", E::Date),
            ("290200+900P", E::Date),
            ("010190-000P", E::IndividualNumber),
            ("010190-001P", E::IndividualNumber),
            ("010190-900p", E::CheckCharacter),
            ("010190-900G", E::CheckCharacter),
            ("010190-900R", E::CheckCharacter),
        ] {
            assert_eq!(PersonalIdentityCode::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn leap_days_follow_the_gregorian_calendar() {
        // Of the three century years in reach only 2000 is a leap year.
        assert!(parse_completed("290200A900").is_ok());
        assert!(parse_completed("290292-900").is_ok());
        assert!(parse_completed("290204A900").is_ok());
        assert_eq!(
            parse_completed("290200-900"),
            Err(PersonalIdentityCodeError::Date)
        );
        assert_eq!(
            parse_completed("290200+900"),
            Err(PersonalIdentityCodeError::Date)
        );
    }

    #[test]
    fn letters_may_be_both_sign_and_check_character() {
        let code = with_check_character("010190X", 'X');
        assert!(PersonalIdentityCode::parse(&code).is_ok());
    }

    #[test]
    fn shown_forms_are_masks() {
        let code = PersonalIdentityCode::parse("010190-900P").unwrap();
        assert_eq!(format!("{code}"), "******-****");
        assert_eq!(format!("{code:?}"), "PersonalIdentityCode(******-****)");
        assert_eq!(format!("{:?}", code.birth_date()), "BirthDate(****-**-**)");
        assert_eq!(code.expose(), "010190-900P");
    }

    proptest! {
        #[test]
        fn generated_codes_are_accepted(code in artificial_code()) {
            let parsed = PersonalIdentityCode::parse(&code).unwrap();
            prop_assert!(parsed.is_artificial());
            prop_assert_eq!(parsed.expose(), &code);
        }

        #[test]
        fn any_other_check_character_is_refused(code in artificial_code(), other in any::<char>()) {
            prop_assume!(!code.ends_with(other));
            let changed = format!("{}{other}", &code[..10]);
            prop_assert!(PersonalIdentityCode::parse(&changed).is_err());
        }

        #[test]
        fn any_other_digit_is_refused(code in artificial_code(), at in 0usize..9, add in 1u8..10) {
            let at = if at < 6 { at } else { at + 1 };
            let mut changed = code.into_bytes();
            changed[at] = b'0' + (changed[at] - b'0' + add) % 10;
            let changed = String::from_utf8(changed).unwrap();
            prop_assert!(PersonalIdentityCode::parse(&changed).is_err());
        }

        #[test]
        fn parsing_never_panics(text in "\\PC{0,14}") {
            let _ = PersonalIdentityCode::parse(&text);
        }
    }

    fn parse_completed(ten: &str) -> Result<PersonalIdentityCode, PersonalIdentityCodeError> {
        PersonalIdentityCode::parse(&complete(ten))
    }

    fn complete(ten: &str) -> String {
        let digits: String = ten.chars().filter(char::is_ascii_digit).collect();
        let check = check_character(digits.parse().unwrap()).unwrap();
        format!("{ten}{}", char::from(check))
    }

    /// The first artificial code with this start and this check character.
    fn with_check_character(start: &str, check: char) -> String {
        (900..1000)
            .map(|number| complete(&format!("{start}{number}")))
            .find(|code| code.ends_with(check))
            .unwrap()
    }

    fn artificial_code() -> impl Strategy<Value = String> {
        let sign = prop::sample::select("+-YXWVUABCDEF".chars().collect::<Vec<_>>());
        (1u32..=28, 1u32..=12, 0u32..=99, sign, 900u32..=999).prop_map(
            |(day, month, year, sign, number)| {
                complete(&format!("{day:02}{month:02}{year:02}{sign}{number}"))
            },
        )
    }
}
