// SPDX-License-Identifier: Apache-2.0
//! `silta component status`, `rollback` and `history`: which component serves an agency of a gateway, and which did before.

use std::io::{BufRead, IsTerminal, stdin};

use clap::Args;
use serde_json::{Value, json};
use silta::Blob;
use silta_gateway::platform::PlatformRequest;

use super::{
    answer::{at, text},
    on_trial::{on_trial, seen_of},
};
use crate::{
    api::{Api, encoded},
    commands::Completion,
    failure::Failure,
    output::{print, print_json, say, section},
};

/// Characters of a digest that tell it from others for people.
const SHORT_DIGEST: usize = 12;

/// Arguments of `silta component status`.
#[derive(Debug, Args)]
pub(super) struct StatusArguments {
    #[command(flatten)]
    api: Api,
    /// Only of this agency.
    #[arg(long)]
    agency: Option<String>,
    /// Show it as JSON.
    #[arg(long)]
    pub(super) json: bool,
}

/// Arguments of `silta component rollback`.
#[derive(Debug, Args)]
pub(super) struct RollbackArguments {
    #[command(flatten)]
    api: Api,
    /// The agency, by the name of its table.
    #[arg(long)]
    agency: String,
    /// Why, for whoever looks at the history.
    #[arg(long, default_value = "", value_name = "TEXT")]
    why: String,
    /// Do not ask. Without a terminal to ask at, nothing is rolled back unless this is given.
    #[arg(long, short)]
    yes: bool,
    /// Show what serves as JSON.
    #[arg(long)]
    pub(super) json: bool,
}

/// Arguments of `silta component history`.
#[derive(Debug, Args)]
pub(super) struct HistoryArguments {
    #[command(flatten)]
    api: Api,
    /// The agency, by the name of its table.
    #[arg(long)]
    agency: String,
    /// Generations before this number.
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    before: u64,
    /// So many at most, the last first.
    #[arg(long, default_value_t = 20)]
    limit: u32,
    /// Show them as JSON.
    #[arg(long)]
    pub(super) json: bool,
}

/// Shows how agencies stand.
pub(super) fn status(arguments: &StatusArguments) -> Result<Completion, Failure> {
    let all = agencies_of(&arguments.api)?;
    let wanted = |agency: &Value| {
        let name = at(agency, "/agency").as_str();
        arguments.agency.is_none() || name == arguments.agency.as_deref()
    };
    let agencies: Vec<Value> = all.into_iter().filter(wanted).collect();
    if let (Some(agency), true) = (&arguments.agency, agencies.is_empty()) {
        let message =
            format!("the gateway serves no agency `{agency}`, or the token is not for it");
        return Err(Failure::caller("agency.unknown", "", &message));
    }
    if arguments.json {
        print_json(&json!({ "agencies": agencies }))?;
        return Ok(Completion::Done);
    }
    print(&shown(&agencies))?;
    Ok(Completion::Done)
}

/// Agencies as a table, and what there is to know of them.
pub(super) fn shown(agencies: &[Value]) -> String {
    let rows = agencies.iter().map(|agency| {
        vec![
            text(agency, "/agency"),
            text(agency, "/generation"),
            text(agency, "/version"),
            short(agency, "/component"),
            text(agency, "/service/since"),
            text(agency, "/service/by"),
            text(agency, "/earlier"),
            draining(agency),
        ]
    });
    let header = [
        "agency",
        "generation",
        "version",
        "component",
        "since",
        "by",
        "before",
        "draining",
    ];
    let mut shown = section("agencies", &header, rows.collect());
    let others = agencies
        .iter()
        .filter(|agency| !at(agency, "/configuredOtherwise").is_null());
    for agency in others {
        let (id, configured) = (
            text(agency, "/agency"),
            short(agency, "/configuredOtherwise"),
        );
        shown += &format!(
            "\n{id}: the configuration names another component ({configured}). What serves was deployed, or rolled back to, and does until the configuration names yet another one\n"
        );
    }
    shown + &on_trial(agencies)
}

/// Calls that keep a replaced generation.
fn draining(agency: &Value) -> String {
    let all = at(agency, "/draining").as_array();
    let told = all.into_iter().flatten().map(|one| {
        format!(
            "{} of {}, {} ms",
            text(one, "/calls"),
            text(one, "/generation"),
            text(one, "/oldestMilliseconds")
        )
    });
    told.collect::<Vec<_>>().join("; ")
}

/// Rolls an agency back.
pub(super) fn roll_back(arguments: &RollbackArguments) -> Result<Completion, Failure> {
    let agency = &arguments.agency;
    let serving = serving(&arguments.api, agency)?;
    let question =
        format!("The generation that served {agency} before serves again. Roll back? [y/N] ");
    if !arguments.yes && !is_confirmed(&question, "a rollback")? {
        print("nothing was rolled back\n")?;
        return Ok(Completion::NotDone);
    }
    let path = format!("/v1/agencies/{}/rollback", encoded(agency));
    // Asked twice, the second time would undo the first.
    let body = json!({ "why": arguments.why, "serving": serving });
    let stands = ask(&arguments.api, "POST", path, &body)?;
    match arguments.json {
        true => print_json(&stands)?,
        false => print(&shown(&[stands]))?,
    }
    Ok(Completion::Done)
}

