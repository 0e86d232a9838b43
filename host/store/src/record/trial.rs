// SPDX-License-Identifier: Apache-2.0
//! The trial of a generation beside what serves: how it is tried, what has been seen of it, and how it ended.

use std::{borrow::Cow, collections::BTreeMap};

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// The kinds of differences that a trial names; of further ones there is a count.
pub const MOST_DIFFERENCES: usize = 50;

/// A trial, as it is kept with its generation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Trial {
    /// How it is tried.
    #[serde(default, skip_serializing_if = "TrialMode::is_shadow")]
    pub mode: TrialMode,
    /// Of a thousand calls of what serves, so many are done again; or of a thousand conversations, it serves so many.
    pub of_thousand: u32,
    /// Since when, in the store's time.
    pub since: Timestamp,
    /// Who wanted it.
    pub by: String,
    /// Why.
    pub why: String,
    /// What has been seen of it.
    #[serde(default)]
    pub evidence: TrialEvidence,
    /// How it ended; `None` while it goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<TrialEnd>,
}

/// How a candidate is tried.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TrialMode {
    /// It does calls again that what serves has answered, and nothing is answered by it.
    #[default]
    Shadow,
    /// It serves a share of the conversations itself.
    Canary,
}

impl TrialMode {
    /// Stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Shadow => "shadow",
            Self::Canary => "canary",
        }
    }

    fn is_shadow(&self) -> bool {
        *self == Self::Shadow
    }
}

/// What has been seen of a trial: numbers and places, and nothing that a call holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TrialEvidence {
    /// Calls that were done again, and to which it gave the same.
    pub same: u64,
    /// Calls to which it did not.
    pub different: u64,
    /// Calls that were drawn and not done again, by the reason.
    pub left_out: BTreeMap<String, u64>,
    /// What differed, and how often, in the order in which it was seen first; [`MOST_DIFFERENCES`] at most.
    pub differences: Vec<TrialDifference>,
    /// Differences that are not among these.
    pub differences_left_out: u64,
    /// How the calls ended that the candidate served.
    #[serde(skip_serializing_if = "ServedCalls::is_empty")]
    pub candidate: ServedCalls,
    /// How those ended that were served by what serves, over the same time.
    #[serde(skip_serializing_if = "ServedCalls::is_empty")]
    pub serving: ServedCalls,
    /// Why the candidate serves nothing any more, once that is decided: the trial is about to end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rollback: Option<String>,
}

/// How calls ended: numbers and codes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ServedCalls {
    /// All of them.
    pub calls: u64,
    /// Those of which the component found something wrong.
    pub problems: u64,
    /// Those in which it was stopped.
    pub stopped: u64,
    /// What was wrong, and how often, in the order in which it was seen first; [`MOST_DIFFERENCES`] at most.
    pub wrong: Vec<WrongEnd>,
    /// Calls with something wrong that are not among these.
    pub wrong_left_out: u64,
}

/// What was wrong with calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WrongEnd {
    /// The kind: `problem` or `stopped`.
    pub kind: String,
    /// The contract's function.
    pub function: String,
    /// The operation, or `validate`.
    pub operation: String,
    /// The code.
    pub code: String,
    /// How often.
    pub count: u64,
}

impl ServedCalls {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Calls that came to something wrong.
    pub fn wrong_calls(&self) -> u64 {
        self.problems.saturating_add(self.stopped)
    }

    /// Counts a call that came to something.
    pub fn well(&mut self) {
        self.calls = self.calls.saturating_add(1);
    }

    /// Counts a call that did not; its `count` is 1.
    pub fn wrong(&mut self, end: WrongEnd) {
        self.calls = self.calls.saturating_add(1);
        let of_kind = match end.kind.as_str() {
            WrongEnd::STOPPED => &mut self.stopped,
            _ => &mut self.problems,
        };
        *of_kind = of_kind.saturating_add(1);
        let has_room = self.wrong.len() < MOST_DIFFERENCES;
        match self.wrong.iter_mut().find(|known| known.is_like(&end)) {
            Some(known) => known.count = known.count.saturating_add(1),
            None if has_room => self.wrong.push(end),
            None => self.wrong_left_out = self.wrong_left_out.saturating_add(1),
        }
    }
}

impl WrongEnd {
    /// The component found something wrong.
    pub const PROBLEM: &'static str = "problem";
    /// It was stopped.
    pub const STOPPED: &'static str = "stopped";

    fn is_like(&self, other: &Self) -> bool {
        (&self.kind, &self.function, &self.operation, &self.code)
            == (&other.kind, &other.function, &other.operation, &other.code)
    }
}

impl TrialEvidence {
    /// Calls that were done again.
    pub fn calls(&self) -> u64 {
        self.same.saturating_add(self.different)
    }

