// SPDX-License-Identifier: Apache-2.0
//! What comes of the same recorded calls under both components.

use std::{fmt, path::PathBuf};

use serde_json::{Value, json};
use silta::Runtime;
use silta_testing::Golden;

use super::{
    super::recorded::{GoldenCalls, of_own_agency},
    Component,
};
use crate::{
    failure::Failure,
    recorded_calls::{Bundles, Comparison, Parted, Recorded, compare},
};

/// What came of recorded calls under both. Their content is let go as soon as they are compared.
#[derive(Default)]
pub(super) struct RecordedBehaviour {
    /// How many came to the same.
    same: usize,
    /// Those that did not.
    other: Vec<(Named, Vec<Parted>)>,
    /// Those of which nobody knows, and why.
    unknown: Vec<(Named, String)>,
    /// Why calls could not be done again.
    refused: Vec<Failure>,
    /// Bundles of other agencies.
    passed_over: usize,
}

/// A call, without its content.
struct Named {
    path: PathBuf,
    agency: String,
    operation: String,
    function: String,
}

/// Two components that do calls again.
pub(super) struct Pair<'a> {
    pub(super) runtime: &'a Runtime,
    pub(super) old: &'a Component,
    pub(super) new: &'a Component,
}

impl Pair<'_> {
    /// The agency that the components say they are of.
    fn agency(&self) -> Option<&str> {
        let mut described = [self.old, self.new].into_iter();
        described.find_map(|it| Some(it.description.as_ref().ok()?.agency.as_str()))
    }

    /// Those that this program cannot run.
    fn refused(&self) -> Vec<Failure> {
        let both = [self.old, self.new].into_iter();
        let refused = both.filter_map(|component| {
            let why = component.description.as_ref().err()?;
            let path = &component.path;
            let message = format!(
                "{}: this program cannot run the component, so that no recorded call was done again: {why}",
                path.display()
            );
            Some(Failure::file("component.not-run", path, &message))
        });
        refused.collect()
    }

    fn compare(&self, recorded: &Recorded) -> Result<Comparison, Failure> {
        let by = |component: &Component| recorded.replay(self.runtime, component.bytes.as_slice());
        Ok(compare(&recorded.call, &by(self.old)?, &by(self.new)?))
    }
}

impl RecordedBehaviour {
    pub(super) fn of_golden(pair: &Pair<'_>, calls: &GoldenCalls) -> Self {
        let mut behaviour = Self {
            refused: pair.refused(),
            ..Self::default()
        };
        if !behaviour.refused.is_empty() {
            return behaviour;
        }
        for golden in calls.iter() {
            match Recorded::golden(golden) {
                Some(recorded) => {
                    let own = pair.agency();
                    let is_own = own.map_or(Ok(()), |own| of_own_agency(&recorded, own));
                    behaviour.add(pair, is_own.map(|()| recorded));
                }
                None => behaviour
                    .unknown
                    .push((Named::of_empty(golden), "the file is empty".to_owned())),
            }
        }
        behaviour.sorted()
    }

    pub(super) fn of_bundles(pair: &Pair<'_>, bundles: &Bundles) -> Self {
        let mut behaviour = Self {
            refused: pair.refused(),
            ..Self::default()
        };
        if !behaviour.refused.is_empty() {
            return behaviour;
        }
        match bundles.each(pair.agency(), |recorded| behaviour.add(pair, recorded)) {
            Ok(passed_over) => behaviour.passed_over = passed_over,
            Err(none_found) => behaviour.refused.push(none_found),
        }
        behaviour.sorted()
    }

    fn add(&mut self, pair: &Pair<'_>, recorded: Result<Recorded, Failure>) {
        let compared = recorded.and_then(|it| Ok((pair.compare(&it)?, Named::of(it))));
        match compared {
            Ok((Comparison::Same, _)) => self.same += 1,
            Ok((Comparison::Other(parted), named)) => self.other.push((named, parted)),
            Ok((Comparison::Unknown(why), named)) => self.unknown.push((named, why)),
            Err(failure) => self.refused.push(failure),
        }
    }

    /// By function; within one, in the order in which the calls came.
    fn sorted(mut self) -> Self {
        self.other
            .sort_by(|(one, _), (other, _)| one.function.cmp(&other.function));
        self
    }

    pub(super) fn is_same(&self) -> bool {
        self.other.is_empty() && self.unknown.is_empty() && self.refused.is_empty()
    }

    /// Why the first call that could not be done again could not.
    pub(super) fn first_refused(self) -> Option<Failure> {
        self.refused.into_iter().next()
    }

    pub(super) fn as_lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (recorded, parted) in &self.other {
            let mut line = recorded.to_string();
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
        lines.extend(unknown.map(|(recorded, why)| format!("{recorded}\n  {why}")));
        let refused = self.refused.iter();
        lines.extend(refused.map(|failure| format!("not done again: {}", failure.message())));
        if self.passed_over > 0 {
            let number = self.passed_over;
            lines.push(format!("{number} bundles of other agencies passed over"));
        }
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
                "function": recorded.function,
                "differences": differences.collect::<Vec<_>>(),
            })
        });
        let unknown = self.unknown.iter();
        let unknown = unknown.map(|(recorded, why)| {
            json!({
                "file": recorded.path,
                "function": recorded.function,
                "reason": why,
            })
        });
        json!({
            "same": self.same,
            "other": other.collect::<Vec<_>>(),
            "unknown": unknown.collect::<Vec<_>>(),
            "refused": self.refused.iter().map(Failure::to_json).collect::<Vec<_>>(),
            "passedOver": self.passed_over,
        })
    }
}

impl Named {
    fn of(recorded: Recorded) -> Self {
        Self {
            path: recorded.path,
            agency: recorded.agency,
            operation: recorded.operation,
            function: recorded.call.function,
        }
    }

    fn of_empty(golden: &Golden) -> Self {
        Self {
            path: golden.path().to_owned(),
            agency: String::new(),
            operation: golden.name().to_owned(),
            function: String::new(),
        }
    }
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            path,
            agency,
            operation,
            function,
        } = self;
        match function.as_str() {
            "" => write!(f, "{}", path.display()),
            function => write!(f, "{}: {agency} {operation} ({function})", path.display()),
        }
    }
}
