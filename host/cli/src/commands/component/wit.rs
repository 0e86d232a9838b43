// SPDX-License-Identifier: Apache-2.0
//! `silta component wit`.

use std::path::PathBuf;

use clap::Args;
use silta::Blob;
use silta_kit::CONTRACT;

use super::Completion;
use crate::{
    failure::Failure,
    files::{self, Output},
    output::print,
};

#[derive(Debug, Args)]
pub(super) struct WitArguments {
    /// Folder to write the files to; those that are there are replaced. Left out: standard output has them all, one after the other.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub(super) fn run(arguments: &WitArguments) -> Result<Completion, Failure> {
    let Some(folder) = &arguments.out else {
        let texts: Vec<&str> = CONTRACT.iter().map(|file| file.text).collect();
        print(&texts.join("\n"))?;
        return Ok(Completion::Done);
    };
    files::ensure_folder(folder)?;
    for file in CONTRACT {
        let path = folder.join(file.name);
        let text = Blob::from(file.text.as_bytes());
        let report = format!("{}\n", path.display());
        Output::prepare(&path, &text)?.finish_told(&report)?;
    }
    Ok(Completion::Done)
}
