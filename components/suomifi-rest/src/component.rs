// SPDX-License-Identifier: Apache-2.0
//! The contract, served: which operation it is.

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
    operations::{fetch, mailboxes, outcome::Given, password, poll, send, settle, token},
    wire::Settings,
};

/// The contract, served. What it does needs the sandbox; natively it only compiles.
#[derive(Debug)]
pub struct SuomifiRest;

impl Component for SuomifiRest {
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
            Operation::PollEvents => poll::build(&settings, &input),
            Operation::FetchMessage => fetch::build(&settings, &input),
            Operation::ActiveMailboxes => mailboxes::build(&settings, &input),
            Operation::Token => token::build(&settings, &input),
            Operation::ChangePassword => password::build(&settings, &input),
            Operation::ProvePassword => password::build_proof(&settings, &input),
            sending => send::build(&settings, sending, &input),
        }
    }

    fn parse(
        operation: &str,
        response: &Response<'_>,
        sending: &Sending,
    ) -> Result<Outcome, Problem> {
        let settings: Settings = read_settings()?;
        let given = Given {
            settings: &settings,
            response,
            sending,
        };
        match Operation::of(operation)? {
            Operation::PollEvents => poll::parse(&given),
            Operation::FetchMessage => fetch::parse(&given),
            Operation::ActiveMailboxes => mailboxes::parse(&given),
            Operation::Token => token::parse(&given),
            Operation::ChangePassword => password::parse(&given),
            Operation::ProvePassword => password::parse_proof(&given),
            _ => {
                let parsed = send::read(&given)?;
                settle::settled(&given, parsed)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_schemas_are_those_of_the_types() {
        agency_guest::schemas::are_current::<SuomifiRest>(env!("CARGO_MANIFEST_DIR")).unwrap();
    }
}
