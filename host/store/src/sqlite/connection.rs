// SPDX-License-Identifier: Apache-2.0
//! Connections, and what each is told and asked back.

use std::{path::Path, time::Duration};

use rusqlite::{Connection, ErrorCode, OpenFlags, config::DbConfig};

use super::{
    failure::cause,
    open_error::OpenError,
    page_limit::PageLimit,
    schema::{MIGRATIONS, migrate},
};
use crate::error::Cause;

/// The first without the fault by which a checkpoint that meets a writer of another connection loses what was committed.
const OLDEST_LIBRARY: i32 = 3_051_003;

/// For a database that another program looks at.
const BUSY: Duration = Duration::from_secs(5);

/// Statements kept compiled: more than there are.
const STATEMENTS: usize = 128;

/// How thoroughly a database is looked at before it is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// As far as opening it does.
    Quick,
    /// With `quick_check`: after something went wrong.
    Thorough,
}

/// The connection that writes. When this returns, whatever an earlier process committed is durable, and a write has been tried.
pub(super) fn writer(
    path: &Path,
    limit: Option<PageLimit>,
    log_bytes: u64,
    look: Look,
) -> Result<Connection, OpenError> {
    check_library()?;
    let mut connection = open(path)?;
    set(&connection, "journal_mode", "WAL", "wal")?;
    // Each commit waits for the disk; the default of WAL, but a connection may be built with another.
    set(&connection, "synchronous", "FULL", "2")?;
    // When to checkpoint is decided here, after answers have left.
    set(&connection, "wal_autocheckpoint", "0", "0")?;
    // And that is decided by the length of the log, which it would keep when it is written from its beginning again.
    let log_bytes = i64::try_from(log_bytes).unwrap_or(i64::MAX).to_string();
    set(&connection, "journal_size_limit", &log_bytes, &log_bytes)?;
    set(&connection, "secure_delete", "FAST", "2")?;
    if look == Look::Thorough {
        quick_check(&connection).map_err(OpenError::Damaged)?;
    }
    migrate(&mut connection, &MIGRATIONS)?;
    // Not before: a database that is full is migrated all the same.
    if let Some(limit) = limit {
        let set = limit.keep_reserve(&connection);
        set.map_err(|error| OpenError::Database(cause("max_page_count", &error)))?;
    }
    // What a killed process had committed stands in the log, and nobody knows whether the disk has it. This writes and syncs it, so that a duplicate of it
    // may be acknowledged.
    checkpoint(&connection, "TRUNCATE").map_err(|error| {
        let doing = match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy) => {
                "another program reads it, such as `silta store backup` or `check`; start again when that has ended"
            }
            _ => "checkpoint",
        };
        OpenError::Database(cause(doing, &error))
    })?;
    let probe = connection.execute("UPDATE meta SET now = now WHERE id = 1", ());
    probe.map_err(|error| OpenError::Database(cause("nothing can be written", &error)))?;
    Ok(connection)
}

/// A connection that reads.
pub(super) fn reader(path: &Path) -> Result<Connection, OpenError> {
    let connection = open(path)?;
    set(&connection, "query_only", "ON", "1")?;
    set(&connection, "wal_autocheckpoint", "0", "0")?;
    Ok(connection)
}

/// A connection beside another process that has the store: it reads, and commits durably; the log is that process's to move.
pub(super) fn writes_beside(path: &Path) -> Result<Connection, OpenError> {
    check_library()?;
    let connection = open(path)?;
    set(&connection, "synchronous", "FULL", "2")?;
    set(&connection, "wal_autocheckpoint", "0", "0")?;
    set(&connection, "secure_delete", "FAST", "2")?;
    let config = DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE;
    connection
        .set_db_config(config, true)
        .map_err(|error| OpenError::Database(cause("opening it", &error)))?;
    Ok(connection)
}

fn open(path: &Path) -> Result<Connection, OpenError> {
    let database = |error: rusqlite::Error| OpenError::Database(cause("opening it", &error));
    // The file is there already, so that it has the permissions it is to have.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(database)?;
    connection.busy_timeout(BUSY).map_err(database)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // A statement whose values may say something of its plan is compiled again for each of them otherwise.
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)
        .map_err(database)?;
    set(&connection, "trusted_schema", "OFF", "0")?;
    set(&connection, "cell_size_check", "ON", "1")?;
    Ok(connection)
}

fn check_library() -> Result<(), OpenError> {
    if rusqlite::version_number() >= OLDEST_LIBRARY {
        return Ok(());
    }
    Err(OpenError::Library {
        found: rusqlite::version().to_owned(),
        needed: "3.51.3".to_owned(),
    })
}

/// Sets, and reads back: what SQLite cannot do it leaves as it was, and says nothing.
fn set(
    connection: &Connection,
    setting: &'static str,
    value: &str,
    wanted: &str,
) -> Result<(), OpenError> {
    let text = format!("PRAGMA {setting} = {value}");
    let database = |error: rusqlite::Error| OpenError::Database(cause(setting, &error));
    connection.execute_batch(&text).map_err(database)?;
    let found: rusqlite::types::Value = pragma(connection, setting, None)?;
    let found = match found {
        rusqlite::types::Value::Integer(number) => number.to_string(),
        rusqlite::types::Value::Text(text) => text,
        _ => String::new(),
    };
    if found == wanted {
        return Ok(());
    }
    Err(OpenError::Setting {
        setting,
        wanted: wanted.to_owned(),
        found,
    })
}

fn pragma<T: rusqlite::types::FromSql>(
    connection: &Connection,
    name: &'static str,
    value: Option<&str>,
) -> Result<T, OpenError> {
    let text = match value {
        Some(value) => format!("PRAGMA {name} = {value}"),
        None => format!("PRAGMA {name}"),
    };
    let read = connection.query_row(&text, (), |row| row.get(0));
    read.map_err(|error| OpenError::Database(cause(name, &error)))
}

/// Moves the log into the database. `TRUNCATE` waits for readers, does all of it or fails, and syncs; `PASSIVE` does what can be done.
pub(super) fn checkpoint(connection: &Connection, mode: &str) -> rusqlite::Result<()> {
    let text = format!("PRAGMA wal_checkpoint({mode})");
    let is_busy: bool = connection.query_row(&text, (), |row| row.get(0))?;
    if is_busy && mode != "PASSIVE" {
        let busy = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY);
        return Err(rusqlite::Error::SqliteFailure(busy, None));
    }
    Ok(())
}

/// The first fault that SQLite finds in the structure of the database.
pub(super) fn quick_check(connection: &Connection) -> Result<(), Cause> {
    let read = connection.query_row("PRAGMA quick_check(1)", (), |row| row.get::<_, String>(0));
    match read {
        Ok(text) if text == "ok" => Ok(()),
        // It names tables and pages, no values.
        Ok(text) => Err(Cause::new(text)),
        Err(error) => Err(cause("quick_check", &error)),
    }
}
