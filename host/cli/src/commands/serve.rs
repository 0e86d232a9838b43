// SPDX-License-Identifier: Apache-2.0
//! `silta serve`: where agencies call.

mod agencies;
mod changes;
mod component;
mod context;
mod deployments;
mod fetching;
pub(super) mod folder;
pub(super) mod listener;
pub(super) mod mail;
mod maintenance;
mod member;
mod on_trial;
mod own_listener;
pub(super) mod platform;
mod recording;
mod records;
mod reminders;
mod retention;
mod retry;
mod sending;
mod servers;
mod telemetry;
mod upkeep;
mod webhooks;

use std::{
    net::SocketAddr,
    path::Path,
    sync::{Arc, mpsc::RecvTimeoutError},
};

use clap::Args;
use serde_json::{Map, Value};
use silta::Agency;
use silta_config::Config;
use silta_gateway::trials::TrialCounts;

use super::Completion;
use crate::{
    configuration_file::ConfigurationFile,
    failure::Failure,
    files, host,
    output::{check_standard_output, json_line, print_bytes},
    signals::{self, Signal},
    store,
};
use agencies::Agencies;
use context::ServeContext;
use deployments::Hosted;
use folder::WatchedFolder;
use maintenance::Maintenance;
use on_trial::OnTrial;
use retention::Retaining;
use servers::Servers;

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
    // Before there are threads.
    silta::share_allocator_arenas();
    let _gathering = silta::gather_entropy();
    // The first line goes there.
    check_standard_output().map_err(|error| Failure::no_output(&error))?;
    // Before components are compiled, which takes a while: a terminal that closes meanwhile does not stop the program.
    let (wake, signals) = signals::minded()?;
    let file = arguments.config.path()?;
    let config = Config::read(&file)?;
    // Before anything takes time: what changes from now on is seen.
    let read = (config.own_snapshot(), config.listener_snapshot());
    let mut servers = Servers::configured(&file, &config, arguments.listen)?;
    let recorder = recording::start(&config)?;
    let calls = servers.calls_per_agency();
    let runtime = host::runtime_of_callers(&file, &config, calls, recorder.clone())?;
    let kept = config.store()?;
    // Before anything is served: it says which generations are, and without it, nothing that comes could be kept.
    let store = Arc::new(store::open(&file, &config)?);
    let context = ServeContext {
        file: file.clone(),
        config: config.clone(),
        runtime,
        store: store.clone(),
        on_trial: OnTrial::default(),
        trial_counts: TrialCounts::default(),
        wake,
    };
    servers.count_trials(&context.trial_counts);
    let agencies = Agencies::start(&context, arguments.strict)?;
    let callers = agencies.callers(&context, servers.are_called_only())?;
    let all = agencies.all();
    let mut first_line = first_line(&callers, &agencies, &kept.folder);
    if let Some(folder) = config.recorded_folder() {
        first_line.insert("recording".into(), files::display(&folder).into());
    }
    servers.count_recordings(recorder.as_deref());
    let hosted = Hosted::new(context, agencies);
    let mut maintenance = Maintenance::new(hosted.clone(), read)?;
    let retaining = Retaining::start(store.clone(), &kept)?;
    let watched = watched(&config, &hosted)?;
    let gateway = servers.start(callers, (all, &hosted), store, &mut first_line)?;
    let first_line = Value::from(first_line);
    // Before the line: whoever has read it knows that what they change from then on is seen at the next look, and not at this one.
    let mut next_look = servers.look(&mut maintenance);
    print_bytes(json_line(&first_line).as_bytes())?;
    loop {
        match signals.recv_timeout(next_look) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(Signal::LookAgain) => {
                tracing::warn!(target: "silta::serve", "SIGHUP does not stop this program: it has the configuration looked at, and the files that it names. SIGTERM stops it");
            }
            Ok(Signal::RolledBack) => {}
            // The context has a sender: somebody can tell always.
            Ok(Signal::Stop) | Err(RecvTimeoutError::Disconnected) => break,
        }
        next_look = servers.look(&mut maintenance);
    }
    drop(watched);
    gateway.stop();
    // No call is under way any more.
    hosted.pause_trials();
    retaining.stop();
    if let Some(recorder) = recorder {
        recorder.stop();
    }
    Ok(Completion::Done)
}

/// The folder of packages to be deployed, where there is one.
fn watched(config: &Config, hosted: &Hosted) -> Result<Option<WatchedFolder>, Failure> {
    let Some(folder) = config.deployments_folder() else {
        return Ok(None);
    };
    folder::check_folder(&folder)
        .map_err(|reason| Failure::from(config.wrong_file("deployments.folder", reason)))?;
    let interval = config.reload_interval()?;
    WatchedFolder::start(folder, hosted.clone(), interval).map(Some)
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
