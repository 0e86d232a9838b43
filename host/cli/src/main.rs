// SPDX-License-Identifier: Apache-2.0
//! The silta program: try out, describe, build, parse, validate and receive what the agency components speak.

// What `print!` and its like do when nobody takes their output is a panic. `output` has what does not.
#![deny(clippy::print_stdout, clippy::print_stderr, clippy::dbg_macro)]

mod api;
mod arguments;
mod audit;
mod clients;
mod command_line;
mod commands;
mod compile_worker;
mod configuration_file;
mod defect;
mod examples;
mod failure;
mod files;
mod header;
mod host;
mod logging;
mod operation_facts;
mod output;
mod project;
mod received;
mod recorded_calls;
mod records;
mod signals;
mod store;

use std::{panic, process::ExitCode};

use clap::CommandFactory;

use arguments::{Arguments, Command};
use commands::{
    Completion, acts, build, check, compile_worker as compile_worker_command, completions,
    component, dead_letters, demo, describe, export, inbox, ingest, init, man, operations, parse,
    platform, record, replay, send, serve, sim, store as store_command, submit, token, validate,
    version, wire, xml,
};
use failure::Failure;

fn main() -> ExitCode {
    defect::tell_of_panics();
    panic::catch_unwind(program).unwrap_or_else(|_| failure::INTERNAL.into())
}

fn program() -> ExitCode {
    let arguments = match command_line::read() {
        Ok(arguments) => arguments,
        Err(exit_code) => return exit_code,
    };
    let json = arguments.command.wants_json();
    match run(arguments) {
        Ok(completion) => completion.exit_code(),
        Err(failure) => failure.report(json),
    }
}

fn run(arguments: Arguments) -> Result<Completion, Failure> {
    // The agency of the demonstration refuses what is in its old form.
    let expected: &[&str] = match arguments.command {
        Command::Demo(_) => &["silta::sending::refused"],
        _ => &[],
    };
    logging::start(arguments.verbose, expected)?;
    signals::outlive_size_limits()?;
    host::keep_compiled(arguments.cache_dir, arguments.no_cache);
    match arguments.command {
        Command::Init(arguments) => init::run(&arguments),
        Command::Describe(arguments) => describe::run(&arguments),
        Command::Check(arguments) => check::run(&arguments),
        Command::Build(arguments) => build::run(&arguments),
        Command::Parse(arguments) => parse::run(&arguments),
        Command::Send(arguments) => send::run(&arguments),
        Command::Validate(arguments) => validate::run(&arguments),
        Command::Ingest(arguments) => ingest::run(&arguments),
        Command::Serve(arguments) => serve::run(&arguments),
        Command::Export(arguments) => export::run(&arguments),
        Command::Inbox(arguments) => inbox::run(&arguments),
        Command::Submit(arguments) => submit::run(&arguments),
        Command::Operations(arguments) => operations::run(&arguments),
        Command::Component(arguments) => component::run(&arguments),
        Command::DeadLetters(arguments) => dead_letters::run(&arguments),
        Command::Replay(arguments) => replay::run(&arguments),
        Command::Record(arguments) => record::run(&arguments),
        Command::Acts(arguments) => acts::run(&arguments),
        Command::Token(arguments) => token::run(&arguments),
        Command::Platform(arguments) => platform::run(&arguments),
        Command::Store(arguments) => store_command::run(&arguments),
        Command::Wire(arguments) => wire::run(&arguments),
        Command::Xml(arguments) => xml::run(&arguments),
        Command::Sim(arguments) => sim::run(&arguments),
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Version(arguments) => version::run(&arguments),
        Command::CompileWorker(arguments) => compile_worker_command::run(&arguments),
        Command::Completions(arguments) => completions::run(&arguments, Arguments::command()),
        Command::Man(arguments) => man::run(&arguments, Arguments::command()),
    }
}
