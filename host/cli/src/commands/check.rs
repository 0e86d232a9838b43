// SPDX-License-Identifier: Apache-2.0
//! `silta check`: judges a whole configuration, and changes nothing.

mod agency;
mod findings;
mod listener;
mod mail;
mod online;
mod operator;
mod platform;
mod records;
mod registries;
mod return_channel;
mod schemas;
mod sending;
mod settings;
mod stand_ins;
mod telemetry;
mod webhooks;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::SystemTime,
};

use clap::Args;
use silta::Runtime;
use silta_config::{Config, ConfigError, Survey};
use silta_schemas::Package;

use super::{Completion, serve::folder::check_folder, wire};
use crate::{
    configuration_file::ConfigurationFile,
    failure::Failure,
    host,
    output::{print, print_json},
};
use findings::{Findings, Level};

/// Arguments of `silta check`.
#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    #[command(flatten)]
    config: ConfigurationFile,
    /// Look as well whether the servers of the agencies can be reached: their names are resolved, and a connection is made to each.
    #[arg(long)]
    online: bool,
    /// Build every request of Customs with made-up data, signed by a key made for it, and judge it by Customs' schema package: a ZIP or a folder.
    #[arg(long, value_name = "PACKAGE")]
    schemas: Option<PathBuf>,
    /// Show the findings as JSON.
    #[arg(long)]
    json: bool,
}

impl CheckArguments {
    pub(crate) fn json(&self) -> bool {
        self.json
    }
}

/// What a configuration is looked at with.
struct Context<'a> {
    config: &'a Config,
    runtime: &'a Runtime,
    /// What is wrong with the form of the file, and was left out of the configuration.
    misplaced: &'a [ConfigError],
    now: SystemTime,
    online: bool,
    /// What messages of Customs or the return channel are judged by.
    schemas: Option<&'a Package>,
}

impl Context<'_> {
    /// Whether an agency is configured, under whatever name.
    fn has(&self, agency: &str) -> bool {
        let mut ids = self.config.agencies();
        ids.any(|id| self.config.agency_of(id).is_ok_and(|of| of == agency))
    }
}

/// Looks at everything, shows a line for each thing looked at, and says whether anything is wrong.
pub(crate) fn run(arguments: &CheckArguments) -> Result<Completion, Failure> {
    let file = arguments.config.path()?;
    let findings = findings(&file, arguments)?;
    match arguments.json {
        true => print_json(&findings.as_json())?,
        false => print(&findings.as_text())?,
    }
    Ok(match findings.number(Level::Error) {
        0 => Completion::Done,
        _ => Completion::Misconfigured,
    })
}

fn findings(file: &Path, arguments: &CheckArguments) -> Result<Findings, Failure> {
    let Survey {
        config,
        errors: misplaced,
    } = Config::survey(file);
    let mut findings = Findings::default();
    for error in misplaced.iter().cloned() {
        findings.add(Level::Error, findings::FILE, error);
    }
    let Some(config) = config else {
        return Ok(findings);
    };
    whole(&config, &misplaced, &mut findings);
    listener::check(&config, SystemTime::now(), &mut findings);
    mail::check(&config, SystemTime::now(), &mut findings);
    platform::check(&config, SystemTime::now(), &mut findings);
    records::check(&config, &mut findings);
    sending::check(&config, &mut findings);
    operator::check(&config, &mut findings);
    webhooks::check(&config, &mut findings);
    telemetry::check(&config, &mut findings);
    registries::check(&config, &mut findings);
    let schemas = arguments.schemas.as_deref().map(wire::open).transpose()?;
    let runtime = host::runtime(None, 1)?;
    let context = Context {
        config: &config,
        runtime: &runtime,
        misplaced: &misplaced,
        now: SystemTime::now(),
        online: arguments.online,
        schemas: schemas.as_ref(),
    };
    let mut seen = BTreeMap::new();
    let mut callers = Vec::new();
    for id in config.agencies() {
        let agency = agency::check(&context, id, &mut findings);
        callers.push(agency.is_called);
        seen.insert(id, agency.kinds);
    }
    schemas::check_for_agencies(&context, &mut findings);
    // One that was left out because its table is misformed may publish anything.
    if !misplaced.iter().any(is_of_agency) {
        webhooks::check_kinds(&config, &seen, &mut findings);
    }
    mail::check_recipients(&config, &callers, &mut findings);
    // An agency that cannot be asked may call.
    let never = callers.iter().all(|calls| *calls == Some(false));
    if config.listener_limits().is_some() && never {
        let error = config.wrong("agencies", host::none_calls(&config));
        findings.add(Level::Error, "agencies.none-calls", error);
    }
    Ok(findings)
}

fn is_of_agency(error: &ConfigError) -> bool {
    error.field.starts_with("agencies")
}

/// The file, and what stands in no table.
fn whole(config: &Config, misplaced: &[ConfigError], findings: &mut Findings) {
    let ids: Vec<&str> = config.agencies().collect();
    // One that was left out because its table is misformed has been told of.
    if ids.is_empty() && !misplaced.iter().any(is_of_agency) {
        let reason = "no agency is configured; add a table such as [agencies.tulli], `silta init` writes an example";
        let warning = config.wrong("agencies", reason.to_owned());
        findings.add(Level::Warning, "agencies.none", warning);
    } else if misplaced.is_empty() {
        let message = format!("can be read; agencies: {}", ids.join(", "));
        findings.ok(config.wrong("", message));
    }
    if let Some(interval) = findings.told(config.reload_interval()) {
        let message = format!("files are looked at every {} s", interval.as_secs());
        findings.ok(config.wrong("reload-seconds", message));
    }
    if let Some(limits) = findings.told(config.compile_limits()) {
        let message = match limits.in_process {
            true => "components are compiled in the process that serves, without limits".to_owned(),
            false => format!(
                "a component may take {} s and {} bytes of memory to be compiled",
                limits.time.as_secs(),
                limits.memory_bytes
            ),
        };
        findings.ok(config.wrong("deployments", message));
    }
    if let Some(folder) = config.deployments_folder() {
        let field = "deployments.folder";
        match check_folder(&folder) {
            Ok(()) => {
                let message = "packages that are put there are deployed".to_owned();
                findings.ok(config.wrong_file(field, message));
            }
            Err(reason) => {
                let error = config.wrong_file(field, reason);
                findings.add(Level::Error, findings::FILE, error);
            }
        }
    }
    if let Some(grace) = findings.told(config.drain_grace()) {
        let message = format!(
            "calls under way may keep what is replaced for {} s",
            grace.as_secs()
        );
        findings.ok(config.wrong("drain-seconds", message));
    }
}
