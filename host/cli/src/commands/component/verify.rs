// SPDX-License-Identifier: Apache-2.0
//! `silta component verify`.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use silta_packages::{PublicKey, Publishers};

use super::{Completion, read_package};
use crate::{
    failure::Failure,
    files, host,
    output::{print, print_json},
};

#[derive(Debug, Args)]
pub(super) struct VerifyArguments {
    /// The package, by any of its files.
    package: PathBuf,
    /// Public key of a publisher whose packages are taken, a file in PEM; may be given several times.
    #[arg(long, value_name = "FILE", required = true)]
    publisher: Vec<PathBuf>,
    /// Agency that it is to serve. Without it, the one that it names.
    #[arg(long)]
    agency: Option<String>,
    /// Show what was found as JSON.
    #[arg(long)]
    pub(super) json: bool,
}

/// A package that is not to be taken is no result of this command but its failure: whoever runs it in a script asks that.
pub(super) fn run(arguments: &VerifyArguments) -> Result<Completion, Failure> {
    let package = read_package(&arguments.package)?;
    let publishers = publishers(&arguments.publisher)?;
    let agency = arguments.agency.as_ref();
    let agency = agency.unwrap_or(&package.manifest.agency);
    let verified = package
        .verify(agency, &publishers, host::now())
        .map_err(|error| {
            let message = format!("{}: {error}", arguments.package.display());
            Failure::file(error.code(), &arguments.package, &message)
        })?;
    let (version, digest) = (&package.manifest.version, package.manifest.component.digest);
    match arguments.json {
        true => print_json(&json!({
            "agency": agency,
            "version": version,
            "component": digest,
            "publisher": verified.publisher,
            "key": verified.key,
        }))?,
        false => print(&format!(
            "{}: {agency} {version}, {digest}, signed with the key {} ({})\n",
            arguments.package.display(),
            verified.key,
            verified.publisher
        ))?,
    }
    Ok(Completion::Done)
}

/// Each by the name of its file, for all agencies.
fn publishers(paths: &[PathBuf]) -> Result<Publishers, Failure> {
    let mut publishers = Publishers::default();
    for path in paths {
        let wrong = |error: &dyn std::fmt::Display| {
            let message = format!("{}: {error}", path.display());
            Failure::file("package.key", path, &message)
        };
        let file = files::read_blob(path, files::MOST_KEY_BYTES)?.to_vec();
        let key = PublicKey::read(&file).map_err(|error| wrong(&error))?;
        let name = path.display().to_string();
        publishers
            .pin(&name, &key, ["*"])
            .map_err(|error| wrong(&error))?;
    }
    Ok(publishers)
}
