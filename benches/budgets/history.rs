// SPDX-License-Identifier: Apache-2.0
//! A line for each time that the budgets are looked at, so that a trend can be seen.

use std::{
    collections::BTreeMap,
    fs::OpenOptions,
    io::Write,
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, Result};
use serde::Serialize;

use crate::{
    budget::{Budgets, Finding},
    results::Results,
};

/// What was measured once.
#[derive(Serialize)]
struct Line<'a> {
    /// Seconds since 1970, UTC.
    at: u64,
    /// What was measured, such as a commit.
    label: &'a str,
    /// Medians in nanoseconds.
    medians: BTreeMap<&'a str, f64>,
    /// What has a budget: ratios, bytes, instructions.
    findings: BTreeMap<&'a str, f64>,
}

/// Adds a line of JSON to a file, which is made if it is not there.
pub(crate) fn append(
    file: &Path,
    label: &str,
    (budgets, results): (&Budgets, &Results),
    findings: &[Finding],
) -> Result<()> {
    let median = |name| Ok((name, results.median(name)?));
    let line = Line {
        at: SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs(),
        label,
        medians: budgets
            .benchmarks()
            .into_iter()
            .map(median)
            .collect::<Result<_>>()?,
        findings: findings
            .iter()
            .map(|finding| (finding.name.as_str(), finding.measured))
            .collect(),
    };
    let mut line = serde_json::to_vec(&line)?;
    line.push(b'\n');
    let opened = OpenOptions::new().create(true).append(true).open(file);
    opened
        .and_then(|mut file| file.write_all(&line))
        .with_context(|| format!("adding to {}", file.display()))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn each_time_is_a_line_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
        let budgets = Budgets::read(&manifest.join("budgets.toml")).unwrap();
        for name in budgets.benchmarks() {
            let place = folder.path().join(name).join("new");
            fs::create_dir_all(&place).unwrap();
            let estimates = r#"{"median": {"point_estimate": 17.5}}"#;
            fs::write(place.join("estimates.json"), estimates).unwrap();
        }
        fs::write(
            folder.path().join("upload/guest-memory.json"),
            r#"{"1KiB": 262144}"#,
        )
        .unwrap();
        let results = Results::in_folder(folder.path().into());
        let findings = budgets.judge(&results).unwrap();
        let file = folder.path().join("history.jsonl");
        for label in ["first", "second"] {
            append(&file, label, (&budgets, &results), &findings).unwrap();
        }
        let text = fs::read_to_string(&file).unwrap();
        let lines: Vec<serde_json::Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let labels: Vec<_> = lines.iter().map(|line| &line["label"]).collect();
        assert_eq!(labels, ["first", "second"]);
        assert_eq!(lines[0]["medians"]["instance/fresh/tulli"], 17.5);
        assert_eq!(lines[0]["findings"]["fresh instance of tulli"], 1.0);
    }
}
