// SPDX-License-Identifier: Apache-2.0
use std::{io, path::PathBuf};

use crate::error::Cause;

/// Why a store cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Another process has it.
    #[error("the store {} is in use by another process; end that one, or give this one a folder of its own", .0.display())]
    InUse(PathBuf),
    /// There is none.
    #[error("there is no store in {}; `silta serve` makes it when it starts", .0.display())]
    Missing(PathBuf),
    /// A file or folder.
    #[error("{}: {error}; check the path, its permissions and the room left", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// A newer program has changed the tables so that this one must not use them.
    #[error(
        "the store was changed by a newer version of Silta (schema {version}, this one knows up to {known}); use that version"
    )]
    Newer {
        /// Version of the tables.
        version: u32,
        /// The last that is known here.
        known: u32,
    },
    /// An older program has the store, which has not brought its tables up to date.
    #[error(
        "the store is of an older version of Silta (schema {version}, this one needs {needed}); start this version on it once, or use that one"
    )]
    Older {
        /// Version of the tables.
        version: u32,
        /// The first that will do.
        needed: u32,
    },
    /// The library is one that loses what was committed.
    #[error(
        "SQLite {found} is in this program, and {needed} is needed at least: earlier ones may lose what was committed"
    )]
    Library {
        /// Its version.
        found: String,
        /// The first that will do.
        needed: String,
    },
    /// A setting of the database does not hold.
    #[error(
        "the database does not take `{setting}` = {wanted}, it says {found}; the file system may not be able to"
    )]
    Setting {
        /// Which.
        setting: &'static str,
        /// What it is to be.
        wanted: String,
        /// What it is.
        found: String,
    },
    /// The database is damaged.
    #[error("the database is damaged: {0}; restore a backup")]
    Damaged(Cause),
    /// The database, for another reason.
    #[error("the database cannot be opened: {0}")]
    Database(Cause),
}
