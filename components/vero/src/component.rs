//! The contract, served.

mod building;
mod notification;
mod parsing;

use agency_guest::{
    BuildInput, Component, Problem,
    exports::{
        descriptor::{AdjustedLimits, Description},
        envelope::Request,
        message::{Outcome, Response, Sending},
        notification::{Call, Verdict},
    },
    read_settings,
};

use crate::{
    describe::{self, Operation},
    wire::{Environment, Settings},
};

/// Key role of the client certificate for Vero API.
pub(crate) const CLIENT: &str = "client";

/// Secret role of what the Tax Administration repeats in each call.
pub(crate) const CALLBACK: &str = "callback";

/// Anchor set of the callers in the test environment.
pub(crate) const TEST: &str = "vero-test";

/// Anchor set of the callers in production.
pub(crate) const PRODUCTION: &str = "vero-production";

/// The contract, served by the protocol. What it does needs the sandbox; natively it only compiles.
#[derive(Debug)]
pub struct Vero;

impl Component for Vero {
    fn describe() -> Description {
        describe::description()
    }

    fn check_settings() -> Result<Vec<AdjustedLimits>, Problem> {
        let settings: Settings = read_settings()?;
        settings.check()?;
        Ok(describe::adjusted(&settings))
    }

    fn build(operation: &str, input: BuildInput<'_>) -> Result<Request, Problem> {
        building::build(Operation::of(operation)?, input)
    }

    fn parse(
        operation: &str,
        response: &Response<'_>,
        sending: &Sending,
    ) -> Result<Outcome, Problem> {
        parsing::parse(Operation::of(operation)?, response, sending)
    }

    fn validate(call: &Call<'_>) -> Verdict {
        notification::validate(call)
    }
}

/// The anchor set that callers of an environment lead to. The two have authorities of their own, and neither passes for the other.
fn anchor_set(environment: Environment) -> &'static str {
    match environment {
        Environment::FIS => TEST,
        Environment::FIP => PRODUCTION,
    }
}
