// SPDX-License-Identifier: Apache-2.0
//! `silta serve`: where agencies call.

mod agencies;
mod changes;
pub(super) mod mail;
mod maintenance;
pub(super) mod platform;
mod retention;
mod retry;
mod sending;

use std::{
    collections::BTreeMap,
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
    Gateway, ListenerConfig, ListenerError, ListenerSetup, OperatorSetup, ServedAgency,
    ServerIdentity,
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
use platform::PlatformServer;
use retention::Retaining;
use sending::Sender;

/// Agencies by their ids.
type Served = BTreeMap<String, ServedAgency>;

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
    let listener = listener_config(&config, &file, arguments.listen)?;
    let mut mail = MailReceiver::new(&file, &config)?;
    let mut platform = PlatformServer::new(&file, &config)?;
    let mut sender = Sender::new(&config)?;
    let is_called_only = !platform.is_configured() && !sender.is_configured();
    if listener.is_none() && !mail.is_configured() && is_called_only {
        return Err(nothing_to_serve(&file));
    }
    let calls = listener.as_ref().map(|listener| listener.limits);
    let calls = calls.unwrap_or_default().calls_per_agency;
    let context = ServeContext {
        file: &file,
        config: config.clone(),
        runtime: host::runtime_of_callers(&file, &config, calls)?,
    };
    let agencies = Agencies::start(&context, arguments.strict)?;
    let callers = agencies.callers(&context, is_called_only)?;
    let all = agencies.all();
    let kept = config.store()?;
    let mut first_line = first_line(&callers, &agencies, &kept.folder);
    let operator = config.operator_address().transpose()?;
    // Before anything is listened to: without it, nothing that comes could be kept.
    let store = Arc::new(store::open(&file, &config)?);
    let mut maintenance = Maintenance::new(context, agencies, read)?;
    let retaining = Retaining::start(store.clone(), &kept)?;
    // Whichever way they are called, and whatever they are asked for, the limit counts.
    let all = all.into_iter().map(|(id, agency)| {
        let served = ServedAgency::new(id.as_str(), agency, calls);
        (id, served)
    });
    let all = Served::from_iter(all);
    let is_called = |id: &str| callers.iter().any(|(called, _)| called == id);
    let mut called = all.clone();
    called.retain(|id, _| is_called(id));
    let proxies = config.listener_proxies()?;
    let setup = listener.map(|config| {
        let mut setup = ListenerSetup::new(&config, store.clone()).behind(proxies);
        setup.routes.clone_from(&called);
        setup
    });
    let mails = mail.setup(&called, store.clone())?;
    let api = platform.setup(&all, store.clone());
    sender.prepare(&config, &all)?;
    if let Some(ids) = sender.told() {
        first_line.insert("sending".into(), ids.into());
    }
    let told = |error| explain(error, &file, arguments.listen);
    let gateway = Gateway::new().map_err(told)?;
    let listener = setup.map(|setup| gateway.listen(setup));
    let listener = listener.transpose().map_err(told)?;
    mail.start(&gateway, mails)?;
    platform.start(&gateway, api)?;
    sender.start(&gateway, store.clone());
    if let Some(listener) = &listener {
        first_line.insert("listening".into(), listener.address().to_string().into());
    }
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
    let first_line = platform.told(mail.told(first_line.into()));
    print_bytes(json_line(&first_line).as_bytes())?;
    loop {
        let next_look = maintenance.look(listener.as_ref(), &sender);
        let next_look = next_look.min(mail.look()).min(platform.look());
        match signals.recv_timeout(next_look) {
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

/// The listener as it is configured, at another address if one is given. What it answers with is judged here, since components are compiled before it
/// starts, which takes a while.
fn listener_config(
    config: &Config,
    file: &Path,
    listen: Option<SocketAddr>,
) -> Result<Option<ListenerConfig>, Failure> {
    let Some(mut listener) = config.listener()? else {
        return match listen {
            Some(_) => Err(Failure::command_line(
                "--listen: the configuration has no table [listener], which says with which certificate to answer; `silta init --listener` writes an example",
            )),
            None => Ok(None),
        };
    };
    listener.address = listen.unwrap_or(listener.address);
    let wrong = |error| explain(error, file, listen);
    listener
        .limits
        .check()
        .map_err(|limit| wrong(limit.into()))?;
    identity(&listener).map_err(wrong)?;
    Ok(Some(listener))
}

/// What a listener answers with.
fn identity(listener: &ListenerConfig) -> Result<ServerIdentity, ListenerError> {
    let now = SystemTime::now();
    ServerIdentity::read(&listener.certificates, &listener.private_key, now)
        .and_then(|first| first.beside_configured(&listener.also, now))
}

fn nothing_to_serve(file: &Path) -> Failure {
    let reason = "there is neither a table [listener], which says where agencies call, nor [mail], which says where mail is delivered, nor [platform], which says where your own systems call, nor [sending], which has what is queued sent: nothing would be done; `silta init --listener` writes an example";
    host::in_configuration(file.to_owned(), "listener".to_owned(), reason.to_owned())
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
