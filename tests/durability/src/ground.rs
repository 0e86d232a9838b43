// SPDX-License-Identifier: Apache-2.0
use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Result;
use tempfile::TempDir;

/// A store and its logs. The system is not taken anything from, so that memory is a disk as good as any.
pub(crate) struct Ground(TempDir);

impl Ground {
    pub(crate) fn new() -> Result<Self> {
        let memory = Path::new("/dev/shm");
        let folder = match memory.is_dir() {
            true => TempDir::new_in(memory).or_else(|_| TempDir::new())?,
            false => TempDir::new()?,
        };
        fs::create_dir(folder.path().join("logs"))?;
        Ok(Self(folder))
    }

    pub(crate) fn logs(&self) -> PathBuf {
        self.0.path().join("logs")
    }

    pub(crate) fn store(&self) -> PathBuf {
        self.0.path().join("silta/store")
    }
}
