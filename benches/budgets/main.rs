// SPDX-License-Identifier: Apache-2.0
//! Holds criterion's results against `budgets.toml`: prints a table, and fails when something is over its limit.
//!
//! Run after the benchmarks: `cargo run --release -p silta-benches --bin budgets [FOLDER [HISTORY LABEL]]`. Takes the folder of criterion's results, when
//! they are not in `target/criterion`; a file that gets a line of JSON with what was measured; and what it is called there, such as a commit. The last line
//! names the benchmarks of what is over its limit, to measure them again.

mod budget;
mod history;
mod results;

use std::{collections::BTreeSet, env, path::PathBuf, process::ExitCode};

use anyhow::Result;
use comfy_table::{ContentArrangement, Table};

use budget::{Budgets, Finding, Verdict};
use results::Results;

fn main() -> ExitCode {
    match judge() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Whether everything is within its limit.
fn judge() -> Result<bool> {
    let manifest = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut arguments = env::args().skip(1);
    let folder = arguments
        .next()
        .map_or_else(|| manifest.join("../target/criterion"), PathBuf::from);
    let budgets = Budgets::read(&manifest.join("budgets.toml"))?;
    let results = Results::in_folder(folder);
    let findings = budgets.judge(&results)?;
    println!("{}", table(&findings));
    if results.instructions()?.is_none() {
        println!("no instructions were counted; run `instructions`, which needs valgrind");
    }
    if let Some(file) = arguments.next() {
        let label = arguments.next().unwrap_or_default();
        history::append(file.as_ref(), &label, (&budgets, &results), &findings)?;
    }
    let over = findings
        .iter()
        .filter(|finding| finding.verdict == Verdict::OverLimit)
        .count();
    println!("{} within the limit, {over} over", findings.len() - over);
    if over > 0 {
        println!("measure again: {}", benchmarks_over(&findings));
    }
    Ok(over == 0)
}

/// What is over its limit, as a filter of criterion's.
fn benchmarks_over(findings: &[Finding]) -> String {
    let names: BTreeSet<&str> = findings
        .iter()
        .filter(|finding| finding.verdict == Verdict::OverLimit)
        .flat_map(|finding| finding.benchmarks.iter().map(String::as_str))
        .collect();
    format!("^({})$", Vec::from_iter(names).join("|"))
}

fn table(findings: &[Finding]) -> Table {
    let mut table = Table::new();
    table.set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(["", "measured", "goal", "limit", ""]);
    for finding in findings {
        table.add_row([
            finding.name.clone(),
            finding.shown(finding.measured),
            finding.shown(finding.goal),
            finding.shown(finding.limit),
            finding.verdict.words().to_owned(),
        ]);
    }
    table
}
