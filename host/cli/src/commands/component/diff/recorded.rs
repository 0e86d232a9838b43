// SPDX-License-Identifier: Apache-2.0
//! What comes of the same recorded calls under both components.

use serde_json::{Value, json};
use silta::Runtime;

use super::Component;
use crate::{
    failure::Failure,
    recorded_calls::{Comparison, Parted, Recorded, compare},
};

/// What came of recorded calls under both.
pub(super) struct RecordedBehaviour {
    /// How many came to the same.
    same: usize,
    /// Those that did not.
    other: Vec<(Recorded, Vec<Parted>)>,
    /// Those of which nobody knows, and why.
    unknown: Vec<(Recorded, String)>,
}

impl RecordedBehaviour {
    /// `None` where there are no calls.
    pub(super) fn of(
        runtime: &Runtime,
        old: &Component,
        new: &Component,
        calls: Vec<Recorded>,
    ) -> Result<Option<Self>, Failure> {
        if calls.is_empty() {
            return Ok(None);
        }
        let mut behaviour = Self {
            same: 0,
            other: Vec::new(),
            unknown: Vec::new(),
        };
        for recorded in calls {
            let under_old = recorded.replay(runtime, &old.bytes)?;
            let under_new = recorded.replay(runtime, &new.bytes)?;
            match compare(&recorded.call, &under_old, &under_new) {
                Comparison::Same => behaviour.same += 1,
                Comparison::Other(parted) => behaviour.other.push((recorded, parted)),
                Comparison::Unknown(why) => behaviour.unknown.push((recorded, why)),
            }
        }
        // By function; within one, in the order in which the calls came.
        behaviour
            .other
            .sort_by(|(one, _), (other, _)| one.call.function.cmp(&other.call.function));
        Ok(Some(behaviour))
    }

    pub(super) fn is_same(&self) -> bool {
        self.other.is_empty() && self.unknown.is_empty()
    }

    pub(super) fn as_lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (recorded, parted) in &self.other {
            let mut line = named(recorded);
            for one in parted {
                let shown = one.as_text("old", "new");
                line += &shown
                    .lines()
                    .map(|line| format!("\n  {line}"))
                    .collect::<String>();
            }
            lines.push(line);
        }
        let unknown = self.unknown.iter();
        lines.extend(unknown.map(|(recorded, why)| format!("{}\n  {why}", named(recorded))));
        lines.push(format!("{} calls come to the same", self.same));
        lines
    }

    pub(super) fn as_json(&self) -> Value {
        let other = self.other.iter().map(|(recorded, parted)| {
            let differences = parted.iter().map(|it| it.as_json("old", "new"));
            json!({
                "file": recorded.path,
                "agency": recorded.agency,
                "operation": recorded.operation,
                "function": recorded.call.function,
                "differences": differences.collect::<Vec<_>>(),
            })
        });
        let unknown = self.unknown.iter();
        let unknown = unknown.map(|(recorded, why)| {
            json!({
                "file": recorded.path,
                "function": recorded.call.function,
                "reason": why,
            })
        });
        json!({
            "same": self.same,
            "other": other.collect::<Vec<_>>(),
            "unknown": unknown.collect::<Vec<_>>(),
        })
    }
}

fn named(recorded: &Recorded) -> String {
    let Recorded {
        path,
        agency,
        operation,
        call,
        ..
    } = recorded;
    format!(
        "{}: {agency} {operation} ({})",
        path.display(),
        call.function
    )
}