    /// Counts a difference.
    pub fn differs(&mut self, found: TrialDifference) {
        let has_room = self.differences.len() < MOST_DIFFERENCES;
        let mut all = self.differences.iter_mut();
        match all.find(|known| known.is_like(&found)) {
            Some(known) => known.count = known.count.saturating_add(found.count),
            None if has_room => self.differences.push(found),
            None => {
                self.differences_left_out = self.differences_left_out.saturating_add(found.count);
            }
        }
    }
}

/// Something that a candidate does otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TrialDifference {
    /// The kind: `question`, `stopped`, `result`, `bytes` or `value`.
    pub kind: String,
    /// The contract's function, such as `message.parse`.
    pub function: String,
    /// The operation, or `validate`.
    pub operation: String,
    /// Where: a JSON pointer into the result, in which `*` stands for the number of an item; of a question, the function that is asked; of a call that was stopped, the code of the error.
    pub place: String,
    /// The element of the XML that it is in; empty where it is in none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub element: String,
    /// How often.
    pub count: u64,
}

impl TrialDifference {
    /// Whether it is the same in another call.
    fn is_like(&self, other: &Self) -> bool {
        (&self.kind, &self.function, &self.operation)
            == (&other.kind, &other.function, &other.operation)
            && (&self.place, &self.element) == (&other.place, &other.element)
    }
}

/// How a trial ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TrialEnd {
    /// When, in the store's time.
    pub at: Timestamp,
    /// How.
    pub outcome: TrialOutcome,
    /// By whom.
    pub by: String,
    /// Why.
    pub why: String,
    /// What it lacked when somebody promoted it all the same, in words; empty where it lacked nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub lacked: String,
}

/// How a trial ended; one of a later program is kept as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TrialOutcome(Cow<'static, str>);

impl TrialOutcome {
    /// The candidate was put into service.
    pub const PROMOTED: Self = Self(Cow::Borrowed("promoted"));
    /// Somebody ended it.
    pub const DISCARDED: Self = Self(Cow::Borrowed("discarded"));
    /// Another component was put into service, beside which nothing has been seen of it.
    pub const REPLACED: Self = Self(Cow::Borrowed("replaced"));
    /// The candidate cannot be prepared any more.
    pub const REFUSED: Self = Self(Cow::Borrowed("refused"));
    /// The candidate was worse than what serves, which serves all conversations again.
    pub const ROLLED_BACK: Self = Self(Cow::Borrowed("rolled-back"));

    /// Stable name.
    pub fn name(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn difference(place: &str) -> TrialDifference {
        TrialDifference {
            kind: "bytes".into(),
            function: "envelope.build".into(),
            operation: "upload".into(),
            place: place.into(),
            element: String::new(),
            count: 1,
        }
    }

    #[test]
    fn differences_are_counted_by_place_and_bounded() {
        let mut evidence = TrialEvidence::default();
        for number in 0..MOST_DIFFERENCES {
            evidence.differs(difference(&number.to_string()));
        }
        evidence.differs(difference("0"));
        evidence.differs(difference("one more"));
        assert_eq!(evidence.differences.len(), MOST_DIFFERENCES);
        assert_eq!(evidence.differences[0].count, 2);
        assert_eq!(evidence.differences_left_out, 1);
    }

    #[test]
    fn what_is_wrong_with_calls_is_counted_by_code_and_bounded() {
        let mut served = ServedCalls::default();
        let wrong = |kind: &str, code: String| WrongEnd {
            kind: kind.into(),
            function: "envelope.build".into(),
            operation: "upload".into(),
            code,
            count: 1,
        };
        served.well();
        for number in 0..=MOST_DIFFERENCES {
            served.wrong(wrong(WrongEnd::PROBLEM, number.to_string()));
        }
        served.wrong(wrong(WrongEnd::STOPPED, "0".into()));
        served.wrong(wrong(WrongEnd::PROBLEM, "0".into()));
        assert_eq!(served.wrong.len(), MOST_DIFFERENCES);
        assert_eq!((served.wrong[0].count, served.wrong_left_out), (2, 2));
        assert_eq!((served.problems, served.stopped), (52, 1));
        assert_eq!((served.calls, served.wrong_calls()), (54, 53));
    }

    #[test]
    fn a_trial_of_an_older_program_is_a_shadow_and_is_kept_as_it_was() {
        let text = r#"{"ofThousand":7,"since":5,"by":"a","why":"b","evidence":{"same":1,"different":0,"leftOut":{},"differences":[],"differencesLeftOut":0}}"#;
        let read: Trial = serde_json::from_str(text).unwrap();
        assert_eq!(read.mode, TrialMode::Shadow);
        assert_eq!(serde_json::to_string(&read).unwrap(), text);
    }

    #[test]
    fn what_a_later_program_says_is_read_as_it_is() {
        let text = r#"{"at":7,"outcome":"paused","by":"a","why":"b"}"#;
        let read: TrialEnd = serde_json::from_str(text).unwrap();
        assert_eq!(read.outcome.name(), "paused");
        assert_eq!(serde_json::to_string(&read).unwrap(), text);
    }
}
