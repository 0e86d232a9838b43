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
    /// Of a thousand calls of what serves, so many are done again.
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
    fn what_a_later_program_says_is_read_as_it_is() {
        let text = r#"{"at":7,"outcome":"paused","by":"a","why":"b"}"#;
        let read: TrialEnd = serde_json::from_str(text).unwrap();
        assert_eq!(read.outcome.name(), "paused");
        assert_eq!(serde_json::to_string(&read).unwrap(), text);
    }
}
