// SPDX-License-Identifier: Apache-2.0

use std::path::PathBuf;

use serde::Deserialize;

/// `[deployments]`: how components come to be deployed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct DeploymentsTable {
    /// Folder that packages are put into to be deployed. Default none.
    pub(crate) folder: Option<PathBuf>,
}
