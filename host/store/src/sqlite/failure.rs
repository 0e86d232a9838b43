// SPDX-License-Identifier: Apache-2.0
use rusqlite::{Error, ErrorCode, ffi};

use crate::error::{Cause, StoreError, Why};

/// Why a command failed.
pub(super) enum Failure {
    /// It is told to whoever asked; the transaction goes on without it.
    Answer(StoreError),
    /// The database.
    Sqlite(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Answer(error)
    }
}

impl From<Why> for Failure {
    fn from(why: Why) -> Self {
        Self::Answer(why.into())
    }
}

impl Failure {
    pub(super) fn into_error(self) -> StoreError {
        match self {
            Self::Answer(error) => error,
            Self::Sqlite(error) => {
                StoreError::Broken(cause("the database refused a statement", &error))
            }
        }
    }
}

/// Whether nothing more can be said of what the disk has: the store is closed and opened anew.
pub(super) fn is_fatal(error: &Error) -> bool {
    let fatal = [
        ErrorCode::SystemIoFailure,
        ErrorCode::DiskFull,
        ErrorCode::DatabaseCorrupt,
        ErrorCode::NotADatabase,
        ErrorCode::ReadOnly,
        ErrorCode::CannotOpen,
        ErrorCode::OutOfMemory,
        ErrorCode::FileLockingProtocolFailed,
    ];
    error
        .sqlite_error_code()
        .is_some_and(|code| fatal.contains(&code))
}

/// What SQLite says by its code. Its own sentence is left out: there may be a value in it.
pub(super) fn cause(doing: &str, error: &Error) -> Cause {
    Cause::new(match error.sqlite_error() {
        Some(ffi::Error { extended_code, .. }) => {
            let text = ffi::code_to_str(*extended_code);
            format!("{doing}: {text} (SQLite {extended_code})")
        }
        None => format!("{doing}: a value is not of its type"),
    })
}
