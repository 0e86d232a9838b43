//! The contract, served.

use agency_guest::{
    Fault, Problem,
    exports::{
        descriptor, envelope,
        message::{self, Response},
        notification,
    },
    imports::blobs,
    problem, unknown_operation,
};

use crate::{canonical, describe, settings::Settings, sign, verify};

/// The contract's exports. What they do needs the sandbox; natively they only compile.
#[derive(Debug)]
pub struct Component;

impl descriptor::Guest for Component {
    fn describe() -> descriptor::Description {
        describe::description()
    }

    fn check_settings() -> Result<Vec<descriptor::AdjustedLimits>, Problem> {
        Settings::read()?.check()?;
        Ok(Vec::new())
    }
}

impl envelope::Guest for Component {
    fn build(
        operation: String,
        _parameters: String,
        _payload: Option<&blobs::Blob>,
        _attachments: Vec<envelope::Attachment>,
        _cursor: Option<String>,
    ) -> Result<envelope::Request, Problem> {
        Err(unknown_operation(&operation))
    }
}

impl message::Guest for Component {
    fn parse(
        operation: String,
        response: Response<'_>,
        _sending: message::Sending,
    ) -> Result<message::Outcome, Problem> {
        let Response::Answered(answer) = response else {
            let message = "there is no document to look at";
            return Err(problem(Fault::Caller, "document.missing", "", message));
        };
        let settings = Settings::read()?;
        match operation.as_str() {
            describe::VERIFY => verify::verify(answer.body, &settings),
            describe::SIGN => sign::sign(answer.body, &settings),
            describe::CANONICALIZE => canonical::canonicalize(answer.body, &settings),
            _ => Err(unknown_operation(&operation)),
        }
    }
}

impl notification::Guest for Component {
    fn validate(_call: notification::Call<'_>) -> notification::Verdict {
        let message = "this component takes no calls";
        let reason = problem(Fault::Counterparty, "call.unknown", "", message);
        let reply = notification::Reply {
            status: 404,
            headers: Vec::new(),
            body: None,
        };
        notification::Verdict::Rejected(notification::Rejection { reply, reason })
    }
}
