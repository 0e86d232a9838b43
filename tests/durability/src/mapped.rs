// SPDX-License-Identifier: Apache-2.0
//! That the drive is a disk as SQLite wants it.

use anyhow::{Result, ensure};
use rusqlite::Connection;

use crate::{place::Place, plan::Plan};

/// Two connections see each other's commits through a log whose index is mapped into memory. Without that, SQLite would say that it has another mode.
pub(crate) fn prove(plan: &Plan) -> Result<String> {
    let place = Place::new(plan.seed)?;
    let mounted = place.mount()?;
    let path = place.at().join("db");
    let writes = Connection::open(&path)?;
    let mode: String = writes.query_row("PRAGMA journal_mode = WAL", (), |row| row.get(0))?;
    ensure!(mode == "wal", "the mode is {mode}");
    writes.execute_batch("CREATE TABLE a (x INTEGER)")?;
    let reads = Connection::open(&path)?;
    let rows = 500;
    for number in 0..rows {
        writes.execute("INSERT INTO a VALUES (?1)", (number,))?;
        let seen: i64 = reads.query_row("SELECT max(x) FROM a", (), |row| row.get(0))?;
        ensure!(seen == number, "{seen} is read, and {number} was written");
    }
    ensure!(place.at().join("db-shm").is_file(), "there is no index");
    drop((writes, reads));
    mounted.unmount()?;
    Ok(format!("{rows} commits, each seen by another connection"))
}
