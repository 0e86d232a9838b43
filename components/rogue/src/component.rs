//! The contract, served: the misdeeds are in `envelope.build`, the rest is small and real.

use agency_guest::{
    Blob, Fault, Problem,
    exports::{
        descriptor, envelope,
        message::{self, Response, RetryClass},
        notification::{self, Call, Verdict},
    },
    imports::{blobs, facts, settings},
    json, problem, unknown_operation,
};

use crate::{
    calls, describe, misdeeds,
    parameters::{Parameters, Settings},
};

/// Largest body that is read.
pub(crate) const LARGEST_BODY: u32 = 64 * 1024;

/// The contract's exports. What they do needs the sandbox; natively it only compiles.
#[derive(Debug)]
pub struct Component;

impl descriptor::Guest for Component {
    fn describe() -> descriptor::Description {
        describe::description()
    }

    fn check_settings() -> Result<Vec<descriptor::AdjustedLimits>, Problem> {
        let settings = read_settings()?;
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
}

impl envelope::Guest for Component {
    fn build(
        operation: String,
        parameters: String,
        payload: Option<&blobs::Blob>,
        _attachments: Vec<envelope::Attachment>,
        _cursor: Option<String>,
    ) -> Result<envelope::Request, Problem> {
        let misdeed = misdeeds::named(&operation).ok_or_else(|| unknown_operation(&operation))?;
        let parameters: Parameters = json::parameters(&parameters)?;
        misdeed(&parameters, payload)
    }
}

impl message::Guest for Component {
    /// Takes the body as a document, and its words as the code.
    fn parse(
        operation: String,
        response: Response<'_>,
        sending: message::Sending,
    ) -> Result<message::Outcome, Problem> {
        misdeeds::named(&operation).ok_or_else(|| unknown_operation(&operation))?;
        let (class, code, text, documents) = match response {
            Response::Unanswered => (
                RetryClass::UnknownOutcome,
                "none".to_owned(),
                String::new(),
                Vec::new(),
            ),
            Response::Answered(answer) => {
                let class = if answer.status == 200 {
                    RetryClass::Done
                } else {
                    RetryClass::FixFirst
                };
                let text = read_text(answer.body)?;
                let content = misdeeds::blob_of(text.as_bytes())?;
                let document = facts::ReceivedDocument {
                    name: "answer.txt".into(),
                    media_type: "text/plain".into(),
                    content,
                };
                (
                    class,
                    format!("http-{}", answer.status),
                    text,
                    vec![document],
                )
            }
        };
        Ok(message::Outcome {
            class,
            code,
            text,
            reference: sending.memo,
            events: Vec::new(),
            documents,
            follow_ups: Vec::new(),
            cursor: None,
        })
    }
}

impl notification::Guest for Component {
    fn validate(call: Call<'_>) -> Verdict {
        calls::judge(&call).map_or_else(Verdict::Rejected, Verdict::Accepted)
    }
}

/// The operator's settings, read anew at each call: the host decides what they are.
pub(crate) fn read_settings() -> Result<Settings, Problem> {
    json::settings(&settings::read())
}

/// The body as text.
pub(crate) fn read_text(body: &blobs::Blob) -> Result<String, Problem> {
    let bytes = Blob::read_all(body, LARGEST_BODY)?;
    String::from_utf8(bytes).map_err(|_| {
        problem(
            Fault::Counterparty,
            "body.not-text",
            "",
            "the body is not text in UTF-8",
        )
    })
}
