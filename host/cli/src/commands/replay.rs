// SPDX-License-Identifier: Apache-2.0
//! `silta replay`: operations that do not go on by themselves, done once more.

use std::io::{BufRead, IsTerminal, stdin};

use clap::Args;
use serde_json::{Value, json};
use silta::Blob;
use silta_gateway::platform::PlatformRequest;

use super::Completion;
use crate::{
    api::Api,
    failure::Failure,
    output::{print, print_json, say},
};

/// Arguments of `silta replay`.
#[derive(Debug, Args)]
pub(crate) struct ReplayArguments {
    #[command(flatten)]
    api: Api,
    /// Numbers of operations, as `silta dead-letters list` shows them.
    #[arg(required = true, value_name = "ID")]
    ids: Vec<u64>,
    /// Do not ask. Without a terminal to ask at, nothing is replayed unless this is given.
    #[arg(long, short)]
    yes: bool,
    /// Show the result as JSON.
    #[arg(long)]
    json: bool,
}

impl ReplayArguments {
    pub(crate) fn json(&self) -> bool {
        self.json
    }
}

/// Replays one after the other, up to the first that cannot be.
pub(crate) fn run(arguments: &ReplayArguments) -> Result<Completion, Failure> {
    if !arguments.yes && !is_confirmed(&arguments.ids)? {
        print("nothing was replayed\n")?;
        return Ok(Completion::NotDone);
    }
    let mut replayed = Vec::new();
    for id in &arguments.ids {
        let answer = arguments.api.ask(PlatformRequest {
            method: "POST".to_owned(),
            path: format!("/v1/operations/{id}/replay"),
            headers: Vec::new(),
            body: Blob::empty(),
        })?;
        let answer: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        if !arguments.json {
            // As soon as it is known: the next may fail.
            print(&told(*id, &answer))?;
        }
        replayed.push(answer);
    }
    if arguments.json {
        print_json(&json!({ "operations": replayed }))?;
    }
    Ok(Completion::Done)
}

fn told(id: u64, answer: &Value) -> String {
    let number = |name| answer.get(name).and_then(Value::as_u64);
    match (number("id"), number("replayOf")) {
        (Some(new), Some(old)) => format!("operation {old} is done once more as operation {new}\n"),
        _ => format!("operation {id} goes on\n"),
    }
}

/// Asks at the terminal.
fn is_confirmed(ids: &[u64]) -> Result<bool, Failure> {
    if !stdin().is_terminal() {
        return Err(Failure::command_line(
            "--yes is missing, and there is no terminal to ask at: what the agency may have taken may take effect twice, so somebody has to say that it is meant",
        ));
    }
    let ids: Vec<_> = ids.iter().map(ToString::to_string).collect();
    let question = format!(
        "What the agency may have taken may take effect twice. Replay {}? [y/N] ",
        ids.join(", ")
    );
    say(&question);
    let mut answer = String::new();
    stdin()
        .lock()
        .read_line(&mut answer)
        .map_err(|error| Failure::internal("system.terminal", &error.to_string()))?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
