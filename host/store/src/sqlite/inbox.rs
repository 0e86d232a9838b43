// SPDX-License-Identifier: Apache-2.0
//! Handing entries over.

use std::{collections::BTreeSet, time::Duration};

use rusqlite::{Connection, OptionalExtension, Row};

use super::{
    failure::Failure,
    work::{Work, column, rows, sequence},
};
use crate::{
    record::{
        ActRecord, Actor, Deed, Delivery, Entry, Lease, LeaseWish, LeasedEntry, Listing, Position,
        Settled, Subject, VERSION, decode,
    },
    time::Timestamp,
};

/// What an entry is read from.
const COLUMNS: &str = "position, agency, version, record, acknowledged, owner, until, epoch";

/// An entry whose record is text still.
pub(super) struct Stored {
    position: Position,
    agency: String,
    version: u32,
    record: String,
    delivery: Delivery,
}

impl Stored {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            position: Position(row.get(0)?),
            agency: row.get(1)?,
            version: row.get(2)?,
            record: row.get(3)?,
            delivery: Delivery {
                acknowledged: row.get::<_, Option<u64>>(4)?.map(Timestamp),
                owner: row.get(5)?,
                until: Timestamp(row.get(6)?),
                epoch: row.get(7)?,
            },
        })
    }

    fn entry(self) -> Result<Entry, Failure> {
        let position = self.position;
        Ok(Entry {
            position,
            agency: self.agency,
            received: decode(|| format!("entry {position}"), self.version, &self.record)?,
            delivery: self.delivery,
        })
    }
}

pub(super) fn list(connection: &Connection, listing: &Listing) -> Result<Vec<Entry>, Failure> {
    let limit = rows("entries", listing.limit)?;
    let waiting = if listing.waiting {
        "acknowledged IS NULL AND"
    } else {
        ""
    };
    let (behind, order) = sequence("position", listing.newest_first);
    let text = format!(
        "SELECT {COLUMNS} FROM entry WHERE {waiting} {behind} AND (?2 IS NULL OR agency = ?2) ORDER BY {order} LIMIT ?3"
    );
    let mut statement = connection.prepare_cached(&text)?;
    let found = statement.query_map(
        (column(listing.after.0), &listing.agency, limit),
        Stored::read,
    )?;
    found.map(|stored| stored?.entry()).collect()
}

pub(super) fn show(connection: &Connection, position: Position) -> Result<Option<Entry>, Failure> {
    let text = format!("SELECT {COLUMNS} FROM entry WHERE position = ?1");
    let found = connection
        .prepare_cached(&text)?
        .query_row((column(position.0),), Stored::read)
        .optional()?;
    found.map(Stored::entry).transpose()
}

impl Work<'_> {
    pub(super) fn lease(&self, wish: &LeaseWish) -> Result<Vec<LeasedEntry>, Failure> {
        let limit = rows("entries", wish.limit)?;
        let free = match wish.only.is_empty() {
            true => self.free(wish, limit)?,
            false => self.free_of_named(wish, limit)?,
        };
        let until = self.now.after(wish.duration);
        let take = format!(
            "UPDATE entry SET owner = ?2, until = ?3, epoch = epoch + 1 WHERE position = ?1 RETURNING {COLUMNS}"
        );
        let taken = free.into_iter().map(|position| {
            let taken = self.one(&take, (position, &wish.owner, until.0), Stored::read)?;
            let entry = taken.map(Stored::entry).transpose()?;
            Ok(entry.map(|entry| LeasedEntry {
                lease: Lease {
                    id: entry.position,
                    epoch: entry.delivery.epoch,
                    until,
                },
                entry,
            }))
        });
        taken.filter_map(Result::transpose).collect()
    }

    fn free(&self, wish: &LeaseWish, limit: u32) -> Result<Vec<u64>, Failure> {
        let free = "SELECT position FROM entry WHERE acknowledged IS NULL AND until <= ?1 AND version <= ?2
            AND (?3 IS NULL OR agency = ?3) ORDER BY position LIMIT ?4";
        self.all(free, (self.now.0, VERSION, &wish.agency, limit), |row| {
            row.get::<_, u64>(0)
        })
    }

    /// Those of the positions named that are free, by position.
    fn free_of_named(&self, wish: &LeaseWish, limit: u32) -> Result<Vec<u64>, Failure> {
        let free = "SELECT position FROM entry WHERE position = ?1 AND acknowledged IS NULL AND until <= ?2 AND version <= ?3
            AND (?4 IS NULL OR agency = ?4)";
        let named: BTreeSet<Position> = wish.only.iter().copied().collect();
        let found = named.into_iter().map(|position| {
            let at = (column(position.0), self.now.0, VERSION, &wish.agency);
            self.one(free, at, |row| row.get::<_, u64>(0))
        });
        found
            .filter_map(Result::transpose)
            .take(limit as usize)
            .collect()
    }

    pub(super) fn extend_lease(
        &self,
        lease: &Lease<Position>,
        duration: Duration,
    ) -> Result<Option<Lease<Position>>, Failure> {
        let until = self.now.after(duration);
        let text = "UPDATE entry SET until = ?3 WHERE position = ?1 AND epoch = ?2 AND acknowledged IS NULL";
        let changed = self.run(text, (lease.id.0, lease.epoch, until.0))?;
        Ok((changed > 0).then_some(Lease { until, ..*lease }))
    }

    pub(super) fn acknowledge(
        &self,
        position: Position,
        epoch: Option<u64>,
    ) -> Result<Settled, Failure> {
        let text = "UPDATE entry SET acknowledged = coalesce(acknowledged, ?3) WHERE position = ?1 AND (?2 IS NULL OR epoch = ?2)";
        let changed = self.run(text, (position.0, epoch, self.now.0))?;
        Ok(settled(changed))
    }

    pub(super) fn hand_back(
        &self,
        lease: &Lease<Position>,
        delay: Duration,
    ) -> Result<Settled, Failure> {
        let text = "UPDATE entry SET owner = NULL, until = ?3, epoch = epoch + 1
            WHERE position = ?1 AND epoch = ?2 AND acknowledged IS NULL";
        let row = (lease.id.0, lease.epoch, self.now.after(delay).0);
        Ok(settled(self.run(text, row)?))
    }

    /// Acknowledges by hand, whoever has it.
    pub(super) fn acknowledge_as(&self, position: Position, by: Actor) -> Result<Settled, Failure> {
        let text = "SELECT agency, CASE WHEN json_valid(record) THEN record ->> '$.operation' END
            FROM entry WHERE position = ?1 AND acknowledged IS NULL";
        let waited = self.one(text, (position.0,), |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, Option<String>>(1)?))
        })?;
        if let Some((agency, name)) = waited {
            let act = ActRecord {
                by,
                deed: Deed::ACKNOWLEDGE,
                subject: Subject::Entry(position),
                name: name.unwrap_or_default(),
                new: None,
            };
            self.record(&agency, &act)?;
        }
        self.acknowledge(position, None)
    }
}

pub(super) fn settled(changed: usize) -> Settled {
    if changed > 0 {
        Settled::Done
    } else {
        Settled::Stale
    }
}
