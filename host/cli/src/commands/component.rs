// SPDX-License-Identifier: Apache-2.0
//! `silta component`: components made, tested and compared; packages of them, for who publishes them and who takes them; and which component serves in a gateway.

mod answer;
mod build;
mod cases;
mod deploy;
mod diff;
mod generations;
mod inspect;
mod key;
mod new;
mod on_trial;
mod pack;
mod recorded;
mod registry;
mod sign;
mod trials;
mod verify;
mod wit;

pub(crate) use registry::registry_fault;

use std::path::Path;

use clap::{Args, Subcommand};
use silta_kit::KitError;
use silta_packages::{FileError, Package, SigningKey};

use super::{Completion, key_pair::KeyArguments};
use crate::{examples, failure::Failure, files};

/// Arguments of `silta component`.
#[derive(Debug, Args)]
pub(crate) struct ComponentArguments {
    #[command(subcommand)]
    command: ComponentCommand,
}

#[derive(Debug, Subcommand)]
enum ComponentCommand {
    /// Create the sources of a component outside Silta's repository, in Rust or JavaScript: a small working agency with test cases, which you change into yours.
    #[command(after_help = examples::COMPONENT_NEW)]
    New(new::NewArguments),
    /// Build a component: cargo compiles a crate, and it becomes a component; Node makes one of scripts. No other tool is needed.
    #[command(after_help = examples::COMPONENT_BUILD)]
    Build(build::BuildArguments),
    /// Run the cases, the golden calls and recorded calls of a component in the sandbox, and say what comes out otherwise than it should.
    #[command(after_help = examples::COMPONENT_TEST)]
    Test(cases::TestArguments),
    /// Say what is otherwise in a newer component: contract, imports, settings, limits, sizes, and what comes of cases, golden calls and recorded calls; and which hosts take it.
    #[command(after_help = examples::COMPONENT_DIFF)]
    Diff(diff::DiffArguments),
    /// Write the contract between host and components as text (WIT).
    #[command(after_help = examples::COMPONENT_WIT)]
    Wit(wit::WitArguments),
    /// Make the key of a publisher: Ed25519, a private and a public file.
    #[command(after_help = examples::COMPONENT_KEY)]
    Key(KeyArguments),
    /// Make a package of a component: it is deployed as far as it can be without settings, and described in a manifest.
    #[command(after_help = examples::COMPONENT_PACK)]
    Pack(pack::PackArguments),
    /// Sign a package.
    #[command(after_help = examples::COMPONENT_SIGN)]
    Sign(sign::SignArguments),
    /// Show what a package says of its component, and who has signed it. Nothing is verified but that the files belong together.
    #[command(after_help = examples::COMPONENT_INSPECT)]
    Inspect(inspect::InspectArguments),
    /// Verify a package by keys of publishers, as a deployment does.
    #[command(after_help = examples::COMPONENT_VERIFY)]
    Verify(verify::VerifyArguments),
    /// Push a component, and its package if it comes in one, to an OCI registry.
    #[command(after_help = examples::COMPONENT_PUSH)]
    Push(registry::PushArguments),
    /// Pull a component, and its package if it has one, from an OCI registry. Every byte is compared with its digest; who has signed it, `silta component verify` says.
    #[command(after_help = examples::COMPONENT_PULL)]
    Pull(registry::PullArguments),
    /// Deploy a component to a gateway that serves: it is judged there, and serves from the next call on. What fails any check is refused, and what served goes on.
    #[command(after_help = examples::COMPONENT_DEPLOY)]
    Deploy(deploy::DeployArguments),
    /// Show which component serves each agency of a gateway, which one a rollback returns to, and which calls still have another.
    #[command(after_help = examples::COMPONENT_STATUS)]
    Status(generations::StatusArguments),
    /// Put the component back into service that served an agency of a gateway before, at once.
    #[command(after_help = examples::COMPONENT_ROLLBACK)]
    Rollback(generations::RollbackArguments),
    /// Put a component that is tried in a gateway into service, or have it serve a share of the conversations, where it lacks nothing.
    #[command(after_help = examples::COMPONENT_PROMOTE)]
    Promote(trials::PromoteArguments),
    /// End the trial of a component in a gateway. What was seen of it stays in the history.
    #[command(after_help = examples::COMPONENT_DISCARD)]
    Discard(trials::DiscardArguments),
    /// List generations of an agency of a gateway, the last first: what served, since when, by whom and why, and what was refused.
    #[command(after_help = examples::COMPONENT_HISTORY)]
    History(generations::HistoryArguments),
}

