// SPDX-License-Identifier: Apache-2.0
//! The Business ID (*Y-tunnus*).

use std::fmt;

/// A well-formed Finnish Business ID: seven digits, a hyphen and a check digit
/// (weights 7, 9, 10, 5, 8, 4, 2, modulo 11).
///
/// Well formed does not mean registered: only the Business Information System knows that.
///
/// `Debug` and `Display` show the last digits only. Ids of organisations are public, but those of
/// sole traders point to a person, and a log has no need to tell the two apart.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct BusinessId {
    /// Always in the form `1234567-8`.
    text: Box<str>,
}

impl BusinessId {
    /// Reads `1234567-8` that fills the whole of `text`.
    ///
    /// The old form with six digits before the hyphen, `123456-7`, is read as `0123456-7`: the
    /// register added the zero to the ids given before the form changed. White space is not
    /// trimmed, and the hyphen is required.
    ///
    /// # Errors
    ///
    /// [`BusinessIdError::Form`] or [`BusinessIdError::CheckDigit`].
    pub fn parse(text: &str) -> Result<Self, BusinessIdError> {
        let (number, check) = text.split_once('-').ok_or(BusinessIdError::Form)?;
        match number.len() {
            7 => Self::from_parts(number, check),
            6 => Self::from_parts(&format!("0{number}"), check),
            _ => Err(BusinessIdError::Form),
        }
    }

    /// Reads the VAT number that stands for the same company: `FI` and eight digits.
    ///
    /// # Errors
    ///
    /// [`BusinessIdError::Form`] or [`BusinessIdError::CheckDigit`].
    pub fn from_vat(text: &str) -> Result<Self, BusinessIdError> {
        let digits = text.strip_prefix("FI").ok_or(BusinessIdError::Form)?;
        let (number, check) = digits.split_at_checked(7).ok_or(BusinessIdError::Form)?;
        Self::from_parts(number, check)
    }

    /// Reads the `serialNumber` attribute of a certificate's subject, where a Finnish organisation
    /// certificate holds the Business ID. The forms `1234567-8` and `FI12345678` are both in
    /// use, so both are accepted (sibling service of Customs, its interface description), and
    /// nothing else is.
    ///
    /// # Errors
    ///
    /// [`BusinessIdError::Form`] or [`BusinessIdError::CheckDigit`].
    pub fn from_certificate_serial(text: &str) -> Result<Self, BusinessIdError> {
        if text.starts_with("FI") {
            return Self::from_vat(text);
        }
        let (number, check) = text.split_once('-').ok_or(BusinessIdError::Form)?;
        Self::from_parts(number, check)
    }

    /// The full id in the form `1234567-8`. With [`Self::as_vat`] the only way to it, so that
    /// every use can be found by these names.
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// The VAT number of the company: `FI12345678`.
    pub fn as_vat(&self) -> String {
        format!("FI{}", self.text.replace('-', ""))
    }

    fn from_parts(number: &str, check: &str) -> Result<Self, BusinessIdError> {
        let digits_only = [number, check]
            .iter()
            .all(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
        if !digits_only || number.len() != 7 || check.len() != 1 {
            return Err(BusinessIdError::Form);
        }
        if check_digit(number).is_none_or(|expected| !check.bytes().eq([b'0' + expected])) {
            return Err(BusinessIdError::CheckDigit);
        }
        Ok(Self {
            text: format!("{number}-{check}").into(),
        })
    }

    /// All but the last two digits of the number hidden.
    fn masked(&self) -> String {
        let shown = self.text.get(5..).unwrap_or_default();
        format!("…{shown}")
    }
}

impl fmt::Debug for BusinessId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BusinessId({})", self.masked())
    }
}

impl fmt::Display for BusinessId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl std::str::FromStr for BusinessId {
    type Err = BusinessIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

/// What is wrong with a Business ID. Holds no part of the rejected text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BusinessIdError {
    /// Not one of the accepted forms.
    #[error("a Business ID has the form 1234567-8, as a VAT number FI12345678")]
    Form,
    /// The check digit does not follow from the number, or the number has none.
    #[error("the check digit of a Business ID is wrong")]
    CheckDigit,
}

