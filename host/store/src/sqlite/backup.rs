// SPDX-License-Identifier: Apache-2.0
//! A copy of a store while it works.

use std::{fs, io, path::Path, sync::Arc};

use rusqlite::{
    Connection,
    backup::{Backup, StepResult},
};

use super::{
    SqliteStore,
    failure::cause,
    files::Files,
    folder::{Folder, private, sync_folder},
};
use crate::{
    content::Digest,
    error::{Cause, StoreError, Why},
};

impl SqliteStore {
    /// Copies the store as it is at one moment into a folder that is not there yet, durably. Commands go on meanwhile. The copy is opened as any store is.
    ///
    /// # Errors
    /// [`Why::FolderExists`]. [`StoreError::Broken`] says what could not be copied; what is in the folder then is no store.
    pub fn backup(&self, to: &Path) -> Result<(), StoreError> {
        self.shared.check_open()?;
        let source = self.shared.reader()?;
        copy(&source, &self.shared.files, to)?;
        self.shared.take_back(source);
        Ok(())
    }
}

/// Copies a store into a folder that is not there yet.
pub(super) fn copy(source: &Connection, files: &Arc<Files>, to: &Path) -> Result<(), StoreError> {
    let broken = |what: &str, error: &dyn std::fmt::Display| {
        StoreError::Broken(Cause::new(format!(
            "the backup {}: {what}: {error}",
            to.display()
        )))
    };
    if to.exists() {
        let folder = to.display().to_string();
        return Err(Why::FolderExists { folder }.into());
    }
    // No file is removed before it has been copied.
    let _pin = files.pin_all();
    let folder = Folder::prepare(to).map_err(|error| broken("its folder", &error))?;
    // It has its name last: what has no database is no store.
    let unfinished = to.join("silta.db.part");
    private()
        .create_new(true)
        .write(true)
        .open(&unfinished)
        .map_err(|error| broken("its database", &error))?;
    let digests = copy_database(source, &unfinished)
        .map_err(|error| broken("its database", &cause("copying", &error)))?;
    for digest in digests {
        let (from, to) = (
            files.path(&digest),
            folder.bodies().join(digest.to_string()),
        );
        copy_file(&from, &to).map_err(|error| broken("a content", &error))?;
    }
    let finished = sync_folder(&folder.bodies())
        .and_then(|()| fs::rename(&unfinished, folder.database()))
        .and_then(|()| folder.sync());
    finished.map_err(|error| broken("its folder", &error))
}

/// Copies all pages in one step, which is one moment; the digests of the files that its rows name.
fn copy_database(source: &Connection, to: &Path) -> rusqlite::Result<Vec<Digest>> {
    let mut copy = Connection::open(to)?;
    let backup = Backup::new(source, &mut copy)?;
    if backup.step(-1)? != StepResult::Done {
        let busy = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY);
        return Err(rusqlite::Error::SqliteFailure(busy, None));
    }
    drop(backup);
    let mut statement = copy.prepare("SELECT DISTINCT digest FROM body WHERE bytes IS NULL")?;
    let digests = statement.query_map((), |row| Ok(Digest(row.get(0)?)))?;
    digests.collect()
}

fn copy_file(from: &Path, to: &Path) -> io::Result<()> {
    let mut source = fs::File::open(from)?;
    let mut copy = private().create_new(true).write(true).open(to)?;
    io::copy(&mut source, &mut copy)?;
    copy.sync_all()
}
