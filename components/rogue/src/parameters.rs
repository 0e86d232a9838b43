// SPDX-License-Identifier: Apache-2.0
//! What an operation is told, and what the operator sets.

use schemars::JsonSchema;
use serde::Deserialize;

/// Parameters of every operation; each looks at those it needs.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Parameters {
    /// How often.
    pub(crate) count: u32,
    /// How much.
    pub(crate) bytes: u32,
    /// Which way, where an operation knows several.
    pub(crate) way: String,
    /// Role of a key or a secret, or name of an anchor set.
    pub(crate) role: String,
    /// A text to log, compare or return.
    pub(crate) text: String,
}

/// The operator's settings.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Settings {
    /// What `behave` answers with. Default 0.
    pub(crate) version: u64,
    /// Whether these settings are to be refused. Default false.
    pub(crate) bad: bool,
    /// Operation that may run once at a time; it need not be one of the component's. Default none.
    pub(crate) alone: Option<String>,
    /// Makes the settings as large as a test wants them. Default empty.
    pub(crate) padding: String,
}
