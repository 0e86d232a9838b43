// SPDX-License-Identifier: Apache-2.0
//! `silta component deploy`: a component into a gateway that serves.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use clap::Args;
use serde_json::{Map, Value, json};
use silta::Blob;
use silta_gateway::platform::PlatformRequest;
use silta_packages::PackageFiles;
use silta_registry::{Pulled, Reference};

use super::{answer::at, generations::table, registry::RegistryArguments};
use crate::{
    api::Api,
    commands::Completion,
    failure::Failure,
    files, host,
    output::{print, print_json},
};

/// Most bytes of a manifest or of signatures.
const LARGEST_TEXT: u64 = 128 << 10;

/// How long the gateway may fetch what one order names: the most of `registries.NAME.seconds`.
const LONGEST_FETCHING: Duration = Duration::from_secs(600);

/// How long it may take to send a component and to have it judged: twice what compiling it may take by default (`deployments.compile-seconds`).
const JUDGING: Duration = Duration::from_secs(240);

/// Arguments of `silta component deploy`.
#[derive(Debug, Args)]
pub(super) struct DeployArguments {
    #[command(flatten)]
    api: Api,
    /// The component; the manifest and the signatures of its package lie beside it, where it comes in one. Or where it is in a registry: HOST/NAME@sha256:DIGEST, pulled and sent along.
    file: Option<PathBuf>,
    /// The agency that it is to serve, by the name of its table; with `AGENCY=FILE` several are deployed together: all of them serve, or none.
    #[arg(long = "agency", required = true, value_name = "AGENCY[=FILE]")]
    agencies: Vec<String>,
    /// Let the gateway pull what is in a registry, by its own configuration (`[registries.NAME]`).
    #[arg(long)]
    pulled_by_gateway: bool,
    #[command(flatten)]
    registry: RegistryArguments,
    /// Why, for whoever looks at the history.
    #[arg(long, default_value = "", value_name = "TEXT")]
    why: String,
    /// Let an earlier version follow a later one, or another component the same version. The history tells.
    #[arg(long)]
    allow_downgrade: bool,
    /// Try it beside what serves, and answer nothing by it: of a thousand calls so many are done again, 1 to 1,000; without a number, as many as `[agencies.ID.trial] share` says.
    #[arg(long, value_name = "SHARE", num_args = 0..=1, require_equals = true, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    shadow: Option<Option<u32>>,
    /// Have it serve a share beside what serves the others: of a thousand conversations so many, 1 to 1,000; without a number, as many as `[agencies.ID.trial] canary-share` says. As soon as it is
    /// worse than what serves, it serves none any more.
    #[arg(long, value_name = "SHARE", num_args = 0..=1, require_equals = true, value_parser = clap::value_parser!(u32).range(1..=1_000), conflicts_with = "shadow")]
    canary: Option<Option<u32>>,
    /// Show what serves as JSON.
    #[arg(long)]
    pub(super) json: bool,
}

/// Runs the command.
pub(super) fn run(arguments: &DeployArguments) -> Result<Completion, Failure> {
    let mut components = Map::new();
    for (agency, file) in named(arguments)? {
        components.insert(agency, arguments.offered(&file)?);
    }
    let mut order = json!({
        "components": components,
        "why": arguments.why,
        "allowDowngrade": arguments.allow_downgrade,
    });
    let shadow = arguments.shadow.map(|share| ("shadow", share));
    let trial = shadow.or_else(|| arguments.canary.map(|share| ("canary", share)));
    if let (Some((mode, share)), Some(order)) = (trial, order.as_object_mut()) {
        order.insert("mode".to_owned(), mode.into());
        order.extend(share.map(|share| ("share".to_owned(), share.into())));
    }
    let ordered = u32::try_from(arguments.agencies.len()).unwrap_or(u32::MAX);
    let fetching = match arguments.pulled_by_gateway {
        true => LONGEST_FETCHING,
        false => Duration::ZERO,
    };
    let timeout = JUDGING.saturating_mul(ordered).saturating_add(fetching);
    let request = PlatformRequest {
        method: "POST".to_owned(),
        path: "/v1/deployments".to_owned(),
        headers: vec![("Content-Type".to_owned(), "application/json".to_owned())],
        body: Blob::from(order.to_string().into_bytes()),
    };
    let answer = arguments.api.ask_within(request, timeout)?;
    let deployed: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    if arguments.json {
        print_json(&deployed)?;
        return Ok(Completion::Done);
    }
    let rows = at(&deployed, "/generations").as_array();
    let rows: Vec<&Value> = rows.into_iter().flatten().collect();
    let heading = match trial {
        Some(_) => "on trial now",
        None => "serving now",
    };
    print(&table(heading, &rows))?;
    Ok(Completion::Done)
}

