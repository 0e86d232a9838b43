// SPDX-License-Identifier: Apache-2.0
//! The Business ID, as a receiver checks it.

/// A Business ID in the form `1234567-8` with a right check digit.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct BusinessId(String);

impl BusinessId {
    /// Only the form `1234567-8`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digits = text
            .strip_suffix(|last: char| last.is_ascii_digit())?
            .strip_suffix('-')?;
        let check = text.chars().next_back()?.to_digit(10)?;
        let sum = weighted_sum(digits)?;
        // Adding the check digit itself with weight 1 must give a multiple of 11. Remainder 1
        // would ask for a digit 10, which no single digit satisfies.
        (sum + check)
            .is_multiple_of(11)
            .then(|| Self(text.to_owned()))
    }

    /// The forms found in a certificate subject's `serialNumber`: `1234567-8` and `FI12345678`.
    pub(crate) fn from_certificate_serial(text: &str) -> Option<Self> {
        match text.strip_prefix("FI") {
            Some(digits) => {
                let (number, check) = digits.split_at_checked(7)?;
                Self::parse(&format!("{number}-{check}"))
            }
            None => Self::parse(text),
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The form for records: the last two digits of the number and the check digit.
    pub(crate) fn masked(&self) -> String {
        let tail: String = self.0.chars().skip(5).collect();
        format!("…{tail}")
    }
}

fn weighted_sum(digits: &str) -> Option<u32> {
    const WEIGHTS: [u32; 7] = [7, 9, 10, 5, 8, 4, 2];
    if digits.len() != WEIGHTS.len() {
        return None;
    }
    digits
        .chars()
        .zip(WEIGHTS)
        .map(|(digit, weight)| Some(digit.to_digit(10)? * weight))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_are_checked() {
        assert!(BusinessId::parse("0245442-8").is_some());
        assert!(BusinessId::parse("1000002-0").is_some());
        for wrong in [
            "0245442-7",
            "0245442-",
            "245442-8",
            "02454428",
            "FI02454428",
            "0245442–8",
            "",
        ] {
            assert!(BusinessId::parse(wrong).is_none(), "{wrong}");
        }
        assert!((0..10).all(|digit| BusinessId::parse(&format!("0010001-{digit}")).is_none()));
    }

    #[test]
    fn certificate_forms_are_equal() {
        let plain = BusinessId::from_certificate_serial("0245442-8").unwrap();
        let vat = BusinessId::from_certificate_serial("FI02454428").unwrap();
        assert!(plain == vat);
        assert_eq!(vat.masked(), "…42-8");
        assert!(BusinessId::from_certificate_serial("SE02454428").is_none());
    }
}
