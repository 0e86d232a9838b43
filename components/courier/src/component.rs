// SPDX-License-Identifier: Apache-2.0
//! The contract, served: which operation it is, and what all of them do alike.

use agency_guest::{
    BuildInput, Component, Problem,
    exports::{
        descriptor::{AdjustedLimits, Description},
        envelope::Request,
        message::{Outcome, Response, Sending},
    },
    read_settings,
};

use crate::{
    describe,
    operation::Operation,
    operations::{Answered, deliver, list, password, token},
    wire::Settings,
};

/// The contract, served. What it does needs the sandbox; natively it only compiles.
#[derive(Debug)]
pub struct Courier;

impl Component for Courier {
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
        let settings: Settings = read_settings()?;
        match Operation::of(operation)? {
            Operation::Deliver => deliver::build(&settings, &input),
            Operation::Token => token::build(&settings, &input),
            Operation::List => list::build(&settings, &input),
            Operation::ChangePassword => password::build(&settings, &input),
            Operation::Prove => password::build_proof(&settings, &input),
        }
    }

    fn parse(
        operation: &str,
        response: &Response<'_>,
        sending: &Sending,
    ) -> Result<Outcome, Problem> {
        let operation = Operation::of(operation)?;
        let answered = match Answered::read(operation, response, sending)? {
            Ok(answered) => answered,
            // It was refused, or nobody knows: that is the same for all operations.
            Err(outcome) => return Ok(outcome),
        };
        match operation {
            Operation::Deliver => deliver::parse(answered, &sending.memo),
            Operation::Token => token::parse(answered),
            Operation::List => list::parse(answered, &sending.memo),
            Operation::ChangePassword => password::parse(answered, &sending.memo),
            Operation::Prove => Ok(answered.outcome),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_schemas_are_those_of_the_types() {
        agency_guest::schemas::are_current::<Courier>(env!("CARGO_MANIFEST_DIR")).unwrap();
    }
}
