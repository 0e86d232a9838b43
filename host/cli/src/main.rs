//! The silta program: try out, describe, build, parse, validate and receive what the agency components speak.

mod arguments;
mod audit;
mod commands;
mod failure;
mod files;
mod header;
mod host;
mod logging;
mod output;
mod project;
mod received;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command};
use commands::{Completion, build, demo, describe, export, init, parse, serve, sim, validate, xml};
use failure::Failure;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return refuse_command_line(&error),
    };
    let json = arguments.command.wants_json();
    match run(arguments) {
        Ok(completion) => completion.exit_code(),
        Err(failure) => failure.report(json),
    }
}

fn run(arguments: Arguments) -> Result<Completion, Failure> {
    logging::start(arguments.verbose)?;
    match arguments.command {
        Command::Init(arguments) => init::run(&arguments),
        Command::Describe(arguments) => describe::run(&arguments),
        Command::Build(arguments) => build::run(&arguments),
        Command::Parse(arguments) => parse::run(&arguments),
        Command::Validate(arguments) => validate::run(&arguments),
        Command::Serve(arguments) => serve::run(&arguments),
        Command::Export(arguments) => export::run(&arguments),
        Command::Xml(arguments) => xml::run(&arguments),
        Command::Sim(arguments) => sim::run(&arguments),
        Command::Demo(arguments) => demo::run(&arguments),
    }
}

/// Help and version are no errors, and go to standard output.
fn refuse_command_line(error: &clap::Error) -> ExitCode {
    let json = std::env::args_os().any(|argument| argument == "--json");
    if error.use_stderr() && json {
        let message = error.render().to_string();
        return Failure::command_line(message.trim_end()).report(json);
    }
    // Nothing is left to be done when even this cannot be written.
    let _ = error.print();
    if error.use_stderr() {
        failure::COMMAND_LINE.into()
    } else {
        ExitCode::SUCCESS
    }
}
