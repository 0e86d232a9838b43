// SPDX-License-Identifier: Apache-2.0
//! Commands that make a key: `silta component key` and `silta record key`.

use std::{fmt::Display, path::PathBuf};

use clap::Args;
use serde_json::json;

use super::Completion;
use crate::{
    failure::Failure,
    files,
    output::{print, print_json},
};

/// Arguments of a command that makes a key.
#[derive(Debug, Args)]
pub(crate) struct KeyArguments {
    /// File of the private key, which must not be there yet; the public key is written beside it, with `.pub` after its name.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Show files and id as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// A key as its files have it.
pub(crate) struct KeyTexts {
    pub(crate) private: String,
    pub(crate) public: String,
    pub(crate) id: String,
}

/// Which of the keys it is, for people.
pub(crate) struct Purpose {
    /// What the private one is to be kept off.
    pub(crate) kept_off: &'static str,
    /// What the public one is for.
    pub(crate) public_is_for: &'static str,
}

/// Writes a key that was made.
pub(crate) fn write<E: Display>(
    arguments: &KeyArguments,
    made: Result<KeyTexts, E>,
    purpose: &Purpose,
) -> Result<Completion, Failure> {
    let made = made.map_err(|error| Failure::internal("system.randomness", &error.to_string()));
    let KeyTexts {
        private,
        public,
        id,
    } = made?;
    let out = &arguments.out;
    let beside = files::add_key_pair(out, &private, &public)?;
    if arguments.json {
        print_json(&json!({ "key": out, "public": beside, "id": id }))?;
        return Ok(Completion::Done);
    }
    let Purpose {
        kept_off,
        public_is_for,
    } = purpose;
    print(&format!(
        "{}: private key {id}; keep it secret, and off {kept_off}\n{}: its public key, for {public_is_for}\n",
        out.display(),
        beside.display()
    ))?;
    Ok(Completion::Done)
}
