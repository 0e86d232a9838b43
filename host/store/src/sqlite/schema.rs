// SPDX-License-Identifier: Apache-2.0
//! Tables, and how they came to be.
//!
//! Migrations only add: a program of version N works beside one of version N + 1 on the same database, also after that has migrated it. What is removed is
//! removed two versions later. `readable_by` says which is the oldest program that may go on.

use rusqlite::{Connection, TransactionBehavior};

use super::{failure::cause, open_error::OpenError};

/// One step.
pub(super) struct Migration {
    /// The oldest program, by its number of migrations, that may work with a database that has this one.
    pub(super) readable_by: u32,
    pub(super) text: &'static str,
}

/// All steps, in order; the first is number 1.
pub(super) const MIGRATIONS: [Migration; 7] = [
    Migration {
        readable_by: 1,
        text: FIRST,
    },
    Migration {
        readable_by: 1,
        text: RUNS,
    },
    Migration {
        readable_by: 1,
        text: NAMED,
    },
    Migration {
        readable_by: 1,
        text: ACTS,
    },
    Migration {
        readable_by: 1,
        text: KEPT_RUNS,
    },
    Migration {
        readable_by: 1,
        text: GENERATIONS,
    },
    Migration {
        readable_by: 1,
        text: LEASED,
    },
];

/// Operations that somebody has, or had when the lease ended, by their names: how many are out at once is counted without a look at those that wait.
const LEASED: &str = "
CREATE INDEX operation_leased ON operation (agency, name, until) WHERE ended IS NULL AND held IS NULL AND owner IS NOT NULL;
";

