// SPDX-License-Identifier: Apache-2.0
//! `silta dead-letters`: operations that do not go on by themselves: those that are held, and those that ended badly.

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use silta::Blob;
use silta_gateway::platform::PlatformRequest;

use super::Completion;
use crate::{
    api::{Api, encoded},
    examples,
    failure::Failure,
    operation_facts::{at, operation_facts},
    output::{print, print_json, printable_line, section},
};

/// Rows that the API is asked for at once, at most as many as its `page-rows` by default.
const PAGE: u32 = 1_000;

/// Arguments of `silta dead-letters`.
#[derive(Debug, Args)]
pub(crate) struct DeadLettersArguments {
    #[command(subcommand)]
    command: DeadLettersCommand,
}

#[derive(Debug, Subcommand)]
enum DeadLettersCommand {
    /// List operations that are held, that the agency refused, or that were given up, the oldest first.
    #[command(after_help = examples::DEAD_LETTERS_LIST)]
    List(ListArguments),
    /// Show one of them: what was sent of it, why it does not go on.
    #[command(after_help = examples::DEAD_LETTERS_SHOW)]
    Show(ShowArguments),
}

#[derive(Debug, Args)]
struct ListArguments {
    #[command(flatten)]
    api: Api,
    /// Those of one agency, by the name of its table in the configuration.
    #[arg(long)]
    agency: Option<String>,
    /// Those of one operation, by its name.
    #[arg(long)]
    operation: Option<String>,
    /// Show them as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct ShowArguments {
    #[command(flatten)]
    api: Api,
    /// Number of the operation.
    id: u64,
    /// Show it as JSON.
    #[arg(long)]
    json: bool,
}

impl DeadLettersArguments {
    pub(crate) fn json(&self) -> bool {
        match &self.command {
            DeadLettersCommand::List(arguments) => arguments.json,
            DeadLettersCommand::Show(arguments) => arguments.json,
        }
    }
}

/// Runs the command.
pub(crate) fn run(arguments: &DeadLettersArguments) -> Result<Completion, Failure> {
    match &arguments.command {
        DeadLettersCommand::List(arguments) => list(arguments),
        DeadLettersCommand::Show(arguments) => show(arguments),
    }
}

fn list(arguments: &ListArguments) -> Result<Completion, Failure> {
    let mut letters = Vec::new();
    for state in ["held", "ended"] {
        let found = all(arguments, state)?.into_iter();
        letters.extend(found.filter(is_dead));
    }
    letters.sort_by_key(|letter| at(letter, "/id").as_u64());
    if arguments.json {
        print_json(&json!({ "operations": letters }))?;
        return Ok(Completion::Done);
    }
    let rows = letters.iter().map(|letter| {
        let text = |pointer| printable_line(at(letter, pointer).as_str().unwrap_or_default());
        let id = at(letter, "/id").to_string();
        let (how, why) = how(letter);
        vec![id, text("/agency"), text("/operation"), how, why]
    });
    let rows: Vec<_> = rows.collect();
    let heading = format!("operations that do not go on: {}", rows.len());
    let header = ["id", "agency", "operation", "how", "why"];
    print(&section(&heading, &header, rows))?;
    Ok(Completion::Done)
}

/// Whether it does not go on by itself, and was not done.
fn is_dead(operation: &Value) -> bool {
    match at(operation, "/state").as_str() {
        Some("held") => true,
        Some("ended") => at(operation, "/ended/end") != "done",
        _ => false,
    }
}

/// How it ended, and why.
fn how(letter: &Value) -> (String, String) {
    let text = |pointer| printable_line(at(letter, pointer).as_str().unwrap_or_default());
    match at(letter, "/state") == "held" {
        true => ("held".to_owned(), text("/heldBecause")),
        false => (text("/ended/end"), text("/ended/code")),
    }
}

/// All operations in a state, page by page.
fn all(arguments: &ListArguments, state: &str) -> Result<Vec<Value>, Failure> {
    let mut after = 0;
    let mut operations = Vec::new();
    loop {
        let mut path = format!("/v1/operations?state={state}&limit={PAGE}&after={after}");
        for (name, value) in [
            ("agency", &arguments.agency),
            ("operation", &arguments.operation),
        ] {
            if let Some(value) = value {
                path += &format!("&{name}={}", encoded(value));
            }
        }
        let page = get(&arguments.api, path)?;
        let rows = at(&page, "/operations").as_array();
        operations.extend(rows.into_iter().flatten().cloned());
        match at(&page, "/more").as_u64() {
            Some(more) if more > after => after = more,
            _ => return Ok(operations),
        }
    }
}

fn show(arguments: &ShowArguments) -> Result<Completion, Failure> {
    let id = arguments.id;
    let letter = get(&arguments.api, format!("/v1/operations/{id}"))?;
    if arguments.json {
        print_json(&letter)?;
        return Ok(Completion::Done);
    }
    print(&operation_facts(&letter))?;
    let advice = match is_dead(&letter) {
        true => format!("`silta replay {id}` has it done once more\n"),
        false => "it goes on by itself, or was done: there is nothing to decide\n".to_owned(),
    };
    print(&advice)?;
    Ok(Completion::Done)
}

/// Asks the API, and reads its answer.
fn get(api: &Api, path: String) -> Result<Value, Failure> {
    let answer = api.ask(PlatformRequest {
        method: "GET".to_owned(),
        path,
        headers: Vec::new(),
        body: Blob::empty(),
    })?;
    serde_json::from_slice(&answer.body).map_err(|_| {
        let message = "the API answered something else than JSON; check --url";
        Failure::counterparty("api.other", message)
    })
}
