// SPDX-License-Identifier: Apache-2.0
//! `silta component test`.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use clap::Args;
use serde_json::{Value, json};
use silta_kit::Names;
use silta_testing::{Case, Cases, Difference, MockHost, Verdict};

use super::{
    Completion,
    build::build,
    recorded::{Again, GoldenCalls, RecordedArguments},
};
use crate::{
    failure::Failure,
    host,
    output::{print, print_json},
    recorded_calls::testing_failure,
};

#[derive(Debug, Args)]
pub(super) struct TestArguments {
    /// Names of cases, and of golden calls, to run. Left out: all of them.
    names: Vec<String>,
    /// Folder of the component's crate, or of its package in JavaScript, whose folder `cases` has the cases, and `golden`, if there is one, golden calls.
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: PathBuf,
    /// Test the component in this file, in place of building it.
    #[arg(long, value_name = "FILE")]
    component: Option<PathBuf>,
    /// Folder of golden calls, in place of the crate's.
    #[arg(long, value_name = "DIR")]
    golden: Option<PathBuf>,
    #[command(flatten)]
    recorded: RecordedArguments,
    /// Accept the results that differ as the new expected results, and record golden calls anew that differ. Read them before you commit them. Bundles stay as they are.
    #[arg(long)]
    bless: bool,
    /// Show each case and each recorded call with its differences as JSON.
    #[arg(long)]
    pub(super) json: bool,
}

/// A case that was run.
struct Ran<'a> {
    case: &'a Case,
    verdict: Verdict,
    /// What came out was kept as what has to.
    is_blessed: bool,
}

impl Ran<'_> {
    fn is_well(&self) -> bool {
        self.is_blessed || self.verdict == Verdict::Passed
    }
}

pub(super) fn run(arguments: &TestArguments) -> Result<Completion, Failure> {
    let (cases, mut golden) = (arguments.cases()?, arguments.golden_calls()?);
    let bundles = arguments.recorded.bundles()?;
    let chosen = chosen(&arguments.names, cases.as_ref(), &golden)?;
    golden.retain(&arguments.names);
    let component = match &arguments.component {
        Some(file) => host::read_component(file)?,
        None => build(&arguments.dir, Names::Kept, &[])?.component,
    };
    let host = mock_host(component.clone()).map_err(|failure| {
        failure.in_file(arguments.component.as_ref().unwrap_or(&arguments.dir))
    })?;
    let (mut ran, mut none_found) = (Outcomes::default(), None);
    for case in chosen {
        ran.cases.push(one(case, &host, arguments.bless)?);
    }
    if !golden.is_empty() || bundles.is_some() {
        let runtime = host::runtime(None, 1)?;
        let (with, own) = ((&runtime, &*component), &host.description().agency);
        ran.golden = match arguments.bless {
            true => golden.bless(with, cases.as_ref(), &host)?,
            false => golden.run(with, own),
        };
        if let Some(bundles) = &bundles {
            match Again::of_bundles(bundles, with, own) {
                Ok(told) => (ran.recorded, ran.passed_over) = told,
                Err(failure) => none_found = Some(failure),
            }
        }
    }
    match arguments.json {
        true => print_json(&as_json(&ran))?,
        false => print(&as_text(&ran))?,
    }
    let completion = match ran.is_well() {
        true => Completion::Done,
        false => Completion::NotDone,
    };
    let mut again = ran.golden.into_iter().chain(ran.recorded);
    match again.find_map(Again::refused).or(none_found) {
        // It does not hide what came of everything else.
        Some(first) => Err(first),
        None => Ok(completion),
    }
}

impl TestArguments {
    /// The cases; none where there is no folder of them, and something else to judge by.
    fn cases(&self) -> Result<Option<Cases>, Failure> {
        let folder = self.dir.join("cases");
        let is_needless = self.component.is_some() && !folder.exists();
        match is_needless && (self.recorded.is_named() || self.golden.is_some()) {
            true => Ok(None),
            false => read_cases(&folder).map(Some),
        }
    }

    fn golden_calls(&self) -> Result<GoldenCalls, Failure> {
        match &self.golden {
            Some(folder) => GoldenCalls::read(folder),
            None => GoldenCalls::of_crate(&self.dir.join("golden")),
        }
    }
}

/// What came of everything.
#[derive(Default)]
struct Outcomes<'a> {
    cases: Vec<Ran<'a>>,
    golden: Vec<Again>,
    recorded: Vec<Again>,
    /// Bundles of other agencies.
    passed_over: usize,
}

impl Outcomes<'_> {
    fn is_well(&self) -> bool {
        let mut recorded = self.golden.iter().chain(&self.recorded);
        self.cases.iter().all(Ran::is_well) && recorded.all(Again::is_well)
    }
}

/// The cases in a folder.
pub(super) fn read_cases(folder: &Path) -> Result<Cases, Failure> {
    Cases::in_folder(folder).map_err(testing_failure)
}

