// SPDX-License-Identifier: Apache-2.0

use std::path::PathBuf;

use serde::Deserialize;
use toml::Spanned;

/// `[publishers.NAME]`: somebody whose components are taken.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct PublisherTable {
    /// Files of public keys, Ed25519 in PEM; two while the publisher changes from one to the other.
    pub(crate) keys: Vec<Spanned<PathBuf>>,
    /// Agencies that it may publish components for, by their ids; `*` for all.
    pub(crate) agencies: Vec<String>,
}
