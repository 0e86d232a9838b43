// SPDX-License-Identifier: Apache-2.0
//! What to do after an answer.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What to do next with what was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RetryClass {
    /// Finished.
    Done,
    /// Send the same bytes again, later.
    RetryLaterSameReference,
    /// Build anew with a new reference, later.
    RetryLaterNewReference,
    /// Nobody knows whether it arrived: send the very same bytes again, later.
    UnknownOutcome,
    /// Correct the content first; then a new reference.
    FixFirst,
    /// Certificate, connection or authorisation: a human has to act.
    Denied,
    /// An earlier sending had arrived.
    AlreadyAccepted,
}
