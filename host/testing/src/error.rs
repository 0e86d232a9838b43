// SPDX-License-Identifier: Apache-2.0
//! Why cases cannot be run, or not be written.

use std::{io, path::PathBuf};

/// Why cases cannot be run, or not be written. That a case comes out otherwise than it should is none of these but a [`Verdict`](crate::Verdict).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TestingError {
    /// The component is not fit to be tested.
    #[error(transparent)]
    Component(#[from] silta::Error),
    /// A file cannot be read or written.
    #[error("{}: {source}; check the path and its permissions", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file is not what it has to be.
    #[error("{}: {reason}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong, where, and what to do.
        reason: String,
    },
    /// There are no cases.
    #[error(
        "{}: there are no cases; a case is a folder here, with a file case.json and the files that it names",
        .0.display()
    )]
    NoCases(PathBuf),
    /// The host's own keys and certificates cannot be made, for a reason of this machine.
    #[error("the keys and certificates of the test cannot be made: {0}")]
    Certificates(String),
}

impl TestingError {
    /// Stable code in lower case with dots.
    pub fn code(&self) -> String {
        match self {
            Self::Component(error) => error.code(),
            Self::File { .. } => "file.unusable".into(),
            Self::Malformed { .. } => "case.malformed".into(),
            Self::NoCases(_) => "case.none".into(),
            Self::Certificates(_) => "certificates.not-made".into(),
        }
    }

    pub(crate) fn malformed(path: impl Into<PathBuf>, reason: impl Into<String>) -> Self {
        Self::Malformed {
            path: path.into(),
            reason: reason.into(),
        }
    }

    pub(crate) fn file(path: impl Into<PathBuf>, source: io::Error) -> Self {
        let path = path.into();
        Self::File { path, source }
    }
}
