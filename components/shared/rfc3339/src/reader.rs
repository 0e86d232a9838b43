// SPDX-License-Identifier: Apache-2.0
//! Reads the parts of a time from left to right.

use std::ops::RangeInclusive;

use crate::TimeError;

/// Digits of a second that are kept.
const NANOSECOND_DIGITS: usize = 9;

pub(crate) struct Reader<'a> {
    rest: &'a [u8],
    position: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self {
            rest: text.as_bytes(),
            position: 1,
        }
    }

    /// Place of the next character, counted from 1. All that was read is ASCII, so that bytes are characters.
    pub(crate) fn position(&self) -> usize {
        self.position
    }

    /// A number of exactly so many digits.
    pub(crate) fn number(
        &mut self,
        digits: usize,
        range: RangeInclusive<u32>,
        expected: &'static str,
    ) -> Result<u32, TimeError> {
        let error = TimeError {
            position: self.position,
            expected,
        };
        let (number, rest) = self.rest.split_at_checked(digits).ok_or(error)?;
        let mut value = 0;
        for byte in number {
            if !byte.is_ascii_digit() {
                return Err(error);
            }
            value = value * 10 + u32::from(byte - b'0');
        }
        if !range.contains(&value) {
            return Err(error);
        }
        self.rest = rest;
        self.position += digits;
        Ok(value)
    }

    /// One of these characters.
    pub(crate) fn one_of(&mut self, set: &[u8], expected: &'static str) -> Result<u8, TimeError> {
        match self.rest.split_first() {
            Some((found, rest)) if set.contains(found) => {
                self.rest = rest;
                self.position += 1;
                Ok(*found)
            }
            _ => Err(TimeError {
                position: self.position,
                expected,
            }),
        }
    }

    /// Nanoseconds of a fraction, if there is one: a point and at least one digit. Digits beyond the ninth are cut.
    pub(crate) fn fraction(&mut self) -> Result<u32, TimeError> {
        if self.one_of(b".", "").is_err() {
            return Ok(0);
        }
        let mut nanoseconds = self.number(1, 0..=9, "a digit of the fraction")?;
        let mut digits = 1;
        while let Ok(digit) = self.number(1, 0..=9, "") {
            if digits < NANOSECOND_DIGITS {
                nanoseconds = nanoseconds * 10 + digit;
                digits += 1;
            }
        }
        for _ in digits..NANOSECOND_DIGITS {
            nanoseconds *= 10;
        }
        Ok(nanoseconds)
    }

    pub(crate) fn end(&self, expected: &'static str) -> Result<(), TimeError> {
        if self.rest.is_empty() {
            return Ok(());
        }
        Err(TimeError {
            position: self.position,
            expected,
        })
    }
}
