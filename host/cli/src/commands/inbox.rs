// SPDX-License-Identifier: Apache-2.0
//! `silta inbox`: what agencies have brought, for people and scripts.

mod export;
mod follow;
mod report;

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};
use serde_json::json;
use silta_store::{
    SqliteVisitor,
    record::{Entry, Listing, MOST_ROWS, Position, Settled},
};

use super::Completion;
use crate::{
    configuration_file::ConfigurationFile,
    examples,
    failure::Failure,
    output::{print, print_json},
    store::{self, failed},
};

/// Arguments of `silta inbox`.
#[derive(Debug, Args)]
pub(crate) struct InboxArguments {
    #[command(subcommand)]
    command: InboxCommand,
}

#[derive(Debug, Subcommand)]
enum InboxCommand {
    /// List entries, the oldest first.
    #[command(after_help = examples::INBOX_LIST)]
    List(ListArguments),
    /// Show an entry: its events, its documents by name, what follows from it.
    #[command(after_help = examples::INBOX_SHOW)]
    Show(ShowArguments),
    /// Show entries as they come, those first that are waiting: with --json, each is a line. It goes on until it is ended.
    #[command(after_help = examples::INBOX_FOLLOW)]
    Follow(FollowArguments),
    /// Acknowledge entries: they have been handled, are not given out again, and may be removed.
    #[command(after_help = examples::INBOX_ACK)]
    Ack(AckArguments),
    /// Write entries into a folder: for each one a folder named by its position, with entry.json and its documents.
    #[command(after_help = examples::INBOX_EXPORT)]
    Export(ExportArguments),
}

/// Which entries.
#[derive(Debug, Args)]
struct Selection {
    /// Those of one agency, by the name of its table in the configuration.
    #[arg(long)]
    agency: Option<String>,
    /// Those that were acknowledged, too.
    #[arg(long)]
    all: bool,
    /// Those behind this position.
    #[arg(long, value_name = "POSITION", default_value_t = 0)]
    after: u64,
}

