//! When a message was made, and until when it counts.

use std::time::Duration;

use canonical_xml::ElementRef;
use jiff::{SignedDuration, Timestamp};

use crate::error::{WsSecurityError, WsSecurityErrorKind};
use crate::names::UTILITY_NAMESPACE;
use crate::verify::Settings;

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
    is_date_time(text).then(|| text.parse().ok()).flatten()
}

/// Whether it is written as `xs:dateTime` (XML Schema 1.0 Part 2 §3.2.7), narrowed: four digits of year, at most nine digits of second
/// fractions, no leap second (WSS §10), and a zone, without which it would mean nothing.
fn is_date_time(text: &str) -> bool {
    let Some((moment, rest)) = text.split_at_checked("0000-00-00T00:00:00".len()) else {
        return false;
    };
    let zone = match rest.strip_prefix('.') {
        None => rest,
        Some(fraction) => {
            let zone = fraction.trim_start_matches(|digit: char| digit.is_ascii_digit());
            if !(1..=9).contains(&(fraction.len() - zone.len())) {
                return false;
            }
            zone
        }
    };
    fits(moment, "0000-00-00T00:00:00")
        && !moment.ends_with("60")
        && (zone == "Z" || fits(zone, "+00:00") || fits(zone, "-00:00"))
}

/// Whether a text is like the pattern, with any digits for zeros.
fn fits(text: &str, pattern: &str) -> bool {
    let fits = |(actual, expected): (u8, u8)| match expected {
        b'0' => actual.is_ascii_digit(),
        other => actual == other,
    };
    text.len() == pattern.len() && text.bytes().zip(pattern.bytes()).all(fits)
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
        ] {
            assert!(is_date_time(text), "{text}");
            assert!(text.parse::<Timestamp>().is_ok(), "{text}");
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
            "2026-01-31T12:00:60Z",
            "2026-01-31T12:00:00.Z",
            "2026-01-31T12:00:00,5Z",
            "2026-01-31T12:00:00.1234567890Z",
            "2026-01-31T12:00:00+02",
            "2026-01-31T12:00:00+0200",
            "2026-01-31T12:00:00Z[Europe/Helsinki]",
            "2026-01-31T12:00:00Zä",
        ] {
            assert!(!is_date_time(text), "{text}");
        }
    }
}
