// SPDX-License-Identifier: Apache-2.0
//! `silta store`: what is kept, whether it is whole, copies of it.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;
use silta_config::Config;
use silta_store::{
    Store, StoreError, Timestamp, Why,
    record::{Pruned, Status},
};

use super::Completion;
use crate::{
    configuration_file::ConfigurationFile,
    examples,
    failure::Failure,
    output::{facts, print, print_json, section},
    store::{self, moment},
};

/// Arguments of `silta store`.
#[derive(Debug, Args)]
pub(crate) struct StoreArguments {
    #[command(subcommand)]
    command: StoreCommand,
}

#[derive(Debug, Subcommand)]
enum StoreCommand {
    /// Say what there is, how old the oldest of it is, and how much room it takes.
    #[command(after_help = examples::STORE_STATUS)]
    Status(LookArguments),
    /// Read everything, compare every document with its digest, and say what is wrong.
    #[command(after_help = examples::STORE_CHECK)]
    Check(LookArguments),
    /// Copy the store as it is at one moment, durably. The copy is a store: name its folder in the configuration to use it.
    #[command(after_help = examples::STORE_BACKUP)]
    Backup(BackupArguments),
    /// Remove now what `[store.retention]` lets be removed. `silta serve` does that by itself; no program may have the store meanwhile.
    #[command(after_help = examples::STORE_PRUNE)]
    Prune(LookArguments),
}

#[derive(Debug, Args)]
struct LookArguments {
    #[command(flatten)]
    config: ConfigurationFile,
    /// Show the result as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct BackupArguments {
    #[command(flatten)]
    look: LookArguments,
    /// Folder for the copy. It must not be there yet.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

impl StoreArguments {
    pub(crate) fn json(&self) -> bool {
        match &self.command {
            StoreCommand::Status(look) | StoreCommand::Check(look) | StoreCommand::Prune(look) => {
                look.json
            }
            StoreCommand::Backup(backup) => backup.look.json,
        }
    }
}

/// Runs the command.
pub(crate) fn run(arguments: &StoreArguments) -> Result<Completion, Failure> {
    match &arguments.command {
        StoreCommand::Status(look) => status(look),
        StoreCommand::Check(look) => check(look),
        StoreCommand::Backup(arguments) => backup(arguments),
        StoreCommand::Prune(look) => prune(look),
    }
}

fn status(arguments: &LookArguments) -> Result<Completion, Failure> {
    let visitor = store::visit(&arguments.config)?;
    let status = visitor.status().map_err(|error| store::failed(&error))?;
    match arguments.json {
        true => print_json(&json!({
            "now": moment(status.now),
            "entries": status.entries,
            "waiting": status.waiting,
            "oldestWaiting": status.oldest_waiting.map(moment),
            "entryBytes": status.entry_bytes,
            "queued": status.queued,
            "oldestQueued": status.oldest_queued.map(moment),
            "held": status.held,
            "ended": status.ended,
            "keys": status.keys,
            "acts": status.acts,
            "bodies": status.bodies,
            "bodyBytes": status.body_bytes,
            "newer": status.newer,
            "diskBytes": status.disk_bytes,
        }))?,
        false => print(&status_text(&status))?,
    }
    Ok(Completion::Done)
}

fn status_text(status: &Status) -> String {
    let since = |count: u64, oldest: Option<Timestamp>| match oldest {
        Some(oldest) => format!("{count}, the oldest since {}", moment(oldest)),
        None => count.to_string(),
    };
    let disk = status.disk_bytes.map(|bytes| format!("{bytes} bytes"));
    let mut all = vec![
        (
            "entries",
            format!("{} ({} bytes)", status.entries, status.entry_bytes),
        ),
        (
            "waiting to be acknowledged",
            since(status.waiting, status.oldest_waiting),
        ),
        (
            "operations to be done",
            since(status.queued, status.oldest_queued),
        ),
        ("of these, held for a decision", status.held.to_string()),
        ("operations that have ended", status.ended.to_string()),
        ("deduplication keys", status.keys.to_string()),
        ("acts of people and tokens", status.acts.to_string()),
        (
            "documents and other contents",
            format!("{} ({} bytes)", status.bodies, status.body_bytes),
        ),
        ("on the disk", disk.unwrap_or_default()),
    ];
    if status.newer > 0 {
        let text = format!("{}; this version leaves them alone", status.newer);
        all.push(("of a newer version of Silta", text));
    }
    facts(&all)
}

fn check(arguments: &LookArguments) -> Result<Completion, Failure> {
    let visitor = store::visit(&arguments.config)?;
    let findings = visitor.check().map_err(|error| store::failed(&error))?;
    if arguments.json {
        print_json(&findings)?;
    } else if findings.is_empty() {
        print("everything can be read and is as it was given\n")?;
    } else {
        let rows = findings.iter();
        let rows = rows.map(|finding| vec![finding.what.clone(), finding.wrong.clone()]);
        print(&section("Wrong", &["what", "how"], rows.collect()))?;
    }
    match findings.len() {
        0 => Ok(Completion::Done),
        number => {
            let message = format!(
                "{number} things in the store are not as they should be; restore a backup, or show this to whoever looks after the program"
            );
            Err(Failure::internal("store.damaged", &message))
        }
    }
}

fn backup(arguments: &BackupArguments) -> Result<Completion, Failure> {
    let visitor = store::visit(&arguments.look.config)?;
    let copied = visitor.backup(&arguments.out);
    copied.map_err(|error| match error {
        StoreError::Refused(why @ Why::FolderExists { .. }) => {
            Failure::file("store.folder-exists", &arguments.out, &why.to_string())
        }
        error => store::failed(&error),
    })?;
    let folder = arguments.out.display().to_string();
    match arguments.look.json {
        true => print_json(&json!({"folder": folder}))?,
        false => print(&format!("the store was copied to {folder}\n"))?,
    }
    Ok(Completion::Done)
}

fn prune(arguments: &LookArguments) -> Result<Completion, Failure> {
    let file = arguments.config.path()?;
    let config = Config::read(&file)?;
    let retention = config.store()?.retention;
    // Nothing is made where there is no store.
    store::visit(&arguments.config)?;
    let opened = store::open(&file, &config)?;
    let mut all = Pruned::default();
    loop {
        let pruned = opened
            .prune(&retention)
            .map_err(|error| store::failed(&error))?;
        all.acknowledged += pruned.acknowledged;
        all.unacknowledged += pruned.unacknowledged;
        all.operations += pruned.operations;
        all.keys += pruned.keys;
        all.acts += pruned.acts;
        all.nodes += pruned.nodes;
        if !pruned.more {
            break;
        }
    }
    if arguments.json {
        print_json(&all)?;
    } else {
        print(&facts(&[
            ("acknowledged entries removed", all.acknowledged.to_string()),
            (
                "entries removed that nobody had acknowledged",
                all.unacknowledged.to_string(),
            ),
            ("ended operations removed", all.operations.to_string()),
            ("deduplication keys removed", all.keys.to_string()),
            ("acts removed", all.acts.to_string()),
        ]))?;
    }
    Ok(Completion::Done)
}
