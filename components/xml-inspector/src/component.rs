// SPDX-License-Identifier: Apache-2.0
//! The contract, served.

use agency_guest::{
    Component, Fault, Problem,
    exports::{
        descriptor::{AdjustedLimits, Description},
        message::{Outcome, Response, Sending},
    },
    problem, unknown_operation,
};

use crate::{canonical, describe, settings::Settings, sign, verify};

/// The contract, served. What it does needs the sandbox; natively it only compiles.
#[derive(Debug)]
pub struct Inspector;

impl Component for Inspector {
    fn describe() -> Description {
        describe::description()
    }

    fn check_settings() -> Result<Vec<AdjustedLimits>, Problem> {
        Settings::read()?.check()?;
        Ok(Vec::new())
    }

    fn parse(
        operation: &str,
        response: &Response<'_>,
        _sending: &Sending,
    ) -> Result<Outcome, Problem> {
        let Response::Answered(answer) = response else {
            let message = "there is no document to look at";
            return Err(problem(Fault::Caller, "document.missing", "", message));
        };
        let settings = Settings::read()?;
        match operation {
            describe::VERIFY => verify::verify(answer.body, &settings),
            describe::SIGN => sign::sign(answer.body, &settings),
            describe::CANONICALIZE => canonical::canonicalize(answer.body, &settings),
            _ => Err(unknown_operation(operation)),
        }
    }
}
