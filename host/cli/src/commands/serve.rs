// SPDX-License-Identifier: Apache-2.0
//! `silta serve`: where agencies call.

mod agencies;
mod changes;
mod journal;
pub(super) mod mail;
mod maintenance;
mod retry;

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{Arc, mpsc::RecvTimeoutError},
    time::SystemTime,
};

use clap::Args;
use serde_json::{Value, json};
use silta::{Agency, keys::KeyError};
use silta_config::Config;
use silta_gateway::{Gateway, ListenerConfig, ListenerError, ListenerSetup, ServerIdentity};

use super::Completion;
use crate::{
    configuration_file::ConfigurationFile,
    failure::Failure,
    files, host,
    output::{check_standard_output, json_line, print_bytes},
    signals::{self, Signal},
};
use agencies::{Agencies, ServeContext};
pub(super) use journal::{Journal, journal_file};
use mail::MailReceiver;
use maintenance::Maintenance;

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
    /// Folder for the records, made where it is missing: each agency's are appended to the file AGENCY.jsonl in it, or go into a pipe of that
    /// name that is being read. Left out, all of them go to standard output.
    #[arg(long, value_name = "DIR")]
    journal: Option<PathBuf>,
}

/// Serves until the program is told to stop.
pub(crate) fn run(arguments: &ServeArguments) -> Result<Completion, Failure> {
    // The first line goes there in any case, and the records unless they have a folder.
    check_standard_output().map_err(|error| Failure::no_output(&error))?;
    // Before components are compiled, which takes a while: a terminal that closes meanwhile does not stop the program.
    let signals = signals::minded()?;
    let file = arguments.config.path()?;
    let config = Config::read(&file)?;
    let read = config.listener_snapshot();
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
    let context = ServeContext {
        file: &file,
        config: &config,
        runtime: host::runtime_of_callers(&file, &config, limits.calls_per_agency)?,
    };
    let agencies = Agencies::start(&context, arguments.strict)?;
    let callers = agencies.callers(&context)?;
    let first_line = first_line(&callers, &agencies);
    let journal = journal(arguments, &callers)?;
    let setup = ListenerSetup::new(&listener, Arc::new(journal));
    let mut maintenance = Maintenance::new(context, agencies, read)?;
    let setup = callers
        .into_iter()
        .fold(setup, |setup, (id, agency)| setup.serve(&id, agency));
    let mails = mail.setup(&setup)?;
    let listening = Gateway::new().and_then(|gateway| Ok((gateway.listen(setup)?, gateway)));
    let (listener, gateway) = listening.map_err(|error| explain(error, &file, arguments.listen))?;
    mail.start(&gateway, mails)?;
    let first_line = mail.told(first_line(listener.address()));
    print_bytes(json_line(&first_line).as_bytes())?;
    loop {
        match signals.recv_timeout(maintenance.look(&listener).min(mail.look())) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(Signal::LookAgain) => {
                tracing::warn!(target: "silta::serve", "SIGHUP does not stop this program: it has the files looked at that the configuration names; the configuration itself is read at start. SIGTERM stops it");
            }
            // An error would mean that the handler is gone, and with it the way to be stopped.
            Ok(Signal::Stop) | Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    gateway.stop();
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
        let listening = address.to_string();
        if stopped.is_empty() {
            json!({"listening": listening, "agencies": agencies})
        } else {
            json!({"listening": listening, "agencies": agencies, "stopped": stopped})
        }
    }
}

fn listener_config(config: &Config, file: &Path) -> Result<ListenerConfig, Failure> {
    config.listener()?.ok_or_else(|| {
        let reason = "this table is missing, which says where agencies call; `silta init` writes a configuration with an example".to_owned();
        host::in_configuration(file.to_owned(), "listener".to_owned(), reason)
    })
}

/// The journal, before anything is listened to: without one, nothing that comes could be kept.
fn journal(arguments: &ServeArguments, callers: &[(String, Agency)]) -> Result<Journal, Failure> {
    let Some(folder) = &arguments.journal else {
        return Journal::on_standard_output().map_err(|error| Failure::no_output(&error));
    };
    files::ensure_folder(folder)?;
    let agencies = callers.iter().map(|(id, _)| id.as_str());
    Journal::in_folder(folder, agencies)
        .map_err(|(name, error)| Failure::unwritable(&folder.join(name), &error))
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
