// SPDX-License-Identifier: Apache-2.0
//! The budgets and the judgement.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use crate::results::Results;

/// The content of `budgets.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Budgets {
    ratio: Vec<Ratio>,
    instructions: Vec<Instructions>,
    component: Vec<Component>,
    start: Vec<Start>,
    guest_memory: GuestMemory,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ratio {
    name: String,
    of: String,
    over: String,
    /// Two benchmarks whose ratio this one is a multiple of: what the machine allows at best.
    beside: Option<[String; 2]>,
    goal: f64,
    limit: f64,
}

impl Ratio {
    fn benchmarks(&self) -> impl Iterator<Item = &String> {
        [&self.of, &self.over]
            .into_iter()
            .chain(self.beside.iter().flatten())
    }

    fn measured(&self, results: &Results) -> Result<f64> {
        let ratio = |of, over| anyhow::Ok(results.median(of)? / results.median(over)?);
        let own = ratio(&self.of, &self.over)?;
        match &self.beside {
            Some([of, over]) => Ok(own / ratio(of, over)?),
            None => Ok(own),
        }
    }
}

/// Instructions of a piece of work that the program `instructions` counts.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Instructions {
    of: String,
    goal: f64,
    limit: f64,
}

/// Bytes of a component's file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Component {
    name: String,
    goal: f64,
    limit: f64,
}

/// Bytes that the script `start` tells of the program.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Start {
    of: String,
    name: String,
    goal: f64,
    limit: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GuestMemory {
    goal: f64,
    limit: f64,
}

/// How a measurement stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    WithinGoal,
    WithinLimit,
    OverLimit,
}

impl Verdict {
    fn of(measured: f64, goal: f64, limit: f64) -> Self {
        // Not `measured > limit`: what is not a number must not pass.
        if measured <= goal {
            Self::WithinGoal
        } else if measured <= limit {
            Self::WithinLimit
        } else {
            Self::OverLimit
        }
    }

    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::WithinGoal => "reached",
            Self::WithinLimit => "within the limit, short of the goal",
            Self::OverLimit => "OVER THE LIMIT",
        }
    }
}

/// A measurement beside its budget.
pub(crate) struct Finding {
    pub(crate) name: String,
    /// The benchmarks that were compared; none for guest memory, which no second measuring changes.
    pub(crate) benchmarks: Vec<String>,
    unit: &'static str,
    pub(crate) measured: f64,
    pub(crate) goal: f64,
    pub(crate) limit: f64,
    pub(crate) verdict: Verdict,
}

impl Finding {
    fn new(name: String, unit: &'static str, measured: f64, (goal, limit): (f64, f64)) -> Self {
        Self {
            name,
            benchmarks: Vec::new(),
            unit,
            measured,
            goal,
            limit,
            verdict: Verdict::of(measured, goal, limit),
        }
    }

    pub(crate) fn shown(&self, value: f64) -> String {
        match self.unit {
            "bytes" => format!("{:.0} KiB", value / 1024.0),
            "instructions" => format!("{value:.0} instructions"),
            unit => format!("{value:.2} {unit}"),
        }
    }
}

impl Component {
    fn judge(&self) -> Result<Finding> {
        let artifact = artifacts::agency(&self.name)
            .with_context(|| format!("there is no component `{}`", self.name))?;
        let size = artifact.bytes.len() as f64;
        let name = format!("file of the component {}", self.name);
        Ok(Finding::new(name, "bytes", size, (self.goal, self.limit)))
    }
}

impl Budgets {
    pub(crate) fn read(file: &Path) -> Result<Self> {
        let text = fs::read_to_string(file)
            .with_context(|| format!("{} cannot be read", file.display()))?;
        toml::from_str(&text).with_context(|| format!("{} is not as it should be", file.display()))
    }

    pub(crate) fn judge(&self, results: &Results) -> Result<Vec<Finding>> {
        let mut findings = Vec::new();
        for ratio in &self.ratio {
            let (measured, budget) = (ratio.measured(results)?, (ratio.goal, ratio.limit));
            findings.push(Finding {
                benchmarks: ratio.benchmarks().cloned().collect(),
                ..Finding::new(ratio.name.clone(), "×", measured, budget)
            });
        }
        let peaks: BTreeMap<String, f64> = results.read("upload/guest-memory.json")?;
        ensure!(
            !peaks.is_empty(),
            "no guest memory was measured; run the benchmark `upload`"
        );
        for (size, peak) in peaks {
            let budget = (self.guest_memory.goal, self.guest_memory.limit);
            findings.push(Finding::new(
                format!("guest memory at {size}"),
                "bytes",
                peak,
                budget,
            ));
        }
        findings.extend(self.judge_instructions(results)?);
        findings.extend(self.judge_start(results)?);
        for component in &self.component {
            findings.push(component.judge()?);
        }
        Ok(findings)
    }

    /// Nothing where none have been counted, which needs a program that not everybody has.
    fn judge_instructions(&self, results: &Results) -> Result<Vec<Finding>> {
        let Some(counts) = results.instructions()? else {
            return Ok(Vec::new());
        };
        let judged = self.instructions.iter().map(|budget| {
            let count = counts.get(&budget.of).with_context(|| {
                format!(
                    "instructions of {} were not counted; run `instructions` again",
                    budget.of
                )
            })?;
            let name = format!("instructions of {}", budget.of);
            let limits = (budget.goal, budget.limit);
            Ok(Finding::new(name, "instructions", *count, limits))
        });
        judged.collect()
    }

