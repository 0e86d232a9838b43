// SPDX-License-Identifier: Apache-2.0
//! `silta export`: a component that comes with the program, as a file.

use std::path::PathBuf;

use clap::Args;
use silta::Blob;

use super::Completion;
use crate::{failure::Failure, files::Output, host, output::printable};

/// Arguments of `silta export`.
#[derive(Debug, Args)]
pub(crate) struct ExportArguments {
    /// Agency whose component is wanted.
    agency: String,
    /// File to write; an existing one is replaced. `-` is standard output.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Writes the component's file, ready for `Deployment::from_file` or the configuration's `component`.
pub(crate) fn run(arguments: &ExportArguments) -> Result<Completion, Failure> {
    let component = Blob::from(host::builtin_component(&arguments.agency)?.to_shared());
    let file = Output::prepare(&arguments.out, &component)?;
    let report = format!(
        "{}: component `{}`, {} bytes\n",
        arguments.out.display(),
        arguments.agency,
        component.size()
    );
    file.finish_told(&printable(&report))?;
    Ok(Completion::Done)
}
