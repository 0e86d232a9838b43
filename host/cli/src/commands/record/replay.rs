// SPDX-License-Identifier: Apache-2.0
//! `silta record replay`.

use std::path::{Path, PathBuf};

use clap::Args;
use semver::{Version, VersionReq};
use serde_json::{Value, json};
use silta::{
    Blob, Deployment, Error, Limits, Runtime,
    exchange::{Parting, RecordedAnswer, RecordedCall},
    observe::hexadecimal,
};
use silta_bundles::{BundleError, Content, Difference, Folder, Header, OpeningKey, differences};

use super::{Completion, bundle_failure, read_bundle, read_key};
use crate::{
    commands::version::contract_version,
    failure::Failure,
    host,
    output::{print, print_json},
};

#[derive(Debug, Args)]
pub(super) struct ReplayArguments {
    /// Bundles; a folder stands for those in it.
    #[arg(required = true, value_name = "BUNDLE")]
    bundles: Vec<PathBuf>,
    /// File of the private key that opens them.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// File of the component to do them with. Without it, the one that was recorded, if it comes with the program.
    #[arg(long, value_name = "FILE")]
    component: Option<PathBuf>,
    /// Only those of this agency, by the name that its table had.
    #[arg(long)]
    agency: Option<String>,
    /// Show what came of them as JSON.
    #[arg(long)]
    pub(super) json: bool,
}

/// Each is shown as soon as it is done. One that cannot be done does not hide the others; the command fails as the first of those does.
pub(super) fn run(arguments: &ReplayArguments) -> Result<Completion, Failure> {
    let replaying = Replaying {
        key: read_key(&arguments.key)?,
        component: arguments
            .component
            .as_deref()
            .map(host::read_component)
            .transpose()?,
        runtime: host::runtime(None, 1)?,
    };
    let (mut calls, mut done, mut same, mut refused) = (Vec::new(), 0, 0, Vec::new());
    for path in paths(&arguments.bundles)? {
        let outcome = replaying.replay(&path, arguments.agency.as_deref());
        match outcome.transpose() {
            None => continue,
            Some(Ok(outcome)) => {
                done += 1;
                same += u64::from(outcome.is_same());
                match arguments.json {
                    true => calls.push(outcome.as_json()),
                    false => print(&outcome.as_text())?,
                }
            }
            Some(Err(failure)) => {
                match arguments.json {
                    true => calls.push(json!({"file": path, "refused": failure.to_json()})),
                    false => print(&format!("{}: not done again\n", failure.message()))?,
                }
                refused.push(failure);
            }
        }
    }
    if done == 0 && refused.is_empty() {
        return Err(none_found(arguments));
    }
    let (different, not_done) = (done - same, refused.len());
    if arguments.json && (done > 0 || not_done > 1) {
        print_json(
            &json!({ "calls": calls, "same": same, "different": different, "refused": not_done }),
        )?;
    } else if !arguments.json && done + not_done as u64 != 1 {
        let all = done + not_done as u64;
        print(&format!(
            "{same} of {all} calls came out the same, {different} did not, and {not_done} could not be done again\n"
        ))?;
    }
    if let Some(first) = refused.into_iter().next() {
        return Err(first);
    }
    Ok(match different {
        0 => Completion::Done,
        _ => Completion::NotDone,
    })
}

/// Nothing done is not that all came out the same.
fn none_found(arguments: &ReplayArguments) -> Failure {
    let of = arguments.agency.as_ref();
    let of = of.map_or_else(String::new, |agency| format!(" of the agency {agency}"));
    let message = format!(
        "there is no bundle{of} in what is named; `silta record list --dir FOLDER` shows what a folder has"
    );
    Failure::caller("bundle.none-found", "", &message)
}

/// The bundles that are named, those of a folder the oldest first.
fn paths(named: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut paths = Vec::new();
    for path in named {
        match path.is_dir() {
            true => {
                let bundles = Folder::bundles(path);
                paths.extend(bundles.map_err(|error| Failure::unreadable(path, &error))?);
            }
            false => paths.push(path.clone()),
        }
    }
    Ok(paths)
}

/// What calls are done again with.
struct Replaying {
    key: OpeningKey,
    component: Option<Vec<u8>>,
    runtime: Runtime,
}

impl Replaying {
    /// `None` of a call of another agency than the one that is wanted.
    fn replay(&self, path: &Path, wanted: Option<&str>) -> Result<Option<Outcome>, Failure> {
        let bundle = read_bundle(path)?;
        if wanted.is_some_and(|agency| bundle.header().agency != agency) {
            return Ok(None);
        }
        let header = bundle.header().clone();
        let content = bundle.open(&self.key);
        let content = content.map_err(|error| bundle_failure(path, &error))?;
        check_contract(path, &header)?;
        let component = match &self.component {
            Some(component) => component.clone(),
            None => shipped(&header)?,
        };
        let replayed_with = digest(&component);
        let expected = content.result.clone();
        let recorded = recorded(path, &header, content)?;
        let deployment = Deployment::from_bytes(component);
        let replayed = self.runtime.replay(&header.agency, deployment, recorded);
        let replayed = replayed.map_err(|error| match &error {
            Error::Problem(problem) if problem.code.starts_with("recording.") => {
                let message = format!("{}: {}", path.display(), problem.message);
                Failure::file("bundle.content", path, &message)
            }
            _ => error.into(),
        })?;
        let found = replayed.result.as_ref();
        Ok(Some(Outcome {
            path: path.to_owned(),
            header,
            component: replayed_with,
            differences: found.map_or_else(Vec::new, |found| differences(&expected, found)),
            parting: replayed.parting,
        }))
    }
}

