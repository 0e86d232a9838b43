//! What strangers fail at, counted.
//!
//! Everybody may fail as often as he likes; a line for each would let him fill the disk. So what fails without an accepted call behind it is counted by
//! what it is, and told in one line a second. What callers with an accepted call do has a line each, see `exchange`.

use std::{
    collections::BTreeMap,
    fmt::Write,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Different things told in one line; what is beyond them is counted together.
const MOST_KINDS: usize = 24;

/// Different failures of ours told a second, each in a line of its own.
const MOST_FAILURES: usize = 4;

/// Bytes of what is said of a failure, so that its line stays below 2 KiB.
const LONGEST_DETAIL: usize = 1000;

/// What is beyond them.
const OTHER: &str = "other";

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Weight {
    /// Strangers' own business.
    Stranger,
    /// A limit was met, which honest callers may have met as well.
    Limit,
}

/// What has happened since it was last told.
#[derive(Default)]
pub(crate) struct Tally(Mutex<Counts>);

#[derive(Default)]
struct Counts {
    kinds: BTreeMap<String, u64>,
    weight: Option<Weight>,
    /// By agency and code: how often, and what was said the first time.
    failures: BTreeMap<(String, String), (u64, String)>,
}

impl Tally {
    /// Counts something; `what` and `code` are short, and none of them is content.
    pub(crate) fn count(&self, weight: Weight, what: &str, code: &str) {
        self.add(weight, what, code, 1);
    }

    /// The same, so many times.
    pub(crate) fn add(&self, weight: Weight, what: &str, code: &str, times: u64) {
        if times == 0 {
            return;
        }
        let kind = if code.is_empty() {
            what.to_owned()
        } else {
            format!("{what} {code}")
        };
        let mut counts = self.counts();
        counts.weight = counts.weight.max(Some(weight));
        let is_new = !counts.kinds.contains_key(&kind);
        let kind = if is_new && counts.kinds.len() >= MOST_KINDS {
            OTHER.to_owned()
        } else {
            kind
        };
        *counts.kinds.entry(kind).or_default() += times;
    }

    /// Counts a call that something of ours failed at.
    pub(crate) fn fail(&self, agency: &str, code: &str, detail: &str) {
        let mut counts = self.counts();
        let key = (agency.to_owned(), code.to_owned());
        let is_new = !counts.failures.contains_key(&key);
        if is_new && counts.failures.len() >= MOST_FAILURES {
            drop(counts);
            return self.count(Weight::Limit, "failed", code);
        }
        let (times, _) = counts
            .failures
            .entry(key)
            .or_insert_with(|| (0, shortened(detail)));
        *times += 1;
    }

    /// Tells everything that was counted, and counts anew: a line for each failure of ours, and one for all the rest.
    pub(crate) fn tell(&self) {
        let counts = std::mem::take(&mut *self.counts());
        for ((agency, code), (times, detail)) in &counts.failures {
            tracing::error!(target: "silta::gateway", agency, status = 503, verdict = "failed", code, detail, times, "calls not answered");
        }
        let Some(weight) = counts.weight else { return };
        let total: u64 = counts.kinds.values().sum();
        let kinds = listed(&counts.kinds);
        let text =
            "calls and connections of callers without an accepted call, since the last such line";
        match weight {
            Weight::Stranger => tracing::info!(target: "silta::gateway", total, kinds, "{text}"),
            Weight::Limit => tracing::warn!(target: "silta::gateway", total, kinds, "{text}"),
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
        let tally = Tally::default();
        for number in 0..1000 {
            tally.count(Weight::Stranger, "refused", &format!("code-{number:03}"));
            tally.count(Weight::Limit, "closed", "");
        }
        let counts = tally.counts();
        assert_eq!(counts.kinds.len(), MOST_KINDS + 1);
        assert_eq!(counts.kinds.values().sum::<u64>(), 2000);
        assert_eq!(counts.weight, Some(Weight::Limit));
        let line = listed(&counts.kinds);
        assert!(
            line.contains("closed: 1000, ") && line.contains("other: 977"),
            "{line}"
        );
        assert!(line.len() < 1500);
    }

    #[test]
    fn failures_of_ours_keep_what_was_said_the_first_time() {
        let tally = Tally::default();
        for number in 0..MOST_FAILURES + 2 {
            tally.fail("tulli", &format!("code-{number}"), &"long ".repeat(1000));
            tally.fail("tulli", &format!("code-{number}"), "second");
        }
        let counts = tally.counts();
        assert_eq!(counts.failures.len(), MOST_FAILURES);
        assert_eq!(counts.kinds.values().sum::<u64>(), 4);
        let (times, detail) = &counts.failures[&("tulli".into(), "code-0".into())];
        assert_eq!(*times, 2);
        assert!(detail.ends_with("… [4000 bytes left out]"), "{detail}");
    }
}
