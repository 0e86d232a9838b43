// SPDX-License-Identifier: Apache-2.0
use std::{path::PathBuf, sync::Arc};

use silta::Runtime;
use silta_config::Config;
use silta_store::Store;

/// What serving agencies needs.
pub(super) struct ServeContext {
    pub(super) file: PathBuf,
    pub(super) config: Config,
    pub(super) runtime: Runtime,
    /// Where generations are recorded.
    pub(super) store: Arc<dyn Store>,
}

/// Who changes what serves when files do.
pub(super) const CONFIGURATION: &str = "configuration";
