// SPDX-License-Identifier: Apache-2.0
//! When to try again, by the field Retry-After (RFC 9110 §10.2.3).

use std::time::{Duration, SystemTime};

use crate::Fields;

/// Longest time that Retry-After is followed, in seconds: a day. Whoever asks for more, by mistake or to keep somebody away, is asked again after a day.
pub const LONGEST_WAIT: u32 = 24 * 60 * 60;

/// How many seconds from now on an answer asks not to be repeated, at most [`LONGEST_WAIT`]; 0 for a moment that has passed. `now` is in seconds since 1970.
///
/// The field has seconds or one of the three forms of a date of HTTP (§5.6.7). Some servers write fractions of seconds, which are rounded up. None where there is no such field, or none that can be read; of several the one that asks
/// for most counts.
pub fn retry_after(fields: &Fields<'_>, now: i64) -> Option<u32> {
    let values = fields.all("Retry-After");
    values.filter_map(|value| seconds_of(value, now)).max()
}

fn seconds_of(value: &str, now: i64) -> Option<u32> {
    let value = value.trim_matches([' ', '\t']);
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = value.split_once('.').unwrap_or((value, "0"));
    let seconds = match is_number(whole) && is_number(fraction) {
        // More digits than fit are more seconds than are waited for.
        true => {
            let more = u64::from(fraction.bytes().any(|digit| digit != b'0'));
            whole.parse().unwrap_or(u64::MAX).saturating_add(more)
        }
        false => {
            let now = Duration::from_secs(now.try_into().ok()?);
            let date = httpdate::parse_http_date(value).ok()?;
            let since = date.duration_since(SystemTime::UNIX_EPOCH).ok()?;
            since.saturating_sub(now).as_secs()
        }
    };
    Some(u32::try_from(seconds).unwrap_or(u32::MAX).min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// 1994-11-06T08:49:37Z, the moment of the examples in RFC 9110 §5.6.7.
    const MOMENT: i64 = 784_111_777;

    fn after(values: &[&str], now: i64) -> Option<u32> {
        let fields = values.iter().map(|value| ("retry-after", *value));
        retry_after(&fields.collect(), now)
    }

    #[test]
    fn seconds_are_followed_for_a_day_at_most() {
        for (value, seconds) in [
            ("0", Some(0)),
            ("120", Some(120)),
            (" 120\t", Some(120)),
            ("00120", Some(120)),
            ("86399", Some(86_399)),
            ("299.997", Some(300)),
            ("0.4", Some(1)),
            ("5.0", Some(5)),
            ("86400.5", Some(86_400)),
            ("86400", Some(86_400)),
            ("86401", Some(86_400)),
            ("4294967296", Some(86_400)),
            ("99999999999999999999999999", Some(86_400)),
        ] {
            assert_eq!(after(&[value], MOMENT), seconds, "{value}");
        }
    }

    #[test]
    fn dates_are_read_in_each_form() {
        for date in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
        ] {
            for (now, seconds) in [
                (MOMENT - 86_401, 86_400),
                (MOMENT - 86_400, 86_400),
                (MOMENT - 86_399, 86_399),
                (MOMENT - 1, 1),
                (MOMENT, 0),
                (MOMENT + 1, 0),
                (0, 86_400),
                (i64::MAX, 0),
            ] {
                assert_eq!(after(&[date], now), Some(seconds), "{date} at {now}");
            }
            // Nobody knows how far it is from a time before 1970.
            assert_eq!(after(&[date], -1), None);
        }
    }

    #[test]
    fn what_is_neither_says_nothing() {
        for value in [
            "",
            " ",
            "-1",
            "+5",
            "1.5.0",
            "1.",
            ".5",
            "1,5",
            "5s",
            "1e3",
            "soon",
            "120, 240",
            "Sun, 06 Nov 1994 08:49:37 EET",
            "Sun, 31 Feb 1994 08:49:37 GMT",
            "1994-11-06T08:49:37Z",
            "\u{661}\u{662}",
        ] {
            assert_eq!(after(&[value], MOMENT), None, "{value}");
        }
        assert_eq!(after(&[], MOMENT), None);
    }

    #[test]
    fn of_several_the_longest_counts() {
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        assert_eq!(after(&["5", date, "soon"], MOMENT - 60), Some(60));
        assert_eq!(after(&["90", date], MOMENT - 60), Some(90));
    }

    proptest! {
        #[test]
        fn any_text_is_within_a_day(value in "\\PC*", now: i64) {
            prop_assert!(after(&[&value], now).is_none_or(|seconds| seconds <= LONGEST_WAIT));
        }

        #[test]
        fn any_moment_is_as_far_away_as_it_is(at in 0_u32.., ahead in 0_u32..=2 * LONGEST_WAIT) {
            let date = SystemTime::UNIX_EPOCH + Duration::from_secs(at.into());
            let date = date + Duration::from_secs(ahead.into());
            let value = httpdate::fmt_http_date(date);
            prop_assert_eq!(after(&[&value], at.into()), Some(ahead.min(LONGEST_WAIT)));
        }

        #[test]
        fn any_number_is_itself_or_a_day(seconds: u64) {
            let expected = seconds.min(LONGEST_WAIT.into());
            prop_assert_eq!(after(&[&seconds.to_string()], 0).map(u64::from), Some(expected));
        }
    }
}
