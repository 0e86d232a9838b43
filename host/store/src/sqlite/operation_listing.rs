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
    // Written out, so that the indexes of those that have not ended are used.
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
    let (behind, order) = sequence("id", listing.newest_first);
    let text = format!(
        "SELECT {COLUMNS} FROM operation WHERE {behind}
        AND (?2 = '[]' OR agency IN (SELECT value FROM json_each(?2)))
        AND (?3 IS NULL OR json_extract(record, '$.operation') = ?3)
        AND (?4 IS NULL OR id = (SELECT operation FROM submission WHERE client = ?4 AND key = ?5))
        AND {phase} ORDER BY {order} LIMIT ?6"
    );
    let key = listing.submitted_under.as_ref();
    let mut statement = connection.prepare_cached(&text)?;
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
