// SPDX-License-Identifier: Apache-2.0
//! `silta record`: calls that `silta serve` has recorded. What is done again with `silta replay` is an operation, with the agency; with `silta record replay` it is
//! a call, in the sandbox, and nobody notices.

mod key;
mod list;
mod replay;
mod show;

use clap::{Args, Subcommand};

use super::{Completion, key_pair::KeyArguments};
use crate::{examples, failure::Failure};

/// Arguments of `silta record`.
#[derive(Debug, Args)]
pub(crate) struct RecordArguments {
    #[command(subcommand)]
    command: RecordCommand,
}

#[derive(Debug, Subcommand)]
enum RecordCommand {
    /// Make the key that recorded calls are sealed to: X25519, a private and a public file. The gateway has the public one only.
    #[command(after_help = examples::RECORD_KEY)]
    Key(KeyArguments),
    /// List recorded calls, the last first, by what is not sealed of them.
    #[command(after_help = examples::RECORD_LIST)]
    List(list::ListArguments),
    /// Show a recorded call; with the private key, all of it. What is sealed may be about people.
    #[command(after_help = examples::RECORD_SHOW)]
    Show(show::ShowArguments),
    /// Do recorded calls again in the sandbox, with the answers that were recorded, and say whether the same bytes come out or where they part. Nothing is sent or stored.
    #[command(after_help = examples::RECORD_REPLAY)]
    Replay(replay::ReplayArguments),
}

impl RecordArguments {
    pub(crate) fn json(&self) -> bool {
        match &self.command {
            RecordCommand::Key(arguments) => arguments.json,
            RecordCommand::List(arguments) => arguments.json,
            RecordCommand::Show(arguments) => arguments.json,
            RecordCommand::Replay(arguments) => arguments.json,
        }
    }
}

/// Runs the command.
pub(crate) fn run(arguments: &RecordArguments) -> Result<Completion, Failure> {
    match &arguments.command {
        RecordCommand::Key(arguments) => key::run(arguments),
        RecordCommand::List(arguments) => list::run(arguments),
        RecordCommand::Show(arguments) => show::run(arguments),
        RecordCommand::Replay(arguments) => replay::run(arguments),
    }
}
