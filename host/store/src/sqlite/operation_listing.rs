// SPDX-License-Identifier: Apache-2.0
//! Operations, listed.

use rusqlite::Connection;

use super::{
    failure::Failure,
    operations::{COLUMNS, read},
    work::{column, rows, sequence},
};
use crate::{
    record::{OperationListing, OperationPage, OperationPhase, encode},
    time::Timestamp,
};

pub(super) fn list(
    connection: &Connection,
    listing: &OperationListing,
    now: Timestamp,
) -> Result<OperationPage, Failure> {
    let limit = rows("operations", listing.limit)?;
    let key = listing.submitted_under.as_ref();
    let mut statement = connection.prepare_cached(&text(listing))?;
    let values = (
        column(listing.after.0),
        encode(&listing.agencies)?,
        &listing.operation,
        key.map(|key| &key.client),
        key.map(|key| &key.key),
        limit,
        now.0,
    );
    let found = statement.query_map(values, read)?;
    let operations = found.map(|operation| operation?);
    Ok(OperationPage {
        now,
        operations: operations.collect::<Result<_, _>>()?,
    })
}

/// The query. Phase and key are written out where they are asked for, so that indexes are used.
fn text(listing: &OperationListing) -> String {
    let phase = match listing.phase {
        None => "?7 = ?7",
        Some(OperationPhase::Queued) => "ended IS NULL AND held IS NULL AND until <= ?7",
        Some(OperationPhase::Running) => {
            "ended IS NULL AND held IS NULL AND until > ?7 AND owner IS NOT NULL"
        }
        Some(OperationPhase::Waiting) => {
            "ended IS NULL AND held IS NULL AND until > ?7 AND owner IS NULL"
        }
        Some(OperationPhase::Held) => "ended IS NULL AND held IS NOT NULL AND ?7 = ?7",
        Some(OperationPhase::Ended) => "ended IS NOT NULL AND ?7 = ?7",
    };
    let key = match listing.submitted_under {
        None => "TRUE",
        Some(_) => "id = (SELECT operation FROM submission WHERE client = ?4 AND key = ?5)",
    };
    let (behind, order) = sequence("id", listing.newest_first);
    format!(
        "SELECT {COLUMNS} FROM operation WHERE {behind}
        AND (?2 = '[]' OR agency IN (SELECT value FROM json_each(?2)))
        AND (?3 IS NULL OR json_extract(record, '$.operation') = ?3)
        AND {key} AND {phase} ORDER BY {order} LIMIT ?6"
    )
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use rusqlite::StatementStatus;

    use super::*;
    use crate::{
        record::IdempotencyKey,
        sqlite::{
            connection::{Look, writer},
            schema::{MIGRATIONS, migrate},
        },
    };

    fn under(key: &str) -> OperationListing {
        OperationListing {
            submitted_under: Some(IdempotencyKey {
                client: "erp".into(),
                key: key.into(),
            }),
            limit: 1,
            ..OperationListing::default()
        }
    }

    /// By the values that are asked for, SQLite could choose another plan, and would look at that each time.
    #[test]
    fn what_is_asked_for_again_is_not_compiled_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        File::create(&path).unwrap();
        let connection = writer(&path, None, 8 << 20, Look::Quick).unwrap();
        for phase in OperationPhase::ALL.map(Some).into_iter().chain([None]) {
            for key in ["1", "2", "3"] {
                let listing = OperationListing {
                    phase,
                    agencies: vec![format!("agency-{key}")],
                    ..under(key)
                };
                assert!(list(&connection, &listing, Timestamp(0)).is_ok());
            }
            let listing = OperationListing {
                phase,
                ..under("1")
            };
            let statement = connection.prepare_cached(&text(&listing)).unwrap();
            assert_eq!(statement.get_status(StatementStatus::RePrepare), 0);
        }
    }

    /// Asked at each submission, and of each operation that somebody looks at: it must not walk over all of them.
    #[test]
    fn what_was_submitted_under_a_key_is_found_by_its_number() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection, &MIGRATIONS).unwrap();
        for newest_first in [false, true] {
            let listing = OperationListing {
                newest_first,
                ..under("1")
            };
            let explained = format!("EXPLAIN QUERY PLAN {}", text(&listing));
            let mut statement = connection.prepare(&explained).unwrap();
            let mut lines = statement.raw_query();
            let mut plan = String::new();
            while let Some(line) = lines.next().unwrap() {
                plan += &line.get::<_, String>(3).unwrap();
                plan.push('\n');
            }
            assert!(
                plan.contains("SEARCH operation USING INTEGER PRIMARY KEY (rowid=?)")
                    && plan.contains("SEARCH submission USING PRIMARY KEY (client=? AND key=?)"),
                "{plan}"
            );
        }
    }
}
