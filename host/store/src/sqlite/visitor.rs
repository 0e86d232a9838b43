// SPDX-License-Identifier: Apache-2.0
//! A store that another process may have.

use std::{
    fmt,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use rusqlite::{Connection, ErrorCode, TransactionBehavior};

use super::{
    RETRY_AFTER,
    access::disk_bytes,
    acts, backup, bodies,
    connection::writes_beside,
    failure::{Failure, cause},
    files::Files,
    folder::Folder,
    inbox,
    open_error::OpenError,
    operation_listing, operations, runs,
    schema::{MIGRATIONS, check_version},
    upkeep,
    work::{Work, column},
};
use crate::{
    content::Content,
    error::StoreError,
    record::{
        Act, ActListing, Actor, BodyId, Entry, Finding, KEPT_REJECTIONS, KEPT_RUNS, Listing,
        Operation, OperationId, OperationListing, OperationPage, Position, Runs, Settled, Status,
    },
    time::{Clock, SystemClock, Timestamp},
};

/// Reads a store while the process that has it goes on, and acknowledges entries: for tools beside a gateway.
///
/// It takes no lock, makes nothing and removes nothing. All else is done by the process that has the store.
pub struct SqliteVisitor {
    folder: Folder,
    files: Arc<Files>,
    connection: Mutex<Connection>,
    clock: Arc<dyn Clock>,
}

impl SqliteVisitor {
    /// Looks into the store in a folder, which has to be there.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        Self::with_clock(path, Arc::new(SystemClock))
    }

    /// The same with another clock.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn with_clock(path: &Path, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        let folder = Folder::existing(path)?;
        let connection = writes_beside(&folder.database())?;
        check_version(&connection, &MIGRATIONS)?;
        Ok(Self {
            files: Arc::new(Files::new(folder.bodies())),
            folder,
            connection: Mutex::new(connection),
            clock,
        })
    }

    /// As [`Store::list`](crate::Store::list).
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn list(&self, listing: &Listing) -> Result<Vec<Entry>, StoreError> {
        self.read(|connection| inbox::list(connection, listing))
    }

    /// As [`Store::show`](crate::Store::show).
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn show(&self, position: Position) -> Result<Option<Entry>, StoreError> {
        self.read(|connection| inbox::show(connection, position))
    }

    /// As [`Store::body`](crate::Store::body).
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn body(&self, body: BodyId) -> Result<Option<Content>, StoreError> {
        self.read(|connection| bodies::body(connection, &self.files, body))
    }

    /// As [`Store::operation`](crate::Store::operation).
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn operation(&self, operation: OperationId) -> Result<Option<Operation>, StoreError> {
        self.read(|connection| operations::operation(connection, operation))
    }

    /// As [`Store::operations`](crate::Store::operations).
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn operations(&self, listing: &OperationListing) -> Result<OperationPage, StoreError> {
        self.read(|connection| {
            let now = self.now(connection)?;
            operation_listing::list(connection, listing, now)
        })
    }

    /// As [`Store::runs`](crate::Store::runs).
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn runs(&self, operation: OperationId) -> Result<Runs, StoreError> {
        self.read(|connection| runs::list(connection, operation))
    }

    /// As [`Store::acts`](crate::Store::acts).
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn acts(&self, listing: &ActListing) -> Result<Vec<Act>, StoreError> {
        self.read(|connection| acts::list(connection, listing))
    }

    /// Says that an entry has been handled, whoever has it, and keeps an act of that where nobody had said so before. What it answers is on the disk.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn acknowledge(&self, position: Position, by: &Actor) -> Result<Settled, StoreError> {
        let position = Position(column(position.0));
        let mut connection = self.connection();
        let work = |error: rusqlite::Error| match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy) => StoreError::Unavailable {
                reason: cause("a transaction cannot begin", &error),
                retry_after: RETRY_AFTER,
            },
            _ => Failure::Sqlite(error).into_error(),
        };
        // At once for writing: it waits for its turn, and does not fail in the middle for want of it.
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(work)?;
        let now = self.now(&transaction).map_err(work)?;
        let acknowledging = Work {
            connection: &transaction,
            now,
            sequence: 0,
            kept_runs: KEPT_RUNS,
            kept_rejections: KEPT_REJECTIONS,
            released: Vec::new(),
        };
        let settled = acknowledging
            .acknowledge_as(position, by.clone())
            .map_err(Failure::into_error)?;
        transaction
            .commit()
            .map_err(|error| StoreError::Unknown(cause("COMMIT", &error)))?;
        Ok(settled)
    }

    /// As [`Store::status`](crate::Store::status).
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn status(&self) -> Result<Status, StoreError> {
        let disk = disk_bytes(&self.folder, &self.files);
        self.read(|connection| upkeep::status(connection, self.now(connection)?, disk))
    }

    /// As [`Store::check`](crate::Store::check). What another process removes meanwhile is no fault: found is what is wrong twice.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn check(&self) -> Result<Vec<Finding>, StoreError> {
        let look = || self.read(|connection| upkeep::check(connection, &self.files));
        let first = look()?;
        if first.is_empty() {
            return Ok(first);
        }
        let mut second = look()?;
        second.retain(|finding| first.contains(finding));
        Ok(second)
    }

    /// As [`SqliteStore::backup`](super::SqliteStore::backup).
    ///
    /// # Errors
    /// [`StoreError::Broken`], also when a file was removed while it was about to be copied: another try goes through.
    pub fn backup(&self, to: &Path) -> Result<(), StoreError> {
        backup::copy(&self.connection(), &self.files, to)
    }

    /// A number that is another when something was committed since it was asked for last.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn version(&self) -> Result<u64, StoreError> {
        self.read(|connection| {
            let version = connection.query_row("PRAGMA data_version", (), |row| row.get(0));
            Ok(version?)
        })
    }

    /// The store's time, as far as it can be told without writing.
    fn now(&self, connection: &Connection) -> rusqlite::Result<Timestamp> {
        let kept = connection.query_row("SELECT now FROM meta", (), |row| row.get(0));
        Ok(Timestamp(kept?).max(self.clock.now()))
    }

    fn read<T>(
        &self,
        run: impl FnOnce(&Connection) -> Result<T, Failure>,
    ) -> Result<T, StoreError> {
        run(&self.connection()).map_err(|failure| match failure {
            Failure::Answer(error) => error,
            Failure::Sqlite(error) => StoreError::Broken(cause("reading", &error)),
        })
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for SqliteVisitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteVisitor")
            .field("folder", &self.folder.path())
            .finish_non_exhaustive()
    }
}
