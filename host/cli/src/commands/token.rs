// SPDX-License-Identifier: Apache-2.0
//! `silta token`: tokens of the platform's API.

use clap::{Args, Subcommand};
use serde_json::json;
use silta_gateway::platform::{NewToken, Permission};

use super::Completion;
use crate::{
    examples,
    failure::Failure,
    output::{deliver_bytes, print_json},
};

/// Arguments of `silta token`.
#[derive(Debug, Args)]
pub(crate) struct TokenArguments {
    #[command(subcommand)]
    command: TokenCommand,
}

#[derive(Debug, Subcommand)]
enum TokenCommand {
    /// Make a token, and the table to add to the configuration. The token is shown this once, and kept nowhere.
    #[command(after_help = examples::TOKEN_NEW)]
    New(NewArguments),
}

#[derive(Debug, Args)]
struct NewArguments {
    /// Name of the client: lower-case letters, digits, hyphens and underscores. Idempotency keys and leases are told apart by it.
    #[arg(long, value_name = "NAME", value_parser = name)]
    id: String,
    /// Agencies that it is for, by the names of their tables; `*` for all.
    #[arg(long, value_name = "NAME", value_delimiter = ',', default_value = "*")]
    agencies: Vec<String>,
    /// What it may be used for.
    #[arg(long, value_name = "WHAT", value_delimiter = ',', default_value = "submit,read,inbox", value_parser = ["submit", "read", "inbox", "decide", "deploy"])]
    may: Vec<String>,
    /// Show token and table as JSON.
    #[arg(long)]
    json: bool,
}

impl TokenArguments {
    pub(crate) fn json(&self) -> bool {
        let TokenCommand::New(arguments) = &self.command;
        arguments.json
    }
}

fn name(text: &str) -> Result<String, String> {
    let is_of_name = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_')
    };
    match (1..=40).contains(&text.len()) && text.bytes().all(is_of_name) {
        true => Ok(text.to_owned()),
        false => Err("1 to 40 lower-case letters, digits, hyphens and underscores".to_owned()),
    }
}

/// Runs the command.
pub(crate) fn run(arguments: &TokenArguments) -> Result<Completion, Failure> {
    let TokenCommand::New(arguments) = &arguments.command;
    let token = NewToken::draw();
    let token =
        token.map_err(|error| Failure::internal("system.randomness", &error.to_string()))?;
    let sha256 = token.sha256().to_string();
    let may = Permission::ALL.map(Permission::name).into_iter();
    let may: Vec<&str> = may
        .filter(|name| arguments.may.iter().any(|asked| asked == name))
        .collect();
    let mut table = toml::Table::new();
    table.insert("id".into(), arguments.id.clone().into());
    table.insert("sha256".into(), sha256.clone().into());
    table.insert("agencies".into(), arguments.agencies.clone().into());
    table.insert("may".into(), may.clone().into());
    let table = format!("[[platform.tokens]]\n{table}");
    if arguments.json {
        print_json(&json!({
            "id": arguments.id,
            "token": token.reveal(),
            "sha256": sha256,
            "agencies": arguments.agencies,
            "may": may,
            "table": table,
        }))?;
    } else {
        let text = format!(
            "{}\n\nThis is the token. It is shown this once: give it to the client. Add this to the configuration:\n\n{table}",
            token.reveal()
        );
        // A token that nobody has read is lost.
        deliver_bytes(text.as_bytes())?;
    }
    Ok(Completion::Done)
}
