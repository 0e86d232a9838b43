//! The contract, served: the misdeeds are in `envelope.build`, the rest is small and real.

use agency_guest::{
    Blob, BuildInput, Component, Fault, Problem, counterparty_problem,
    exports::{
        descriptor::{AdjustedLimits, Description},
        envelope::Request,
        message::{Outcome, Response, RetryClass, Sending},
        notification::{Call, Verdict},
    },
    imports::{blobs, facts::ReceivedDocument},
    json, outcome, problem, read_settings, unknown_operation,
};

use crate::{
    calls, describe, misdeeds,
    parameters::{Parameters, Settings},
};

/// Largest body that is read.
pub(crate) const LARGEST_BODY: u32 = 64 * 1024;

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
        let misdeed = misdeeds::named(operation).ok_or_else(|| unknown_operation(operation))?;
        let parameters: Parameters = json::parameters(&input.parameters)?;
        misdeed(&parameters, input.payload)
    }

    /// Takes the body as a document, and its words as the code.
    fn parse(
        operation: &str,
        response: &Response<'_>,
        sending: &Sending,
    ) -> Result<Outcome, Problem> {
        misdeeds::named(operation).ok_or_else(|| unknown_operation(operation))?;
        let mut outcome = match response {
            Response::Unanswered => {
                outcome(RetryClass::UnknownOutcome, "none".into(), String::new())
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
                    content: misdeeds::blob_of(text.as_bytes())?,
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

/// The body as text.
pub(crate) fn read_text(body: &blobs::Blob) -> Result<String, Problem> {
    let bytes = Blob::read_all(body, LARGEST_BODY)?;
    String::from_utf8(bytes)
        .map_err(|_| counterparty_problem("body.not-text", "", "the body is not text in UTF-8"))
}
