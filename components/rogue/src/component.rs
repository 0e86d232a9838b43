// SPDX-License-Identifier: Apache-2.0
//! The contract, served: the violations are in `envelope.build`, the rest is small and real.

use agency_guest::{
    BuildInput, Component, Fault, Problem,
    exports::{
        descriptor::{AdjustedLimits, Description},
        envelope::Request,
        message::{Outcome, Response, RetryClass, Sending},
        notification::{Call, Verdict},
    },
    imports::facts::ReceivedDocument,
    json, outcome, problem, read_settings, unknown_operation,
};

use crate::{
    answers, calls, describe,
    host::{blob_of, read_text},
    parameters::{Parameters, Settings},
    violations,
};

/// The contract, served. What it does needs the sandbox; natively it only compiles.
#[derive(Debug)]
pub struct Rogue;

impl Component for Rogue {
    fn describe() -> Description {
        describe::description()
    }

    fn check_settings() -> Result<Vec<AdjustedLimits>, Problem> {
        let settings: Settings = read_settings()?;
        if settings.bad {
            let message = "settings that call themselves bad are refused; leave `bad` out";
            return Err(problem(
                Fault::Configuration,
                "setting.bad",
                "/bad",
                message,
            ));
        }
        let alone = settings.alone.into_iter();
        Ok(alone.map(describe::alone).collect())
    }

    fn build(operation: &str, input: BuildInput<'_>) -> Result<Request, Problem> {
        let violation = violations::named(operation).ok_or_else(|| unknown_operation(operation))?;
        let parameters: Parameters = json::parameters(&input.parameters)?;
        violation(&parameters, input.payload)
    }

    /// Takes the body as a document, and its words as the code.
    fn parse(
        operation: &str,
        response: &Response<'_>,
        sending: &Sending,
    ) -> Result<Outcome, Problem> {
        violations::named(operation).ok_or_else(|| unknown_operation(operation))?;
        let mut outcome = match response {
            Response::Unanswered => {
                outcome(RetryClass::UnknownOutcome, "none".into(), String::new())
            }
            Response::MailAnswered(answer) => answers::of_mail(answer),
            Response::Answered(answer) if answers::is_worded(answer) => {
                answers::worded(answer, sending)?
            }
            Response::Answered(answer) => {
                let class = match answer.status {
                    200 => RetryClass::Done,
                    _ => RetryClass::FixFirst,
                };
                let text = read_text(answer.body)?;
                let document = ReceivedDocument {
                    name: "answer.txt".into(),
                    media_type: "text/plain".into(),
                    content: blob_of(text.as_bytes())?,
                };
                Outcome {
                    documents: vec![document],
                    ..outcome(class, format!("http-{}", answer.status), text)
                }
            }
        };
        outcome.reference.clone_from(&sending.memo);
        Ok(outcome)
    }

    fn validate(call: &Call<'_>) -> Verdict {
        calls::judge(call).map_or_else(Verdict::Rejected, Verdict::Accepted)
    }
}
