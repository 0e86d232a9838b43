// SPDX-License-Identifier: Apache-2.0
//! That the drive is a disk as SQLite wants it.

use std::path::Path;

use anyhow::{Result, ensure};
use rusqlite::Connection;

use crate::{
    place::Place,
    plan::{Plan, child, finish},
};

/// Commits.
const ROWS: i64 = 500;

pub(crate) fn prove(plan: &Plan) -> Result<String> {
    let place = Place::new(plan.seed)?;
    let mounted = place.mount()?;
    let done = finish(child(&["mapped"], [&place.at(), &place.logs()])?);
    mounted.unmount()?;
    done?;
    Ok(format!("{ROWS} commits, each seen by another connection"))
}

/// Two connections see each other's commits through a log whose index is mapped into memory. Without that, SQLite would say that it has another mode.
pub(crate) fn run(folder: &Path) -> Result<()> {
    let path = folder.join("db");
    let writes = Connection::open(&path)?;
    let mode: String = writes.query_row("PRAGMA journal_mode = WAL", (), |row| row.get(0))?;
    ensure!(mode == "wal", "the mode is {mode}");
    writes.execute_batch("CREATE TABLE a (x INTEGER)")?;
    let reads = Connection::open(&path)?;
    for number in 0..ROWS {
        writes.execute("INSERT INTO a VALUES (?1)", (number,))?;
        let seen: i64 = reads.query_row("SELECT max(x) FROM a", (), |row| row.get(0))?;
        ensure!(seen == number, "{seen} is read, and {number} was written");
    }
    ensure!(folder.join("db-shm").is_file(), "there is no index");
    Ok(())
}
