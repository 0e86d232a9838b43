// SPDX-License-Identifier: Apache-2.0
//! Errors as the user sees them: what, where, what to do; and the exit code that follows from who is at fault.

mod places;

use std::{fmt, io, path::Path, process::ExitCode};

use serde_json::json;
use silta::{
    exchange::{Fault, Problem},
    observe::masked,
};
use silta_config::ConfigError;

use crate::output::{json_line, printable_line, write_to_standard_error};

pub(crate) use places::Places;

/// Exit code for a command line that cannot be understood; the same that clap uses.
pub(crate) const COMMAND_LINE: u8 = 2;

/// Exit code for a defect of the program.
pub(crate) const INTERNAL: u8 = 7;

/// Why a command gave no result.
#[derive(Debug)]
pub(crate) struct Failure {
    kind: Kind,
    code: String,
    path: String,
    message: String,
}

/// What kind of failure it is, which decides the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    CommandLine,
    File,
    Network,
    Fault(Fault),
}

impl Kind {
    /// Listed in the program's long help.
    fn exit_code(self) -> u8 {
        match self {
            Self::CommandLine => COMMAND_LINE,
            Self::Fault(Fault::Caller) => 4,
            Self::Fault(Fault::Configuration) => 5,
            Self::Fault(Fault::Counterparty) => 6,
            Self::Fault(Fault::Internal) => INTERNAL,
            Self::File => 8,
            Self::Network => 9,
        }
    }

    /// Who has to act. Files and command lines are for whoever named them. Of lines, names and firewalls nobody knows whose they are; the agency's side is
    /// the likelier one.
    fn fault(self) -> Fault {
        match self {
            Self::Network => Fault::Counterparty,
            Self::CommandLine | Self::File => Fault::Caller,
            Self::Fault(fault) => fault,
        }
    }
}

impl Failure {
    /// The command line, or a variable that belongs to it.
    pub(crate) fn command_line(message: &str) -> Self {
        Self::new(Kind::CommandLine, "command-line", "", message)
    }

    /// Input that the caller has to correct.
    pub(crate) fn caller(code: &str, path: impl Into<String>, message: &str) -> Self {
        Self::new(Kind::Fault(Fault::Caller), code, path, message)
    }

    /// The operator has to act.
    pub(crate) fn configuration(code: &str, message: &str) -> Self {
        Self::new(Kind::Fault(Fault::Configuration), code, "", message)
    }

    /// The agency, or whoever runs its server.
    pub(crate) fn counterparty(code: &str, message: &str) -> Self {
        Self::new(Kind::Fault(Fault::Counterparty), code, "", message)
    }

    /// Nothing was sent, and trying again later may help.
    pub(crate) fn network(code: &str, message: &str) -> Self {
        Self::new(Kind::Network, code, "", message)
    }

    /// A defect, or a machine that does not do what programs expect.
    pub(crate) fn internal(code: &str, message: &str) -> Self {
        Self::new(Kind::Fault(Fault::Internal), code, "", message)
    }

    /// A file that cannot be read.
    pub(crate) fn unreadable(path: &Path, error: &io::Error) -> Self {
        let why = why(error, "check the path and its permissions");
        let message = format!("{}: cannot be read{why}", path.display());
        Self::file("file.unreadable", path, &message)
    }

    /// A file or folder that cannot be written.
    pub(crate) fn unwritable(path: &Path, error: &io::Error) -> Self {
        let why = why(error, "check the folder, its permissions and the room left");
        let message = format!("{}: cannot be written{why}", path.display());
        Self::file("file.unwritable", path, &message)
    }

    /// Standard output takes nothing.
    pub(crate) fn no_output(error: &io::Error) -> Self {
        let path = Path::new("standard output");
        let why = why(
            error,
            "see where it is redirected to, and the room left there",
        );
        let message = format!("{}: cannot be written{why}", path.display());
        Self::file("file.unwritable", path, &message)
    }

    /// Anything else about a file.
    pub(crate) fn file(code: &str, path: &Path, message: &str) -> Self {
        Self::new(Kind::File, code, path.display().to_string(), message)
    }

    /// What a component says of a file that is not the configuration's.
    pub(crate) fn about_file(path: &Path, problem: &Problem) -> Self {
        let place = match problem.path.as_str() {
            "" => String::new(),
            place => format!(" at {place}"),
        };
        let message = format!("{}{place}: {}", path.display(), problem.message);
        let kind = Kind::Fault(problem.fault);
        Self::new(kind, &problem.code, problem.path.as_str(), &message)
    }

    /// The same, found in a file that the command line names.
    pub(crate) fn in_file(self, path: &Path) -> Self {
        let name = path.display().to_string();
        let message = format!("{name}: {}", self.message);
        Self::new(self.kind, &self.code, name, &message)
    }

