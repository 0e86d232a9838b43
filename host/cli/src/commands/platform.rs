// SPDX-License-Identifier: Apache-2.0
//! `silta platform`: what the platform's API is.

use clap::{Args, Subcommand};

use super::Completion;
use crate::{examples, failure::Failure, output::print_json};

/// Arguments of `silta platform`.
#[derive(Debug, Args)]
pub(crate) struct PlatformArguments {
    #[command(subcommand)]
    command: PlatformCommand,
}

#[derive(Debug, Subcommand)]
enum PlatformCommand {
    /// Write the description of the API: OpenAPI 3.1, as it is served at /v1/openapi.json.
    #[command(after_help = examples::PLATFORM_OPENAPI)]
    Openapi,
}

/// Runs the command.
pub(crate) fn run(arguments: &PlatformArguments) -> Result<Completion, Failure> {
    let PlatformCommand::Openapi = arguments.command;
    print_json(&silta_gateway::platform::openapi())?;
    Ok(Completion::Done)
}
