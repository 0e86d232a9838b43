// SPDX-License-Identifier: Apache-2.0
use std::fmt;

use serde::Serialize;

/// Who has to act for a problem to go away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// Whoever called: parameters, payload, attachments.
    Caller,
    /// The agency, or whoever spoke in its name.
    Counterparty,
    /// The operator: settings, keys, trust anchors.
    Configuration,
    /// The maker of the component or of Silta.
    Internal,
}

impl Fault {
    /// Stable name.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// What a component found wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Who has to act.
    pub fault: Fault,
    /// Stable code in lower case with dots, such as `parameter.missing`.
    pub code: String,
    /// Where: a JSON pointer, a path of element names, or `line:column`; empty for the whole input.
    pub path: String,
    /// What is wrong and what to do, for a human.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for Problem {}
