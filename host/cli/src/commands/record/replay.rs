// SPDX-License-Identifier: Apache-2.0
//! `silta record replay`.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};
use silta::{ComponentBytes, Runtime, exchange::Parting, observe::hexadecimal};
use silta_bundles::{Difference, Header, OpeningKey, differences};

use super::Completion;
use crate::{
    failure::Failure,
    host,
    output::{print, print_json},
    recorded_calls::{Recorded, asked_otherwise, none_found, paths, read_bundle, read_key},
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
            .transpose()?
            .map(ComponentBytes::from),
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
        return Err(none_found(arguments.agency.as_deref()));
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

/// What calls are done again with.
struct Replaying {
    key: OpeningKey,
    component: Option<ComponentBytes>,
    runtime: Runtime,
}

impl Replaying {
    /// `None` of a call of another agency than the one that is wanted.
    fn replay(&self, path: &Path, wanted: Option<&str>) -> Result<Option<Outcome>, Failure> {
        let bundle = read_bundle(path)?;
        if wanted.is_some_and(|agency| bundle.header().agency != agency) {
            return Ok(None);
        }
        let (header, recorded) = Recorded::open(path, &self.key)?;
        let component = match &self.component {
            Some(component) => component.clone(),
            None => shipped(&header)?,
        };
        let replayed = recorded.replay(&self.runtime, component.clone())?;
        let found = replayed.result.as_ref();
        let expected = &recorded.result;
        Ok(Some(Outcome {
            path: path.to_owned(),
            header,
            component: hexadecimal(&component.sha256()),
            differences: found.map_or_else(Vec::new, |found| differences(expected, found)),
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

/// The component that was recorded, where it comes with the program.
fn shipped(header: &Header) -> Result<ComponentBytes, Failure> {
    let mut shipped = artifacts::PACKED_AGENCIES.into_iter();
    let recorded = shipped.find(|artifact| hexadecimal(&artifact.sha256) == header.component);
    recorded.map(host::unpacked).ok_or_else(|| {
        let message = format!(
            "the call is of the component {} {} (SHA-256 {}), which does not come with this program; name its file with --component",
            header.agency, header.version, header.component
        );
        Failure::caller("component.unknown", "", &message)
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
