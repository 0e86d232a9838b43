//! `silta serve`: where agencies call.

mod agencies;
mod changes;
mod journal;
mod trouble;
mod upkeep;

use std::{
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{
        Arc,
        mpsc::{self, RecvTimeoutError},
    },
};

use clap::Args;
use serde_json::{Value, json};
use silta::{
    Agency,
    config::{Config, ListenerConfig},
    keys::KeyError,
};
use silta_gateway::{Listener, ListenerError, ListenerSetup};

use super::Completion;
use crate::{failure::Failure, host, output::print};
use agencies::{Agencies, House};
use journal::Journal;
use upkeep::Upkeep;

/// Arguments of `silta serve`.
#[derive(Debug, Args)]
pub(crate) struct ServeArguments {
    /// Configuration file; its table [listener] says where to listen, and as whom.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// IP address and port to listen at, in place of the configured ones; port 0 is any free one.
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Do not start unless every agency can be served. Without it, one that cannot be (its certificate has expired, say) is answered
    /// for with 503 until its files are mended, and the others are served.
    #[arg(long)]
    strict: bool,
}

/// Serves until the program is told to stop.
pub(crate) fn run(arguments: &ServeArguments) -> Result<Completion, Failure> {
    let config = Config::read(&arguments.config)?;
    let read = config.listener_snapshot();
    let mut place = place(&config, &arguments.config)?;
    place.address = arguments.listen.unwrap_or(place.address);
    let setup = ListenerSetup::new(&place, Arc::new(Journal::new(io::stdout())));
    let limits = setup.limits;
    limits
        .check()
        .map_err(|wrong| explain(wrong.into(), &arguments.config, arguments.listen))?;
    let house = House {
        file: &arguments.config,
        config: &config,
        runtime: host::runtime_of_callers(&config, limits.calls_per_agency)?,
    };
    let agencies = Agencies::start(&house, arguments.strict)?;
    let callers = agencies.callers(&house)?;
    let first_line = first_line(&callers, &agencies);
    let mut upkeep = Upkeep::new(house, agencies, read)?;
    let route = |setup: ListenerSetup, (id, agency)| setup.route(id, agency);
    let setup = callers.into_iter().fold(setup, route);
    // Before anything is said, so that whoever reads it can stop the program.
    let stop = stop_signal()?;
    let listener = Listener::start(setup);
    let listener = listener.map_err(|error| explain(error, &arguments.config, arguments.listen))?;
    print(&format!("{}\n", first_line(listener.address())))?;
    // Another error would mean that the handler is gone, and with it the way to be stopped.
    while let Err(RecvTimeoutError::Timeout) = stop.recv_timeout(upkeep.look(&listener)) {}
    listener.stop();
    Ok(Completion::Done)
}

/// What is served, in the first line: where, those that are called, and those of them that are not served yet.
fn first_line(
    callers: &[(String, Agency)],
    agencies: &Agencies,
) -> impl Fn(SocketAddr) -> Value + use<> {
    let stopped = agencies.stopped();
    let ids = callers.iter().map(|(id, _)| id.clone());
    let (stopped, agencies): (Vec<_>, Vec<_>) = ids.partition(|id| stopped.contains(&id.as_str()));
    move |address| {
        let mut line = json!({"listening": address.to_string(), "agencies": agencies});
        if !stopped.is_empty() {
            line["stopped"] = json!(stopped);
        }
        line
    }
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

fn explain(error: ListenerError, config: &Path, listen: Option<SocketAddr>) -> Failure {
    let field = match &error {
        ListenerError::Limit(wrong) => format!("listener.limits.{}", wrong.name),
        ListenerError::Key(KeyError::PrivateKeyFile(_)) => "listener.private-key".into(),
        ListenerError::Key(_) | ListenerError::Identity(_) => "listener.certificates".into(),
        ListenerError::Address { .. } if listen.is_some() => {
            return Failure::command_line(&format!("--listen: {error}; name a free one"));
        }
        ListenerError::Address { .. } => "listener.address".into(),
        _ => return Failure::internal("serve.not-started", &error.to_string()),
    };
    host::in_configuration(config.to_owned(), field, error.to_string())
}
