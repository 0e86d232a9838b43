// SPDX-License-Identifier: Apache-2.0
//! What is sealed in a bundle.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a call saw and gave, in the contract's form as JSON. No secret is in it: in the place of each stand as many letters A.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Content {
    /// The settings that the component saw.
    pub settings: String,
    /// What the call was allowed to use, by the names of `[agencies.NAME.limits]`.
    pub limits: Value,
    /// The arguments.
    pub arguments: Vec<Value>,
    /// What the host answered, in its order.
    pub answers: Vec<Answer>,
    /// What the function returned, or the case `stopped` with a code.
    pub result: Value,
}

/// What the host answered a component.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The contract's function, such as `keys.sign`.
    pub function: String,
    /// What it was asked.
    pub arguments: Vec<Value>,
    /// What it answered.
    pub answer: Value,
}

/// Sizes only: the content is about people.
impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Content")
            .field("arguments", &self.arguments.len())
            .field("answers", &self.answers.len())
            .finish_non_exhaustive()
    }
}

/// The function only.
impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("function", &self.function)
            .finish_non_exhaustive()
    }
}
