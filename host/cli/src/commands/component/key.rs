// SPDX-License-Identifier: Apache-2.0
//! `silta component key`.

use std::{
    fs::OpenOptions,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use clap::Args;
use serde_json::json;
use silta_packages::SigningKey;

use super::Completion;
use crate::{
    failure::Failure,
    output::{print, print_json},
};

/// Who may read and write a private key: its owner alone.
const PRIVATE: u32 = 0o600;
const PUBLIC: u32 = 0o644;

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
    let made = SigningKey::generate();
    let (key, private) =
        made.map_err(|error| Failure::internal("system.randomness", &error.to_string()))?;
    let mut public = arguments.out.clone().into_os_string();
    public.push(".pub");
    let (out, public) = (&arguments.out, PathBuf::from(public));
    write_new(out, &private, PRIVATE)?;
    write_new(&public, &key.public().to_pem(), PUBLIC)?;
    let id = key.public().id();
    if arguments.json {
        print_json(&json!({ "key": out, "public": public, "id": id }))?;
    } else {
        print(&format!(
            "{}: private key {id}; keep it secret, and off the machines that run components\n{}: its public key, for those who take your packages\n",
            out.display(),
            public.display()
        ))?;
    }
    Ok(Completion::Done)
}

/// A key that is there is never replaced: what it has signed could not be renewed.
fn write_new(path: &Path, text: &str, mode: u32) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    let file = options.write(true).create_new(true).mode(mode).open(path);
    let written = file.and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    written.map_err(|error| Failure::unwritable(path, &error))
}
