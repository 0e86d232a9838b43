// SPDX-License-Identifier: Apache-2.0
//! What is read and what is not, and jiff as the judge of the calendar.

use jiff::{Timestamp, tz::Offset};
use proptest::prelude::*;
use rfc3339::{Day, Moment};

#[track_caller]
fn read(text: &str) -> Moment {
    text.parse()
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[track_caller]
fn refused(text: &str) -> String {
    match text.parse::<Moment>() {
        Err(error) => error.to_string(),
        Ok(moment) => panic!("{text} was read as {moment}"),
    }
}

#[test]
fn forms_that_are_accepted() {
    #[rustfmt::skip]
    let rows = [
        ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z"),
        ("2026-01-31t12:00:00z", "2026-01-31T12:00:00Z"),
        ("2026-01-31T14:00:00+02:00", "2026-01-31T12:00:00Z"),
        ("2026-01-31T00:30:00-11:45", "2026-01-31T12:15:00Z"),
        ("2026-01-31T12:00:00-00:00", "2026-01-31T12:00:00Z"),
        ("2026-01-31T12:00:00+23:59", "2026-01-30T12:01:00Z"),
        ("2026-01-31T12:00:00.5Z", "2026-01-31T12:00:00.5Z"),
        ("2026-01-31T12:00:00.500Z", "2026-01-31T12:00:00.5Z"),
        ("2026-01-31T12:00:00.123456789Z", "2026-01-31T12:00:00.123456789Z"),
        ("2026-01-31T12:00:00.1234567899999999999999999999Z", "2026-01-31T12:00:00.123456789Z"),
        ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"),
        ("2000-02-29T00:00:00Z", "2000-02-29T00:00:00Z"),
        ("0000-01-01T00:00:00Z", "0000-01-01T00:00:00Z"),
        ("1969-12-31T23:59:59.25Z", "1969-12-31T23:59:59.25Z"),
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
        ("9999-12-31T23:59:59.999999999999Z", "9999-12-31T23:59:59.999999999Z"),
    ];
    for (text, written) in rows {
        assert_eq!(read(text).to_string(), written, "{text}");
    }
}

#[test]
fn leap_seconds_are_the_second_before() {
    for (text, written) in [
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z"),
        ("2016-12-31T23:59:60.25Z", "2016-12-31T23:59:59.25Z"),
        ("2015-06-30T23:59:60Z", "2015-06-30T23:59:59Z"),
        // Both of these are in RFC 3339 §5.8.
        ("1990-12-31T23:59:60Z", "1990-12-31T23:59:59Z"),
        ("1990-12-31T15:59:60-08:00", "1990-12-31T23:59:59Z"),
        ("2017-01-01T01:59:60+02:00", "2016-12-31T23:59:59Z"),
        ("9999-12-31T23:59:60Z", "9999-12-31T23:59:59Z"),
    ] {
        assert_eq!(read(text).to_string(), written, "{text}");
    }
    for text in [
        "2016-12-31T23:59:61Z",
        "2016-12-31T23:58:60Z",
        "2016-12-30T23:59:60Z",
        "2016-03-31T23:59:60Z",
        "2016-12-31T23:59:60+02:00",
        "2017-01-01T00:00:60Z",
    ] {
        let told = refused(text);
        assert!(
            told.contains("a second from 00 to 59") && told.ends_with("at character 18"),
            "{told}"
        );
    }
}

#[test]
fn forms_that_are_refused_and_where() {
    for (text, position, expected) in [
        ("", 1, "a year"),
        ("26-01-31T12:00:00Z", 1, "a year"),
        ("+002026-01-31T12:00:00Z", 1, "a year"),
        ("-2026-01-31T12:00:00Z", 1, "a year"),
        (" 2026-01-31T12:00:00Z", 1, "a year"),
        ("20260131T120000Z", 5, "`-`"),
        ("2026-W05-6T12:00:00Z", 6, "a month"),
        ("2026-13-31T12:00:00Z", 6, "a month"),
        ("2026-00-31T12:00:00Z", 6, "a month"),
        ("2026-01-00T12:00:00Z", 9, "a day"),
        ("2026-01-32T12:00:00Z", 9, "a day"),
        ("2026-02-29T12:00:00Z", 9, "a day"),
        ("1900-02-29T12:00:00Z", 9, "a day"),
        ("2026-04-31T12:00:00Z", 9, "a day"),
        ("2026-01-31", 11, "`T`"),
        ("2026-01-31 12:00:00Z", 11, "`T`"),
        ("2026-01-31T24:00:00Z", 12, "an hour"),
        ("2026-01-31T12", 14, "`:` and the minutes"),
        ("2026-01-31T12:60:00Z", 15, "a minute"),
        ("2026-01-31T12:00Z", 17, "`:` and the seconds"),
        ("2026-01-31T10:00+02:00", 17, "`:` and the seconds"),
        ("2026-01-31T12:00:0Z", 18, "a second"),
        ("2026-01-31T12:00:00", 20, "an offset"),
        ("2026-01-31T12:00:00,5Z", 20, "an offset"),
        ("2026-01-31T12:00:00.Z", 21, "a digit"),
        ("2026-01-31T12:00:00 Z", 20, "an offset"),
        ("2026-01-31T12:00:00[Europe/Helsinki]", 20, "an offset"),
        ("2026-01-31T12:00:00\u{2212}02:00", 20, "an offset"),
        ("2026-01-31T12:00:00+25:00", 21, "the hours"),
        ("2026-01-31T12:00:00+24:00", 21, "the hours"),
        ("2026-01-31T12:00:00+2:00", 21, "the hours"),
        ("2026-01-31T12:00:00+02", 23, "`:`"),
        ("2026-01-31T12:00:00+0200", 23, "`:`"),
        ("2026-01-31T12:00:00+02:60", 24, "the minutes"),
        ("2026-01-31T12:00:00+02:00[Europe/Helsinki]", 26, "the end"),
        ("2026-01-31T12:00:00Z[Europe/Helsinki]", 21, "the end"),
        ("2026-01-31T12:00:00Z ", 21, "the end"),
        ("2026-01-31T12:00:00Zä", 21, "the end"),
        ("2026-01-3١T12:00:00Z", 9, "a day"),
        ("0000-01-01T00:00:00+00:01", 1, "a time from the year 0000"),
        ("9999-12-31T23:59:59-00:01", 1, "a time from the year 0000"),
    ] {
        let told = refused(text);
        assert!(
            told.starts_with(&format!("expected {expected}")),
            "{text}: {told}"
        );
        assert!(
            told.ends_with(&format!("at character {position}")),
            "{text}: {told}"
        );
    }
}

#[test]
fn days() {
    for text in ["2026-01-31", "2024-02-29", "0000-01-01", "9999-12-31"] {
        assert_eq!(text.parse::<Day>().unwrap().to_string(), text);
    }
    for text in [
        "",
        "2026-1-31",
        "20260131",
        "2026-02-29",
        "2026-01-31T12:00:00Z",
        "2026-01-31[Europe/Helsinki]",
        "2026-01-31 ",
        "10000-01-01",
    ] {
        assert!(text.parse::<Day>().is_err(), "{text}");
    }
    assert_eq!(Day::new(2026, 2, 29), None);
    assert!(Day::new(2026, 2, 28) < Day::new(2026, 3, 1));
    let day: Day = "2026-01-31".parse().unwrap();
    assert_eq!((day.year(), day.month(), day.day()), (2026, 1, 31));
}

#[test]
fn digits_of_fraction_as_asked_for() {
    let moment = read("2026-01-31T12:00:00.98765Z");
    assert_eq!(format!("{moment:.0}"), "2026-01-31T12:00:00Z");
    assert_eq!(format!("{moment:.3}"), "2026-01-31T12:00:00.987Z");
    assert_eq!(format!("{moment:.9}"), "2026-01-31T12:00:00.987650000Z");
    assert_eq!(format!("{moment:.12}"), "2026-01-31T12:00:00.987650000Z");
}

#[test]
fn numbers_outside_are_no_moment() {
    let (first, last) = (Moment::FIRST, Moment::LAST);
    assert_eq!(Moment::new(first.seconds(), 0), Some(first));
    assert_eq!(Moment::new(first.seconds() - 1, 999_999_999), None);
    assert_eq!(Moment::new(last.seconds(), 999_999_999), Some(last));
    assert_eq!(Moment::new(last.seconds() + 1, 0), None);
    assert_eq!(Moment::new(0, 1_000_000_000), None);
}

#[test]
fn days_are_counted_from_1970() {
    for (day, number) in [
        ("0000-01-01", -719_528),
        ("1969-12-31", -1),
        ("1970-01-01", 0),
        ("2000-02-29", 11_016),
        ("9999-12-31", 2_932_896),
    ] {
        assert_eq!(day.parse::<Day>().unwrap().number(), number, "{day}");
    }
}

proptest! {
    #[test]
    fn every_moment_is_written_and_read_back(
        seconds in Moment::FIRST.seconds()..=Moment::LAST.seconds(),
        nanoseconds in 0..1_000_000_000_u32,
    ) {
        let moment = Moment::new(seconds, nanoseconds).unwrap();
        prop_assert_eq!(read(&moment.to_string()), moment);
        let time = moment.to_system_time().unwrap();
        prop_assert_eq!(Moment::from_system_time(time), Some(moment));
    }

    #[test]
    fn jiff_writes_and_reads_the_same(
        seconds in Moment::FIRST.seconds()..=Timestamp::MAX.as_second(),
        nanoseconds in 0..1_000_000_000_i32,
        offset in -23 * 60..=23 * 60_i32,
    ) {
        let timestamp = Timestamp::new(seconds, nanoseconds).unwrap();
        let moment = Moment::new(seconds, u32::try_from(nanoseconds).unwrap()).unwrap();
        prop_assert_eq!(moment.to_string(), timestamp.to_string());
        let local = timestamp.display_with_offset(Offset::from_seconds(offset * 60).unwrap()).to_string();
        // A local time may be in another year than UTC has.
        if !local.starts_with('-') {
            prop_assert_eq!(read(&local), moment);
        }
    }

    #[test]
    fn what_is_read_is_what_jiff_reads(
        year in 0..10_000, month in 0..14, day in 0..33, hour in 0..25, minute in 0..61, second in 0..60,
        fraction in proptest::option::of("[0-9]{1,9}"),
        zone in "[Zz]|[+-](0[0-9]|1[0-9]|2[0-6]):[0-6][0-9]",
    ) {
        let fraction = fraction.map_or_else(String::new, |digits| format!(".{digits}"));
        let text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}{zone}");
        // jiff takes offsets of up to 25:59:59, and no moment of the last day.
        let too_far = zone.get(1..3).is_some_and(|hours| hours > "23");
        match (text.parse::<Moment>(), text.parse::<Timestamp>()) {
            (Ok(ours), Ok(theirs)) => prop_assert_eq!(ours.to_string(), theirs.to_string()),
            (Ok(ours), Err(_)) => prop_assert!(ours.seconds() > Timestamp::MAX.as_second(), "{}", text),
            (Err(_), Ok(theirs)) => prop_assert!(too_far || theirs.as_second() < Moment::FIRST.seconds(), "{}", text),
            (Err(_), Err(_)) => {}
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,40}|[0-9TtZz:.+ -]{0,40}") {
        let _ = text.parse::<Moment>();
        let _ = text.parse::<Day>();
    }
}
