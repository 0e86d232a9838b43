// SPDX-License-Identifier: Apache-2.0
//! What a node knows of an agency from one look to the next: what it has prepared, what it cannot serve, and what it says of that.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use silta::{Error, Ready, exchange::Fault};
use silta_store::{
    Timestamp,
    record::{NodeAgency, NodeRefusal},
};

/// What could not be judged twice is tried again after so long; each time after twice as long, and after the longest pause at most.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The code of what found no room among the calls of this machine.
const NO_ROOM: &str = "limit.concurrent-calls";

/// What is known of an agency.
#[derive(Default)]
pub(super) struct Followed {
    /// What has been prepared and does not serve yet, by number.
    prepared: BTreeMap<u64, Ready>,
    /// What cannot be served, by number. It is not tried again by itself.
    refused: BTreeMap<u64, NodeRefusal>,
    /// What could not be judged, by number, for a reason that says nothing of it.
    hindered: BTreeMap<u64, Hindrance>,
    /// What serves, and since when this node knows of it.
    since: Option<(u64, Timestamp)>,
    /// What was told last as prepared, and as refused: a report has room for one of each.
    told_prepared: u64,
    told_refused: u64,
}

struct Hindrance {
    code: String,
    pause: Duration,
    until: Instant,
}

impl Followed {
    /// Forgets everything that is neither to serve nor undecided.
    pub(super) fn keep(&mut self, numbers: &[u64]) {
        self.prepared.retain(|number, _| numbers.contains(number));
        self.refused.retain(|number, _| numbers.contains(number));
        self.hindered.retain(|number, _| numbers.contains(number));
    }

    /// Whether a generation is to be prepared now.
    pub(super) fn is_open(&self, number: u64) -> bool {
        let is_known = self.prepared.contains_key(&number) || self.refused.contains_key(&number);
        let hindrance = self.hindered.get(&number);
        !is_known && hindrance.is_none_or(|hindrance| hindrance.until <= Instant::now())
    }

    /// What has been prepared, to be put into service.
    pub(super) fn take(&mut self, number: u64) -> Option<Ready> {
        self.prepared.remove(&number)
    }

    pub(super) fn prepared(&mut self, number: u64, ready: Ready) {
        self.hindered.remove(&number);
        self.prepared.insert(number, ready);
    }

    pub(super) fn refuse(&mut self, refusal: NodeRefusal) {
        self.hindered.remove(&refusal.number);
        self.refused.insert(refusal.number, refusal);
    }

    /// It is tried again: at the next look at first, and later after a pause.
    pub(super) fn hinder(&mut self, number: u64, code: String) {
        let before = self.hindered.get(&number).map(|before| before.pause);
        let pause = before.map_or(Duration::ZERO, |pause| {
            pause.saturating_mul(2).clamp(FIRST_PAUSE, LONGEST_PAUSE)
        });
        let hindrance = Hindrance {
            code,
            pause,
            until: Instant::now() + pause,
        };
        self.hindered.insert(number, hindrance);
    }

    /// The next look tries everything again.
    pub(super) fn try_again(&mut self) {
        self.refused.clear();
        self.hindered.clear();
    }

    /// What could not be judged, and the code of why.
    pub(super) fn hindrance(&self) -> Option<(u64, &str)> {
        let last = self.hindered.last_key_value();
        last.map(|(number, hindrance)| (*number, hindrance.code.as_str()))
    }

    /// What is reported. Of several that were prepared, or refused, one after the other is, report by report.
    pub(super) fn state(&mut self, serves: Option<u64>, now: Timestamp) -> NodeAgency {
        if self.since.map(|(number, _)| number) != serves {
            self.since = serves.map(|number| (number, now));
        }
        let refused = next_told(&self.refused, &mut self.told_refused);
        NodeAgency {
            serving: serves,
            since: self.since.map(|(_, since)| since),
            prepared: next_told(&self.prepared, &mut self.told_prepared),
            cannot: refused.and_then(|number| self.refused.get(&number).cloned()),
        }
    }
}

/// Why a node cannot serve a component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CannotServe {
    /// Stable code.
    pub code: String,
    /// Why, and what to do.
    pub reason: String,
}

/// Why something was not prepared.
pub(super) struct NotReady {
    pub(super) why: CannotServe,
    /// Whether that says nothing of the component: this machine had no room for it, or has a defect.
    pub(super) is_passing: bool,
}

impl From<CannotServe> for NotReady {
    fn from(why: CannotServe) -> Self {
        Self {
            why,
            is_passing: false,
        }
    }
}

impl From<Error> for NotReady {
    fn from(error: Error) -> Self {
        let code = error.code();
        Self {
            is_passing: is_passing(&code, error.fault()),
            why: CannotServe {
                code,
                reason: error.to_string(),
            },
        }
    }
}

/// Whether a failure to prepare a component, by its code and whose fault it is, says nothing of the component: this machine had no room for it, or has a defect.
pub fn is_passing(code: &str, fault: Fault) -> bool {
    // What a component exceeds, or how it ends, is its own.
    let is_own = code.starts_with("component.") || code.starts_with("limit.");
    code == NO_ROOM || (fault == Fault::Internal && !is_own)
}

/// The one before the one that was told last; after the first one, the last one.
fn next_told<T>(all: &BTreeMap<u64, T>, told: &mut u64) -> Option<u64> {
    let before = all.range(..*told).next_back();
    let next = before.or_else(|| all.last_key_value());
    let next = next.map(|(number, _)| *number);
    *told = next.unwrap_or_default();
    next
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(number: u64) -> NodeRefusal {
        NodeRefusal {
            number,
            code: "component.rejected.compiled".into(),
            reason: String::new(),
        }
    }

    #[test]
    fn each_of_several_refusals_is_kept_and_told() {
        let mut followed = Followed::default();
        for number in [2, 5, 3] {
            followed.refuse(refusal(number));
        }
        let mut told = || {
            let state = followed.state(Some(1), Timestamp::default());
            state.cannot.map(|cannot| cannot.number)
        };
        assert_eq!(
            [(); 4].map(|()| told()),
            [Some(5), Some(3), Some(2), Some(5)]
        );
        assert!([2, 3, 5].iter().all(|number| !followed.is_open(*number)));
        // What was decided is forgotten.
        followed.keep(&[3]);
        let state = followed.state(Some(5), Timestamp::default());
        assert_eq!(state.cannot, Some(refusal(3)));
        followed.keep(&[]);
        assert_eq!(followed.state(Some(5), Timestamp::default()).cannot, None);
    }

    #[test]
    fn what_could_not_be_judged_is_tried_again_after_longer_and_longer_pauses() {
        let mut followed = Followed::default();
        let mut pauses = Vec::new();
        for _ in 0..9 {
            followed.hinder(2, "limit.concurrent-calls".into());
            pauses.push(followed.hindered[&2].pause.as_secs());
        }
        assert_eq!(pauses, [0, 1, 2, 4, 8, 16, 32, 60, 60]);
        assert!(!followed.is_open(2));
        assert_eq!(followed.hindrance(), Some((2, "limit.concurrent-calls")));
        followed.try_again();
        assert!(followed.is_open(2) && followed.hindrance().is_none());
    }
}