/// Generations of agencies, and the contents that components stand in. `kept` is 1 for those whose component is: it serves, did before, or has been prepared.
const GENERATIONS: &str = "
CREATE TABLE generation (
    agency TEXT NOT NULL,
    number INTEGER NOT NULL,
    digest BLOB NOT NULL,
    kept INTEGER NOT NULL,
    version INTEGER NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (agency, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX generation_kept ON generation (digest) WHERE kept;

CREATE TABLE component (
    digest BLOB PRIMARY KEY,
    body INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
";

/// How runs ended. They go with their operation, also where an older program removes that.
const KEPT_RUNS: &str = "
CREATE TABLE run (
    operation INTEGER NOT NULL,
    number INTEGER NOT NULL,
    at INTEGER NOT NULL,
    class TEXT NOT NULL,
    code TEXT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (operation, number)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER run_gone AFTER DELETE ON operation BEGIN
    DELETE FROM run WHERE operation = old.id;
END;
";

/// Who did what. The numbers are of the table itself, since tools beside the gateway write here, too, and are never used twice.
const ACTS: &str = "
CREATE TABLE act (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    agency TEXT NOT NULL,
    operation INTEGER,
    entry INTEGER,
    version INTEGER NOT NULL,
    record TEXT NOT NULL
) STRICT;
CREATE INDEX act_at ON act (at);
CREATE INDEX act_operation ON act (operation, id) WHERE operation IS NOT NULL;
CREATE INDEX act_entry ON act (entry, id) WHERE entry IS NOT NULL;
";

/// Open operations by their names: who asks for some of them does not look at the others.
const NAMED: &str = "
CREATE INDEX operation_named ON operation (agency, name, until, id) WHERE ended IS NULL AND held IS NULL;
";

/// Runs of operations, and their names where they can be asked for. The name is not stored: an older program writes none.
const RUNS: &str = "
ALTER TABLE operation ADD COLUMN runs INTEGER NOT NULL DEFAULT 0;
ALTER TABLE operation ADD COLUMN last TEXT;
ALTER TABLE operation ADD COLUMN resumed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE operation ADD COLUMN name TEXT GENERATED ALWAYS AS (CASE WHEN json_valid(record) THEN record ->> '$.operation' END) VIRTUAL;
";

const FIRST: &str = "
-- One row: the last time that was used, the last number that was given, what is desired.
CREATE TABLE meta (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    now INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    version INTEGER NOT NULL,
    desired TEXT NOT NULL
) STRICT;
INSERT INTO meta VALUES (1, 0, 0, 0, 1, '{\"agencies\":{}}');

-- Deduplication keys. kind: 0 event, 1 follow-up, 2 arrival without events. place: the entry, or the operation.
CREATE TABLE known (
    agency TEXT NOT NULL,
    kind INTEGER NOT NULL,
    key TEXT NOT NULL,
    place INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    repeats INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (agency, kind, key)
) STRICT, WITHOUT ROWID;

-- The inbox.
CREATE TABLE entry (
    position INTEGER PRIMARY KEY,
    agency TEXT NOT NULL,
    committed INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    acknowledged INTEGER,
    owner TEXT,
    until INTEGER NOT NULL DEFAULT 0,
    epoch INTEGER NOT NULL DEFAULT 0,
    version INTEGER NOT NULL,
    record TEXT NOT NULL
) STRICT;
CREATE INDEX entry_waiting ON entry (position, until) WHERE acknowledged IS NULL;
CREATE INDEX entry_acknowledged ON entry (acknowledged, bytes) WHERE acknowledged IS NOT NULL;

-- Contents: in the row, or in a file that is named by the digest.
CREATE TABLE body (
    id INTEGER PRIMARY KEY,
    size INTEGER NOT NULL,
    digest BLOB NOT NULL,
    bytes BLOB
) STRICT;
CREATE INDEX body_file ON body (digest) WHERE bytes IS NULL;

CREATE TABLE operation (
    id INTEGER PRIMARY KEY,
    agency TEXT NOT NULL,
    lane TEXT,
    submitted INTEGER NOT NULL,
    owner TEXT,
    until INTEGER NOT NULL,
    epoch INTEGER NOT NULL DEFAULT 0,
    held TEXT,
    progress INTEGER,
    ended INTEGER,
    ending TEXT,
    version INTEGER NOT NULL,
    record TEXT NOT NULL
) STRICT;
CREATE INDEX operation_open ON operation (id, until) WHERE ended IS NULL;
CREATE INDEX operation_lane ON operation (agency, lane, id) WHERE ended IS NULL AND lane IS NOT NULL;
CREATE INDEX operation_ended ON operation (ended) WHERE ended IS NOT NULL;

CREATE TABLE submission (
    client TEXT NOT NULL,
    key TEXT NOT NULL,
    digest BLOB NOT NULL,
    operation INTEGER NOT NULL,
    PRIMARY KEY (client, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX submission_operation ON submission (operation);

CREATE TABLE cursor (
    agency TEXT NOT NULL,
    poll TEXT NOT NULL,
    value TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (agency, poll)
) STRICT, WITHOUT ROWID;

-- The times of the calls in the window: a JSON array.
CREATE TABLE budget (
    agency TEXT NOT NULL,
    name TEXT NOT NULL,
    calls TEXT NOT NULL,
    PRIMARY KEY (agency, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE node (
    node TEXT PRIMARY KEY,
    at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    record TEXT NOT NULL
) STRICT, WITHOUT ROWID;
";

/// Brings a database to the last of the migrations, each in a transaction of its own. One that is ahead is left as it is, if this program may use it.
pub(super) fn migrate(
    connection: &mut Connection,
    migrations: &[Migration],
) -> Result<(), OpenError> {
    let sqlite =
        |error: rusqlite::Error| OpenError::Database(cause("its tables cannot be made", &error));
    let table = "CREATE TABLE IF NOT EXISTS schema (version INTEGER PRIMARY KEY, readable_by INTEGER NOT NULL) STRICT";
    let begin = connection.transaction_with_behavior(TransactionBehavior::Immediate);
    let transaction = begin.map_err(sqlite)?;
    transaction.execute_batch(table).map_err(sqlite)?;
    transaction.commit().map_err(sqlite)?;
    let known = migrations.len() as u32;
    for (number, migration) in (1_u32..).zip(migrations) {
        let begin = connection.transaction_with_behavior(TransactionBehavior::Immediate);
        let transaction = begin.map_err(sqlite)?;
        let (version, readable_by) = last(&transaction).map_err(sqlite)?;
        if readable_by > known {
            return Err(OpenError::Newer { version, known });
        }
        if version >= number {
            continue;
        }
        transaction.execute_batch(migration.text).map_err(sqlite)?;
        let row = (number, migration.readable_by);
        transaction
            .execute("INSERT INTO schema VALUES (?1, ?2)", row)
            .map_err(sqlite)?;
        transaction.commit().map_err(sqlite)?;
    }
    Ok(())
}

/// The last migration that a database has had, and the oldest program that may go on with it; 0 where there is none.
fn last(connection: &Connection) -> rusqlite::Result<(u32, u32)> {
    let text = "SELECT coalesce(max(version), 0), coalesce(max(readable_by), 0) FROM schema";
    connection.query_row(text, (), |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Whether this program may read a database as it is.
pub(super) fn check_version(
    connection: &Connection,
    migrations: &[Migration],
) -> Result<(), OpenError> {
    let needed = migrations.len() as u32;
    let (version, readable_by) =
        last(connection).map_err(|error| OpenError::Database(cause("reading it", &error)))?;
    if readable_by > needed {
        let known = needed;
        return Err(OpenError::Newer { version, known });
    }
    if version < needed {
        return Err(OpenError::Older { version, needed });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(connection: &Connection) -> u32 {
        let query = "SELECT max(version) FROM schema";
        connection.query_row(query, (), |row| row.get(0)).unwrap()
    }

    #[test]
    fn migrations_run_once_and_in_order_and_a_program_behind_goes_on_if_it_may() {
        let one = || Migration {
            readable_by: 1,
            text: "CREATE TABLE a (x INTEGER) STRICT; INSERT INTO a VALUES (1);",
        };
        let two = || Migration {
            readable_by: 1,
            text: "ALTER TABLE a ADD COLUMN y INTEGER;",
        };
        let three = || Migration {
            readable_by: 3,
            text: "ALTER TABLE a DROP COLUMN x;",
        };
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection, &[one()]).unwrap();
        migrate(&mut connection, &[one(), two()]).unwrap();
        migrate(&mut connection, &[one(), two()]).unwrap();
        assert_eq!(version(&connection), 2);
        let rows: u32 = connection
            .query_row("SELECT count(*) FROM a WHERE y IS NULL", (), |row| {
                row.get(0)
            })
            .unwrap();
        assert_eq!(rows, 1);
        // The older program beside the newer one.
        migrate(&mut connection, &[one()]).unwrap();
        assert_eq!(version(&connection), 2);
        migrate(&mut connection, &[one(), two(), three()]).unwrap();
        let refused = migrate(&mut connection, &[one(), two()]).unwrap_err();
        assert!(
            matches!(
                refused,
                OpenError::Newer {
                    version: 3,
                    known: 2
                }
            ),
            "{refused}"
        );
    }

    /// It works beside a newer one: what it has queued is named and counted all the same.
    #[test]
    fn operations_of_an_older_program_have_a_name_and_no_runs() {
        let mut connection = Connection::open_in_memory().unwrap();
        let queue = |connection: &Connection, id: u32, record: &str| {
            let text = "INSERT INTO operation (id, agency, submitted, until, version, record) VALUES (?1, 'vero', 0, 0, 1, ?2)";
            connection.execute(text, (id, record)).unwrap();
        };
        migrate(&mut connection, &MIGRATIONS[..1]).unwrap();
        queue(&connection, 1, r#"{"operation":"send"}"#);
        migrate(&mut connection, &MIGRATIONS).unwrap();
        migrate(&mut connection, &MIGRATIONS[..1]).unwrap();
        queue(&connection, 2, r#"{"operation":"list"}"#);
        queue(&connection, 3, "damaged");
        let text = "SELECT name, runs, resumed, last FROM operation ORDER BY id";
        let mut statement = connection.prepare(text).unwrap();
        let rows = statement.query_map((), |row| {
            let (runs, resumed): (u32, bool) = (row.get(1)?, row.get(2)?);
            let (name, last) = (row.get(0)?, row.get::<_, Option<String>>(3)?);
            Ok((name, runs, resumed, last))
        });
        let rows: Vec<(Option<String>, u32, bool, Option<String>)> =
            rows.unwrap().map(Result::unwrap).collect();
        let named = |name: Option<&str>| (name.map(str::to_owned), 0, false, None);
        let names = [Some("send"), Some("list"), None];
        assert_eq!(rows, names.map(named));
    }

    #[test]
    fn a_migration_that_fails_changes_nothing() {
        let wrong = Migration {
            readable_by: 1,
            text: "CREATE TABLE a (x INTEGER) STRICT; CREATE TABLE a (x INTEGER) STRICT;",
        };
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection, &[wrong]).unwrap_err();
        let query = "SELECT count(*) FROM sqlite_schema WHERE name = 'a'";
        let tables: u32 = connection.query_row(query, (), |row| row.get(0)).unwrap();
        assert_eq!(tables, 0);
    }
}
