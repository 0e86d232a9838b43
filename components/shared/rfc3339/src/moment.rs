// SPDX-License-Identifier: Apache-2.0
use std::{
    fmt,
    str::FromStr,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use crate::{Day, TimeError, reader::Reader};

/// A moment: the `date-time` of RFC 3339, such as `2026-01-31T12:00:00Z`. Years 0000 to 9999 in UTC, to the nanosecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment {
    seconds: i64,
    nanoseconds: u32,
}

impl Moment {
    /// 0000-01-01T00:00:00Z.
    pub const FIRST: Self = Self {
        seconds: -62_167_219_200,
        nanoseconds: 0,
    };

    /// 9999-12-31T23:59:59.999999999Z.
    pub const LAST: Self = Self {
        seconds: 253_402_300_799,
        nanoseconds: 999_999_999,
    };

    /// A moment by its seconds since 1970-01-01T00:00:00Z (leap seconds not counted, negative before) and the nanoseconds into that second;
    /// `None` outside [`FIRST`](Self::FIRST) to [`LAST`](Self::LAST) and for a thousand million nanoseconds or more.
    pub fn new(seconds: i64, nanoseconds: u32) -> Option<Self> {
        let moment = Self {
            seconds,
            nanoseconds,
        };
        let exists = (Self::FIRST..=Self::LAST).contains(&moment) && nanoseconds < 1_000_000_000;
        exists.then_some(moment)
    }

    /// Seconds since 1970-01-01T00:00:00Z, leap seconds not counted; negative before.
    pub fn seconds(self) -> i64 {
        self.seconds
    }

    /// Nanoseconds into the second, 0 to 999,999,999.
    pub fn nanoseconds(self) -> u32 {
        self.nanoseconds
    }

    /// The moment of a system time; `None` outside [`FIRST`](Self::FIRST) to [`LAST`](Self::LAST).
    pub fn from_system_time(time: SystemTime) -> Option<Self> {
        let (seconds, nanoseconds) = match time.duration_since(UNIX_EPOCH) {
            Ok(after) => (i64::try_from(after.as_secs()).ok()?, after.subsec_nanos()),
            Err(before) => {
                let before = before.duration();
                let seconds = i64::try_from(before.as_secs()).ok()?;
                match before.subsec_nanos() {
                    0 => (-seconds, 0),
                    nanoseconds => (-seconds - 1, 1_000_000_000 - nanoseconds),
                }
            }
        };
        Self::new(seconds, nanoseconds)
    }

    /// The system time of a moment; `None` for what the machine's clock cannot express.
    pub fn to_system_time(self) -> Option<SystemTime> {
        let whole = Duration::from_secs(self.seconds.unsigned_abs());
        let whole = if self.seconds >= 0 {
            UNIX_EPOCH.checked_add(whole)
        } else {
            UNIX_EPOCH.checked_sub(whole)
        };
        whole?.checked_add(Duration::from_nanos(self.nanoseconds.into()))
    }
}

/// Seconds of a day.
const DAY: i64 = 86_400;

impl FromStr for Moment {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        let mut reader = Reader::new(text);
        let day = Day::read(&mut reader)?;
        reader.one_of(b"Tt", "`T` and the time of day")?;
        let hour = reader.number(2, 0..=23, "an hour from 00 to 23")?;
        reader.one_of(b":", "`:` and the minutes")?;
        let minute = reader.number(2, 0..=59, "a minute from 00 to 59")?;
        reader.one_of(b":", "`:` and the seconds")?;
        let position = reader.position();
        let second = reader.number(2, 0..=60, "a second from 00 to 59")?;
        let nanoseconds = reader.fraction()?;
        let offset = offset(&mut reader)?;
        reader.end("the end of the time")?;
        let seconds_of_day = i64::from(hour) * 3600 + i64::from(minute) * 60;
        let seconds = day.number() * DAY + seconds_of_day + i64::from(second.min(59)) - offset;
        if second == 60 && !is_before_leap_second(seconds) {
            let expected = "a second from 00 to 59 (60 is at the end of June and December in UTC)";
            return Err(TimeError { position, expected });
        }
        Self::new(seconds, nanoseconds).ok_or(TimeError {
            position: 1,
            expected: "a time from the year 0000 to the year 9999 in UTC",
        })
    }
}

/// Seconds that local time is ahead of UTC (`time-offset`).
fn offset(reader: &mut Reader<'_>) -> Result<i64, TimeError> {
    let sign = match reader.one_of(b"Zz+-", "an offset from UTC, `Z` or such as `+02:00`,")? {
        b'+' => 1,
        b'-' => -1,
        _ => return Ok(0),
    };
    let hours = reader.number(2, 0..=23, "the hours of an offset from 00 to 23")?;
    reader.one_of(b":", "`:` and the minutes of the offset")?;
    let minutes = reader.number(2, 0..=59, "the minutes of an offset from 00 to 59")?;
    Ok(sign * (i64::from(hours) * 3600 + i64::from(minutes) * 60))
}

/// Whether a second is one that a leap second may follow: 23:59:59 in UTC on the last of June or December (RFC 3339 §5.7).
fn is_before_leap_second(seconds: i64) -> bool {
    let next = Day::of_number((seconds + 1).div_euclid(DAY));
    // After the last day that there is nothing follows, but it is in December.
    let is_first_of_half_year =
        next.is_none_or(|next| next.day() == 1 && matches!(next.month(), 1 | 7));
    (seconds + 1).rem_euclid(DAY) == 0 && is_first_of_half_year
}

/// UTC with `Z`. With a precision, so many digits of fraction (more are cut); without one, as many as are needed.
impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, second) = (self.seconds.div_euclid(DAY), self.seconds.rem_euclid(DAY));
        let day = Day::of_number(days).ok_or(fmt::Error)?;
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        write!(f, "{day}T{hour:02}:{minute:02}:{second:02}")?;
        if self.nanoseconds == 0 && f.precision().is_none() {
            return f.write_str("Z");
        }
        let digits = format!("{:09}", self.nanoseconds);
        let digits = match f.precision() {
            Some(precision) => digits.get(..precision).unwrap_or(&digits),
            None => digits.trim_end_matches('0'),
        };
        if !digits.is_empty() {
            write!(f, ".{digits}")?;
        }
        f.write_str("Z")
    }
}
