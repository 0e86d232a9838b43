//! `silta export`: a component that comes with the program, as a file.

use std::path::PathBuf;

use clap::Args;
use silta::Blob;

use super::Completion;
use crate::{failure::Failure, files, host, output::print};

/// Arguments of `silta export`.
#[derive(Debug, Args)]
pub(crate) struct ExportArguments {
    /// Agency whose component is wanted.
    agency: String,
    /// File to write; an existing one is replaced.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Writes the component's file, ready for `Deployment::from_file` or the configuration's `component`.
pub(crate) fn run(arguments: &ExportArguments) -> Result<Completion, Failure> {
    let component = host::builtin_component(&arguments.agency)?;
    files::replace(&arguments.out, &Blob::from(component))?;
    let (file, size) = (arguments.out.display(), component.len());
    print(&format!(
        "{file}: component `{}`, {size} bytes\n",
        arguments.agency
    ))?;
    Ok(Completion::Done)
}
