// SPDX-License-Identifier: Apache-2.0
//! What time and day it is in Finland: the one place where components know of it.
//!
//! ```
//! use jiff::{Timestamp, civil::date};
//!
//! // Half past eleven at night in winter, half past midnight in summer.
//! let now = |text: &str| text.parse::<Timestamp>().unwrap();
//! assert_eq!(finnish_time::today(now("2026-12-10T21:30:00Z")), date(2026, 12, 10));
//! assert_eq!(finnish_time::today(now("2026-07-10T21:30:00Z")), date(2026, 7, 11));
//! ```

use jiff::{Timestamp, civil::Date, tz::Offset};

/// Eastern European Time.
const WINTER: Offset = Offset::constant(2);

/// Eastern European Summer Time.
const SUMMER: Offset = Offset::constant(3);

/// Hour of UTC at which summer time begins and ends (Directive 2000/84/EC, articles 2 and 3).
const HOUR_OF_CHANGE: i8 = 1;

/// The day that it is in Finland.
pub fn today(now: Timestamp) -> Date {
    offset(now).to_datetime(now).date()
}

/// How far Finland is ahead of UTC. Not right for times before October 1996.
pub fn offset(at: Timestamp) -> Offset {
    let utc = Offset::UTC.to_datetime(at);
    // Both months have 31 days, and the year of UTC is that of Finland around their ends.
    let is_after_change = || {
        let weekday = utc.weekday().to_sunday_zero_offset();
        let last_sunday = 31 - (weekday + 31 - utc.day()) % 7;
        (utc.day(), utc.hour()) >= (last_sunday, HOUR_OF_CHANGE)
    };
    let is_summer = match utc.month() {
        3 => is_after_change(),
        4..=9 => true,
        10 => !is_after_change(),
        _ => false,
    };
    if is_summer { SUMMER } else { WINTER }
}

#[cfg(test)]
mod tests {
    use jiff::{civil::date, tz::TimeZone};
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn days_end_at_midnight_in_finland() {
        for (now, day) in [
            ("2026-01-31T21:59:59Z", date(2026, 1, 31)),
            ("2026-01-31T22:00:00Z", date(2026, 2, 1)),
            ("2026-06-30T20:59:59Z", date(2026, 6, 30)),
            ("2026-06-30T21:00:00Z", date(2026, 7, 1)),
            // Summer time ends on the 25th; the 31st of October is in winter.
            ("2026-10-31T21:59:59Z", date(2026, 10, 31)),
            ("2026-12-31T21:59:59.999Z", date(2026, 12, 31)),
            ("2026-12-31T22:00:00Z", date(2027, 1, 1)),
            ("2024-02-28T22:00:00Z", date(2024, 2, 29)),
        ] {
            assert_eq!(today(at(now)), day, "{now}");
        }
    }

    #[test]
    fn both_nights_of_change() {
        for (now, local) in [
            ("2026-03-29T00:59:59Z", "2026-03-29T02:59:59"),
            ("2026-03-29T01:00:00Z", "2026-03-29T04:00:00"),
            ("2026-10-25T00:59:59Z", "2026-10-25T03:59:59"),
            ("2026-10-25T01:00:00Z", "2026-10-25T03:00:00"),
            // The evenings before, and the days after.
            ("2026-03-28T21:59:59Z", "2026-03-28T23:59:59"),
            ("2026-03-29T20:59:59Z", "2026-03-29T23:59:59"),
            ("2026-10-24T20:59:59Z", "2026-10-24T23:59:59"),
            ("2026-10-25T21:59:59Z", "2026-10-25T23:59:59"),
            // The last Sunday is the 31st, and the 25th.
            ("2030-03-31T00:59:59Z", "2030-03-31T02:59:59"),
            ("2030-03-31T01:00:00Z", "2030-03-31T04:00:00"),
            ("2027-10-31T01:00:00Z", "2027-10-31T03:00:00"),
            ("2029-03-25T01:00:00Z", "2029-03-25T04:00:00"),
        ] {
            let now = at(now);
            assert_eq!(offset(now).to_datetime(now).to_string(), local, "{now}");
        }
    }

    #[test]
    fn every_change_up_to_the_end_of_the_calendar() {
        let finland = TimeZone::posix("EET-2EEST,M3.5.0/3,M10.5.0/4").unwrap();
        let mut now = at("1996-11-01T00:00:00Z");
        let mut changes = 0;
        for change in finland.following(now) {
            for moment in [
                change.timestamp() - jiff::SignedDuration::from_secs(1),
                change.timestamp(),
            ] {
                assert_eq!(offset(moment), finland.to_offset(moment), "{moment}");
            }
            now = change.timestamp();
            changes += 1;
        }
        assert!(changes > 16_000 && now > at("9999-10-01T00:00:00Z"));
    }

    proptest! {
        #[test]
        fn agrees_with_the_rule_as_posix_writes_it(seconds in 846_800_000_i64..=253_402_200_000) {
            let finland = TimeZone::posix("EET-2EEST,M3.5.0/3,M10.5.0/4").unwrap();
            let now = Timestamp::from_second(seconds).unwrap();
            prop_assert_eq!(offset(now), finland.to_offset(now));
            prop_assert_eq!(today(now), now.to_zoned(finland).date());
        }
    }
}
