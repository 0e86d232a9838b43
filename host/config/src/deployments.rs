// SPDX-License-Identifier: Apache-2.0
//! `[deployments]`: how components are judged that are to serve.

use std::{ops::RangeInclusive, path::PathBuf, time::Duration};

use crate::{error::ConfigError, load::Config};

/// What `compile-seconds` and `compile-memory-bytes` can be.
const TIME_RANGE: RangeInclusive<u32> = 1..=3_600;
const MEMORY_RANGE: RangeInclusive<u64> = 64 << 20..=64 << 30;

/// What compiling one component may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CompileLimits {
    /// Time, by the clock.
    pub time: Duration,
    /// Bytes of memory.
    pub memory_bytes: u64,
    /// Whether it is done in the process that serves, and neither limit holds.
    pub in_process: bool,
}

impl Config {
    /// The folder that packages are put into to be deployed, if there is one.
    pub fn deployments_folder(&self) -> Option<PathBuf> {
        let folder = self.content.deployments.folder.as_ref();
        folder.map(|folder| self.resolve(folder))
    }

    /// What compiling one component may take.
    ///
    /// # Errors
    /// A limit is out of its range.
    pub fn compile_limits(&self) -> Result<CompileLimits, ConfigError> {
        let table = &self.content.deployments;
        let memory_bytes = table.compile_memory_bytes;
        if !MEMORY_RANGE.contains(&memory_bytes) {
            let reason = "has to be 67108864 to 68719476736 bytes".to_owned();
            return Err(self.wrong("deployments.compile-memory-bytes", reason));
        }
        Ok(CompileLimits {
            time: self.seconds(
                table.compile_seconds,
                TIME_RANGE,
                "deployments.compile-seconds",
            )?,
            memory_bytes,
            in_process: table.compile_in_process,
        })
    }
}