/// Agencies and files, each agency once.
fn named(arguments: &DeployArguments) -> Result<BTreeMap<String, PathBuf>, Failure> {
    let mut named = BTreeMap::new();
    for given in &arguments.agencies {
        let (agency, file) = match (given.split_once('='), &arguments.file) {
            (Some((agency, file)), None) => (agency, PathBuf::from(file)),
            (None, Some(file)) => (given.as_str(), file.clone()),
            (Some(_), Some(_)) => {
                let message = "--agency AGENCY=FILE names a file, and there is another one; name each component once";
                return Err(Failure::command_line(message));
            }
            (None, None) => {
                let message = format!(
                    "--agency {given}: no component is named; add the file, or say --agency {given}=FILE"
                );
                return Err(Failure::command_line(&message));
            }
        };
        if named.insert(agency.to_owned(), file).is_some() {
            let message = format!("--agency {agency} is there twice");
            return Err(Failure::command_line(&message));
        }
    }
    Ok(named)
}

impl DeployArguments {
    /// A file, or what is in a registry: a digest tells one from the other, unless there is a file of that name.
    fn offered(&self, file: &Path) -> Result<Value, Failure> {
        let text = file.to_string_lossy();
        let reference = text.parse::<Reference>().ok().filter(|_| !file.exists());
        match reference {
            Some(reference) if reference.digest().is_none() => {
                let message = format!(
                    "{text}: there is no such file, and as a reference to a registry it has no digest; what a tag names may change, so name HOST/NAME@sha256:DIGEST, which `silta component pull` tells"
                );
                Err(Failure::file("file.unreadable", file, &message))
            }
            Some(reference) if self.pulled_by_gateway => {
                Ok(json!({ "reference": reference.to_string() }))
            }
            Some(reference) => Ok(pulled(self.registry.pull(&reference)?)),
            None if self.pulled_by_gateway => {
                let message = format!(
                    "{text}: with --pulled-by-gateway a component is named as HOST/NAME@sha256:DIGEST"
                );
                Err(Failure::command_line(&message))
            }
            None => read(file),
        }
    }
}

/// A component that was pulled, with its package.
fn pulled(pulled: Pulled) -> Value {
    let encoded = BASE64_STANDARD.encode(&pulled.component);
    match pulled.packages.into_iter().next() {
        None => json!({ "component": encoded }),
        Some(package) => {
            let is_signed = package.signatures.iter().next().is_some();
            let mut all = Map::new();
            all.insert("component".to_owned(), encoded.into());
            all.insert("manifest".to_owned(), package.manifest.to_json().into());
            if is_signed {
                let signatures = package.signatures.to_json();
                all.insert("signatures".to_owned(), signatures.into());
            }
            all.into()
        }
    }
}

/// A component with what lies beside it.
fn read(file: &Path) -> Result<Value, Failure> {
    let component = host::read_component(file)?;
    let beside = PackageFiles::of(file);
    let mut read = Map::new();
    let encoded = BASE64_STANDARD.encode(component);
    read.insert("component".to_owned(), encoded.into());
    for (name, path) in [
        ("manifest", &beside.manifest),
        ("signatures", &beside.signatures),
    ] {
        match fs::metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            _ => {
                let text = files::read_text(path, LARGEST_TEXT)?;
                read.insert(name.to_owned(), text.into());
            }
        }
    }
    Ok(read.into())
}
