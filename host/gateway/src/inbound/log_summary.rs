// SPDX-License-Identifier: Apache-2.0
//! Strangers' failures, counted and logged once a second.
//!
//! Anybody can fail as often as he likes, and a line for each failure would fill the disk. So failures of callers without an accepted call are
//! counted by kind. Calls of known callers have a line each, see `handler`.

use std::{
    collections::BTreeMap,
    fmt::Write,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Kinds in one line; further ones are counted together.
const MOST_KINDS: usize = 24;

/// Failures of ours logged a second, each in a line of its own.
const MOST_FAILURES: usize = 4;

/// Longest detail of a failure in bytes, so that its line stays below 2 KiB.
const LONGEST_DETAIL: usize = 1000;

/// Name of all further kinds.
const OTHER: &str = "other";

/// At what level an event is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Severity {
    /// Info: a stranger's mistake.
    Expected,
    /// Warn: a limit was reached, maybe by honest callers as well.
    LimitReached,
}

/// Events since the last summary was logged.
#[derive(Default)]
pub(crate) struct LogSummary(Mutex<Counts>);

#[derive(Default)]
struct Counts {
    kinds: BTreeMap<String, u64>,
    severity: Option<Severity>,
    /// By agency and code: how often, and the first detail.
    failures: BTreeMap<(String, String), (u64, String)>,
}

impl LogSummary {
    /// Counts one event. `what` and `code` are short and hold nothing that a caller has sent.
    pub(crate) fn count(&self, severity: Severity, what: &str, code: &str) {
        self.add(severity, what, code, 1);
    }

    /// Counts so many events.
    pub(crate) fn add(&self, severity: Severity, what: &str, code: &str, times: u64) {
        if times == 0 {
            return;
        }
        let kind = if code.is_empty() {
            what.to_owned()
        } else {
            format!("{what} {code}")
        };
        let mut counts = self.counts();
        counts.severity = counts.severity.max(Some(severity));
        let is_new = !counts.kinds.contains_key(&kind);
        let kind = if is_new && counts.kinds.len() >= MOST_KINDS {
            OTHER.to_owned()
        } else {
            kind
        };
        *counts.kinds.entry(kind).or_default() += times;
    }

    /// Counts a call that failed for a reason of ours.
    pub(crate) fn fail(&self, agency: &str, code: &str, detail: &str) {
        let mut counts = self.counts();
        let key = (agency.to_owned(), code.to_owned());
        let is_new = !counts.failures.contains_key(&key);
        if is_new && counts.failures.len() >= MOST_FAILURES {
            drop(counts);
            return self.count(Severity::LimitReached, "failed", code);
        }
        let (times, _) = counts
            .failures
            .entry(key)
            .or_insert_with(|| (0, shortened(detail)));
        *times += 1;
    }

    /// Logs all counts and resets them: a line for each failure of ours, and one for everything else.
    pub(crate) fn log(&self) {
        self.log_as(
            "calls and connections of callers without an accepted call, since the last such line",
        );
    }

    /// The same, where the line for everything else says something else.
    pub(crate) fn log_as(&self, text: &str) {
        let counts = std::mem::take(&mut *self.counts());
        for ((agency, code), (times, detail)) in &counts.failures {
            tracing::error!(target: "silta::gateway", agency, status = 503, verdict = "failed", code, detail, times, "calls not answered");
        }
        let Some(severity) = counts.severity else {
            return;
        };
        let total: u64 = counts.kinds.values().sum();
        let kinds = listed(&counts.kinds);
        match severity {
            Severity::Expected => tracing::info!(target: "silta::gateway", total, kinds, "{text}"),
            Severity::LimitReached => {
                tracing::warn!(target: "silta::gateway", total, kinds, "{text}")
            }
        }
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn shortened(detail: &str) -> String {
    let kept = detail.floor_char_boundary(LONGEST_DETAIL);
    let (kept, left_out) = detail.split_at(kept);
    match left_out.len() {
        0 => kept.to_owned(),
        bytes => format!("{kept}… [{bytes} bytes left out]"),
    }
}

/// `handshake failed: 12, refused agency.unknown: 3`.
fn listed(kinds: &BTreeMap<String, u64>) -> String {
    let mut list = String::new();
    for (kind, times) in kinds {
        let separator = if list.is_empty() { "" } else { ", " };
        // A string takes whatever is written to it.
        let _ = write!(list, "{separator}{kind}: {times}");
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_counted_and_their_number_is_bounded() {
        let summary = LogSummary::default();
        for number in 0..1000 {
            summary.count(Severity::Expected, "refused", &format!("code-{number:03}"));
            summary.count(Severity::LimitReached, "closed", "");
        }
        let counts = summary.counts();
        assert_eq!(counts.kinds.len(), MOST_KINDS + 1);
        assert_eq!(counts.kinds.values().sum::<u64>(), 2000);
        assert_eq!(counts.severity, Some(Severity::LimitReached));
        let line = listed(&counts.kinds);
        assert!(
            line.contains("closed: 1000, ") && line.contains("other: 977"),
            "{line}"
        );
        assert!(line.len() < 1500);
    }

    #[test]
    fn failures_of_ours_keep_what_was_said_the_first_time() {
        let summary = LogSummary::default();
        for number in 0..MOST_FAILURES + 2 {
            summary.fail("tulli", &format!("code-{number}"), &"long ".repeat(1000));
            summary.fail("tulli", &format!("code-{number}"), "second");
        }
        let counts = summary.counts();
        assert_eq!(counts.failures.len(), MOST_FAILURES);
        assert_eq!(counts.kinds.values().sum::<u64>(), 4);
        let (times, detail) = &counts.failures[&("tulli".into(), "code-0".into())];
        assert_eq!(*times, 2);
        assert!(detail.ends_with("… [4000 bytes left out]"), "{detail}");
    }
}