/// The host of a test, for a component.
pub(super) fn mock_host(component: Vec<u8>) -> Result<MockHost, Failure> {
    let host = match host::compiled_folder() {
        Some(folder) => MockHost::keeping_compiled_in(component, folder),
        None => MockHost::of(component),
    };
    host.map_err(testing_failure)
}

/// The cases with these names, each of which is one of a case or of a golden call; all of them where there are none.
fn chosen<'a>(
    names: &[String],
    cases: Option<&'a Cases>,
    golden: &GoldenCalls,
) -> Result<Vec<&'a Case>, Failure> {
    let cases: Vec<&Case> = cases.into_iter().flat_map(Cases::iter).collect();
    let known = cases.iter().map(|case| case.name()).chain(golden.names());
    let known: BTreeSet<&str> = known.collect();
    let is_unknown = |name: &&String| !known.contains(name.as_str());
    if let Some(name) = names.iter().find(is_unknown) {
        let known: Vec<&str> = known.into_iter().collect();
        let message = format!(
            "there is no case and no golden call `{name}`; there are: {}",
            known.join(", ")
        );
        return Err(Failure::caller("case.unknown", "", &message));
    }
    let is_chosen = |case: &&Case| names.is_empty() || names.iter().any(|name| name == case.name());
    Ok(cases.into_iter().filter(is_chosen).collect())
}

fn one<'a>(case: &'a Case, host: &MockHost, bless: bool) -> Result<Ran<'a>, Failure> {
    if !bless {
        return Ok(Ran {
            case,
            verdict: case.run(host),
            is_blessed: false,
        });
    }
    let blessing = case.bless(host).map_err(testing_failure)?;
    Ok(Ran {
        case,
        verdict: blessing.verdict,
        is_blessed: blessing.is_kept,
    })
}

fn as_text(outcomes: &Outcomes<'_>) -> String {
    let mut text = String::new();
    for ran in &outcomes.cases {
        let (name, verdict) = (ran.case.name(), &ran.verdict);
        text += &match verdict {
            Verdict::Passed => format!("{name}: passed\n"),
            Verdict::NothingExpected if ran.is_blessed => {
                format!("{name}: kept, for the first time\n")
            }
            _ if ran.is_blessed => format!(
                "{name}: kept, it came out otherwise\n{}\n",
                indented(verdict)
            ),
            _ => format!("{name}: FAILED\n{}\n", indented(verdict)),
        };
    }
    for golden in &outcomes.golden {
        text += &format!("golden call {}", golden.as_text());
    }
    text.extend(outcomes.recorded.iter().map(Again::as_text));
    if outcomes.passed_over > 0 {
        text += &format!(
            "{} bundles of other agencies passed over\n",
            outcomes.passed_over
        );
    }
    let cases = outcomes.cases.iter();
    let of_cases = cases.map(|ran| (ran.is_well(), ran.is_blessed));
    let again = outcomes.golden.iter().chain(&outcomes.recorded);
    let of_again = again.map(|again| (again.is_well(), again.is_kept()));
    let (mut passed, mut kept, mut failed) = (0, 0, 0);
    for (is_well, is_kept) in of_cases.chain(of_again) {
        match (is_well, is_kept) {
            (_, true) => kept += 1,
            (true, false) => passed += 1,
            (false, false) => failed += 1,
        }
    }
    text += &match kept {
        0 => format!("{passed} passed, {failed} failed\n"),
        kept => format!("{passed} passed, {kept} kept, {failed} failed\n"),
    };
    text
}

fn indented(verdict: &Verdict) -> String {
    let text = verdict.to_string();
    let lines: Vec<String> = text.lines().map(|line| format!("  {line}")).collect();
    lines.join("\n")
}

fn as_json(outcomes: &Outcomes<'_>) -> Value {
    let cases = outcomes.cases.iter().map(|ran| {
        let (verdict, reason) = match &ran.verdict {
            Verdict::Passed => ("passed", Value::Null),
            Verdict::Failed(_) => ("failed", Value::Null),
            Verdict::NothingExpected => ("nothing-expected", Value::Null),
            Verdict::NotRun(why) => ("not-run", why.as_str().into()),
        };
        let differences = match &ran.verdict {
            Verdict::Failed(differences) => differences.iter().map(difference).collect(),
            _ => Vec::new(),
        };
        json!({
            "case": ran.case.name(),
            "verdict": verdict,
            "kept": ran.is_blessed,
            "reason": reason,
            "differences": differences,
        })
    });
    let cases: Vec<Value> = cases.collect();
    let again = |all: &[Again], named: &str| -> Vec<Value> {
        all.iter().map(|again| again.as_json(named)).collect()
    };
    json!({
        "passed": outcomes.is_well(),
        "cases": cases,
        "golden": again(&outcomes.golden, "call"),
        "recorded": again(&outcomes.recorded, "file"),
        "passedOver": outcomes.passed_over,
    })
}

/// A difference as JSON.
pub(super) fn difference(difference: &Difference) -> Value {
    json!({
        "place": difference.place,
        "expected": difference.expected,
        "found": difference.found,
    })
}