/// What came of a call that was done again.
struct Outcome {
    path: PathBuf,
    header: Header,
    /// SHA-256 of the component that did it again.
    component: String,
    parting: Option<Parting>,
    /// Of the results; none where there is no result.
    differences: Vec<Difference>,
}

/// Only what is of a contract that this program's components may have can be done again.
fn check_contract(path: &Path, header: &Header) -> Result<(), Failure> {
    let ours = contract_version();
    let version = ours.parse::<Version>().ok();
    let recorded = VersionReq::parse(&format!("^{}", header.contract)).ok();
    let own = VersionReq::parse(&format!("^{ours}")).ok();
    let other = header.contract.parse::<Version>().ok();
    let matches = |wanted: Option<VersionReq>, version: Option<Version>| {
        wanted
            .zip(version)
            .is_some_and(|(wanted, version)| wanted.matches(&version))
    };
    if matches(recorded, version) || matches(own, other) {
        return Ok(());
    }
    let message = format!(
        "{}: the call is of the contract {}, and this program has {ours}; do it again with a program of that contract (`silta version` shows it)",
        path.display(),
        match header.contract.as_str() {
            "" => "of no version",
            version => version,
        }
    );
    Err(Failure::file("bundle.contract", path, &message))
}

/// The component that was recorded, where it comes with the program.
fn shipped(header: &Header) -> Result<Vec<u8>, Failure> {
    let mut shipped = artifacts::AGENCIES.into_iter().map(|it| it.bytes);
    let recorded = shipped.find(|bytes| digest(bytes) == header.component);
    recorded.map(<[u8]>::to_vec).ok_or_else(|| {
        let message = format!(
            "the call is of the component {} {} (SHA-256 {}), which does not come with this program; name its file with --component",
            header.agency, header.version, header.component
        );
        Failure::caller("component.unknown", "", &message)
    })
}

fn digest(component: &[u8]) -> String {
    hexadecimal(&Blob::from(component).sha256())
}

fn recorded(path: &Path, header: &Header, content: Content) -> Result<RecordedCall, Failure> {
    let limits: Limits = serde_json::from_value(content.limits)
        .map_err(|_| bundle_failure(path, &BundleError::Content))?;
    let answers = content.answers.into_iter().map(|it| RecordedAnswer {
        function: it.function,
        arguments: it.arguments,
        answer: it.answer,
    });
    Ok(RecordedCall {
        function: header.function.clone(),
        settings: content.settings,
        limits,
        arguments: content.arguments,
        answers: answers.collect(),
    })
}

impl Outcome {
    fn is_same(&self) -> bool {
        self.parting.is_none() && self.differences.is_empty()
    }

    fn as_json(&self) -> Value {
        json!({
            "file": self.path,
            "agency": self.header.agency,
            "operation": self.header.operation,
            "function": self.header.function,
            "same": self.is_same(),
            "component": { "recorded": self.header.component, "replayed": self.component },
            "parting": self.parting.as_ref().map(parting_as_json),
            "differences": self.differences.iter().map(difference_as_json).collect::<Vec<_>>(),
        })
    }

    fn as_text(&self) -> String {
        let Header {
            agency,
            operation,
            function,
            ..
        } = &self.header;
        let with = match self.component == self.header.component {
            true => "with the component that was recorded".to_owned(),
            false => format!("with another component, SHA-256 {}", self.component),
        };
        let file = self.path.display();
        let call = format!("{file}: {agency} {operation} ({function}), {with}");
        if self.is_same() {
            return format!("{call}: the same bytes\n");
        }
        let mut text = format!("{call}: not the same\n");
        if let Some(parting) = &self.parting {
            text += &parting_as_text(parting);
        }
        for difference in &self.differences {
            text += &format!("result {difference}\n");
        }
        text
    }
}

/// What the component asks otherwise, where it asks the same function.
fn asked_otherwise(parting: &Parting) -> Vec<Difference> {
    match (&parting.recorded, &parting.asked) {
        (Some(recorded), Some((function, arguments))) if recorded.function == *function => {
            let recorded = Value::from(recorded.arguments.clone());
            differences(&recorded, &Value::from(arguments.clone()))
        }
        _ => Vec::new(),
    }
}

fn functions(parting: &Parting) -> (Option<&str>, Option<&str>) {
    let recorded = parting.recorded.as_ref().map(|it| it.function.as_str());
    let asked = parting
        .asked
        .as_ref()
        .map(|(function, _)| function.as_str());
    (recorded, asked)
}

fn parting_as_text(parting: &Parting) -> String {
    let number = parting.position + 1;
    let (recorded, asked) = functions(parting);
    let head = match (recorded, asked) {
        (Some(one), Some(other)) if one == other => {
            format!("question {number} to the host, {one}, has other arguments\n")
        }
        (Some(one), Some(other)) => {
            format!("question {number} to the host was {one}, and is {other} now\n")
        }
        (Some(one), None) => {
            format!("question {number} to the host, {one}, is not asked any more\n")
        }
        (None, other) => format!(
            "question {number} to the host is new: {}\n",
            other.unwrap_or_default()
        ),
    };
    let details = asked_otherwise(parting);
    let details = details.iter().map(|it| format!("argument {it}\n"));
    head + &details.collect::<String>()
}

fn parting_as_json(parting: &Parting) -> Value {
    let (recorded, asked) = functions(parting);
    let differences = asked_otherwise(parting);
    json!({
        "question": parting.position + 1,
        "recorded": recorded,
        "now": asked,
        "differences": differences.iter().map(difference_as_json).collect::<Vec<_>>(),
    })
}

fn difference_as_json(difference: &Difference) -> Value {
    json!({
        "place": difference.place,
        "byte": difference.byte,
        "element": difference.element,
        "recorded": difference.recorded,
        "now": difference.found,
    })
}
