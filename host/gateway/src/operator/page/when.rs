// SPDX-License-Identifier: Apache-2.0
//! Moments, for people: when, and how long ago.

use std::time::Duration;

use silta::time;
use silta_store::Timestamp;

use super::words::Words;

/// A moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct When {
    /// RFC 3339, for programs.
    pub(super) machine: String,
    /// In UTC, with its zone.
    pub(super) shown: String,
    /// From now.
    pub(super) relative: String,
}

impl When {
    pub(super) fn new(at: Timestamp, now: Timestamp, words: &Words) -> Self {
        let moment = time::Moment::from_system_time(at.to_system_time());
        Self {
            machine: moment.map_or_else(String::new, |moment| format!("{moment:.0}")),
            shown: time::display(at.to_system_time()),
            relative: relative(at, now, words),
        }
    }
}

/// From now on, or ago. No seconds: a page that keeps itself up to date would never rest.
fn relative(at: Timestamp, now: Timestamp, words: &Words) -> String {
    match at > now {
        true => (words.ahead)(&span(at.0.saturating_sub(now.0), words)),
        false => (words.ago)(&span(now.0.saturating_sub(at.0), words)),
    }
}

/// A time, in the unit that says enough.
fn span(milliseconds: u64, words: &Words) -> String {
    let minutes = Duration::from_millis(milliseconds).as_secs() / 60;
    match minutes {
        0 => format!("< 1 {}", words.minute),
        1..120 => format!("{minutes} {}", words.minute),
        120..2880 => format!("{} {}", minutes / 60, words.hour),
        _ => format!("{} {}", minutes / 1440, words.day),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operator::page::words::{ENGLISH, FINNISH};

    #[test]
    fn times_are_told_in_the_unit_that_says_enough() {
        let now = Timestamp(1_000_000_000_000);
        let minute = 60_000;
        for (before, expected) in [
            (0, "< 1 min ago"),
            (minute - 1, "< 1 min ago"),
            (minute, "1 min ago"),
            (119 * minute, "119 min ago"),
            (120 * minute, "2 h ago"),
            (2880 * minute - 1, "47 h ago"),
            (2880 * minute, "2 d ago"),
        ] {
            let at = Timestamp(now.0 - before);
            assert_eq!(When::new(at, now, &ENGLISH).relative, expected);
        }
        let ahead = When::new(Timestamp(now.0 + 5 * minute), now, &FINNISH);
        assert_eq!(ahead.relative, "5 min kuluttua");
        assert_eq!(ahead.machine, "2001-09-09T01:51:40Z");
        assert_eq!(ahead.shown, "2001-09-09 01:51:40 UTC");
    }
}
