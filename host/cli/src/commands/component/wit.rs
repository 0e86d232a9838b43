// SPDX-License-Identifier: Apache-2.0
//! `silta component wit`.

use std::path::PathBuf;

use clap::Args;
use silta::Blob;
use silta_contract::{CONTRACT, ContractFile, Host};

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
    /// A published version, such as 0.1.0. Left out: the one that this program hosts.
    #[arg(long, value_name = "VERSION")]
    contract: Option<String>,
}

impl WitArguments {
    fn files(&self) -> Result<&'static [ContractFile], Failure> {
        static OWN: [ContractFile; 9] = CONTRACT;
        let Some(version) = &self.contract else {
            return Ok(&OWN);
        };
        let host = Host::of_version(version).map(Host::files);
        host.ok_or_else(|| {
            let known: Vec<String> = Host::all().iter().map(Host::version).collect();
            let message = format!(
                "there is no contract of the version `{version}`; there are: {}",
                known.join(", ")
            );
            Failure::caller("contract.unknown", "", &message)
        })
    }
}

pub(super) fn run(arguments: &WitArguments) -> Result<Completion, Failure> {
    let contract = arguments.files()?;
    let Some(folder) = &arguments.out else {
        let texts: Vec<&str> = contract.iter().map(|file| file.text).collect();
        print(&texts.join("\n"))?;
        return Ok(Completion::Done);
    };
    files::ensure_folder(folder)?;
    for file in contract {
        let path = folder.join(file.name);
        let text = Blob::from(file.text.as_bytes());
        let report = format!("{}\n", path.display());
        Output::prepare(&path, &text)?.finish_told(&report)?;
    }
    Ok(Completion::Done)
}
