// SPDX-License-Identifier: Apache-2.0
//! How the runs of operations ended.

use rusqlite::{Connection, Row};

use super::{
    failure::Failure,
    work::{Work, column},
};
use crate::{
    record::{Note, OperationId, Run, Runs},
    time::Timestamp,
};

impl Work<'_> {
    /// Keeps how a run ended, and forgets the oldest beyond those that are kept.
    pub(super) fn keep_run(&self, id: OperationId, note: &Note) -> Result<(), Failure> {
        let text = "SELECT coalesce(max(number), 0) FROM run WHERE operation = ?1";
        let before = self.one(text, (id.0,), |row| row.get(0))?;
        let run = Run::noted(before.unwrap_or_default(), self.now, note);
        let text = "INSERT INTO run (operation, number, at, class, code, text) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let row = (id.0, run.number, run.at.0, run.class, run.code, run.text);
        self.run(text, row)?;
        let text = "DELETE FROM run WHERE operation = ?1 AND number <= ?2";
        if let Some(last) = run.number.checked_sub(self.kept_runs) {
            self.run(text, (id.0, last))?;
        }
        Ok(())
    }
}

pub(super) fn list(connection: &Connection, id: OperationId) -> Result<Runs, Failure> {
    let text = "SELECT number, at, class, code, text FROM run WHERE operation = ?1 ORDER BY number";
    let mut statement = connection.prepare_cached(text)?;
    let found = statement.query_map((column(id.0),), read)?;
    Ok(Runs::of(found.collect::<rusqlite::Result<_>>()?))
}

fn read(row: &Row<'_>) -> rusqlite::Result<Run> {
    Ok(Run {
        number: row.get(0)?,
        at: Timestamp(row.get(1)?),
        class: row.get(2)?,
        code: row.get(3)?,
        text: row.get(4)?,
    })
}
