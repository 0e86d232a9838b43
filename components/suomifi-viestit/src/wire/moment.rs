// SPDX-License-Identifier: Apache-2.0
//! Times as the service writes them (xsd:dateTime).

use std::borrow::Cow;

use jiff::{SignedDuration, Timestamp, tz::Offset};
use rfc3339::Moment;

use super::LocalTime;

/// A time as it was written, and what it means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Time {
    /// As written, without white space around it.
    pub written: String,
    /// The moment; none where it is none, or one without an offset from UTC and the settings say nothing of those.
    pub moment: Option<Moment>,
}

/// Reads a time: with or without a fraction, and with `Z`, an offset, or neither (XML Schema Part 2 §3.2.7).
pub fn read_time(local: LocalTime, written: String) -> Time {
    let (text, seconds) = begun_day(&written);
    let parsed = |text: &str| {
        let read: Moment = text.parse().ok()?;
        Moment::new(read.seconds().checked_add(seconds)?, read.nanoseconds())
    };
    let moment = parsed(&text).or_else(|| {
        let as_utc = parsed(&format!("{text}Z"))?;
        match local {
            LocalTime::Helsinki => in_finland(as_utc),
            LocalTime::Utc => Some(as_utc),
            LocalTime::Unreadable => None,
        }
    });
    Time { written, moment }
}

/// The end of a day, `24:00:00`, as the beginning of that day and the seconds to add; RFC 3339 has no such hour, XML Schema Part 2 §3.2.7 does.
fn begun_day(written: &str) -> (Cow<'_, str>, i64) {
    let Some((day, rest)) = written.split_once("T24:00:00") else {
        return (written.into(), 0);
    };
    let rest = match rest.strip_prefix('.') {
        Some(fraction) => fraction.trim_start_matches('0'),
        None => rest,
    };
    (format!("{day}T00:00:00{rest}").into(), 24 * 60 * 60)
}

/// The moment when clocks in Finland show this. Of two, in the hour that comes twice in autumn, the first; for one in the hour that is left out in spring, as if clocks
/// had not been changed yet.
fn in_finland(shown: Moment) -> Option<Moment> {
    let shown_as_utc = Timestamp::from_second(shown.seconds()).ok()?;
    let at = |offset: Offset| {
        let ahead = SignedDuration::from_secs(offset.seconds().into());
        shown_as_utc.checked_sub(ahead).ok()
    };
    // Summer time first: of two it is the earlier.
    let offsets = [Offset::constant(3), Offset::constant(2)];
    let mut moments = offsets
        .into_iter()
        .filter_map(|offset| Some((offset, at(offset)?)));
    let fits = |(offset, moment): &(Offset, Timestamp)| finnish_time::offset(*moment) == *offset;
    let found = moments.find(fits).map(|(_, moment)| moment);
    let found = found.or_else(|| at(Offset::constant(2)))?;
    Moment::new(found.as_second(), shown.nanoseconds())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(local: LocalTime, text: &str) -> Option<String> {
        let time = read_time(local, text.to_owned());
        assert_eq!(time.written, text);
        Some(time.moment?.to_string())
    }

    #[test]
    fn times_with_an_offset_mean_what_they_say() {
        for (written, moment) in [
            ("2018-02-22T11:00:41.143+02:00", "2018-02-22T09:00:41.143Z"),
            ("2026-07-01T12:00:00+03:00", "2026-07-01T09:00:00Z"),
            ("2026-07-01T12:00:00Z", "2026-07-01T12:00:00Z"),
        ] {
            for local in [LocalTime::Helsinki, LocalTime::Unreadable] {
                assert_eq!(read(local, written).as_deref(), Some(moment));
            }
        }
    }

    #[test]
    fn times_without_one_are_finnish_unless_the_settings_say_otherwise() {
        for (written, moment) in [
            ("2026-01-15T12:00:00", "2026-01-15T10:00:00Z"),
            ("2026-07-15T12:00:00.25", "2026-07-15T09:00:00.25Z"),
            // Left out in spring; twice in autumn.
            ("2026-03-29T02:59:59", "2026-03-29T00:59:59Z"),
            ("2026-03-29T03:30:00", "2026-03-29T01:30:00Z"),
            ("2026-03-29T04:00:00", "2026-03-29T01:00:00Z"),
            ("2026-10-25T02:59:59", "2026-10-24T23:59:59Z"),
            ("2026-10-25T03:30:00", "2026-10-25T00:30:00Z"),
            ("2026-10-25T04:00:00", "2026-10-25T02:00:00Z"),
        ] {
            assert_eq!(
                read(LocalTime::Helsinki, written).as_deref(),
                Some(moment),
                "{written}"
            );
        }
        let written = "2026-07-15T12:00:00";
        assert_eq!(
            read(LocalTime::Utc, written).as_deref(),
            Some("2026-07-15T12:00:00Z")
        );
        assert_eq!(read(LocalTime::Unreadable, written), None);
    }

    #[test]
    fn a_day_may_end_at_24() {
        for (written, moment) in [
            ("2026-06-30T24:00:00+03:00", "2026-06-30T21:00:00Z"),
            ("2026-06-30T24:00:00.000Z", "2026-07-01T00:00:00Z"),
            ("2026-06-30T24:00:00", "2026-06-30T21:00:00Z"),
            ("2026-12-31T24:00:00", "2026-12-31T22:00:00Z"),
        ] {
            let read = read(LocalTime::Helsinki, written);
            assert_eq!(read.as_deref(), Some(moment), "{written}");
        }
        for written in [
            "2026-06-30T24:00:00.5Z",
            "2026-06-30T24:00:01Z",
            "2026-06-30T24:30:00Z",
        ] {
            assert_eq!(read(LocalTime::Helsinki, written), None, "{written}");
        }
    }

    #[test]
    fn what_is_no_time_is_kept_as_written() {
        for written in [
            "",
            "eilen",
            "2026-02-30T12:00:00Z",
            "2026-07-15",
            "2026-07-15T25:00:00",
        ] {
            assert_eq!(read(LocalTime::Helsinki, written), None, "{written}");
        }
    }
}
