// SPDX-License-Identifier: Apache-2.0
use std::{fmt, path::PathBuf};

/// What is wrong with the configuration, where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// The file at fault: the configuration itself, or one that it names.
    pub file: PathBuf,
    /// Line and column in the file, counted from 1, where the place is known.
    pub place: Option<(usize, usize)>,
    /// Name of the field that led there, such as `agencies.tulli.keys.builder.private-key`; may be empty.
    pub field: String,
    /// What is wrong and what to do.
    pub reason: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some((line, column)) = self.place {
            write!(f, ":{line}:{column}")?;
        }
        if !self.field.is_empty() {
            write!(f, ": {}", self.field)?;
        }
        write!(f, ": {}", self.reason)
    }
}

impl std::error::Error for ConfigError {}
