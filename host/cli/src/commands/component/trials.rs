// SPDX-License-Identifier: Apache-2.0
//! `silta component promote` and `discard`: what becomes of a component that is tried in a gateway.

use clap::Args;
use serde_json::{Value, json};

use super::generations::{agencies_of, ask, at, is_confirmed, shown};
use crate::{
    api::{Api, encoded},
    commands::Completion,
    failure::Failure,
    output::{print, print_json},
};

/// Arguments of `silta component promote`.
#[derive(Debug, Args)]
pub(super) struct PromoteArguments {
    #[command(flatten)]
    decision: Decision,
    /// Promote it though it lacks calls or time, or too many calls came to something else. The history tells.
    #[arg(long)]
    anyway: bool,
    /// Do not ask. Without a terminal to ask at, nothing is promoted unless this is given.
    #[arg(long, short)]
    yes: bool,
}

/// Arguments of `silta component discard`.
#[derive(Debug, Args)]
pub(super) struct DiscardArguments {
    #[command(flatten)]
    decision: Decision,
}

/// What is decided on.
#[derive(Debug, Args)]
struct Decision {
    #[command(flatten)]
    api: Api,
    /// The agency, by the name of its table.
    #[arg(long)]
    agency: String,
    /// Why, for whoever looks at the history.
    #[arg(long, default_value = "", value_name = "TEXT")]
    why: String,
    /// Show how the agency stands as JSON.
    #[arg(long)]
    json: bool,
}

impl PromoteArguments {
    pub(super) fn json(&self) -> bool {
        self.decision.json
    }
}

impl DiscardArguments {
    pub(super) fn json(&self) -> bool {
        self.decision.json
    }
}

/// Puts what is on trial into service.
pub(super) fn promote(arguments: &PromoteArguments) -> Result<Completion, Failure> {
    let decision = &arguments.decision;
    let agency = &decision.agency;
    let trial = decision.on_trial()?;
    let question = format!("What is on trial of {agency} serves from then on. Promote it? [y/N] ");
    if !arguments.yes && !is_confirmed(&question, "a promotion")? {
        print("nothing was promoted\n")?;
        return Ok(Completion::NotDone);
    }
    let body = json!({ "why": decision.why, "trial": trial, "anyway": arguments.anyway });
    decision.decide("promote", &body)
}

/// Ends the trial.
pub(super) fn discard(arguments: &DiscardArguments) -> Result<Completion, Failure> {
    let decision = &arguments.decision;
    let trial = decision.on_trial()?;
    let body = json!({ "why": decision.why, "trial": trial });
    decision.decide("discard", &body)
}

impl Decision {
    /// Number of what is on trial; null where nothing is, which the gateway tells.
    fn on_trial(&self) -> Result<Value, Failure> {
        let told = agencies_of(&self.api)?;
        let mut own = told
            .iter()
            .filter(|one| at(one, "/agency").as_str() == Some(&self.agency));
        let number = own.next().map(|one| at(one, "/trial/generation").clone());
        Ok(number.unwrap_or_default())
    }

    fn decide(&self, what: &str, body: &Value) -> Result<Completion, Failure> {
        let path = format!("/v1/agencies/{}/{what}", encoded(&self.agency));
        let stands = ask(&self.api, "POST", path, body)?;
        match self.json {
            true => print_json(&stands)?,
            false => print(&shown(&[stands]))?,
        }
        Ok(Completion::Done)
    }
}
