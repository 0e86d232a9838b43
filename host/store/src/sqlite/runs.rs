// SPDX-License-Identifier: Apache-2.0
//! How the runs of operations ended.

use rusqlite::{Connection, OptionalExtension, Row};

use super::{
    failure::Failure,
    work::{Work, column},
};
use crate::{
    record::{Note, OperationId, Run, Runs},
    time::Timestamp,
};

impl Work<'_> {
    /// Keeps how a run ended, and forgets the oldest beyond those that are kept. To be called before it is counted: runs that an earlier program has counted, and kept nothing of, have their
    /// numbers, too.
    pub(super) fn keep_run(&self, id: OperationId, note: &Note) -> Result<(), Failure> {
        let text = "SELECT max(runs, coalesce((SELECT max(number) FROM run WHERE operation = ?1), 0)) FROM operation WHERE id = ?1";
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
    let kept: Vec<_> = found.collect::<rusqlite::Result<_>>()?;
    if !kept.is_empty() {
        return Ok(Runs::of(kept));
    }
    // Those that were counted by a program that kept none.
    let text = "SELECT runs FROM operation WHERE id = ?1";
    let mut statement = connection.prepare_cached(text)?;
    let counted = statement.query_row((column(id.0),), |row| row.get(0));
    Ok(Runs {
        kept,
        cut: counted.optional()?.unwrap_or_default(),
    })
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
