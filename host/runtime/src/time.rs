// SPDX-License-Identifier: Apache-2.0
//! Time as the host sees it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use x509_parser::time::ASN1Time;

pub use rfc3339::{Moment, TimeError};

/// Where the runtime takes the time from. One call of a component sees one time.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> SystemTime;
}

/// The clock of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}

/// A clock that stands still, for tests and replays.
#[derive(Debug, Clone, Copy)]
pub struct FixedClock(
    /// The time it shows.
    pub SystemTime,
);

impl Clock for FixedClock {
    fn now(&self) -> SystemTime {
        self.0
    }
}

/// Seconds since 1970 (negative before) and nanoseconds into that second.
pub(crate) fn to_parts(time: SystemTime) -> (i64, u32) {
    const SECOND: i128 = 1_000_000_000;
    let nanoseconds = match time.duration_since(UNIX_EPOCH) {
        Ok(after) => after.as_nanos().cast_signed(),
        Err(before) => -before.duration().as_nanos().cast_signed(),
    };
    let seconds = i64::try_from(nanoseconds.div_euclid(SECOND));
    let fraction = u32::try_from(nanoseconds.rem_euclid(SECOND));
    (seconds.unwrap_or(i64::MAX), fraction.unwrap_or(0))
}

/// The reverse of [`to_parts`]; `None` for what the machine's clock cannot express.
pub(crate) fn from_parts(seconds: i64, nanoseconds: u32) -> Option<SystemTime> {
    let whole = if seconds >= 0 {
        UNIX_EPOCH.checked_add(Duration::from_secs(seconds.unsigned_abs()))
    } else {
        UNIX_EPOCH.checked_sub(Duration::from_secs(seconds.unsigned_abs()))
    };
    whole?.checked_add(Duration::from_nanos(nanoseconds.into()))
}

pub(crate) fn from_asn1(time: ASN1Time) -> SystemTime {
    // Every ASN.1 time (years 0 to 9999) is a SystemTime on the platforms there are.
    from_parts(time.timestamp(), 0).unwrap_or(UNIX_EPOCH)
}

/// `2026-01-31 12:00:00 UTC`, for messages to people.
pub fn display(time: SystemTime) -> String {
    match Moment::from_system_time(time) {
        Some(moment) => format!("{moment:.0}")
            .replace('T', " ")
            .replace('Z', " UTC"),
        None => "a time beyond the calendar".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_before_and_after_1970() {
        for (seconds, nanoseconds) in [
            (0, 0),
            (1, 999_999_999),
            (-1, 0),
            (-1, 1),
            (-2, 999_999_999),
        ] {
            let time = from_parts(seconds, nanoseconds).unwrap();
            assert_eq!(to_parts(time), (seconds, nanoseconds));
        }
        assert_eq!(
            to_parts(UNIX_EPOCH - Duration::from_nanos(1)),
            (-1, 999_999_999)
        );
    }

    #[test]
    fn times_for_people() {
        let at = |text: &str| {
            let moment: Moment = text.parse().unwrap();
            display(moment.to_system_time().unwrap())
        };
        assert_eq!(at("2026-01-31T12:00:00.9Z"), "2026-01-31 12:00:00 UTC");
        // What certificates without an end have (RFC 5280 §4.1.2.5).
        assert_eq!(at("9999-12-31T23:59:59Z"), "9999-12-31 23:59:59 UTC");
        let beyond = Moment::LAST.to_system_time().unwrap() + Duration::from_secs(1);
        assert_eq!(display(beyond), "a time beyond the calendar");
    }
}
