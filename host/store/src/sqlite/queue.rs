// SPDX-License-Identifier: Apache-2.0
//! Which operations are given out, and when.

use rusqlite::{Connection, OptionalExtension, Row};

use super::{
    failure::Failure,
    operations::{COLUMNS, cursor, read},
    work::{Work, rows},
};
use crate::{
    key,
    record::{Claim, Claimed, Due, Lease, OperationId, VERSION, encode},
    time::Timestamp,
};

/// Those that are given out as soon as their time has come. The oldest of a lane comes first, whether it can be claimed or not. Parameters: the last
/// version that is known, agencies, names that are left out.
const CANDIDATES: &str = "operation AS candidate
    WHERE ended IS NULL AND held IS NULL AND version <= ?1
    AND (?2 = '[]' OR agency IN (SELECT value FROM json_each(?2)))
    AND (?3 = '[]' OR coalesce(name, '') NOT IN (SELECT value FROM json_each(?3)))
    AND (lane IS NULL OR NOT EXISTS (
        SELECT 1 FROM operation AS earlier
        WHERE earlier.ended IS NULL AND earlier.lane IS NOT NULL
        AND earlier.agency = candidate.agency AND earlier.lane = candidate.lane AND earlier.id < candidate.id
    ))";

pub(super) fn due(
    connection: &Connection,
    claim: &Claim,
    clock: Timestamp,
) -> Result<Due, Failure> {
    let used = connection
        .prepare_cached("SELECT now FROM meta")?
        .query_row((), |row| row.get(0))?;
    // A time that was used is never gone behind.
    let now = Timestamp(used).max(clock);
    let (agencies, except) = (encode(&claim.agencies)?, encode(&claim.except)?);
    // Where there is one already, the others are not looked at.
    let text = format!("SELECT EXISTS (SELECT 1 FROM {CANDIDATES} AND until <= ?4)");
    let is_due: bool = connection
        .prepare_cached(&text)?
        .query_row((VERSION, &agencies, &except, now.0), |row| row.get(0))?;
    if is_due {
        let next = Some(now);
        return Ok(Due { now, next });
    }
    let text = format!("SELECT min(until) FROM {CANDIDATES}");
    let read = |row: &Row<'_>| row.get::<_, Option<u64>>(0);
    let next = connection
        .prepare_cached(&text)?
        .query_row((VERSION, agencies, except), read)?;
    let next = next.map(Timestamp);
    Ok(Due { now, next })
}

pub(super) fn open_run(
    connection: &Connection,
    agency: &str,
    poll: &str,
) -> Result<Option<OperationId>, Failure> {
    let text = "SELECT min(id) FROM operation WHERE ended IS NULL AND lane IS NOT NULL AND agency = ?1 AND lane = ?2";
    let lane = key::lane(None, Some(poll));
    let found = connection
        .prepare_cached(text)?
        .query_row((agency, lane), |row| row.get::<_, Option<u64>>(0))
        .optional()?;
    Ok(found.flatten().map(OperationId))
}

impl Work<'_> {
    pub(super) fn hasten(&self, agency: &str, classes: &[String]) -> Result<u64, Failure> {
        let text = "UPDATE operation SET until = ?3
            WHERE agency = ?1 AND ended IS NULL AND held IS NULL AND owner IS NULL AND until > ?3 AND version <= ?4
            AND CASE WHEN json_valid(last) THEN last ->> '$.class' END IN (SELECT value FROM json_each(?2))";
        let values = (agency, encode(&classes)?, self.now.0, VERSION);
        Ok(self.run(text, values)? as u64)
    }

    pub(super) fn claim(&self, claim: &Claim) -> Result<Vec<Claimed>, Failure> {
        let limit = rows("operations", claim.limit)?;
        let free = format!("SELECT id FROM {CANDIDATES} AND until <= ?4 ORDER BY id LIMIT ?5");
        let (agencies, except) = (encode(&claim.agencies)?, encode(&claim.except)?);
        let values = (VERSION, agencies, except, self.now.0, limit);
        let free = self.all(&free, values, |row| row.get::<_, u64>(0))?;
        let until = self.now.after(claim.duration);
        let take = format!(
            "UPDATE operation SET owner = ?2, until = ?3, epoch = epoch + 1 WHERE id = ?1 RETURNING {COLUMNS}"
        );
        let mut claimed = Vec::new();
        for id in free {
            let Some(operation) = self.one(&take, (id, &claim.owner, until.0), read)? else {
                continue;
            };
            let operation = operation?;
            let poll = operation.wish.poll.as_ref();
            let cursor = poll
                .map(|poll| cursor(self.connection, &operation.agency, poll))
                .transpose()?
                .flatten();
            let lease = Lease {
                id: operation.id,
                epoch: operation.state.epoch,
                until,
            };
            claimed.push(Claimed {
                operation,
                cursor,
                lease,
            });
        }
        Ok(claimed)
    }
}
