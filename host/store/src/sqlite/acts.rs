// SPDX-License-Identifier: Apache-2.0
//! Who did what.

use rusqlite::{Connection, Row};

use super::{
    failure::Failure,
    work::{Work, column, rows, sequence},
};
use crate::{
    record::{Act, ActId, ActListing, ActRecord, Retention, Subject, VERSION, decode, encode},
    time::Timestamp,
};

/// The oldest first.
const PRUNE: &str = "DELETE FROM act WHERE id IN (SELECT id FROM act WHERE at <= ?1 AND version <= ?3 ORDER BY at, id LIMIT ?2)";

impl Work<'_> {
    /// Keeps an act beside what it did.
    pub(super) fn record(&self, agency: &str, record: &ActRecord) -> Result<(), Failure> {
        let (operation, entry) = match record.subject {
            Subject::Operation(id) => (Some(id.0), None),
            Subject::Entry(position) => (None, Some(position.0)),
        };
        let text = "INSERT INTO act (at, agency, operation, entry, version, record) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let row = (
            self.now.0,
            agency,
            operation,
            entry,
            VERSION,
            encode(record)?,
        );
        self.run(text, row)?;
        Ok(())
    }

    /// Like all of these, without those that a newer program wrote.
    pub(super) fn prune_acts(&self, retention: &Retention, limit: u32) -> Result<u64, Failure> {
        let Some(age) = retention.acts_age else {
            return Ok(0);
        };
        Ok(self.run(PRUNE, (self.now.before(age).0, limit, VERSION))? as u64)
    }
}

pub(super) fn list(connection: &Connection, listing: &ActListing) -> Result<Vec<Act>, Failure> {
    let limit = rows("acts", listing.limit)?;
    // Written out, so that the indexes are used.
    let (subject, number) = match listing.subject {
        None => ("?3 = ?3", 0),
        Some(Subject::Operation(id)) => ("operation = ?3", id.0),
        Some(Subject::Entry(position)) => ("entry = ?3", position.0),
    };
    let (behind, order) = sequence("id", listing.newest_first);
    let text = format!(
        "SELECT id, at, agency, version, record FROM act WHERE {behind}
        AND (?2 = '[]' OR agency IN (SELECT value FROM json_each(?2)))
        AND {subject} ORDER BY {order} LIMIT ?4"
    );
    let mut statement = connection.prepare_cached(&text)?;
    let values = (
        column(listing.after.0),
        encode(&listing.agencies)?,
        column(number),
        limit,
    );
    let found = statement.query_map(values, read)?;
    found.map(|act| act?).collect()
}

fn read(row: &Row<'_>) -> rusqlite::Result<Result<Act, Failure>> {
    let id = ActId(row.get(0)?);
    let at = Timestamp(row.get(1)?);
    let agency = row.get(2)?;
    let (version, record): (u32, String) = (row.get(3)?, row.get(4)?);
    let record = decode(|| format!("act {id}"), version, &record);
    Ok(record.map_err(Failure::from).map(|record| Act {
        id,
        at,
        agency,
        record,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::schema::{MIGRATIONS, migrate};

    /// They are looked for every few minutes, and most of the time there are none.
    #[test]
    fn acts_to_remove_are_found_by_their_age() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection, &MIGRATIONS).unwrap();
        let explained = format!("EXPLAIN QUERY PLAN {PRUNE}");
        let mut statement = connection.prepare(&explained).unwrap();
        let mut lines = statement.raw_query();
        let mut plan = String::new();
        while let Some(line) = lines.next().unwrap() {
            plan += &line.get::<_, String>(3).unwrap();
            plan.push('\n');
        }
        assert!(
            plan.contains("act_at (at<?)") && !plan.contains("ORDER BY"),
            "{plan}"
        );
    }
}
