// SPDX-License-Identifier: Apache-2.0
use std::path::PathBuf;

use serde::Deserialize;
use silta_gateway::platform::{Permission, PlatformLimits, TokenLimits};
use toml::Spanned;

use super::Table;

/// `[platform]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct PlatformTable {
    /// IP address and port of the platform's API.
    pub(crate) address: String,
    /// With `certificates`; without both only an address of this machine is taken.
    pub(crate) private_key: Option<Spanned<PathBuf>>,
    pub(crate) certificates: Option<Spanned<PathBuf>>,
    #[serde(default)]
    pub(crate) tokens: Vec<Table<TokenTable>>,
    #[serde(default)]
    pub(crate) limits: Table<PlatformLimits>,
}

/// `[[platform.tokens]]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct TokenTable {
    pub(crate) id: String,
    pub(crate) sha256: String,
    /// Names of tables of agencies, or `*`.
    pub(crate) agencies: Vec<String>,
    pub(crate) may: Vec<Permission>,
    #[serde(default)]
    pub(crate) limits: Table<TokenLimits>,
}