    /// Nothing where the script has not been run.
    fn judge_start(&self, results: &Results) -> Result<Vec<Finding>> {
        let Some(sizes) = results.start()? else {
            return Ok(Vec::new());
        };
        let judged = self.start.iter().map(|budget| {
            let size = sizes.get(&budget.of).with_context(|| {
                format!(
                    "`{}` was not measured; run `benches/start` again",
                    budget.of
                )
            })?;
            let limits = (budget.goal, budget.limit);
            Ok(Finding::new(budget.name.clone(), "bytes", *size, limits))
        });
        judged.collect()
    }

    /// The benchmarks that anything is compared by.
    pub(crate) fn benchmarks(&self) -> BTreeSet<&str> {
        let names = self.ratio.iter();
        names
            .flat_map(Ratio::benchmarks)
            .map(String::as_str)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measurement_is_judged_by_goal_and_limit() {
        assert_eq!(Verdict::of(1.1, 1.1, 1.35), Verdict::WithinGoal);
        assert_eq!(Verdict::of(1.11, 1.1, 1.35), Verdict::WithinLimit);
        assert_eq!(Verdict::of(1.36, 1.1, 1.35), Verdict::OverLimit);
        assert_eq!(Verdict::of(f64::NAN, 1.1, 1.35), Verdict::OverLimit);
    }

    #[test]
    fn the_budgets_of_this_project_can_be_read() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("budgets.toml");
        let budgets = Budgets::read(&file).unwrap();
        assert!(budgets.ratio.iter().all(|ratio| ratio.goal <= ratio.limit));
    }

    #[test]
    fn a_ratio_beside_another_is_a_multiple_of_it() {
        let folder = tempfile::tempdir().unwrap();
        for (name, median) in [("a", 6.0), ("b", 4.0), ("c", 3.0), ("d", 4.0)] {
            let place = folder.path().join(name).join("new");
            fs::create_dir_all(&place).unwrap();
            let estimates = format!(r#"{{"median": {{"point_estimate": {median}}}}}"#);
            fs::write(place.join("estimates.json"), estimates).unwrap();
        }
        let results = Results::in_folder(folder.path().into());
        let ratio = |beside| Ratio {
            name: "a over b".into(),
            of: "a".into(),
            over: "b".into(),
            beside,
            goal: 1.0,
            limit: 1.0,
        };
        assert_eq!(ratio(None).measured(&results).unwrap(), 1.5);
        let beside = ratio(Some(["c".into(), "d".into()]));
        assert_eq!(beside.measured(&results).unwrap(), 2.0);
        let names: Vec<_> = beside.benchmarks().collect();
        assert_eq!(names, ["a", "b", "c", "d"]);
    }

    #[test]
    fn instructions_are_judged_where_they_were_counted() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("budgets.toml");
        let budgets = Budgets::read(&file).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let results = Results::in_folder(folder.path().into());
        assert!(budgets.judge_instructions(&results).unwrap().is_empty());

        let counts: BTreeMap<&str, f64> = budgets
            .instructions
            .iter()
            .map(|budget| (budget.of.as_str(), budget.limit + 1.0))
            .collect();
        let counted = folder.path().join("instructions.json");
        fs::write(&counted, serde_json::to_vec(&counts).unwrap()).unwrap();
        let findings = budgets.judge_instructions(&results).unwrap();
        assert_eq!(findings.len(), counts.len());
        let over = |finding: &Finding| finding.verdict == Verdict::OverLimit;
        assert!(findings.iter().all(over));

        fs::write(&counted, "{}").unwrap();
        assert!(budgets.judge_instructions(&results).is_err());
    }

    #[test]
    fn a_start_is_judged_where_it_was_measured() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("budgets.toml");
        let budgets = Budgets::read(&file).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let results = Results::in_folder(folder.path().into());
        assert!(budgets.judge_start(&results).unwrap().is_empty());

        let measured = folder.path().join("start.json");
        let sizes = budgets.start.iter();
        let sizes: BTreeMap<&str, f64> = sizes
            .map(|budget| (budget.of.as_str(), budget.goal))
            .collect();
        fs::write(&measured, serde_json::to_vec(&sizes).unwrap()).unwrap();
        let findings = budgets.judge_start(&results).unwrap();
        let reached = |finding: &Finding| finding.verdict == Verdict::WithinGoal;
        assert!(!findings.is_empty() && findings.iter().all(reached));

        fs::write(&measured, "{}").unwrap();
        let error = budgets.judge_start(&results).err().unwrap().to_string();
        assert!(error.contains("benches/start"), "{error}");
    }

    #[test]
    fn missing_results_say_what_to_run() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("budgets.toml");
        let judged = Budgets::read(&file)
            .unwrap()
            .judge(&Results::in_folder("nowhere".into()));
        let error = format!("{:#}", judged.err().unwrap());
        assert!(error.contains("cargo bench -p silta-benches"), "{error}");
    }
}
