// SPDX-License-Identifier: Apache-2.0

use std::path::PathBuf;

use serde::Deserialize;

/// `[deployments]`: how components are judged that are to serve.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct DeploymentsTable {
    /// Folder that packages are put into to be deployed. Default none.
    pub(crate) folder: Option<PathBuf>,
    /// Time for compiling one component. Default 120 s, 1 to 3,600.
    pub(crate) compile_seconds: u32,
    /// Memory that compiling one component may take. Default 2 GiB, 64 MiB to 64 GiB.
    pub(crate) compile_memory_bytes: u64,
    /// Whether components are compiled in the process that serves, where nothing stops the compiler. Default false.
    pub(crate) compile_in_process: bool,
}

impl Default for DeploymentsTable {
    fn default() -> Self {
        Self {
            folder: None,
            compile_seconds: 120,
            compile_memory_bytes: 2 << 30,
            compile_in_process: false,
        }
    }
}
