// SPDX-License-Identifier: Apache-2.0
//! The contract, served.

mod building;
mod download;
mod facts;
mod judging;
mod notification;
mod parsing;
mod transport;

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

use crate::{describe, wire::Settings};

/// The contract, served by the protocol. What it does needs the sandbox; natively it only compiles.
#[derive(Debug)]
pub struct Tulli;

impl Component for Tulli {
    const SCHEMAS: &'static [u8] = include_bytes!("../schemas.packed");

    fn describe() -> Description {
        describe::description()
    }

    fn check_settings() -> Result<Vec<AdjustedLimits>, Problem> {
        let settings: Settings = read_settings()?;
        settings.check()?;
        Ok(describe::adjusted(&settings))
    }

    fn build(operation: &str, input: BuildInput<'_>) -> Result<Request, Problem> {
        building::build(describe::operation_of(operation)?, &input)
    }

    fn parse(
        operation: &str,
        response: &Response<'_>,
        sending: &Sending,
    ) -> Result<Outcome, Problem> {
        parsing::parse(describe::operation_of(operation)?, response, sending)
    }

    fn validate(call: &Call<'_>) -> Verdict {
        notification::validate(call)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_schemas_are_those_of_the_types() {
        agency_guest::schemas::are_current::<Tulli>(env!("CARGO_MANIFEST_DIR")).unwrap();
    }
}