    /// The same, where it was the configuration that named the file.
    pub(crate) fn named_by(self, config: &Path, field: &str) -> Self {
        let message = format!("{}: {field}: {}", config.display(), self.message);
        let kind = Kind::Fault(Fault::Configuration);
        Self::new(kind, "configuration.file", field, &message)
    }

    /// The same with a sentence after it.
    pub(crate) fn with_remedy(self, sentence: &str) -> Self {
        let message = format!("{} {sentence}", self.message);
        Self { message, ..self }
    }

    /// The same in other words.
    pub(crate) fn saying(self, message: &str) -> Self {
        Self {
            message: masked(message).into_owned(),
            ..self
        }
    }

    /// The same, with the setting by which it can be helped. Whose fault it is does not change.
    pub(crate) fn caused_by(self, config: &Path, field: &str, told: &str) -> Self {
        let message = format!("{}: {field}: {told}: {}", config.display(), self.message);
        Self::new(self.kind, &self.code, field, &message)
    }

    /// Stable code, for programs.
    pub(crate) fn code(&self) -> &str {
        &self.code
    }

    /// Who has to act.
    pub(crate) fn fault(&self) -> Fault {
        self.kind.fault()
    }

    /// The file, the field or the parameter that it is about; empty where there is none.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// What, where, and what to do, for people.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// Tells the user, and gives the exit code, whether or not anybody could be told.
    pub(crate) fn report(&self, json: bool) -> ExitCode {
        let line = match json {
            true => json_line(&self.to_json()),
            false => {
                let line = format!("silta: {} [{}]", self.message, self.code);
                format!("{}\n", printable_line(&line))
            }
        };
        write_to_standard_error(line.as_bytes());
        self.kind.exit_code().into()
    }

    /// As a program reads it.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        json!({
            "code": self.code,
            "fault": self.kind.fault(),
            "path": self.path,
            "message": self.message,
        })
    }

    /// Names of files, operations and parameters may be made from a personal identity code, so everything is masked here, once.
    fn new(kind: Kind, code: &str, path: impl Into<String>, message: &str) -> Self {
        Self {
            kind,
            code: masked(code).into_owned(),
            path: masked(&path.into()).into_owned(),
            message: masked(message).into_owned(),
        }
    }
}

/// Why a file cannot be used, where that is our own judgement: a sentence with its remedy.
#[derive(Debug)]
pub(crate) struct Reason(&'static str);

impl Reason {
    /// As an error of its kind.
    pub(crate) fn error(kind: io::ErrorKind, sentence: &'static str) -> io::Error {
        io::Error::new(kind, Self(sentence))
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Reason {}

/// What the system says and the remedy, or our own reason. Errors that libraries wrap name temporary files, which say nothing to anybody, so
/// only their kind is told.
fn why(error: &io::Error, remedy: &str) -> String {
    match error.get_ref() {
        Some(reason) if reason.is::<Reason>() => format!(": {reason}"),
        Some(_) => format!(" ({}); {remedy}", error.kind()),
        None => format!(" ({error}); {remedy}"),
    }
}

impl From<silta::Error> for Failure {
    fn from(error: silta::Error) -> Self {
        let path = match &error {
            silta::Error::Problem(problem) => problem.path.clone(),
            _ => String::new(),
        };
        let kind = Kind::Fault(error.fault());
        Self::new(kind, &error.code(), path, &error.to_string())
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        let kind = Kind::Fault(Fault::Configuration);
        let message = error.to_string();
        Self::new(kind, "configuration.file", error.field, &message)
    }
}

#[cfg(test)]
mod tests {

    use super::*;

    #[test]
    fn exit_codes_follow_from_the_fault() {
        let code = |fault| {
            let problem = Problem {
                fault,
                code: "some.code".into(),
                path: "/place".into(),
                message: "Wrong.".into(),
            };
            Failure::from(silta::Error::Problem(problem))
                .kind
                .exit_code()
        };
        assert_eq!(code(Fault::Caller), 4);
        assert_eq!(code(Fault::Configuration), 5);
        assert_eq!(code(Fault::Counterparty), 6);
        assert_eq!(code(Fault::Internal), 7);
        assert_eq!(Failure::command_line("").kind.exit_code(), 2);
        let missing = io::Error::from(io::ErrorKind::NotFound);
        let unreadable = Failure::unreadable(Path::new("x"), &missing);
        assert_eq!(unreadable.kind.exit_code(), 8);
    }

    #[test]
    fn the_json_form_has_the_documented_members() {
        let error = silta::Error::UnknownAgency {
            agency: "x".into(),
            deployed: vec!["tulli".into()],
        };
        let json = Failure::from(error).to_json();
        assert_eq!(json["code"], "agency.unknown");
        assert_eq!(json["fault"], "caller");
        assert_eq!(json["path"], "");
        assert!(json["message"].as_str().unwrap().contains("tulli"));
    }
}
