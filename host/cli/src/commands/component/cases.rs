// SPDX-License-Identifier: Apache-2.0
//! `silta component test`.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};
use silta_kit::Names;
use silta_testing::{Case, Cases, Difference, MockHost, TestingError, Verdict};

use super::{Completion, build::build};
use crate::{
    failure::Failure,
    host,
    output::{print, print_json},
};

#[derive(Debug, Args)]
pub(super) struct TestArguments {
    /// Names of cases to run. Left out: all of them.
    names: Vec<String>,
    /// Folder of the component's crate, or of its package in JavaScript, whose folder `cases` has the cases.
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: PathBuf,
    /// Test the component in this file, in place of building it.
    #[arg(long, value_name = "FILE")]
    component: Option<PathBuf>,
    /// Accept the results that differ as the new expected results. Read them before you commit them.
    #[arg(long)]
    bless: bool,
    /// Show each case with its differences as JSON.
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
    let cases = read_cases(&arguments.dir.join("cases"))?;
    let chosen = chosen(arguments, &cases)?;
    let component = match &arguments.component {
        Some(file) => host::read_component(file)?,
        None => build(&arguments.dir, Names::Kept, &[])?.component,
    };
    let host = mock_host(component).map_err(|failure| {
        failure.in_file(arguments.component.as_ref().unwrap_or(&arguments.dir))
    })?;
    let mut ran = Vec::new();
    for case in chosen {
        ran.push(one(case, &host, arguments.bless)?);
    }
    match arguments.json {
        true => print_json(&as_json(&ran))?,
        false => print(&as_text(&ran))?,
    }
    Ok(match ran.iter().all(Ran::is_well) {
        true => Completion::Done,
        false => Completion::NotDone,
    })
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

fn testing_failure(error: TestingError) -> Failure {
    let (code, message) = (error.code(), error.to_string());
    match error {
        TestingError::Component(error) => error.into(),
        TestingError::File { path, .. }
        | TestingError::Malformed { path, .. }
        | TestingError::NoCases(path) => Failure::file(&code, &path, &message),
        _ => Failure::internal(&code, &message),
    }
}

fn chosen<'a>(arguments: &TestArguments, cases: &'a Cases) -> Result<Vec<&'a Case>, Failure> {
    let names = &arguments.names;
    let is_unknown = |name: &&String| !cases.iter().any(|case| case.name() == **name);
    if let Some(name) = names.iter().find(is_unknown) {
        let known: Vec<&str> = cases.iter().map(Case::name).collect();
        let message = format!("there is no case `{name}`; there are: {}", known.join(", "));
        return Err(Failure::caller("case.unknown", "", &message));
    }
    let is_chosen = |case: &&Case| names.is_empty() || names.iter().any(|name| name == case.name());
    Ok(cases.iter().filter(is_chosen).collect())
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

fn as_text(ran: &[Ran<'_>]) -> String {
    let mut text = String::new();
    for ran in ran {
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
    let count = |is: fn(&Ran<'_>) -> bool| ran.iter().filter(|ran| is(ran)).count();
    let passed = count(|ran| ran.verdict == Verdict::Passed);
    let kept = count(|ran| ran.is_blessed);
    let failed = ran.len() - passed - kept;
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

fn as_json(ran: &[Ran<'_>]) -> Value {
    let cases = ran.iter().map(|ran| {
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
    json!({ "passed": ran.iter().all(Ran::is_well), "cases": cases })
}

/// A difference as JSON.
pub(super) fn difference(difference: &Difference) -> Value {
    json!({
        "place": difference.place,
        "expected": difference.expected,
        "found": difference.found,
    })
}
