// SPDX-License-Identifier: Apache-2.0
/// A rule that a message to be sent breaks: the caller's matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// Stable code, one for each rule.
    pub code: &'static str,
    /// JSON pointer into the parameters, or `/attachments/N`.
    pub path: String,
    /// What is wrong and what to do. No value is repeated in it.
    pub message: String,
}

impl Flaw {
    /// A flaw at a place.
    pub fn new(code: &'static str, path: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code,
            path: path.into(),
            message: message.into(),
        }
    }
}
