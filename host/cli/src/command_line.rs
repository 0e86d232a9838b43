// SPDX-License-Identifier: Apache-2.0
//! The command line, read; and what is told when it cannot be.

use std::{
    env,
    io::{self, IsTerminal},
    process::ExitCode,
};

use clap::{
    Parser,
    error::{ContextKind, ContextValue, ErrorKind},
};

use silta::observe::masked;

use crate::{
    arguments::Arguments,
    failure::{self, Failure},
    output::{print_bytes, say, write_to_standard_error},
};

/// Reads the command line; or tells why that cannot be, or the help asked for, and gives the exit code.
pub(crate) fn read() -> Result<Arguments, ExitCode> {
    Arguments::try_parse().map_err(|error| tell(&error))
}

/// Help and version are no errors, and go to standard output.
fn tell(error: &clap::Error) -> ExitCode {
    let json = has_argument(|argument| argument == "--json");
    if !error.use_stderr() {
        return show(error, json);
    }
    if may_be_secret(error) {
        let message = "an argument is one too many. It is not repeated here, since it may be part of a header field: put quotes around values with blanks in them";
        return Failure::command_line(message).report(json);
    }
    let rendered = error.render().to_string();
    // Names of files and operations may be made from a personal identity code.
    let message = masked(&rendered);
    if json {
        return Failure::command_line(message.trim_end()).report(json);
    }
    match io::stderr().is_terminal() {
        // The colours are escape sequences, which nothing else may write.
        true if is_plain(&message) && message == rendered => {
            write_to_standard_error(error.render().ansi().to_string().as_bytes())
        }
        _ => say(&message),
    }
    failure::COMMAND_LINE.into()
}

fn show(error: &clap::Error, json: bool) -> ExitCode {
    let text = match io::stdout().is_terminal() {
        true => error.render().ansi().to_string(),
        false => error.render().to_string(),
    };
    match print_bytes(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(json),
    }
}

/// Whether nothing in a message would have to be written out.
fn is_plain(message: &str) -> bool {
    !message.contains(|c| c != '\n' && crate::output::is_deceptive(c))
}

/// A header field without quotes falls into several arguments, the secret among them.
fn may_be_secret(error: &clap::Error) -> bool {
    let Some(ContextValue::String(unexpected)) = error.get(ContextKind::InvalidArg) else {
        return false;
    };
    error.kind() == ErrorKind::UnknownArgument
        && !unexpected.starts_with("--")
        && has_argument(|argument| argument.starts_with("--header"))
}

fn has_argument(is_it: impl Fn(&str) -> bool) -> bool {
    env::args_os().any(|argument| is_it(&argument.to_string_lossy()))
}