const WEIGHTS: [u32; 7] = [7, 9, 10, 5, 8, 4, 2];

/// `None` for remainder 1: its check digit would need two digits, so such ids are not given out.
fn check_digit(seven_digits: &str) -> Option<u8> {
    let sum: u32 = seven_digits
        .bytes()
        .zip(WEIGHTS)
        .map(|(digit, weight)| u32::from(digit.wrapping_sub(b'0')) * weight)
        .sum();
    match sum % 11 {
        0 => Some(0),
        1 => None,
        remainder => u8::try_from(11 - remainder).ok(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn accepted_forms_mean_the_same_company() {
        let company = BusinessId::parse("0245442-8").unwrap();
        for same in [
            BusinessId::parse("245442-8"),
            BusinessId::from_vat("FI02454428"),
            BusinessId::from_certificate_serial("0245442-8"),
            BusinessId::from_certificate_serial("FI02454428"),
        ] {
            assert_eq!(same.as_ref(), Ok(&company));
        }
        assert_eq!(company.expose(), "0245442-8");
        assert_eq!(company.as_vat(), "FI02454428");
    }

    #[test]
    fn other_forms_are_refused() {
        for text in [
            "",
            "-",
            "02454428",
            "0245442-",
            "0245442-88",
            "00245442-8",
            "45442-8",
            " 0245442-8",
            "0245442-8 ",
            "0245442–8",
            "FI02454428",
            "024544a-8",
            "0245442-x",
            "0245442--8",
            "+245442-8",
        ] {
            assert_eq!(
                BusinessId::parse(text),
                Err(BusinessIdError::Form),
                "{text}"
            );
        }
        for text in [
            "",
            "FI",
            "02454428",
            "FI0245442",
            "FI024544288",
            "fi02454428",
            "FI0245442-8",
            "FIääää",
        ] {
            assert_eq!(
                BusinessId::from_vat(text),
                Err(BusinessIdError::Form),
                "{text}"
            );
        }
        for text in ["", "245442-8", "02454428", "FI0245442-8", "SE02454428"] {
            assert_eq!(
                BusinessId::from_certificate_serial(text),
                Err(BusinessIdError::Form),
                "{text}"
            );
        }
    }

    #[test]
    fn remainders_zero_and_one_are_special() {
        // 7 × 1 + 2 × 2 = 11: remainder 0, digit 0.
        assert!(BusinessId::parse("1000002-0").is_ok());
        // 10 × 1 + 2 × 1 = 12: remainder 1, no digit is right.
        for digit in 0..10 {
            let id = format!("0010001-{digit}");
            assert_eq!(BusinessId::parse(&id), Err(BusinessIdError::CheckDigit));
        }
    }

    #[test]
    fn shown_forms_are_masks() {
        let company = BusinessId::parse("0245442-8").unwrap();
        assert_eq!(format!("{company}"), "…42-8");
        assert_eq!(format!("{company:?}"), "BusinessId(…42-8)");
    }

    proptest! {
        #[test]
        fn one_check_digit_fits_at_most(number in 0u32..10_000_000) {
            let fitting: Vec<_> = (0..10)
                .filter_map(|digit| BusinessId::parse(&format!("{number:07}-{digit}")).ok())
                .collect();
            prop_assert!(fitting.len() <= 1);
            for id in fitting {
                prop_assert_eq!(BusinessId::from_vat(&id.as_vat()), Ok(id));
            }
        }

        #[test]
        fn parsing_never_panics(text in "\\PC{0,14}") {
            let _ = BusinessId::parse(&text);
            let _ = BusinessId::from_vat(&text);
            let _ = BusinessId::from_vat(&format!("FI{text}"));
            let _ = BusinessId::from_certificate_serial(&text);
        }
    }
}
