// SPDX-License-Identifier: Apache-2.0
use crate::error::{PackageError, PackageFault};

/// How much a package may hold. Each is inclusive, and named in the error that meets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PackageLimits {
    /// Files, those passed over included. Default 2,000: official packages have below 200.
    pub files: usize,
    /// Bytes of one file, decompressed. Default 8 MiB, as the validator has it.
    pub file_bytes: u64,
    /// Bytes of the ZIP, and of all files together, decompressed. Default 64 MiB.
    pub bytes: u64,
    /// Folders within folders. Default 32.
    pub depth: usize,
}

impl Default for PackageLimits {
    fn default() -> Self {
        Self {
            files: 2000,
            file_bytes: 8 << 20,
            bytes: 64 << 20,
            depth: 32,
        }
    }
}

impl PackageLimits {
    pub(crate) fn exceeded(&self, name: &str, limit: &'static str, maximum: u64) -> PackageError {
        PackageError::of(name, PackageFault::Limit { limit, maximum })
    }
}
