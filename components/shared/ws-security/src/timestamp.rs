// SPDX-License-Identifier: Apache-2.0
//! When a message was made, and until when it counts.

use std::time::Duration;

use canonical_xml::ElementRef;
use jiff::{SignedDuration, Timestamp};
use rfc3339::Moment;
use xml_signature::UTILITY_NAMESPACE;

use crate::error::{WsSecurityError, WsSecurityErrorKind};

use crate::settings::Settings;

/// What a `wsu:Timestamp` says (WSS §10).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime {
    /// When the message was made.
    pub created: Timestamp,
    /// When it ceases to count, if it says so; after `created`.
    pub expires: Option<Timestamp>,
}

impl Lifetime {
    /// Reads a `wsu:Timestamp`: one `Created`, then at most one `Expires`, and nothing else.
    pub(crate) fn of(timestamp: ElementRef<'_>) -> Result<Self, WsSecurityError> {
        let malformed =
            |element| WsSecurityError::at(element, WsSecurityErrorKind::TimestampMalformed);
        let mut parts = timestamp.children().peekable();
        let mut moment = |local| -> Result<Option<Timestamp>, WsSecurityError> {
            let part = parts.next_if(|part| part.is(UTILITY_NAMESPACE, local));
            part.map(|part| instant(part).ok_or_else(|| malformed(part)))
                .transpose()
        };
        let created = moment("Created")?.ok_or_else(|| malformed(timestamp))?;
        let expires = moment("Expires")?;
        if let Some(other) = parts.next() {
            return Err(malformed(other));
        }
        if expires.is_some_and(|expires| expires <= created) {
            let kind = WsSecurityErrorKind::TimestampOrder;
            return Err(WsSecurityError::at(timestamp, kind));
        }
        Ok(Self { created, expires })
    }

    /// Compares with the clock, which may differ from the sender's by the skew, either way.
    pub(crate) fn check(
        &self,
        settings: &Settings,
        now: Timestamp,
    ) -> Result<(), WsSecurityErrorKind> {
        let skew = signed(settings.clock_skew);
        let age = now.duration_since(self.created);
        let overdue = self.expires.map(|expires| now.duration_since(expires));
        if age < -skew {
            return Err(WsSecurityErrorKind::TimestampFuture);
        }
        if overdue.is_some_and(|overdue| overdue > skew) {
            return Err(WsSecurityErrorKind::TimestampExpired);
        }
        if age > signed(settings.maximum_age).saturating_add(skew) {
            return Err(WsSecurityErrorKind::TimestampTooOld);
        }
        Ok(())
    }
}

/// A duration longer than can be reckoned with is as good as the longest.
pub(crate) fn signed(duration: Duration) -> SignedDuration {
    SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX)
}

/// The text of an element as a moment, if it is text only.
fn instant(element: ElementRef<'_>) -> Option<Timestamp> {
    if element.children().next().is_some() || element.has_comment_or_instruction() {
        return None;
    }
    let text = element.text().to_str()?;
    let text = text.trim_matches([' ', '\t', '\n', '\r']);
    xml_date_time(text)
}

/// Reads an `xs:dateTime` (XML Schema 1.0 Part 2 §3.2.7), narrowed to what is an RFC 3339 time as well: four digits of year, no hour 24, and a zone,
/// without which it would mean nothing here. Where the two differ XML Schema decides: `T` and `Z` are capitals, offsets go to 14:00, and there is no
/// leap second (WSS §10 as well). Digits of a fraction beyond the ninth are cut.
fn xml_date_time(text: &str) -> Option<Timestamp> {
    let moment: Moment = text.parse().ok()?;
    let second = text.get("0000-00-00T00:00:".len().."0000-00-00T00:00:00".len())?;
    let zone = text.get(text.len().checked_sub("+00:00".len())?..)?;
    let is_too_far = !text.ends_with('Z') && zone.get(1..)? > "14:00";
    if text.contains(['t', 'z']) || second == "60" || is_too_far {
        return None;
    }
    let nanoseconds = i32::try_from(moment.nanoseconds()).ok()?;
    let timestamp = Timestamp::new(moment.seconds(), nanoseconds);
    // The last day of the calendar is beyond what can be reckoned with; what counts until then counts until the day before.
    Some(timestamp.unwrap_or(Timestamp::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn date_times() {
        for text in [
            "2026-01-31T12:00:00Z",
            "2026-01-31T12:00:00.6Z",
            "2026-01-31T12:00:00.687123456Z",
            "2026-01-31T14:00:00+02:00",
            "2026-01-31T12:00:00-00:00",
            "2026-01-31T12:00:00+14:00",
        ] {
            assert_eq!(xml_date_time(text), text.parse().ok(), "{text}");
        }
        let long = xml_date_time("2026-01-31T12:00:00.12345678909999Z").unwrap();
        assert_eq!(long.to_string(), "2026-01-31T12:00:00.123456789Z");
        for text in ["9999-12-31T23:59:59Z", "9999-12-31T23:59:59.999+02:00"] {
            assert!(xml_date_time(text).unwrap() > "9999-12-30T00:00:00Z".parse().unwrap());
        }
    }

    #[test]
    fn what_a_lenient_parser_would_take() {
        for text in [
            "",
            "2026-01-31",
            "2026-01-31T12:00:00",
            "2026-01-31 12:00:00Z",
            "2026-01-31t12:00:00z",
            "2026-01-31T12:00Z",
            "20260131T120000Z",
            "+002026-01-31T12:00:00Z",
            "2026-12-31T23:59:60Z",
            "2026-01-31T24:00:00Z",
            "2026-01-31T12:00:00+14:01",
            "2026-01-31T12:00:00-15:00",
            "2026-01-31T12:00:00.Z",
            "2026-01-31T12:00:00,5Z",
            "2026-01-31T12:00:00+02",
            "2026-01-31T12:00:00+0200",
            "2026-01-31T12:00:00Z[Europe/Helsinki]",
            "2026-01-31T12:00:00Zä",
        ] {
            assert_eq!(xml_date_time(text), None, "{text}");
        }
    }
}
