//! `silta serve`: where agencies call.

mod journal;

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use clap::Args;
use serde_json::json;
use silta::config::{Config, ListenerConfig};
use silta_gateway::{Listener, ListenerError, ListenerLimits, ListenerSetup};

use super::Completion;
use crate::{
    failure::Failure,
    files, host,
    output::{check_standard_output, json_line, print_bytes},
    signals,
};
use journal::Journal;

/// Arguments of `silta serve`.
#[derive(Debug, Args)]
pub(crate) struct ServeArguments {
    /// Configuration file; its table [listener] says where to listen, and as whom.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// IP address and port to listen at, in place of the configured ones; port 0 is any free one.
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Folder for the records, made where it is missing: each agency's are appended to the file AGENCY.jsonl in it, or go into a pipe of that
    /// name that is being read. Left out, all of them go to standard output.
    #[arg(long, value_name = "DIR")]
    journal: Option<PathBuf>,
}

/// Serves until the program is told to stop.
pub(crate) fn run(arguments: &ServeArguments) -> Result<Completion, Failure> {
    // The first line goes there in any case, and the records unless they have a folder.
    check_standard_output().map_err(|error| Failure::no_output(&error))?;
    let config = Config::read(&arguments.config)?;
    let mut place = place(&config, &arguments.config)?;
    place.address = arguments.listen.unwrap_or(place.address);
    let limits = ListenerLimits::configured(&place.limits);
    limits
        .check()
        .map_err(|wrong| explain(wrong.into(), arguments))?;
    let callers = host::serve_callers(&arguments.config, &config, limits.calls_per_agency)?;
    let agencies: Vec<String> = callers.iter().map(|(id, _)| id.clone()).collect();
    let journal = journal(arguments, &agencies)?;
    let setup = ListenerSetup::new(&place, Arc::new(journal));
    let route = |setup: ListenerSetup, (id, agency)| setup.route(id, agency);
    let setup = callers.into_iter().fold(setup, route);
    // Before anything is said, so that whoever reads it can stop the program.
    let stop = signals::minded()?;
    let listener = Listener::start(setup).map_err(|error| explain(error, arguments))?;
    let address = listener.address().to_string();
    let line = json!({"listening": address, "agencies": agencies});
    print_bytes(json_line(&line).as_bytes())?;
    stop.wait();
    listener.stop();
    Ok(Completion::Done)
}

fn place(config: &Config, file: &Path) -> Result<ListenerConfig, Failure> {
    config.listener()?.ok_or_else(|| {
        let reason = "this table is missing, which says where agencies call; `silta init` writes a configuration with an example".to_owned();
        host::in_configuration(file.to_owned(), "listener".to_owned(), reason)
    })
}

/// The journal, before anything is listened to: without one, nothing that comes could be kept.
fn journal(arguments: &ServeArguments, agencies: &[String]) -> Result<Journal, Failure> {
    let Some(folder) = &arguments.journal else {
        return Journal::on_standard_output().map_err(|error| Failure::no_output(&error));
    };
    files::ensure_folder(folder)?;
    Journal::in_folder(folder, agencies)
        .map_err(|(name, error)| Failure::unwritable(&folder.join(name), &error))
}

fn explain(error: ListenerError, arguments: &ServeArguments) -> Failure {
    let field = match &error {
        ListenerError::Limit(wrong) => format!("listener.limits.{}", wrong.name),
        ListenerError::NoCertificate | ListenerError::Identity(_) => "listener.certificates".into(),
        ListenerError::NoPrivateKey => "listener.private-key".into(),
        ListenerError::Address { .. } if arguments.listen.is_some() => {
            return Failure::command_line(&format!("--listen: {error}; name a free one"));
        }
        ListenerError::Address { .. } => "listener.address".into(),
        _ => return Failure::internal("serve.not-started", &error.to_string()),
    };
    host::in_configuration(arguments.config.clone(), field, error.to_string())
}
