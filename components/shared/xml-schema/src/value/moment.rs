// SPDX-License-Identifier: Apache-2.0
//! Times and dates, and parts of them (Part 2, §3.2.7 to §3.2.14).

use std::cmp::Ordering;

/// Which of the seven types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MomentKind {
    DateTime,
    Time,
    Date,
    YearMonth,
    Year,
    MonthDay,
    Day,
    Month,
}

impl MomentKind {
    pub(super) fn form(self) -> &'static str {
        match self {
            Self::DateTime => "a date and time, such as `2026-01-31T12:00:00+02:00`",
            Self::Time => "a time, such as `12:00:00` or `12:00:00Z`",
            Self::Date => "a date, such as `2026-01-31`",
            Self::YearMonth => "a month of a year, such as `2026-01`",
            Self::Year => "a year, such as `2026`",
            Self::MonthDay => "a day of any year, such as `--01-31`",
            Self::Day => "a day of any month, such as `---31`",
            Self::Month => "a month of any year, such as `--01`",
        }
    }
}

/// A point in time, or what stands for one.
#[derive(Clone, Debug)]
pub(crate) struct Moment {
    /// Seconds since the beginning of the year 0, as the clock shows them, and digits of a fraction without zeros at the end.
    clock: i128,
    fraction: String,
    /// Minutes ahead of UTC, where it is said.
    zone: Option<i32>,
}

/// Bounds of a zone, in minutes (§3.2.7.3): 14 hours.
const WIDEST_ZONE: i32 = 14 * 60;

impl Moment {
    pub(super) fn read(kind: MomentKind, text: &str) -> Option<Self> {
        let mut reader = Reader { rest: text };
        // A leap year of 31-day January stands for what is not said.
        let (mut year, mut month, mut day) = (2000, 1, 1);
        match kind {
            MomentKind::DateTime | MomentKind::Date => {
                year = reader.year()?;
                (month, day) = (reader.after("-")?, reader.after("-")?);
            }
            MomentKind::YearMonth => {
                year = reader.year()?;
                month = reader.after("-")?;
            }
            MomentKind::Year => year = reader.year()?,
            MomentKind::MonthDay => (month, day) = (reader.after("--")?, reader.after("-")?),
            MomentKind::Day => day = reader.after("---")?,
            MomentKind::Month => month = reader.after("--")?,
            MomentKind::Time => {}
        }
        let is_date = (1..=12).contains(&month) && (1..=days_in(year, month)).contains(&day);
        if !is_date {
            return None;
        }
        let (mut seconds, mut fraction) = (0, String::new());
        if matches!(kind, MomentKind::DateTime | MomentKind::Time) {
            if kind == MomentKind::DateTime {
                reader.literal("T")?;
            }
            (seconds, fraction) = reader.time()?;
            if kind == MomentKind::Time {
                // The end of one day is the beginning of the next, and a time is of any day (§3.2.8).
                seconds %= 86_400;
            }
        }
        let zone = reader.zone()?;
        Some(Self {
            clock: days_before(year, month, day) * 86_400 + i128::from(seconds),
            fraction,
            zone,
        })
    }

    /// The clock in UTC, if it were in a zone.
    fn utc(&self, zone: i32) -> (i128, &str) {
        (self.clock - i128::from(zone) * 60, &self.fraction)
    }

