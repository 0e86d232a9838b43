// SPDX-License-Identifier: Apache-2.0
//! `silta serve`: where agencies call.

mod agencies;
mod changes;
pub(super) mod mail;
mod maintenance;
mod retention;
mod retry;
mod sending;

use std::{
    net::SocketAddr,
    path::Path,
    sync::{Arc, mpsc::RecvTimeoutError},
    time::SystemTime,
};

use clap::Args;
use serde_json::{Map, Value};
use silta::{Agency, keys::KeyError};
use silta_config::Config;
use silta_gateway::{
    Gateway, ListenerConfig, ListenerError, ListenerSetup, OperatorSetup, ServerIdentity,
};

use super::Completion;
use crate::{
    configuration_file::ConfigurationFile,
    failure::Failure,
    files, host,
    output::{check_standard_output, json_line, print_bytes},
    signals::{self, Signal},
    store,
};
use agencies::{Agencies, ServeContext};
use mail::MailReceiver;
use maintenance::Maintenance;
use retention::Retaining;
use sending::Sender;

/// Arguments of `silta serve`.
#[derive(Debug, Args)]
pub(crate) struct ServeArguments {
    #[command(flatten)]
    config: ConfigurationFile,
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
    // The first line goes there.
    check_standard_output().map_err(|error| Failure::no_output(&error))?;
    // Before components are compiled, which takes a while: a terminal that closes meanwhile does not stop the program.
    let signals = signals::minded()?;
    let file = arguments.config.path()?;
    let config = Config::read(&file)?;
    // Before anything takes time: what changes from now on is seen.
    let read = (config.own_snapshot(), config.listener_snapshot());
    let mut listener = listener_config(&config, &file)?;
    listener.address = arguments.listen.unwrap_or(listener.address);
    let limits = listener.limits;
    limits
        .check()
        .map_err(|wrong| explain(wrong.into(), &file, arguments.listen))?;
    // Before components are compiled, which takes a while.
    let now = SystemTime::now();
    ServerIdentity::read(&listener.certificates, &listener.private_key, now)
        .and_then(|first| first.beside_configured(&listener.also, now))
        .map_err(|error| explain(error, &file, None))?;
    let mut mail = MailReceiver::new(&file, &config)?;
    let mut sender = Sender::new(&config)?;
    let context = ServeContext {
        file: &file,
        config: config.clone(),
        runtime: host::runtime_of_callers(&file, &config, limits.calls_per_agency)?,
    };
    let agencies = Agencies::start(&context, arguments.strict)?;
    let callers = agencies.callers(&context, sender.is_configured())?;
    let all = agencies.all();
    let kept = config.store()?;
    let mut first_line = first_line(&callers, &agencies, &kept.folder);
    let operator = config.operator_address().transpose()?;
    // Before anything is listened to: without it, nothing that comes could be kept.
    let store = Arc::new(store::open(&file, &config)?);
    let setup = ListenerSetup::new(&listener, store.clone()).behind(config.listener_proxies()?);
    let mut maintenance = Maintenance::new(context, agencies, read)?;
    let retaining = Retaining::start(store.clone(), &kept)?;
    let setup = callers
        .iter()
        .fold(setup, |setup, (id, agency)| setup.serve(id, agency.clone()));
    let mails = mail.setup(&setup)?;
    sender.prepare(&config, all, &setup)?;
    if let Some(ids) = sender.told() {
        first_line.insert("sending".into(), ids.into());
    }
    let listening = Gateway::new().and_then(|gateway| Ok((gateway.listen(setup)?, gateway)));
    let (listener, gateway) = listening.map_err(|error| explain(error, &file, arguments.listen))?;
    mail.start(&gateway, mails)?;
    sender.start(&gateway, store.clone());
    first_line.insert("listening".into(), listener.address().to_string().into());
    if let Some(address) = operator {
        let setup = OperatorSetup {
            address,
            store,
            agencies: callers,
        };
        let listening = gateway.listen_for_operator(setup).map_err(|error| {
            let field = "operator.address".to_owned();
            host::in_configuration(file.clone(), field, error.to_string())
        })?;
        first_line.insert("operator".into(), listening.to_string().into());
    }
    let first_line = mail.told(first_line.into());
    print_bytes(json_line(&first_line).as_bytes())?;
    loop {
        match signals.recv_timeout(maintenance.look(&listener, &sender).min(mail.look())) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(Signal::LookAgain) => {
                tracing::warn!(target: "silta::serve", "SIGHUP does not stop this program: it has the configuration looked at, and the files that it names. SIGTERM stops it");
            }
            // An error would mean that the handler is gone, and with it the way to be stopped.
            Ok(Signal::Stop) | Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    gateway.stop();
    retaining.stop();
    Ok(Completion::Done)
}

/// What is served, in the first line: those that are called, those of them that are not served yet, and where what comes is kept.
fn first_line(
    callers: &[(String, Agency)],
    agencies: &Agencies,
    store: &Path,
) -> Map<String, Value> {
    let stopped = agencies.stopped();
    let ids = callers.iter().map(|(id, _)| id.clone());
    let (stopped, agencies): (Vec<_>, Vec<_>) = ids.partition(|id| stopped.contains(&id.as_str()));
    let mut line = Map::new();
    line.insert("agencies".into(), agencies.into());
    line.insert("store".into(), files::display(store).into());
    if !stopped.is_empty() {
        line.insert("stopped".into(), stopped.into());
    }
    line
}

fn listener_config(config: &Config, file: &Path) -> Result<ListenerConfig, Failure> {
    config.listener()?.ok_or_else(|| {
        let reason = "this table is missing, which says where agencies call; `silta init` writes a configuration with an example".to_owned();
        host::in_configuration(file.to_owned(), "listener".to_owned(), reason)
    })
}

fn explain(error: ListenerError, config: &Path, listen: Option<SocketAddr>) -> Failure {
    let field = match &error {
        ListenerError::Limit(wrong) => format!("listener.limits.{}", wrong.name),
        ListenerError::Also { number, error } => {
            format!("listener.also[{number}].{}", file_at_fault(error))
        }
        ListenerError::Key(_) | ListenerError::Identity(_) | ListenerError::UnusableKey { .. } => {
            format!("listener.{}", file_at_fault(&error))
        }
        ListenerError::Address { .. } if listen.is_some() => {
            return Failure::command_line(&format!("--listen: {error}; name a free one"));
        }
        ListenerError::Address { .. } => "listener.address".into(),
        _ => return Failure::internal("serve.not-started", &error.to_string()),
    };
    host::in_configuration(config.to_owned(), field, error.to_string())
}

/// Which of a certificate and its key an error is about.
pub(super) fn file_at_fault(error: &ListenerError) -> &'static str {
    match error {
        ListenerError::Key(KeyError::PrivateKeyFile(_)) | ListenerError::UnusableKey { .. } => {
            "private-key"
        }
        _ => "certificates",
    }
}
