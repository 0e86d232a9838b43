//! `silta serve`: where agencies call.

mod journal;

use std::{
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{Arc, mpsc},
};

use clap::Args;
use serde_json::json;
use silta::config::{Config, ListenerConfig};
use silta_gateway::{Listener, ListenerError, ListenerSetup};

use super::Completion;
use crate::{failure::Failure, host, output::print};
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
}

/// Serves until the program is told to stop.
pub(crate) fn run(arguments: &ServeArguments) -> Result<Completion, Failure> {
    let config = Config::read(&arguments.config)?;
    let mut place = place(&config, &arguments.config)?;
    place.address = arguments.listen.unwrap_or(place.address);
    let setup = ListenerSetup::new(&place, Arc::new(Journal::new(io::stdout())));
    let limits = setup.limits;
    limits
        .check()
        .map_err(|wrong| explain(wrong.into(), arguments))?;
    let callers = host::serve_callers(&arguments.config, &config, limits.calls_per_agency)?;
    let agencies: Vec<String> = callers.iter().map(|(id, _)| id.clone()).collect();
    let route = |setup: ListenerSetup, (id, agency)| setup.route(id, agency);
    let setup = callers.into_iter().fold(setup, route);
    // Before anything is said, so that whoever reads it can stop the program.
    let stop = stop_signal()?;
    let listener = Listener::start(setup).map_err(|error| explain(error, arguments))?;
    let address = listener.address().to_string();
    print(&format!(
        "{}\n",
        json!({"listening": address, "agencies": agencies})
    ))?;
    // An error would mean that the handler is gone, and with it the way to be stopped.
    let _ = stop.recv();
    listener.stop();
    Ok(Completion::Done)
}

fn place(config: &Config, file: &Path) -> Result<ListenerConfig, Failure> {
    config.listener()?.ok_or_else(|| {
        let reason = "this table is missing, which says where agencies call; `silta init` writes a configuration with an example".to_owned();
        host::in_configuration(file.to_owned(), "listener".to_owned(), reason)
    })
}

/// Told once for each Ctrl-C or SIGTERM.
fn stop_signal() -> Result<mpsc::Receiver<()>, Failure> {
    let (stopping, stop) = mpsc::channel();
    ctrlc::set_handler(move || {
        // Nobody waits for a second one.
        let _ = stopping.send(());
    })
    .map_err(|error| {
        let message = format!("signals cannot be handled: {error}");
        Failure::internal("serve.no-signals", &message)
    })?;
    Ok(stop)
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
