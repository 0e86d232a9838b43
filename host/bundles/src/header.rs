// SPDX-License-Identifier: Apache-2.0
//! What a bundle says in the clear.

use serde::{Deserialize, Serialize};

/// Version of the format that is written and read.
pub const VERSION: &str = "1";

/// What a bundle says in the clear: which call it was and what served it. Nothing in here is about people.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Header {
    /// Agency, by the name of its table.
    pub agency: String,
    /// The exported function: `envelope.build`, `message.parse` or `notification.validate`.
    pub function: String,
    /// Operation; `validate` for a call of the agency.
    pub operation: String,
    /// When the call began: RFC 3339, in UTC.
    pub at: String,
    /// Number of the generation that served it.
    pub generation: u64,
    /// SHA-256 of the component, in hexadecimal.
    pub component: String,
    /// Version that the component gives itself.
    pub version: String,
    /// What the generation served by, in one digest: settings, certificates, anchors, roles of secrets, limits.
    pub revision: String,
    /// Version of the contract between host and components, such as `0.1.0`.
    pub contract: String,
    /// What came of it: `ok`, `err`, `accepted`, `rejected`, or `stopped`.
    pub result: String,
    /// Id of the public key that the rest is sealed to.
    #[serde(default)]
    pub sealed_to: String,
    /// Bytes of what is sealed.
    #[serde(default)]
    pub sealed_bytes: u64,
}
