// SPDX-License-Identifier: Apache-2.0
//! `silta record key`.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use silta_bundles::OpeningKey;

use super::Completion;
use crate::{
    failure::Failure,
    files,
    output::{print, print_json},
};

#[derive(Debug, Args)]
pub(super) struct KeyArguments {
    /// File of the private key, which must not be there yet; the public key is written beside it, with `.pub` after its name.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Show files and id as JSON.
    #[arg(long)]
    pub(super) json: bool,
}

pub(super) fn run(arguments: &KeyArguments) -> Result<Completion, Failure> {
    let made = OpeningKey::generate();
    let (key, private) =
        made.map_err(|error| Failure::internal("system.randomness", &error.to_string()))?;
    let out = &arguments.out;
    let public = files::add_key_pair(out, &private, &key.public().to_pem())?;
    let id = key.public().id();
    if arguments.json {
        print_json(&json!({ "key": out, "public": public, "id": id }))?;
    } else {
        print(&format!(
            "{}: private key {id}; keep it secret, and off the machine that records\n{}: its public key, for `key` of the table [record]\n",
            out.display(),
            public.display()
        ))?;
    }
    Ok(Completion::Done)
}
