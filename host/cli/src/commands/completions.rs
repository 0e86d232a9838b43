// SPDX-License-Identifier: Apache-2.0
//! `silta completions`: what makes a shell complete the program's command lines.

use clap::{Args, Command};
use clap_complete::{Shell, generate};

use super::Completion;
use crate::{failure::Failure, output::print_bytes};

/// Arguments of `silta completions`.
#[derive(Debug, Args)]
pub(crate) struct CompletionsArguments {
    /// The shell.
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

/// Writes the script to standard output.
pub(crate) fn run(
    arguments: &CompletionsArguments,
    mut program: Command,
) -> Result<Completion, Failure> {
    let name = program.get_name().to_owned();
    let mut script = Vec::new();
    generate(arguments.shell, &mut program, name, &mut script);
    print_bytes(&script)?;
    Ok(Completion::Done)
}