    /// §3.2.7.3: without a zone it is any of them.
    pub(super) fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self.zone, other.zone) {
            (Some(one), Some(two)) => Some(self.utc(one).cmp(&other.utc(two))),
            (None, None) => Some(self.utc(0).cmp(&other.utc(0))),
            (Some(zone), None) => {
                if self.utc(zone) < other.utc(WIDEST_ZONE) {
                    Some(Ordering::Less)
                } else if self.utc(zone) > other.utc(-WIDEST_ZONE) {
                    Some(Ordering::Greater)
                } else {
                    None
                }
            }
            (None, Some(_)) => other.compare(self).map(Ordering::reverse),
        }
    }

    pub(super) fn equals(&self, other: &Self) -> bool {
        self.zone.is_some() == other.zone.is_some() && self.compare(other) == Some(Ordering::Equal)
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn literal(&mut self, text: &str) -> Option<()> {
        self.rest = self.rest.strip_prefix(text)?;
        Some(())
    }

    fn digits(&mut self) -> &'a str {
        let is_other = |character: char| !character.is_ascii_digit();
        let end = self.rest.find(is_other).unwrap_or(self.rest.len());
        let (digits, rest) = self.rest.split_at(end);
        self.rest = rest;
        digits
    }

    /// Two digits.
    fn two(&mut self) -> Option<i64> {
        let digits = self.rest.get(..2)?;
        let number = digits.bytes().all(|byte| byte.is_ascii_digit());
        self.rest = self.rest.get(2..)?;
        number.then(|| digits.parse().ok()).flatten()
    }

    /// Two digits behind a text.
    fn after(&mut self, text: &str) -> Option<i64> {
        self.literal(text)?;
        self.two()
    }

    /// At least four digits, without zeros before more, and no year 0 (§3.2.7.1); the year before 1 is `-0001`. No more than fifteen digits.
    fn year(&mut self) -> Option<i64> {
        let is_negative = self.literal("-").is_some();
        let digits = self.digits();
        let has_form =
            matches!(digits.len(), 4..=15) && !(digits.len() > 4 && digits.starts_with('0'));
        let year: i64 = digits.parse().ok().filter(|year| has_form && *year != 0)?;
        Some(if is_negative { 1 - year } else { year })
    }

    /// Seconds of the day, 24:00:00 being its end (§3.2.7.1), and the fraction.
    fn time(&mut self) -> Option<(i64, String)> {
        let (hour, minute, second) = (self.two()?, self.after(":")?, self.after(":")?);
        let mut fraction = String::new();
        if self.literal(".").is_some() {
            let digits = self.digits();
            if digits.is_empty() {
                return None;
            }
            digits.trim_end_matches('0').clone_into(&mut fraction);
        }
        let is_end = hour == 24 && minute == 0 && second == 0 && fraction.is_empty();
        let is_time = is_end || (hour < 24 && minute < 60 && second < 60);
        is_time.then_some((hour * 3_600 + minute * 60 + second, fraction))
    }

    /// The zone, with which the text ends.
    fn zone(&mut self) -> Option<Option<i32>> {
        if self.rest.is_empty() {
            return Some(None);
        }
        if self.rest == "Z" {
            return Some(Some(0));
        }
        let is_negative = self.rest.starts_with('-');
        self.rest = self.rest.strip_prefix(['+', '-'])?;
        let (hours, minutes) = (self.two()?, self.after(":")?);
        let zone = i32::try_from(hours * 60 + minutes).ok()?;
        let is_zone = self.rest.is_empty() && minutes < 60 && zone <= WIDEST_ZONE;
        is_zone.then_some(Some(if is_negative { -zone } else { zone }))
    }
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from the beginning of the year 0 to a day.
pub(super) fn days_before(year: i64, month: i64, day: i64) -> i128 {
    // Leap days before this year: those of years below it that are divisible by 4, and so on.
    let below = i128::from(year) - 1;
    let leap_days = below.div_euclid(4) - below.div_euclid(100) + below.div_euclid(400);
    let of_months: i64 = (1..month).map(|month| days_in(year, month)).sum();
    i128::from(year) * 365 + leap_days + i128::from(of_months) + i128::from(day - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use MomentKind::*;

    #[test]
    fn forms() {
        for (kind, right, wrong) in [
            (
                DateTime,
                &[
                    "2026-02-28T23:59:59",
                    "2024-02-29T24:00:00Z",
                    "-0001-01-01T00:00:00.000-14:00",
                    "12026-01-01T00:00:00+00:00",
                ][..],
                &[
                    "2026-02-29T00:00:00",
                    "2026-01-01T24:00:01",
                    "0000-01-01T00:00:00",
                    "02026-01-01T00:00:00",
                    "2026-01-01T00:00",
                    "2026-01-01T00:00:00+14:01",
                    "2026-01-01T00:00:00.",
                    "2026-01-01T00:00:60",
                    "2026-01-01 00:00:00",
                    "+2026-01-01T00:00:00",
                    "2026-13-01T00:00:00",
                    "2026-01-01T00:00:00z",
                    "2026-1-01T00:00:00",
                ][..],
            ),
            (
                Date,
                &["2000-02-29", "2026-01-01+02:00"],
                &[
                    "1900-02-29",
                    "2026-01-00",
                    "2026-01-01T00:00:00",
                    "26-01-01",
                ],
            ),
            (
                Time,
                &["24:00:00", "00:00:00.5Z"],
                &["25:00:00", "12:00", "1:00:00"],
            ),
            (YearMonth, &["2026-12", "2026-12Z"], &["2026-00", "2026"]),
            (
                Year,
                &["2026", "-0044", "2026-05:00"],
                &["26", "0000", "20 26"],
            ),
            (
                MonthDay,
                &["--02-29", "--12-31Z"],
                &["--02-30", "-12-31", "--1-1"],
            ),
            (Day, &["---31", "---01+01:00"], &["---32", "--31"]),
            (Month, &["--12", "--01Z"], &["--13", "--12--"]),
        ] {
            for text in right {
                assert!(Moment::read(kind, text).is_some(), "{kind:?} {text}");
            }
            for text in wrong {
                assert!(Moment::read(kind, text).is_none(), "{kind:?} {text}");
            }
        }
    }

    /// The table of §3.2.7.3, and more.
    #[test]
    fn order() {
        let compare = |kind, one, two| {
            let read = |text| Moment::read(kind, text).unwrap();
            read(one).compare(&read(two))
        };
        for (one, two, order) in [
            (
                "2000-01-15T00:00:00",
                "2000-02-15T00:00:00",
                Some(Ordering::Less),
            ),
            (
                "2000-01-15T12:00:00",
                "2000-01-16T12:00:00Z",
                Some(Ordering::Less),
            ),
            ("2000-01-01T12:00:00", "1999-12-31T23:00:00Z", None),
            ("2000-01-16T12:00:00", "2000-01-16T12:00:00Z", None),
            ("2000-01-16T00:00:00", "2000-01-16T12:00:00Z", None),
            (
                "2000-01-01T24:00:00",
                "2000-01-02T00:00:00",
                Some(Ordering::Equal),
            ),
            (
                "2000-01-01T00:00:00+02:00",
                "1999-12-31T22:00:00Z",
                Some(Ordering::Equal),
            ),
            (
                "-0001-12-31T00:00:00",
                "0001-01-01T00:00:00",
                Some(Ordering::Less),
            ),
            (
                "2000-01-01T00:00:00.10",
                "2000-01-01T00:00:00.1",
                Some(Ordering::Equal),
            ),
        ] {
            assert_eq!(compare(DateTime, one, two), order, "{one} {two}");
        }
        assert_eq!(compare(Time, "24:00:00", "00:00:00"), Some(Ordering::Equal));
        assert_eq!(
            compare(MonthDay, "--02-29", "--03-01"),
            Some(Ordering::Less)
        );
        assert_eq!(days_before(1, 1, 1) - days_before(0, 1, 1), 366);
        assert_eq!(days_before(2001, 1, 1) - days_before(2000, 1, 1), 366);
        assert_eq!(days_before(1901, 1, 1) - days_before(1900, 1, 1), 365);
    }
}
