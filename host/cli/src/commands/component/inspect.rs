// SPDX-License-Identifier: Apache-2.0
//! `silta component inspect`.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use silta_packages::{Digest, Manifest, Package};

use super::{Completion, read_package};
use crate::{
    failure::Failure,
    output::{facts, print, print_json},
};

#[derive(Debug, Args)]
pub(super) struct InspectArguments {
    /// The package, by any of its files.
    package: PathBuf,
    /// Show everything as JSON.
    #[arg(long)]
    pub(super) json: bool,
}

pub(super) fn run(arguments: &InspectArguments) -> Result<Completion, Failure> {
    let package = read_package(&arguments.package)?;
    let found = Digest::of(&package.component);
    let belongs = found == package.manifest.component.digest;
    let keys: Vec<&str> = package
        .signatures
        .iter()
        .map(|signature| signature.key.as_str())
        .collect();
    if arguments.json {
        print_json(&json!({
            "manifest": package.manifest,
            "componentFound": { "bytes": package.component.len(), "digest": found },
            "componentBelongs": belongs,
            "signedWith": keys,
            "statement": package.manifest.statement(),
        }))?;
    } else {
        print(&facts(&told(&package, found, &keys)))?;
    }
    Ok(match belongs {
        true => Completion::Done,
        false => Completion::NotDone,
    })
}

fn told(package: &Package, found: Digest, keys: &[&str]) -> Vec<(&'static str, String)> {
    let Manifest {
        agency,
        version,
        contract,
        component,
        licence,
        settings_schema,
        self_tests,
        sbom,
        validity,
        ..
    } = &package.manifest;
    let or_none = |digest: Option<Digest>| digest.map(|digest| digest.to_string());
    let component = match found == component.digest {
        true => format!("{} bytes, {found}", component.bytes),
        false => format!(
            "{} bytes, {}\nThe file beside the manifest is another one: {} bytes, {found}",
            component.bytes,
            component.digest,
            package.component.len()
        ),
    };
    let tests = self_tests.map(|tests| format!("{}, {}", tests.count, tests.digest));
    let keys = match keys {
        [] => "nobody".to_owned(),
        keys => format!("the keys {}, which are not verified here", keys.join(", ")),
    };
    vec![
        ("agency", agency.clone()),
        ("version", version.to_string()),
        ("contract", contract.to_string()),
        ("component", component),
        ("licence", licence.clone()),
        (
            "settings schema",
            or_none(*settings_schema).unwrap_or_default(),
        ),
        ("self-tests", tests.unwrap_or_default()),
        ("SBOM", or_none(*sbom).unwrap_or_default()),
        (
            "not before",
            validity.not_before.clone().unwrap_or_default(),
        ),
        ("not after", validity.not_after.clone().unwrap_or_default()),
        ("signed by", keys),
    ]
}
