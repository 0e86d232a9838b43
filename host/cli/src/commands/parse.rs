// SPDX-License-Identifier: Apache-2.0
//! `silta parse`: what an agency's answer means.

pub(super) mod documents;
pub(super) mod report;

use std::path::PathBuf;

use clap::Args;
use serde_json::Value;
use silta::exchange::{Answer, Outcome, Response, RetryClass, Sending};

use super::{Completion, build};
use crate::{
    configuration_file::ConfigurationFile,
    failure::{Failure, Places},
    files, header, host,
    output::{print, print_json},
};
use documents::Documents;

/// Arguments of `silta parse`.
#[derive(Debug, Args)]
pub(crate) struct ParseArguments {
    /// Agency, such as `tulli`.
    agency: String,
    /// Operation that was requested, such as `upload`.
    operation: String,
    #[command(flatten)]
    config: ConfigurationFile,
    /// HTTP status of the answer.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(100..=599), required_unless_present = "no_answer")]
    status: Option<u16>,
    /// Header field of the answer, `Name: value`; or `@FILE`, a file of such lines, or `Name=@FILE`, whose value is in a file. May be repeated.
    #[arg(long, value_name = "FIELD", value_parser = header::given)]
    header: Vec<header::Field>,
    /// Body of the answer.
    #[arg(long, value_name = "FILE", required_unless_present = "no_answer")]
    body: Option<PathBuf>,
    /// The request was sent and no answer came: time ran out, or the connection broke.
    #[arg(long, conflicts_with_all = ["status", "header", "body"])]
    no_answer: bool,
    /// The memo that `silta build` showed.
    #[arg(long, value_name = "TEXT", conflicts_with = "request_json")]
    memo: Option<String>,
    /// What `silta build --json` showed, which has the memo in it.
    #[arg(long, value_name = "FILE")]
    request_json: Option<PathBuf>,
    /// The step that the request was built from, where `silta build` was given one.
    #[arg(long, value_name = "TEXT", conflicts_with = "request_json")]
    step: Option<String>,
    /// How often these very bytes had been sent before without a known outcome.
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    earlier_sendings: u32,
    /// Folder to write documents of the answer into. Nothing in it is overwritten.
    #[arg(long, value_name = "DIR")]
    documents: Option<PathBuf>,
    /// Show the outcome as JSON.
    #[arg(long)]
    json: bool,
}

impl ParseArguments {
    pub(crate) fn json(&self) -> bool {
        self.json
    }
}

/// Parses, writes the documents, shows the rest.
pub(crate) fn run(arguments: &ParseArguments) -> Result<Completion, Failure> {
    let sending = sending(arguments)?;
    let response = response(arguments)?;
    let config = arguments.config.path()?;
    let served = host::serve(&config, &arguments.agency)?;
    let places = Places {
        answer: arguments.body.as_deref(),
        ..Places::of_configuration(&config, &arguments.agency)
    };
    let outcome = served
        .agency
        .parse(&arguments.operation, response, sending)
        .map_err(|error| places.explain(error))?;
    let documents = Documents::write(&outcome.documents, arguments.documents.as_deref())?;
    if arguments.json {
        print_json(&report::as_json(&outcome, documents.written()))?;
    } else {
        print(&report::as_text(&outcome, documents.written()))?;
    }
    documents.keep();
    Ok(completion(&outcome))
}

fn response(arguments: &ParseArguments) -> Result<Response, Failure> {
    // The command line has both or neither.
    let (Some(status), Some(body)) = (arguments.status, &arguments.body) else {
        return Ok(Response::Unanswered);
    };
    Ok(Response::Answered(Answer {
        status,
        headers: header::read(&arguments.header)?,
        body: files::read_blob(body, build::LARGEST_CONTENT)?,
    }))
}

/// What is known of the request that was answered.
fn sending(arguments: &ParseArguments) -> Result<Sending, Failure> {
    let earlier_sendings = arguments.earlier_sendings;
    let Some(path) = &arguments.request_json else {
        return Ok(Sending {
            memo: arguments.memo.clone().unwrap_or_default(),
            earlier_sendings,
            step: arguments.step.clone(),
        });
    };
    let text = files::read_text(path, build::LARGEST_PARAMETERS)?;
    let request: Option<Value> = serde_json::from_str(&text).ok();
    let member = |name| request.as_ref()?.get(name)?.as_str().map(str::to_owned);
    let Some(memo) = member("memo") else {
        let message = format!(
            "{} at /memo: there is no memo; hand over what `silta build --json` showed",
            path.display()
        );
        return Err(Failure::caller("request.no-memo", "/memo", &message));
    };
    Ok(Sending {
        memo,
        earlier_sendings,
        step: member("step"),
    })
}

pub(super) fn completion(outcome: &Outcome) -> Completion {
    match outcome.class {
        RetryClass::Done | RetryClass::AlreadyAccepted => Completion::Done,
        RetryClass::RetryLaterSameReference
        | RetryClass::RetryLaterNewReference
        | RetryClass::UnknownOutcome
        | RetryClass::FixFirst
        | RetryClass::Denied => Completion::NotDone,
    }
}

#[cfg(test)]
mod tests {
    use silta::exchange::RetryClass;

    use super::*;

    #[test]
    fn only_what_is_done_counts_as_done() {
        let completion = |class| {
            completion(&Outcome {
                class,
                code: String::new(),
                text: String::new(),
                reference: String::new(),
                events: Vec::new(),
                documents: Vec::new(),
                follow_ups: Vec::new(),
                cursor: None,
                more_waits: false,
                next_step: None,
                not_before: None,
                obtained: None,
                refused_secret: None,
            })
        };
        assert_eq!(completion(RetryClass::Done), Completion::Done);
        assert_eq!(completion(RetryClass::AlreadyAccepted), Completion::Done);
        for class in [
            RetryClass::RetryLaterSameReference,
            RetryClass::RetryLaterNewReference,
            RetryClass::UnknownOutcome,
            RetryClass::FixFirst,
            RetryClass::Denied,
        ] {
            assert_eq!(completion(class), Completion::NotDone, "{class:?}");
        }
    }
}
