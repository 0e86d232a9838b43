// SPDX-License-Identifier: Apache-2.0
//! `silta operations`: what is to be sent to agencies, and how far it has come.

mod report;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;
use silta::Blob;
use silta_gateway::{operation::Progress, platform::PlatformRequest};
use silta_store::record::{MOST_ROWS, OperationId, OperationListing, OperationPhase};

use report::More;

use super::Completion;
use crate::{
    api::Api,
    configuration_file::ConfigurationFile,
    examples,
    failure::Failure,
    operation_facts::operation_facts,
    output::{print, print_json},
    store::{self, failed},
};

/// Arguments of `silta operations`.
#[derive(Debug, Args)]
pub(crate) struct OperationsArguments {
    #[command(subcommand)]
    command: OperationsCommand,
}

#[derive(Debug, Subcommand)]
enum OperationsCommand {
    /// List operations, the oldest first. `silta serve` may run meanwhile.
    #[command(after_help = examples::OPERATIONS_LIST)]
    List(ListArguments),
    /// Show an operation: how far it has come, what was sent of it, how its runs ended.
    #[command(after_help = examples::OPERATIONS_SHOW)]
    Show(ShowArguments),
    /// Have a held or waiting operation go on now. What the agency may have taken may take effect twice.
    #[command(after_help = examples::OPERATIONS_RESUME)]
    Resume(DecideArguments),
    /// End an operation that nobody carries out at the moment. What the agency may have taken is not taken back.
    #[command(after_help = examples::OPERATIONS_CANCEL)]
    Cancel(DecideArguments),
}

/// How far an operation has come.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum State {
    Queued,
    Running,
    Waiting,
    /// Somebody has to decide on it.
    Held,
    Ended,
}

#[derive(Debug, Args)]
struct ListArguments {
    #[command(flatten)]
    config: ConfigurationFile,
    /// Those of one agency, by the name of its table in the configuration.
    #[arg(long)]
    agency: Option<String>,
    /// Those of one operation, by its name.
    #[arg(long)]
    operation: Option<String>,
    /// Those that have come so far.
    #[arg(long)]
    state: Option<State>,
    /// Those behind this number.
    #[arg(long, value_name = "ID", default_value_t = 0)]
    after: u64,
    /// So many at most.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=i64::from(MOST_ROWS)))]
    limit: u32,
    /// Show the operations as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct ShowArguments {
    #[command(flatten)]
    config: ConfigurationFile,
    /// Number of the operation.
    id: u64,
    /// Show it as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct DecideArguments {
    #[command(flatten)]
    api: Api,
    /// Number of the operation.
    id: u64,
    /// Show the result as JSON.
    #[arg(long)]
    json: bool,
}

impl OperationsArguments {
    pub(crate) fn json(&self) -> bool {
        match &self.command {
            OperationsCommand::List(arguments) => arguments.json,
            OperationsCommand::Show(arguments) => arguments.json,
            OperationsCommand::Resume(arguments) | OperationsCommand::Cancel(arguments) => {
                arguments.json
            }
        }
    }
}

impl From<State> for OperationPhase {
    fn from(state: State) -> Self {
        match state {
            State::Queued => Self::Queued,
            State::Running => Self::Running,
            State::Waiting => Self::Waiting,
            State::Held => Self::Held,
            State::Ended => Self::Ended,
        }
    }
}

/// Runs the command.
pub(crate) fn run(arguments: &OperationsArguments) -> Result<Completion, Failure> {
    match &arguments.command {
        OperationsCommand::List(arguments) => list(arguments),
        OperationsCommand::Show(arguments) => show(arguments),
        OperationsCommand::Resume(arguments) => decide(arguments, ("resume", "goes on")),
        OperationsCommand::Cancel(arguments) => decide(arguments, ("cancel", "is cancelled")),
    }
}

fn list(arguments: &ListArguments) -> Result<Completion, Failure> {
    let store = store::visit(&arguments.config)?;
    let listing = OperationListing {
        after: OperationId(arguments.after),
        newest_first: false,
        agencies: arguments.agency.clone().into_iter().collect(),
        operation: arguments.operation.clone(),
        phase: arguments.state.map(OperationPhase::from),
        submitted_under: None,
        limit: arguments.limit,
    };
    let page = store.operations(&listing).map_err(|error| failed(&error))?;
    // One that is not the last may be followed by others.
    let is_full = page.operations.len() == arguments.limit as usize;
    let more = page.operations.last().filter(|_| is_full);
    let more = more.map(|last| last.id);
    if arguments.json {
        let operations = page.operations.iter();
        let operations = operations.map(|one| report::as_json(one, page.now, &More::default()));
        print_json(&json!({"operations": operations.collect::<Vec<_>>(), "more": more}))?;
    } else {
        print(&report::table(&page))?;
        if let Some(last) = more {
            print(&format!("there may be more: --after {last}\n"))?;
        }
    }
    Ok(Completion::Done)
}

fn show(arguments: &ShowArguments) -> Result<Completion, Failure> {
    let store = store::visit(&arguments.config)?;
    let listing = OperationListing {
        after: OperationId(arguments.id.saturating_sub(1)),
        limit: 1,
        ..OperationListing::default()
    };
    let page = store.operations(&listing).map_err(|error| failed(&error))?;
    let found = page
        .operations
        .first()
        .filter(|one| one.id.0 == arguments.id);
    let operation = found.ok_or_else(|| {
        let message = format!(
            "there is no operation {}; it may have been removed after it had ended. `silta operations list` shows those that are there",
            arguments.id
        );
        Failure::caller("operation.unknown", "", &message)
    })?;
    let kept = operation.state.progress.map(|body| store.body(body));
    let kept = kept.transpose().map_err(|error| failed(&error))?.flatten();
    let progress = kept.map(|kept| Progress::from_bytes(&kept.to_vec()));
    let progress = progress.transpose().map_err(|error| {
        let message = format!(
            "the progress of operation {}: {error}; check the store",
            operation.id
        );
        Failure::internal("operation.unreadable-progress", &message)
    })?;
    let runs = store.runs(operation.id).map_err(|error| failed(&error))?;
    let more = More {
        progress: progress.as_ref(),
        runs: Some(&runs),
    };
    let shown = report::as_json(operation, page.now, &more);
    match arguments.json {
        true => print_json(&shown)?,
        false => print(&operation_facts(&shown))?,
    }
    Ok(Completion::Done)
}

fn decide(
    arguments: &DecideArguments,
    (decision, told): (&str, &str),
) -> Result<Completion, Failure> {
    let id = arguments.id;
    arguments.api.ask(PlatformRequest {
        method: "POST".to_owned(),
        path: format!("/v1/operations/{id}/{decision}"),
        headers: Vec::new(),
        body: Blob::empty(),
    })?;
    match arguments.json {
        true => print_json(&json!({"id": id, "decision": decision}))?,
        false => print(&format!("operation {id} {told}\n"))?,
    }
    Ok(Completion::Done)
}
