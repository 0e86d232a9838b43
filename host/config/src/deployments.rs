// SPDX-License-Identifier: Apache-2.0
//! `[deployments]`: how components come to be deployed.

use std::path::PathBuf;

use crate::load::Config;

impl Config {
    /// The folder that packages are put into to be deployed, if there is one.
    pub fn deployments_folder(&self) -> Option<PathBuf> {
        let folder = self.content.deployments.folder.as_ref();
        folder.map(|folder| self.resolve(folder))
    }
}
