// SPDX-License-Identifier: Apache-2.0
//! Plain SQLite: the floor of what the store keeps.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use rusqlite::Connection;

/// Bytes of the log from which it is moved into the database, as the store has it: by hand, and not by SQLite as well.
const LOG: u64 = 8 << 20;

/// A database with the settings of the store, for one thread without a queue.
#[derive(Debug)]
pub struct PlainSqlite {
    connection: Connection,
    log: PathBuf,
}

impl PlainSqlite {
    /// A new database with these tables, and one that every transaction changes.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn new(path: &Path, tables: &str) -> rusqlite::Result<Self> {
        let connection = Connection::open(path)?;
        connection.set_prepared_statement_cache_capacity(32);
        connection.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = 8388608; PRAGMA secure_delete = FAST;
            CREATE TABLE meta (id INTEGER PRIMARY KEY, now INTEGER, sequence INTEGER) STRICT;
            INSERT INTO meta VALUES (1, 0, 0);",
        )?;
        connection.execute_batch(tables)?;
        Ok(Self {
            connection,
            log: path.with_extension("db-wal"),
        })
    }

    /// The time for `times` pieces of work, of which `shared` share a transaction.
    ///
    /// # Errors
    /// When they are not kept.
    pub fn run(
        &self,
        times: u64,
        shared: u64,
        mut work: impl FnMut(&Connection) -> rusqlite::Result<()>,
    ) -> rusqlite::Result<Duration> {
        let begun = Instant::now();
        let mut left = times;
        while left > 0 {
            let now = left.min(shared);
            self.connection.execute_batch("BEGIN IMMEDIATE")?;
            for _ in 0..now {
                work(&self.connection)?;
            }
            let text = "UPDATE meta SET now = ?1, sequence = sequence + 1 WHERE id = 1";
            self.connection.prepare_cached(text)?.execute((left,))?;
            self.connection.execute_batch("COMMIT")?;
            if fs::metadata(&self.log).map_or(0, |log| log.len()) > LOG {
                let text = "PRAGMA wal_checkpoint(PASSIVE)";
                self.connection.query_row(text, (), |_| Ok(()))?;
            }
            left -= now;
        }
        Ok(begun.elapsed())
    }
}
