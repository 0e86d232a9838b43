// SPDX-License-Identifier: Apache-2.0
//! `silta acts`: who decided what.

use clap::Args;
use serde_json::{Value, json};
use silta_store::record::{
    Act, ActId, ActListing, Actor, MOST_ROWS, OperationId, Position, Subject,
};

use super::Completion;
use crate::{
    configuration_file::ConfigurationFile,
    failure::Failure,
    output::{print, print_json, section},
    store::{self, failed, moment},
};

/// Arguments of `silta acts`.
#[derive(Debug, Args)]
pub(crate) struct ActsArguments {
    #[command(flatten)]
    config: ConfigurationFile,
    /// Only what was done to this operation.
    #[arg(long, value_name = "ID", conflicts_with = "entry")]
    operation: Option<u64>,
    /// Only what was done to this entry of the inbox.
    #[arg(long, value_name = "POSITION")]
    entry: Option<u64>,
    /// Those of one agency, by the name of its table in the configuration.
    #[arg(long)]
    agency: Option<String>,
    /// Those before this number, the last ones first.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..))]
    before: Option<u64>,
    /// Those behind this number, the first ones first; 0 for all.
    #[arg(long, value_name = "NUMBER", conflicts_with = "before")]
    after: Option<u64>,
    /// So many at most.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=i64::from(MOST_ROWS)))]
    limit: u32,
    /// Show the acts as JSON.
    #[arg(long)]
    json: bool,
}

impl ActsArguments {
    pub(crate) fn json(&self) -> bool {
        self.json
    }
}

/// Runs the command.
pub(crate) fn run(arguments: &ActsArguments) -> Result<Completion, Failure> {
    let store = store::visit(&arguments.config)?;
    let operation = arguments.operation.map(OperationId).map(Subject::Operation);
    let entry = arguments.entry.map(Position).map(Subject::Entry);
    let (after, newest_first) = match arguments.after {
        Some(after) => (after, false),
        None => (arguments.before.unwrap_or_default(), true),
    };
    let listing = ActListing {
        after: ActId(after),
        newest_first,
        agencies: arguments.agency.clone().into_iter().collect(),
        subject: operation.or(entry),
        limit: arguments.limit,
    };
    let acts = store.acts(&listing).map_err(|error| failed(&error))?;
    // One that is not the last may be followed by others.
    let is_full = acts.len() == arguments.limit as usize;
    let more = acts.last().filter(|_| is_full).map(|last| last.id);
    if arguments.json {
        let shown: Vec<_> = acts.iter().map(as_json).collect();
        print_json(&json!({"acts": shown, "more": more}))?;
        return Ok(Completion::Done);
    }
    let header = ["number", "when", "who", "did", "to", "agency", "new"];
    print(&section("Acts", &header, acts.iter().map(row).collect()))?;
    if let Some(last) = more {
        let option = if newest_first { "before" } else { "after" };
        print(&format!("there may be more: --{option} {last}\n"))?;
    }
    Ok(Completion::Done)
}

fn as_json(act: &Act) -> Value {
    let record = &act.record;
    json!({
        "id": act.id,
        "at": moment(act.at),
        "agency": act.agency,
        "by": {"way": record.by.way.name(), "name": record.by.name, "address": record.by.address},
        "deed": record.deed.name(),
        "subject": record.subject,
        "name": record.name,
        "new": record.new,
    })
}

fn row(act: &Act) -> Vec<String> {
    let record = &act.record;
    let to = match record.subject {
        Subject::Operation(id) => format!("operation {id}"),
        Subject::Entry(position) => format!("entry {position}"),
    };
    let to = match record.name.as_str() {
        "" => to,
        name => format!("{to} ({name})"),
    };
    vec![
        act.id.to_string(),
        moment(act.at),
        who(&record.by),
        record.deed.name().to_owned(),
        to,
        act.agency.clone(),
        record.new.map(|new| new.to_string()).unwrap_or_default(),
    ]
}

/// By which way, who, and where from.
pub(crate) fn who(by: &Actor) -> String {
    let parts = [by.way.name(), &by.name, &by.address];
    let parts = parts.into_iter().filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join(" ")
}
