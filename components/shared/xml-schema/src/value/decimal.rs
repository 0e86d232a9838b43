// SPDX-License-Identifier: Apache-2.0
//! Decimal numbers of any length (Part 2, §3.2.3).

use std::cmp::Ordering;

use super::lexical;

/// A decimal number: its digits, without zeros at either end that mean nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Decimal {
    is_negative: bool,
    whole: String,
    fraction: String,
}

impl Decimal {
    pub(super) fn read(text: &str) -> Option<Self> {
        if !lexical::is_decimal(text) {
            return None;
        }
        let number = text.trim_start_matches(['+', '-']);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let whole = whole.trim_start_matches('0').to_owned();
        let fraction = fraction.trim_end_matches('0').to_owned();
        let is_zero = whole.is_empty() && fraction.is_empty();
        Some(Self {
            is_negative: text.starts_with('-') && !is_zero,
            whole,
            fraction,
        })
    }

    /// §4.3.11: the value is i × 10⁻ⁿ, with at most so many digits in i, and n no larger.
    pub(super) fn total_digits(&self) -> usize {
        (self.whole.len() + self.fraction.len()).max(1)
    }

    pub(super) fn fraction_digits(&self) -> usize {
        self.fraction.len()
    }

    fn compare_sizes(&self, other: &Self) -> Ordering {
        let whole = self.whole.len().cmp(&other.whole.len());
        let digits = || self.whole.cmp(&other.whole);
        // Without zeros at the end, the order of fractions is that of their texts.
        let fraction = || self.fraction.cmp(&other.fraction);
        whole.then_with(digits).then_with(fraction)
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.is_negative, other.is_negative) {
            (false, false) => self.compare_sizes(other),
            (true, true) => other.compare_sizes(self),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_and_order_and_digits() {
        let read = |text| Decimal::read(text).unwrap();
        let rising = [
            "-10",
            "-9.5",
            "-0.01",
            "0",
            "0.001",
            ".5",
            "1",
            "1.05",
            "1.5",
            "2",
            "10",
            "12345678901234567890123",
        ];
        for pair in rising.windows(2) {
            assert!(read(pair[0]) < read(pair[1]), "{pair:?}");
        }
        assert_eq!(read("-0"), read("+0.00"));
        assert_eq!(read("007.50"), read("7.5"));
        for (text, total, fraction) in [("0", 1, 0), ("12.50", 3, 1), ("0.01", 2, 2), ("100", 3, 0)]
        {
            assert_eq!(
                (read(text).total_digits(), read(text).fraction_digits()),
                (total, fraction)
            );
        }
        for text in ["", ".", "+", "1e3", "1 ", "1.2.3", "--1", "٣"] {
            assert_eq!(Decimal::read(text), None, "{text:?}");
        }
    }
}
