// SPDX-License-Identifier: Apache-2.0
//! Times against the clock, which stands at 12:00:30.

use std::time::Duration;

use ws_security::Settings;

use crate::message::{Message, code_by, timestamp, timestamp_of};
use xml_testkit::Key;

fn code_with(timestamp: String, settings: &Settings) -> &'static str {
    let key = Key::p256();
    let message = Message {
        timestamp,
        ..Message::new(key)
    };
    code_by(&message.signed(key), key, settings)
}

fn settings(skew: u64, age: u64) -> Settings {
    Settings {
        clock_skew: Duration::from_secs(skew),
        maximum_age: Duration::from_secs(age),
        ..Settings::default()
    }
}

#[test]
fn each_bound_to_the_millisecond() {
    let far = "2026-01-31T23:59:59Z";
    #[rustfmt::skip]
    let rows = [
        // Created in the future.
        ("2026-01-31T12:00:35Z", far, 5, 60, "accepted"),
        ("2026-01-31T12:00:35.001Z", far, 5, 60, "ws-security.timestamp-future"),
        ("2026-01-31T12:00:30.001Z", far, 0, 60, "ws-security.timestamp-future"),
        // Expired.
        ("2026-01-31T12:00:00Z", "2026-01-31T12:00:25Z", 5, 60, "accepted"),
        ("2026-01-31T12:00:00Z", "2026-01-31T12:00:24.999Z", 5, 60, "ws-security.timestamp-expired"),
        ("2026-01-31T12:00:00Z", "2026-01-31T12:00:30Z", 0, 60, "accepted"),
        ("2026-01-31T12:00:00Z", "2026-01-31T12:00:29.999Z", 0, 60, "ws-security.timestamp-expired"),
        // Too old, whatever the message says of itself.
        ("2026-01-31T11:59:25Z", far, 5, 60, "accepted"),
        ("2026-01-31T11:59:24.999Z", far, 5, 60, "ws-security.timestamp-too-old"),
        ("2026-01-31T12:00:29.999Z", far, 0, 0, "ws-security.timestamp-too-old"),
        // Zones.
        ("2026-01-31T14:00:30+02:00", "2026-01-31T14:00:31+02:00", 0, 0, "accepted"),
        ("2026-01-31T05:30:30-06:30", far, 0, 0, "accepted"),
        ("2026-01-31T14:00:30Z", far, 0, 0, "ws-security.timestamp-future"),
    ];
    for (created, expires, skew, age, expected) in rows {
        let code = code_with(timestamp(created, expires), &settings(skew, age));
        assert_eq!(
            code, expected,
            "{created} to {expires}, skew {skew} s, age {age} s"
        );
    }
    // Durations that no clock reaches do not overflow.
    let endless = settings(u64::MAX, u64::MAX);
    let ancient = timestamp("0001-01-01T00:00:00Z", "0001-01-01T00:00:01Z");
    assert_eq!(code_with(ancient, &endless), "accepted");
    let distant = timestamp("9999-01-01T00:00:00Z", "9999-01-01T00:00:01Z");
    assert_eq!(code_with(distant, &endless), "accepted");
}

/// Five minutes of skew, one minute of age.
#[test]
fn the_defaults() {
    let default = Settings::default();
    let of = |created| code_with(timestamp(created, "2026-01-31T23:00:00Z"), &default);
    assert_eq!(of("2026-01-31T11:54:30Z"), "accepted");
    assert_eq!(of("2026-01-31T11:54:29Z"), "ws-security.timestamp-too-old");
    assert_eq!(of("2026-01-31T12:05:30Z"), "accepted");
    assert_eq!(of("2026-01-31T12:05:31Z"), "ws-security.timestamp-future");
}

#[test]
fn created_before_expires() {
    for (created, expires) in [
        ("2026-01-31T12:00:30Z", "2026-01-31T12:00:30Z"),
        ("2026-01-31T12:00:31Z", "2026-01-31T12:00:30Z"),
        ("2026-01-31T12:00:30Z", "2026-01-31T14:00:29+02:00"),
    ] {
        let code = code_with(timestamp(created, expires), &Settings::default());
        assert_eq!(
            code, "ws-security.timestamp-order",
            "{created} to {expires}"
        );
    }
}

#[test]
fn the_structure() {
    let created = "<wsu:Created>2026-01-31T12:00:00Z</wsu:Created>";
    let expires = "<wsu:Expires>2026-01-31T12:01:00Z</wsu:Expires>";
    let default = Settings::default();
    assert_eq!(code_with(timestamp_of(created), &default), "accepted");
    let spaced = created.replace(">2026", ">\n 2026").replace("Z<", "Z\t<");
    assert_eq!(code_with(timestamp_of(&spaced), &default), "accepted");
    for content in [
        String::new(),
        expires.to_owned(),
        format!("{expires}{created}"),
        format!("{created}{created}"),
        format!("{created}{expires}{expires}"),
        format!("{created}<wsu:Other/>{expires}"),
        format!("{created}{expires}<wsu:Other/>"),
        created.replace("wsu:Created", "wsse:Created"),
        created.replace("Z<", "Z<x/><"),
        created.replace("Z<", "<"),
        created.replace("2026-01-31T12:00:00Z", "now"),
        created.replace("2026-01-31", "2026-02-31"),
        created.replace("T12:00:00", "T24:00:00"),
    ] {
        let code = code_with(timestamp_of(&content), &default);
        assert_eq!(code, "ws-security.timestamp-malformed", "{content}");
    }
}

#[test]
fn none_at_all() {
    let key = Key::p256();
    let message = Message {
        timestamp: String::new(),
        ..Message::signing(key, &["#id-1"])
    };
    let text = message.signed(key);
    assert_eq!(
        code_by(&text, key, &Settings::default()),
        "ws-security.timestamp-missing"
    );
    let lenient = Settings {
        require_timestamp: false,
        ..Settings::default()
    };
    assert_eq!(code_by(&text, key, &lenient), "accepted");
    let late = code_with(
        timestamp("2026-01-31T11:00:00Z", "2026-01-31T11:01:00Z"),
        &lenient,
    );
    assert_eq!(late, "ws-security.timestamp-expired");
}
