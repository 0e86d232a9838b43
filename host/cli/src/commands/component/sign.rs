// SPDX-License-Identifier: Apache-2.0
//! `silta component sign`.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use silta_packages::{Publishers, VerifyError};

use super::{Completion, package_failure, read_package, read_signing_key};
use crate::{
    failure::Failure,
    output::{print, print_json},
};

#[derive(Debug, Args)]
pub(super) struct SignArguments {
    /// The package, by any of its files.
    package: PathBuf,
    /// The private key, PKCS#8 in PEM. Of a key that has signed before, the new signature takes the place of the old one.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Show file and key as JSON.
    #[arg(long)]
    pub(super) json: bool,
}

pub(super) fn run(arguments: &SignArguments) -> Result<Completion, Failure> {
    let key = read_signing_key(&arguments.key)?;
    let mut package = read_package(&arguments.package)?;
    // What does not belong together is not signed together. Nobody's signature counts here.
    let nobody = Publishers::default();
    let agency = package.manifest.agency.clone();
    if let Err(error @ VerifyError::OtherComponent { .. }) = package.verify(&agency, &nobody, 0) {
        let message = format!("{}: {error}", arguments.package.display());
        return Err(Failure::file(error.code(), &arguments.package, &message));
    }
    package.sign(&key);
    let files = package.write(&arguments.package);
    let files = files.map_err(|error| package_failure(&arguments.package, &error))?;
    let id = key.public().id();
    match arguments.json {
        true => print_json(&json!({ "signatures": files.signatures, "key": id }))?,
        false => print(&format!(
            "{}: signed with the key {id}\n",
            files.signatures.display()
        ))?,
    }
    Ok(Completion::Done)
}