impl ComponentArguments {
    pub(crate) fn json(&self) -> bool {
        match &self.command {
            ComponentCommand::New(arguments) => arguments.json,
            ComponentCommand::Build(arguments) => arguments.json,
            ComponentCommand::Test(arguments) => arguments.json,
            ComponentCommand::Diff(arguments) => arguments.json,
            ComponentCommand::Wit(_) => false,
            ComponentCommand::Key(arguments) => arguments.json,
            ComponentCommand::Pack(arguments) => arguments.json,
            ComponentCommand::Sign(arguments) => arguments.json,
            ComponentCommand::Inspect(arguments) => arguments.json,
            ComponentCommand::Verify(arguments) => arguments.json,
            ComponentCommand::Push(arguments) => arguments.json,
            ComponentCommand::Pull(arguments) => arguments.json,
            ComponentCommand::Deploy(arguments) => arguments.json,
            ComponentCommand::Status(arguments) => arguments.json,
            ComponentCommand::Rollback(arguments) => arguments.json,
            ComponentCommand::Promote(arguments) => arguments.json(),
            ComponentCommand::Discard(arguments) => arguments.json(),
            ComponentCommand::History(arguments) => arguments.json,
        }
    }
}

/// Runs the command.
pub(crate) fn run(arguments: &ComponentArguments) -> Result<Completion, Failure> {
    match &arguments.command {
        ComponentCommand::New(arguments) => new::run(arguments),
        ComponentCommand::Build(arguments) => build::run(arguments),
        ComponentCommand::Test(arguments) => cases::run(arguments),
        ComponentCommand::Diff(arguments) => diff::run(arguments),
        ComponentCommand::Wit(arguments) => wit::run(arguments),
        ComponentCommand::Key(arguments) => key::run(arguments),
        ComponentCommand::Pack(arguments) => pack::run(arguments),
        ComponentCommand::Sign(arguments) => sign::run(arguments),
        ComponentCommand::Inspect(arguments) => inspect::run(arguments),
        ComponentCommand::Verify(arguments) => verify::run(arguments),
        ComponentCommand::Push(arguments) => registry::push(arguments),
        ComponentCommand::Pull(arguments) => registry::pull(arguments),
        ComponentCommand::Deploy(arguments) => deploy::run(arguments),
        ComponentCommand::Status(arguments) => generations::status(arguments),
        ComponentCommand::Rollback(arguments) => generations::roll_back(arguments),
        ComponentCommand::Promote(arguments) => trials::promote(arguments),
        ComponentCommand::Discard(arguments) => trials::discard(arguments),
        ComponentCommand::History(arguments) => generations::history(arguments),
    }
}

/// What was not made, as the user sees it.
fn kit_failure(error: KitError) -> Failure {
    let (code, message) = (error.code(), error.to_string());
    match error {
        KitError::Name(_) | KitError::TakenName(_) => Failure::command_line(&message),
        KitError::Occupied(path)
        | KitError::NoSdk(path)
        | KitError::NoCrate(path)
        | KitError::File { path, .. } => Failure::file(code, &path, &message),
        KitError::Program { .. }
        | KitError::Target { .. }
        | KitError::NoNode { .. }
        | KitError::OldNode { .. }
        | KitError::FailedNode(_)
        | KitError::Maker { .. }
        | KitError::TemporaryFolder(_)
        | KitError::NotInstalled { .. } => Failure::configuration(code, &message),
        _ => Failure::caller(code, "", &message),
    }
}

fn read_package(path: &Path) -> Result<Package, Failure> {
    Package::read(path).map_err(|error| package_failure(path, &error))
}

fn package_failure(path: &Path, error: &FileError) -> Failure {
    Failure::file("package.file", path, &error.to_string())
}

fn read_signing_key(path: &Path) -> Result<SigningKey, Failure> {
    let file = files::read_blob(path, files::MOST_KEY_BYTES)?.to_vec();
    SigningKey::read(&file).map_err(|error| {
        let message = format!("{}: {error}", path.display());
        Failure::file("package.key", path, &message)
    })
}
