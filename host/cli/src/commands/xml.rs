// SPDX-License-Identifier: Apache-2.0
//! `silta xml`: looking into XML from strangers, and signing it, inside the sandbox.

mod c14n;
mod report;
mod sign;
mod verify;

use std::path::Path;

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use silta::{
    Blob, Deployment, Keyring, Limits, TrustStore,
    exchange::{Answer, Outcome, Problem, Response, Sending},
    time::FixedClock,
};

use super::Completion;
use crate::{examples, failure::Failure, host};

/// Arguments of `silta xml`.
#[derive(Debug, Args)]
pub(crate) struct XmlArguments {
    /// What to look for.
    #[command(subcommand)]
    command: XmlCommand,
}

#[derive(Debug, Subcommand)]
enum XmlCommand {
    /// Verify the signatures of a document: who signed it, and what of it.
    #[command(after_help = examples::XML_VERIFY)]
    Verify(verify::VerifyArguments),
    /// Write the canonical form of a document, or of an element in it, to standard output.
    #[command(after_help = examples::XML_C14N)]
    C14n(c14n::C14nArguments),
    /// Sign a document, an element of it, or a SOAP message with WS-Security, and verify what was made.
    #[command(after_help = examples::XML_SIGN)]
    Sign(sign::SignArguments),
}

impl XmlArguments {
    pub(crate) fn json(&self) -> bool {
        match &self.command {
            XmlCommand::Verify(arguments) => arguments.json(),
            XmlCommand::C14n(_) => false,
            XmlCommand::Sign(arguments) => arguments.json(),
        }
    }
}

/// Verifies, canonicalises or signs.
pub(crate) fn run(arguments: &XmlArguments) -> Result<Completion, Failure> {
    match &arguments.command {
        XmlCommand::Verify(arguments) => verify::run(arguments),
        XmlCommand::C14n(arguments) => c14n::run(arguments),
        XmlCommand::Sign(arguments) => sign::run(arguments),
    }
}

/// Largest document that is looked at, in bytes.
const LARGEST_DOCUMENT: u64 = 256 << 20;

/// Where the document's own faults are, for messages.
struct Inspection<'a> {
    settings: Value,
    trust: TrustStore,
    /// The key role `signer` for what signs.
    keyring: Keyring,
    clock: Option<FixedClock>,
    file: &'a Path,
    document: Blob,
}

/// Has the document inspected, or signed, by the component that comes with the program.
fn inspect(operation: &str, inspection: Inspection<'_>) -> Result<Outcome, Failure> {
    let Inspection {
        settings,
        trust,
        keyring,
        clock,
        file,
        document,
    } = inspection;
    let runtime = host::runtime_at(clock)?;
    let inspector = artifacts::XML_INSPECTOR_PACKED;
    let deployment = Deployment::from_bytes(host::unpacked(inspector))
        .with_settings(settings.to_string())
        .with_trust(trust)
        .with_keyring(keyring)
        .with_limits(limits());
    let inspector = runtime.deploy(inspector.name, deployment);
    let inspector = inspector.map_err(|error| match error {
        silta::Error::Problem(problem) => about_option(&problem).unwrap_or_else(|| {
            // Not of a kind that an option can cause.
            silta::Error::Problem(problem).into()
        }),
        error => error.into(),
    })?;
    let response = Response::Answered(Answer {
        status: 200,
        headers: Vec::new(),
        body: document,
    });
    let outcome = inspector.parse(operation, response, Sending::default());
    outcome.map_err(|error| match error {
        silta::Error::Problem(problem) => Failure::about_file(file, &problem),
        error => error.into(),
    })
}

/// The inspector's settings are made from options, which is what the user knows.
fn about_option(problem: &Problem) -> Option<Failure> {
    const OPTIONS: [(&str, &str); 9] = [
        ("/required", "--require"),
        ("/signature", "--signature"),
        ("/payload", "--payload"),
        ("/canonicalize/algorithm", "--algorithm"),
        ("/canonicalize/path", "--path"),
        ("/sign/form", "--form"),
        ("/sign/canonicalization", "--c14n"),
        ("/sign/path", "--path"),
        ("/sign/lifetime", "--lifetime"),
    ];
    let mut options = OPTIONS.iter();
    let (_, option) = options.find(|(setting, _)| problem.path.starts_with(setting))?;
    let message = format!("{option}: {}", problem.message);
    Some(Failure::command_line(&message))
}

/// People look into large documents, and wait.
fn limits() -> Limits {
    Limits {
        deadline: std::time::Duration::from_secs(60),
        memory: 1 << 30,
        blob_bytes: 2 << 30,
        hostcall_bytes: 16 << 20,
        ..Limits::default()
    }
}

/// Settings with those options that were given.
fn with_given(mut settings: Value, options: [(&str, &Option<String>); 2]) -> Value {
    for (name, value) in options {
        if let (Some(value), Some(settings)) = (value, settings.as_object_mut()) {
            settings.insert(name.to_owned(), json!(value));
        }
    }
    settings
}
