// SPDX-License-Identifier: Apache-2.0
//! The contract, served.

mod attachments;
mod messages;
mod naming;
mod notification;
mod origin;
mod security;
mod statuses;

use agency_guest::{
    Component, Problem,
    exports::{
        descriptor::{AdjustedLimits, Description},
        notification::{Call, Verdict},
    },
    read_settings,
};

use crate::{describe, wire::Settings};

/// The contract, served by the protocol. What it does needs the sandbox; natively it only compiles.
#[derive(Debug)]
pub struct Viestit;

impl Component for Viestit {
    const SCHEMAS: &'static [u8] = include_bytes!("../schemas.packed");

    fn describe() -> Description {
        describe::description()
    }

    fn check_settings() -> Result<Vec<AdjustedLimits>, Problem> {
        let settings: Settings = read_settings()?;
        settings.check()?;
        Ok(describe::adjusted(&settings))
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
        agency_guest::schemas::are_current::<Viestit>(env!("CARGO_MANIFEST_DIR")).unwrap();
    }
}
