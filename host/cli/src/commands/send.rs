// SPDX-License-Identifier: Apache-2.0
//! `silta send`: an operation built, sent, and its answer understood, exchange by exchange.

mod report;
mod state;

use std::{
    path::{Path, PathBuf},
    time::SystemTime,
};

use clap::Args;
use silta::{describe::Idempotency, exchange::RetryClass};
use silta_gateway::{
    operation::{Content, Progress, RunError, Sender, Stopped},
    outbound::Blocking,
};

use super::{
    Completion,
    build::{self, Delivered},
    parse::{self, documents::Documents},
};
use crate::{
    clients,
    configuration_file::ConfigurationFile,
    failure::{Failure, Places},
    files,
    host::{self, Served},
    output::{print, print_json},
};
use state::State;

/// Arguments of `silta send`.
#[derive(Debug, Args)]
pub(crate) struct SendArguments {
    /// Agency, such as `tulli`.
    agency: String,
    /// Operation, such as `upload`; `silta describe` lists them.
    operation: String,
    #[command(flatten)]
    config: ConfigurationFile,
    /// Parameters of the operation, a file with one JSON object; `-` for standard input. Without it, `{}`.
    #[arg(long, value_name = "FILE")]
    params: Option<PathBuf>,
    #[command(flatten)]
    delivered: Delivered,
    /// Folder to write documents of the answer into. Nothing in it is overwritten.
    #[arg(long, value_name = "DIR")]
    documents: Option<PathBuf>,
    /// Where to keep how far the operation has come, before anything is sent. Called again with it, the operation goes on: what may have arrived is sent again in
    /// the very same bytes. It can hold secrets and is this user's alone.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Send in spite of what the agency or its component declares: before the agency's time has come, after the end of sending the same bytes again, or
    /// where a repetition may take effect twice.
    #[arg(long, requires = "state")]
    anyway: bool,
    /// Show the outcome as JSON.
    #[arg(long)]
    json: bool,
}

impl SendArguments {
    pub(crate) fn json(&self) -> bool {
        self.json
    }
}

/// Carries the operation out once, as far as it comes, and shows what came of it.
pub(crate) fn run(arguments: &SendArguments) -> Result<Completion, Failure> {
    let _gathering = silta::gather_entropy();
    let (payload, attachments) = arguments.delivered.read()?;
    let content = Content {
        payload,
        attachments,
    };
    let parameters = match &arguments.params {
        Some(path) => files::read_text(path, build::LARGEST_PARAMETERS)?,
        None => "{}".to_owned(),
    };
    let (agency, operation) = (&arguments.agency, &arguments.operation);
    let begun = Progress::new(agency, operation, parameters, &content);
    let begun = begun.with_cursor(arguments.delivered.cursor.clone());
    let (mut progress, mut state) = State::open(arguments.state.as_deref(), begun)?;
    let config = arguments.config.path()?;
    let served = host::serve(&config, &arguments.agency)?;
    let places = Places {
        parameters: arguments.params.as_deref(),
        payload: arguments.delivered.payload.as_deref(),
        ..Places::of_configuration(&config, &arguments.agency)
    };
    let explain = |error| failure(error, &places);
    let sender = sender(&served, &arguments.agency)?;
    let description = served.agency.description()?;
    let known = description.operation(&arguments.operation);
    let idempotency = known.map_or(Idempotency::Never, |operation| operation.idempotency);
    if let Some(folder) = &arguments.documents {
        // What cannot be written is better known before anything is sent.
        files::ensure_folder(folder)?;
    }
    if !arguments.anyway {
        let now = SystemTime::now();
        sender.may_run(&progress, now).map_err(explain)?;
    }
    let threads = Blocking::new();
    let threads =
        threads.map_err(|error| Failure::internal("system.threads", &error.to_string()))?;
    let stopped = threads.run(sender.run(&mut progress, &content, &mut state));
    let stopped = match stopped {
        Ok(stopped) => stopped,
        Err(error) => {
            let is_sent = progress.attempt().is_some_and(|it| it.sendings > 0);
            let failure = explain(error);
            return Err(match is_sent {
                true => failure
                    .with_remedy(&report::Sending::of(&progress, &state, idempotency).advice()),
                false => failure,
            });
        }
    };
    let sending = report::Sending::of(&progress, &state, idempotency);
    deliver(arguments, &mut progress, &state, (&stopped, &sending))
}

/// What sends, as the configuration says.
pub(crate) fn sender(served: &Served, agency: &str) -> Result<Sender, Failure> {
    let (http, mail) = clients::of(&served.config, agency)?;
    Ok(Sender::new(served.agency.clone(), http, mail))
}

/// Hands over what the operation came to, and only then counts it as over.
fn deliver(
    arguments: &SendArguments,
    progress: &mut Progress,
    state: &State,
    (stopped, sending): (&Stopped, &report::Sending),
) -> Result<Completion, Failure> {
    let outcome = match stopped {
        Stopped::Outcome(outcome, _) => outcome,
        Stopped::NotSent(fact) => return Err(report::not_sent(fact)),
        Stopped::Misunderstood(problem) => {
            let error = silta::Error::Problem(problem.clone());
            return Err(Failure::from(error).with_remedy(&sending.advice()));
        }
    };
    let documents = Documents::write(&outcome.documents, arguments.documents.as_deref())?;
    match arguments.json {
        true => print_json(&report::as_json(
            stopped,
            outcome,
            documents.written(),
            sending,
        ))?,
        false => print(&report::as_text(
            stopped,
            outcome,
            documents.written(),
            sending,
        ))?,
    }
    documents.keep();
    let completion = parse::completion(outcome);
    if completion == Completion::Done {
        progress.end(outcome, SystemTime::now());
        state.write(progress)?;
    }
    Ok(completion)
}

fn failure(error: RunError, places: &Places<'_>) -> Failure {
    match error {
        RunError::Runtime(error) => places.explain(error),
        RunError::NotKept(_) => {
            Failure::file("state.not-kept", Path::new("--state"), &error.to_string())
        }
        RunError::NoRelay(error) => {
            Failure::configuration("configuration.outbound", &error.to_string())
        }
        RunError::Credential { ref stopped, .. } => {
            let message = error.to_string();
            match &**stopped {
                Stopped::NotSent(fact) => report::not_sent(fact).saying(&message),
                // The agency does not know us: what we prove ourselves with is the operator's.
                Stopped::Outcome(outcome, _)
                    if matches!(outcome.class, RetryClass::Denied | RetryClass::FixFirst) =>
                {
                    Failure::configuration("credential.not-obtained", &message)
                }
                _ => Failure::counterparty("credential.not-obtained", &message),
            }
        }
        RunError::TooManySteps { .. } => {
            Failure::internal("component.contract", &error.to_string())
        }
        RunError::Content(_) => Failure::caller("state.other-content", "", &error.to_string()),
        RunError::Ended { .. } => Failure::caller("state.ended", "", &error.to_string()),
        RunError::TooEarly { .. } => caller_may_decide("send.too-early", &error),
        RunError::MayRepeat => caller_may_decide("send.may-repeat", &error),
        RunError::Exhausted { .. } => caller_may_decide("send.exhausted", &error),
        other => Failure::internal("send.failed", &other.to_string()),
    }
}

fn caller_may_decide(code: &str, error: &RunError) -> Failure {
    let message = format!("{error} (`--anyway`)");
    Failure::caller(code, "", &message)
}
