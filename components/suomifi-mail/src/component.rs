// SPDX-License-Identifier: Apache-2.0
//! The contract, served.

mod building;
mod incoming;
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
    wire::Settings,
};

/// The contract, served by the protocol. What it does needs the sandbox; natively it only compiles.
#[derive(Debug)]
pub struct SuomifiMail;

impl Component for SuomifiMail {
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
        building::build(Operation::of(operation)?, input)
    }

    fn parse(
        operation: &str,
        response: &Response<'_>,
        sending: &Sending,
    ) -> Result<Outcome, Problem> {
        Operation::of(operation)?;
        parsing::parse(response, sending)
    }

    fn validate(call: &Call<'_>) -> Verdict {
        incoming::validate(call)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_schemas_are_those_of_the_types() {
        agency_guest::schemas::are_current::<SuomifiMail>(env!("CARGO_MANIFEST_DIR")).unwrap();
    }
}
