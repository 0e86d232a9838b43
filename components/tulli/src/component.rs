//! The contract, served.

mod building;
mod download;
mod facts;
mod judging;
mod notification;
mod parsing;
mod transport;

use agency_guest::{
    Problem,
    exports::{
        descriptor, envelope, message,
        notification::{self as inbound, Call, Verdict},
    },
    imports::{blobs, settings},
    json,
};

use crate::{convert, describe, wire::Settings};

/// The contract's exports, served by the protocol. What it does needs the sandbox; natively it only compiles.
#[derive(Debug)]
pub struct Component;

impl descriptor::Guest for Component {
    fn describe() -> descriptor::Description {
        describe::description()
    }

    fn check_settings() -> Result<Vec<descriptor::AdjustedLimits>, Problem> {
        let settings = read_settings()?;
        settings.check().map_err(convert::settings_problem)?;
        Ok(describe::adjusted_limits(&settings))
    }
}

impl envelope::Guest for Component {
    fn build(
        operation: String,
        parameters: String,
        payload: Option<&blobs::Blob>,
        _attachments: Vec<envelope::Attachment>,
        cursor: Option<String>,
    ) -> Result<envelope::Request, Problem> {
        let operation = describe::operation_of(&operation)?;
        building::build(operation, &parameters, payload, cursor.as_deref())
    }
}

impl message::Guest for Component {
    fn parse(
        operation: String,
        response: message::Response<'_>,
        sending: message::Sending,
    ) -> Result<message::Outcome, Problem> {
        let operation = describe::operation_of(&operation)?;
        parsing::parse(operation, &response, &sending)
    }
}

impl inbound::Guest for Component {
    fn validate(call: Call<'_>) -> Verdict {
        notification::validate(&call)
    }
}

/// The settings as they stand: `check_settings` has judged them, once, before they came to serve.
fn read_settings() -> Result<Settings, Problem> {
    json::settings(&settings::read())
}
