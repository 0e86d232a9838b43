//! `silta sim`: simulated agencies, for whoever writes a client.

mod lines;
mod tulli;

use clap::{Args, Subcommand};

use super::Completion;
use crate::failure::Failure;

/// Arguments of `silta sim`.
#[derive(Debug, Args)]
pub(crate) struct SimArguments {
    /// Whom to simulate.
    #[command(subcommand)]
    command: SimCommand,
}

#[derive(Debug, Subcommand)]
enum SimCommand {
    /// Finnish Customs, direct message exchange: checks uploads, replies to them, lists, hands out and tells of the replies.
    #[command(after_long_help = tulli::misbehaviours())]
    Tulli(tulli::TulliArguments),
}

impl SimArguments {
    pub(crate) fn json(&self) -> bool {
        match &self.command {
            SimCommand::Tulli(arguments) => arguments.json(),
        }
    }
}

/// Runs until it is told to stop.
pub(crate) fn run(arguments: &SimArguments) -> Result<Completion, Failure> {
    match &arguments.command {
        SimCommand::Tulli(arguments) => tulli::run(arguments),
    }
}
