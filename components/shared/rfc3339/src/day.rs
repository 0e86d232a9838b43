// SPDX-License-Identifier: Apache-2.0
use std::{fmt, str::FromStr};

use crate::{TimeError, reader::Reader};

/// A day of the Gregorian calendar: the `full-date` of RFC 3339, such as `2026-01-31`. Years 0000 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day {
    year: u16,
    month: u8,
    day: u8,
}

impl Day {
    /// The day of these numbers; `None` when the calendar has no such day.
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let exists = year <= 9999
            && (1..=12).contains(&month)
            && (1..=days_of_month(year.into(), month.into())).contains(&day.into());
        exists.then_some(Self { year, month, day })
    }

    /// Year, 0 to 9999.
    pub fn year(self) -> u16 {
        self.year
    }

    /// Month, 1 to 12.
    pub fn month(self) -> u8 {
        self.month
    }

    /// Day of the month, 1 to 31.
    pub fn day(self) -> u8 {
        self.day
    }

    /// Reads the day with which a text begins.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, TimeError> {
        let year = reader.number(4, 0..=9999, "a year of four digits")?;
        reader.one_of(b"-", "`-` and the month")?;
        let month = reader.number(2, 1..=12, "a month from 01 to 12")?;
        reader.one_of(b"-", "`-` and the day")?;
        let last = days_of_month(year, month);
        let day = reader.number(2, 1..=last, "a day that the month has")?;
        // All three are in the ranges of their types.
        Ok(Self {
            year: u16::try_from(year).unwrap_or(u16::MAX),
            month: u8::try_from(month).unwrap_or(u8::MAX),
            day: u8::try_from(day).unwrap_or(u8::MAX),
        })
    }

    /// Days since 1970-01-01, negative before.
    pub fn number(self) -> i64 {
        // Years that begin in March: the leap day is the last of them, and the lengths of the months repeat every five.
        let from_march = i64::from(self.month) + if self.month > 2 { -3 } else { 9 };
        let year = i64::from(self.year) - i64::from(self.month <= 2);
        let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
        let day_of_year = (153 * from_march + 2) / 5 + i64::from(self.day) - 1;
        365 * year + leap_days + day_of_year - EPOCH
    }

    /// The reverse of [`number`](Self::number); `None` outside the years there are.
    pub(crate) fn of_number(number: i64) -> Option<Self> {
        let days = number + EPOCH;
        let (era, day) = (days.div_euclid(ERA), days.rem_euclid(ERA));
        // Leap days before this one are taken out, so that years have 365 days.
        let year = (day - day / 1460 + day / 36_524 - day / (ERA - 1)) / 365;
        let day_of_year = day - (365 * year + year / 4 - year / 100);
        let from_march = (5 * day_of_year + 2) / 153;
        let month = if from_march < 10 {
            from_march + 3
        } else {
            from_march - 9
        };
        let day = day_of_year - (153 * from_march + 2) / 5 + 1;
        let year = 400 * era + year + i64::from(month <= 2);
        Self::new(
            year.try_into().ok()?,
            month.try_into().ok()?,
            day.try_into().ok()?,
        )
    }
}

/// Days from 0000-03-01 to 1970-01-01.
const EPOCH: i64 = 719_468;

/// Days of 400 years, after which the calendar repeats.
const ERA: i64 = 146_097;

impl FromStr for Day {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        let mut reader = Reader::new(text);
        let day = Self::read(&mut reader)?;
        reader.end("the end of the day")?;
        Ok(day)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { year, month, day } = self;
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

fn days_of_month(year: u32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        _ => 31,
    }
}
