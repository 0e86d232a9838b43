// SPDX-License-Identifier: Apache-2.0
//! `silta component promote` and `discard`: decisions on a component that is tried in a gateway.

use clap::Args;
use serde_json::{Value, json};

use super::{
    answer::{at, text},
    generations::{agencies_of, ask, is_confirmed, shown},
    on_trial::seen_of,
};
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
    /// Promote it though it lacks calls or time, or too many calls differ. The history tells what it lacked.
    #[arg(long)]
    anyway: bool,
    /// Have what did calls again (`deploy --shadow`) serve a share first: of a thousand conversations so many, 1 to 1,000; without a number, as many as `[agencies.ID.trial] canary-share` says.
    #[arg(long, value_name = "SHARE", num_args = 0..=1, require_equals = true, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    canary: Option<Option<u32>>,
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
    if trial.is_null() {
        let message = format!("nothing is on trial of {agency}, or the token is not for it");
        return Err(Failure::caller("trial.not-under-way", "", &message));
    }
    let question = question(agency, &trial, arguments.canary.is_some());
    if !arguments.yes && !is_confirmed(&question, "a promotion")? {
        print("nothing was promoted\n")?;
        return Ok(Completion::NotDone);
    }
    let mut body = json!({ "why": decision.why, "trial": at(&trial, "/generation"), "anyway": arguments.anyway });
    if let (Some(share), Some(body)) = (arguments.canary, body.as_object_mut()) {
        body.insert("mode".to_owned(), "canary".into());
        body.extend(share.map(|share| ("share".to_owned(), share.into())));
    }
    decision.decide("promote", &body)
}

/// Ends the trial.
pub(super) fn discard(arguments: &DiscardArguments) -> Result<Completion, Failure> {
    let decision = &arguments.decision;
    let trial = decision.on_trial()?;
    let body = json!({ "why": decision.why, "trial": at(&trial, "/generation") });
    decision.decide("discard", &body)
}

/// What is asked before a promotion: which component it is, what was seen of it and what it lacks.
fn question(agency: &str, trial: &Value, is_share: bool) -> String {
    let lacking = at(trial, "/lacking").as_array();
    let lacking = lacking.into_iter().flatten();
    let lacking: String = lacking
        .map(|one| format!("It lacks: {}.\n", text(one, "")))
        .collect();
    let from_then = match is_share {
        true => "It serves a share of the conversations from then on.",
        false => "It serves from then on.",
    };
    format!(
        "{agency}: generation {}, version {}; {}.\n{lacking}{from_then} Promote it? [y/N] ",
        text(trial, "/generation"),
        text(trial, "/version"),
        seen_of(trial),
    )
}

impl Decision {
    /// What the gateway shows on trial; null where it shows nothing, of which it tells why.
    fn on_trial(&self) -> Result<Value, Failure> {
        let told = agencies_of(&self.api)?;
        let mut own = told
            .iter()
            .filter(|one| at(one, "/agency").as_str() == Some(&self.agency));
        Ok(own
            .next()
            .map(|one| at(one, "/trial").clone())
            .unwrap_or_default())
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