/// Number of the generation that serves an agency; null where none does.
fn serving(api: &Api, agency: &str) -> Result<Value, Failure> {
    let all = agencies_of(api)?;
    let own = all.iter();
    let own = own.filter(|one| at(one, "/agency").as_str() == Some(agency));
    let mut numbers = own.map(|one| at(one, "/generation").clone());
    Ok(numbers.next().unwrap_or_default())
}

/// How the agencies of a gateway stand.
pub(super) fn agencies_of(api: &Api) -> Result<Vec<Value>, Failure> {
    let told = ask(api, "GET", "/v1/agencies".to_owned(), &Value::Null)?;
    let all = at(&told, "/agencies").as_array().cloned();
    Ok(all.unwrap_or_default())
}

/// Shows generations of an agency.
pub(super) fn history(arguments: &HistoryArguments) -> Result<Completion, Failure> {
    let (agency, before, limit) = (&arguments.agency, arguments.before, arguments.limit);
    let path = format!(
        "/v1/agencies/{}/generations?limit={limit}&before={before}",
        encoded(agency)
    );
    let told = ask(&arguments.api, "GET", path, &Value::Null)?;
    if arguments.json {
        print_json(&told)?;
        return Ok(Completion::Done);
    }
    let rows = at(&told, "/generations").as_array();
    let rows: Vec<&Value> = rows.into_iter().flatten().collect();
    print(&table(&format!("generations of {agency}"), &rows))?;
    if let Some(more) = at(&told, "/more").as_u64() {
        print(&format!("\nthere are more: --before {more}\n"))?;
    }
    Ok(Completion::Done)
}

/// Generations as a table: when last put into service, or recorded, by whom and why.
pub(super) fn table(heading: &str, generations: &[&Value]) -> String {
    let rows = generations.iter().map(|generation| {
        let services = at(generation, "/services").as_array();
        let last = services.and_then(|services| services.last());
        let of_last = |name: &str, otherwise: &str| match last {
            Some(last) => text(last, name),
            None => text(generation, otherwise),
        };
        let why = match at(generation, "/rejection") {
            Value::Null => of_last("/why", "/why"),
            rejection => {
                let (reference, reason) =
                    (text(rejection, "/reference"), text(rejection, "/reason"));
                let from = match reference.is_empty() || reason.contains(&reference) {
                    true => String::new(),
                    false => format!(" from {reference}"),
                };
                format!(
                    "{}{from}: {reason} [{}]",
                    text(rejection, "/step"),
                    text(rejection, "/code")
                )
            }
        };
        let why = why + &seen(generation);
        vec![
            text(generation, "/number"),
            text(generation, "/agency"),
            text(generation, "/outcome"),
            text(generation, "/version"),
            short(generation, "/component"),
            of_last("/since", "/at"),
            of_last("/by", "/by"),
            why,
        ]
    });
    let header = [
        "number",
        "agency",
        "outcome",
        "version",
        "component",
        "since",
        "by",
        "why",
    ];
    section(heading, &header, rows.collect())
}

/// What was seen of a generation on trial.
fn seen(generation: &Value) -> String {
    let trial = at(generation, "/trial");
    if trial.is_null() {
        return String::new();
    }
    let end = match at(trial, "/end") {
        Value::Null => String::new(),
        end => {
            let (outcome, by) = (text(end, "/outcome"), text(end, "/by"));
            let lacked = match text(end, "/lacked") {
                lacked if lacked.is_empty() => lacked,
                lacked => format!(", anyway: {lacked}"),
            };
            format!("; {outcome} by {by}: {}{lacked}", text(end, "/why"))
        }
    };
    format!(" (trial: {}{end})", seen_of(trial))
}

fn short(value: &Value, pointer: &str) -> String {
    text(value, pointer).chars().take(SHORT_DIGEST).collect()
}

/// Asks the API, and reads its answer.
pub(super) fn ask(api: &Api, method: &str, path: String, body: &Value) -> Result<Value, Failure> {
    let (headers, body) = match body {
        Value::Null => (Vec::new(), Blob::empty()),
        body => {
            let field = ("Content-Type".to_owned(), "application/json".to_owned());
            (vec![field], Blob::from(body.to_string().into_bytes()))
        }
    };
    let answer = api.ask(PlatformRequest {
        method: method.to_owned(),
        path,
        headers,
        body,
    })?;
    serde_json::from_slice(&answer.body).map_err(|_| {
        let message = "the API answered something else than JSON; check --url";
        Failure::counterparty("api.other", message)
    })
}

/// Asks at the terminal; `what` replaces what serves.
pub(super) fn is_confirmed(question: &str, what: &str) -> Result<bool, Failure> {
    if !stdin().is_terminal() {
        let message = format!(
            "--yes is missing, and there is no terminal to ask at: {what} replaces what serves, so somebody has to say that it is meant"
        );
        return Err(Failure::command_line(&message));
    }
    say(question);
    let mut answer = String::new();
    stdin()
        .lock()
        .read_line(&mut answer)
        .map_err(|error| Failure::internal("system.terminal", &error.to_string()))?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