#[derive(Debug, Args)]
struct ListArguments {
    #[command(flatten)]
    config: ConfigurationFile,
    #[command(flatten)]
    selection: Selection,
    /// Those with an event of this kind, such as silta.unreadable.
    #[arg(long)]
    kind: Option<String>,
    /// So many at most.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=i64::from(MOST_ROWS)))]
    limit: u32,
    /// Show the entries as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct ShowArguments {
    #[command(flatten)]
    config: ConfigurationFile,
    /// Position of the entry.
    position: u64,
    /// Show it as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct FollowArguments {
    #[command(flatten)]
    config: ConfigurationFile,
    #[command(flatten)]
    selection: Selection,
    /// Acknowledge each entry once it has been written.
    #[arg(long)]
    acknowledge: bool,
    /// End after so many entries.
    #[arg(long, value_name = "NUMBER")]
    count: Option<u64>,
    /// Write each entry as a line of JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("which").required(true).args(["positions", "through"]))]
struct AckArguments {
    #[command(flatten)]
    config: ConfigurationFile,
    /// Positions of the entries.
    #[arg(value_name = "POSITION")]
    positions: Vec<u64>,
    /// All that are waiting, up to and with this position.
    #[arg(long, value_name = "POSITION")]
    through: Option<u64>,
    /// With --through: those of one agency.
    #[arg(long, requires = "through")]
    agency: Option<String>,
    /// Show the result as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("which").required(true).args(["positions", "waiting"]))]
struct ExportArguments {
    #[command(flatten)]
    config: ConfigurationFile,
    /// Positions of the entries.
    #[arg(value_name = "POSITION")]
    positions: Vec<u64>,
    /// All that are waiting.
    #[arg(long)]
    waiting: bool,
    /// With --waiting: those of one agency.
    #[arg(long, requires = "waiting")]
    agency: Option<String>,
    /// Folder, made where it is missing.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Acknowledge each entry once it is on the disk.
    #[arg(long)]
    acknowledge: bool,
    /// Show the result as JSON.
    #[arg(long)]
    json: bool,
}

impl InboxArguments {
    pub(crate) fn json(&self) -> bool {
        match &self.command {
            InboxCommand::List(arguments) => arguments.json,
            InboxCommand::Show(arguments) => arguments.json,
            InboxCommand::Follow(arguments) => arguments.json,
            InboxCommand::Ack(arguments) => arguments.json,
            InboxCommand::Export(arguments) => arguments.json,
        }
    }
}

impl Selection {
    fn listing(&self, after: Position, limit: u32) -> Listing {
        Listing {
            after,
            newest_first: false,
            agency: self.agency.clone(),
            waiting: !self.all,
            limit,
        }
    }
}

/// Runs the command.
pub(crate) fn run(arguments: &InboxArguments) -> Result<Completion, Failure> {
    match &arguments.command {
        InboxCommand::List(arguments) => list(arguments),
        InboxCommand::Show(arguments) => show(arguments),
        InboxCommand::Follow(arguments) => follow::run(arguments),
        InboxCommand::Ack(arguments) => ack(arguments),
        InboxCommand::Export(arguments) => export::run(arguments),
    }
}

fn list(arguments: &ListArguments) -> Result<Completion, Failure> {
    let store = store::visit(&arguments.config)?;
    let entries = wanted(&store, arguments)?;
    // One that is not the last may be followed by others.
    let more = (entries.len() == arguments.limit as usize).then(|| entries.last());
    let more = more.flatten().map(|last| last.position);
    if arguments.json {
        let shown: Result<Vec<_>, _> = entries
            .iter()
            .map(|entry| report::as_json(&store, entry))
            .collect();
        print_json(&json!({"entries": shown?, "more": more}))?;
    } else {
        print(&report::table(&entries))?;
        if let Some(last) = more {
            print(&format!("there may be more: --after {last}\n"))?;
        }
    }
    Ok(Completion::Done)
}

/// Entries that are asked for, page by page where not all of a page are.
fn wanted(store: &SqliteVisitor, arguments: &ListArguments) -> Result<Vec<Entry>, Failure> {
    let has_kind = |entry: &Entry| {
        arguments.kind.as_ref().is_none_or(|kind| {
            let mut events = entry.received.events.iter();
            events.any(|event| event.kind == *kind)
        })
    };
    let limit = arguments.limit as usize;
    let rows = match arguments.kind {
        None => arguments.limit,
        Some(_) => MOST_ROWS,
    };
    let mut after = Position(arguments.selection.after);
    let mut found = Vec::new();
    loop {
        let listing = arguments.selection.listing(after, rows);
        let page = store.list(&listing).map_err(|error| failed(&error))?;
        let is_last = page.len() < rows as usize;
        after = page.last().map_or(after, |last| last.position);
        found.extend(page.into_iter().filter(has_kind));
        if is_last || found.len() >= limit {
            found.truncate(limit);
            return Ok(found);
        }
    }
}

fn show(arguments: &ShowArguments) -> Result<Completion, Failure> {
    let store = store::visit(&arguments.config)?;
    let entry = entry(&store, arguments.position)?;
    match arguments.json {
        true => print_json(&report::as_json(&store, &entry)?)?,
        false => print(&report::as_text(&store, &entry)?)?,
    }
    Ok(Completion::Done)
}

fn ack(arguments: &AckArguments) -> Result<Completion, Failure> {
    let store = store::visit(&arguments.config)?;
    let positions = match arguments.through {
        None => arguments.positions.clone(),
        Some(through) => waiting(&store, arguments.agency.clone(), through)?,
    };
    let mut unknown = Vec::new();
    let mut acknowledged = Vec::new();
    for position in positions {
        match acknowledge(&store, Position(position))? {
            true => acknowledged.push(position),
            false => unknown.push(position.to_string()),
        }
    }
    match arguments.json {
        true => print_json(&json!({"acknowledged": acknowledged}))?,
        false => print(&format!("{} acknowledged\n", acknowledged.len()))?,
    }
    if unknown.is_empty() {
        return Ok(Completion::Done);
    }
    Err(no_entry(&unknown.join(", ")))
}

/// Whether there is such an entry; it is acknowledged then.
fn acknowledge(store: &SqliteVisitor, position: Position) -> Result<bool, Failure> {
    let settled = store.acknowledge(position, &store::actor());
    Ok(settled.map_err(|error| failed(&error))? == Settled::Done)
}

/// Positions of the entries that are waiting, up to and with one.
fn waiting(
    store: &SqliteVisitor,
    agency: Option<String>,
    through: u64,
) -> Result<Vec<u64>, Failure> {
    let mut listing = Listing {
        agency,
        waiting: true,
        limit: MOST_ROWS,
        ..Listing::default()
    };
    let mut all = Vec::new();
    loop {
        let entries = store.list(&listing).map_err(|error| failed(&error))?;
        let Some(last) = entries.last() else { break };
        listing.after = last.position;
        let positions = entries.iter().map(|entry| entry.position.0);
        all.extend(positions.filter(|position| *position <= through));
        if listing.after.0 >= through {
            break;
        }
    }
    Ok(all)
}

fn entry(store: &SqliteVisitor, position: u64) -> Result<Entry, Failure> {
    let found = store.show(Position(position));
    let found = found.map_err(|error| failed(&error))?;
    found.ok_or_else(|| no_entry(&position.to_string()))
}

fn no_entry(positions: &str) -> Failure {
    let message = format!(
        "there is no entry at {positions}; it may have been removed after it was acknowledged. `silta inbox list --all` shows those that are there"
    );
    Failure::caller("inbox.unknown-entry", "", &message)
}
