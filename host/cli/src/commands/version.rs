// SPDX-License-Identifier: Apache-2.0
//! `silta version`: what this program is made of.

use clap::Args;
use serde_json::{Value, json};
use silta::{ComponentBytes, Deployment, Runtime, observe::hexadecimal};

use super::Completion;
use crate::{
    failure::Failure,
    host,
    output::{facts, print, print_json},
};

/// Arguments of `silta version`.
#[derive(Debug, Args)]
pub(crate) struct VersionArguments {
    /// Show everything as JSON.
    #[arg(long)]
    json: bool,
}

impl VersionArguments {
    pub(crate) fn json(&self) -> bool {
        self.json
    }
}

/// Of the program.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The commit it was built from, or `unknown`.
const COMMIT: &str = env!("SILTA_COMMIT");

/// The package of the contract that components are built against, with its version.
const CONTRACT: &str = env!("SILTA_CONTRACT");

/// The version alone of that package.
pub(crate) fn contract_version() -> &'static str {
    CONTRACT.rsplit('@').next().unwrap_or(CONTRACT)
}

/// What runs components. The crate has the version of the engine it is a part of.
const ENGINE: (&str, &str) = ("wasmtime", wasmtime_environ::VERSION);

/// A component that comes with the program.
struct Shipped {
    name: &'static str,
    version: String,
    sha256: String,
}

/// Shows versions and digests.
pub(crate) fn run(arguments: &VersionArguments) -> Result<Completion, Failure> {
    let shipped = shipped()?;
    match arguments.json {
        true => print_json(&as_json(&shipped))?,
        false => print(&as_text(&shipped))?,
    }
    Ok(Completion::Done)
}

fn shipped() -> Result<Vec<Shipped>, Failure> {
    let runtime = host::runtime(None, 1)?;
    let all = artifacts::PACKED_AGENCIES
        .into_iter()
        .chain([artifacts::XML_INSPECTOR_PACKED]);
    all.map(|artifact| {
        Ok(Shipped {
            name: artifact.name,
            version: version(&runtime, host::unpacked(artifact))?,
            sha256: hexadecimal(&artifact.sha256),
        })
    })
    .collect()
}

/// What a component says of its version.
fn version(runtime: &Runtime, component: ComponentBytes) -> Result<String, Failure> {
    let description = runtime.describe(Deployment::from_bytes(component))?;
    Ok(description.version)
}

fn as_json(shipped: &[Shipped]) -> Value {
    let component =
        |one: &Shipped| json!({"name": one.name, "version": one.version, "sha256": one.sha256});
    json!({
        "version": VERSION,
        "commit": COMMIT,
        "contract": CONTRACT,
        "engine": {"name": ENGINE.0, "version": ENGINE.1},
        "components": shipped.iter().map(component).collect::<Vec<_>>(),
    })
}

fn as_text(shipped: &[Shipped]) -> String {
    let component = |one: &Shipped| format!("{} {}, SHA-256 {}", one.name, one.version, one.sha256);
    let components: Vec<String> = shipped.iter().map(component).collect();
    facts(&[
        ("version", VERSION.to_owned()),
        ("commit", COMMIT.to_owned()),
        ("contract", CONTRACT.to_owned()),
        ("engine", format!("{} {}", ENGINE.0, ENGINE.1)),
        ("components", components.join("\n")),
    ])
}
