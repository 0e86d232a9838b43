// SPDX-License-Identifier: Apache-2.0
//! `silta record show`.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use silta_bundles::Header;

use super::Completion;
use crate::{
    failure::Failure,
    output::{facts, pretty_json, print, print_json},
    recorded_calls::{bundle_failure, read_bundle, read_key},
};

#[derive(Debug, Args)]
pub(super) struct ShowArguments {
    /// The bundle.
    bundle: PathBuf,
    /// File of the private key, to show what is sealed as well.
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Show it as JSON.
    #[arg(long)]
    pub(super) json: bool,
}

pub(super) fn run(arguments: &ShowArguments) -> Result<Completion, Failure> {
    let bundle = read_bundle(&arguments.bundle)?;
    let key = arguments.key.as_deref().map(read_key).transpose()?;
    let content = key.map(|key| bundle.open(&key)).transpose();
    let content = content.map_err(|error| bundle_failure(&arguments.bundle, &error))?;
    let header = bundle.header();
    if arguments.json {
        print_json(&json!({ "header": header, "content": content }))?;
        return Ok(Completion::Done);
    }
    print(&as_text(header))?;
    if let Some(content) = &content {
        print(&(pretty_json(content)? + "\n"))?;
    }
    Ok(Completion::Done)
}

fn as_text(header: &Header) -> String {
    facts(&[
        ("agency", header.agency.clone()),
        (
            "operation",
            format!("{} ({})", header.operation, header.function),
        ),
        ("at", header.at.clone()),
        ("generation", header.generation.to_string()),
        (
            "component",
            format!("{}, SHA-256 {}", header.version, header.component),
        ),
        ("revision", header.revision.clone()),
        ("contract", header.contract.clone()),
        ("result", header.result.clone()),
        (
            "sealed",
            format!(
                "{} bytes, to the key {}",
                header.sealed_bytes, header.sealed_to
            ),
        ),
    ])
}
