// SPDX-License-Identifier: Apache-2.0
//! What is removed, what there is, and whether it is whole.

use rusqlite::Connection;

use super::{
    acts,
    bodies::read_body,
    connection::quick_check,
    failure::Failure,
    files::Files,
    inbox, operations,
    work::{Work, rows},
};
use crate::{
    record::{
        ActId, ActListing, BodyId, Entry, Finding, OperationId, Position, Pruned, Queue, Retention,
        Status, StoredDocument, VERSION,
    },
    time::Timestamp,
};

impl Work<'_> {
    pub(super) fn prune(&mut self, retention: &Retention) -> Result<Pruned, Failure> {
        let limit = rows("removals", retention.limit)?;
        let acknowledged = self.acknowledged_to_remove(retention, limit)?;
        let unacknowledged = self.unacknowledged_to_remove(retention, limit)?;
        for position in acknowledged.iter().chain(&unacknowledged) {
            self.remove_entry(Position(*position))?;
        }
        let (acknowledged, unacknowledged) =
            (acknowledged.len() as u64, unacknowledged.len() as u64);
        let operations = self.prune_operations(retention, limit)?;
        let keys = self.prune_keys(retention, limit)?;
        let acts = self.prune_acts(retention, limit)?;
        let nodes = self.prune_nodes(retention, limit)?;
        let removed = [acknowledged, unacknowledged, operations, keys, acts, nodes];
        let more = limit > 0 && removed.contains(&u64::from(limit));
        Ok(Pruned {
            acknowledged,
            unacknowledged,
            operations,
            keys,
            acts,
            nodes,
            more,
        })
    }

    /// Like all of these, without those that a newer program wrote: what they name is not known here.
    fn acknowledged_to_remove(
        &self,
        retention: &Retention,
        limit: u32,
    ) -> Result<Vec<u64>, Failure> {
        let mut remove = Vec::new();
        if let Some(allowed) = retention.acknowledged_bytes {
            let text = "SELECT coalesce(sum(bytes), 0) FROM entry WHERE acknowledged IS NOT NULL";
            let bytes: Option<u64> = self.one(text, (), |row| row.get(0))?;
            let mut excess = bytes.unwrap_or_default().saturating_sub(allowed);
            let text =
                "SELECT position, bytes FROM entry WHERE acknowledged IS NOT NULL AND version <= ?2
                ORDER BY position LIMIT ?1";
            let oldest = match excess {
                0 => Vec::new(),
                _ => self.all(text, (limit, VERSION), |row| {
                    Ok((row.get(0)?, row.get::<_, u64>(1)?))
                })?,
            };
            for (position, bytes) in oldest {
                if excess == 0 {
                    break;
                }
                excess = excess.saturating_sub(bytes);
                remove.push(position);
            }
        }
        if let Some(age) = retention.acknowledged_age {
            let after = remove.last().copied().unwrap_or_default();
            let left = limit.saturating_sub(remove.len() as u32);
            let text = "SELECT position FROM entry WHERE acknowledged <= ?1 AND position > ?2 AND version <= ?4
                ORDER BY position LIMIT ?3";
            let old: Vec<u64> = self.all(
                text,
                (self.now.before(age).0, after, left, VERSION),
                |row| row.get(0),
            )?;
            remove.extend(old);
        }
        Ok(remove)
    }

    fn unacknowledged_to_remove(
        &self,
        retention: &Retention,
        limit: u32,
    ) -> Result<Vec<u64>, Failure> {
        let Some(age) = retention.unacknowledged_age else {
            return Ok(Vec::new());
        };
        let text = "SELECT position FROM entry WHERE acknowledged IS NULL AND committed <= ?1 AND version <= ?3
            ORDER BY position LIMIT ?2";
        self.all(text, (self.now.before(age).0, limit, VERSION), |row| {
            row.get(0)
        })
    }

    fn remove_entry(&mut self, position: Position) -> Result<(), Failure> {
        let Some(entry) = inbox::show(self.connection, position)? else {
            return Ok(());
        };
        self.remove_documents(&entry.received.documents)?;
        self.run("DELETE FROM entry WHERE position = ?1", (position.0,))?;
        Ok(())
    }

    fn remove_documents<'a>(
        &mut self,
        documents: impl IntoIterator<Item = &'a StoredDocument>,
    ) -> Result<(), Failure> {
        documents
            .into_iter()
            .try_for_each(|document| self.remove_body(document.body))
    }

    fn prune_operations(&mut self, retention: &Retention, limit: u32) -> Result<u64, Failure> {
        let Some(age) = retention.ended_age else {
            return Ok(0);
        };
        let text =
            "SELECT id FROM operation WHERE ended <= ?1 AND version <= ?3 ORDER BY id LIMIT ?2";
        let ended = self.all(text, (self.now.before(age).0, limit, VERSION), |row| {
            row.get::<_, u64>(0)
        })?;
        for id in &ended {
            if let Some(operation) = operations::operation(self.connection, OperationId(*id))? {
                self.remove_documents(
                    operation
                        .wish
                        .payload
                        .iter()
                        .chain(&operation.wish.attachments),
                )?;
            }
            self.run("DELETE FROM submission WHERE operation = ?1", (id,))?;
            self.run("DELETE FROM operation WHERE id = ?1", (id,))?;
        }
        Ok(ended.len() as u64)
    }

    fn prune_keys(&self, retention: &Retention, limit: u32) -> Result<u64, Failure> {
        let Some(age) = retention.keys_age else {
            return Ok(0);
        };
        let text = "SELECT agency, kind, key FROM known WHERE last <= ?1 AND CASE kind
                WHEN 1 THEN NOT EXISTS (SELECT 1 FROM operation WHERE id = place)
                ELSE NOT EXISTS (SELECT 1 FROM entry WHERE position = place)
            END ORDER BY agency, kind, key LIMIT ?2";
        let old = self.all(text, (self.now.before(age).0, limit), |row| {
            Ok((
                row.get::<_, String>(0)?,
                row.get::<_, u8>(1)?,
                row.get::<_, String>(2)?,
            ))
        })?;
        for key in &old {
            let (agency, kind, key) = key;
            self.run(
                "DELETE FROM known WHERE agency = ?1 AND kind = ?2 AND key = ?3",
                (agency, kind, key),
            )?;
        }
        Ok(old.len() as u64)
    }

    fn prune_nodes(&self, retention: &Retention, limit: u32) -> Result<u64, Failure> {
        let Some(age) = retention.nodes_age else {
            return Ok(0);
        };
        let text = "DELETE FROM node WHERE node IN (SELECT node FROM node WHERE at <= ?1 ORDER BY node LIMIT ?2)";
        Ok(self.run(text, (self.now.before(age).0, limit))? as u64)
    }
}

pub(super) fn status(
    connection: &Connection,
    now: Timestamp,
    disk_bytes: Option<u64>,
) -> Result<Status, Failure> {
    let text = "SELECT
        (SELECT count(*) FROM entry),
        (SELECT count(*) FROM entry WHERE acknowledged IS NULL),
        (SELECT min(committed) FROM entry WHERE acknowledged IS NULL),
        (SELECT coalesce(sum(bytes), 0) FROM entry),
        (SELECT count(*) FROM operation WHERE ended IS NULL),
        (SELECT min(submitted) FROM operation WHERE ended IS NULL),
        (SELECT count(*) FROM operation WHERE ended IS NULL AND held IS NOT NULL),
        (SELECT count(*) FROM operation WHERE ended IS NOT NULL),
        (SELECT count(*) FROM known),
        (SELECT count(*) FROM body),
        (SELECT coalesce(sum(size), 0) FROM body),
        (SELECT count(*) FROM entry WHERE version > ?1) + (SELECT count(*) FROM operation WHERE version > ?1)
            + acts.newer,
        acts.all_of_them
        FROM (SELECT count(*) AS all_of_them, count(*) FILTER (WHERE version > ?1) AS newer FROM act) AS acts";
    let status = connection
        .prepare_cached(text)?
        .query_row((VERSION,), |row| {
            Ok(Status {
                now,
                entries: row.get(0)?,
                waiting: row.get(1)?,
                oldest_waiting: row.get::<_, Option<u64>>(2)?.map(Timestamp),
                entry_bytes: row.get(3)?,
                queued: row.get(4)?,
                oldest_queued: row.get::<_, Option<u64>>(5)?.map(Timestamp),
                held: row.get(6)?,
                ended: row.get(7)?,
                keys: row.get(8)?,
                bodies: row.get(9)?,
                body_bytes: row.get(10)?,
                newer: row.get(11)?,
                acts: row.get(12)?,
                disk_bytes,
                queues: Vec::new(),
            })
        })?;
    Ok(Status {
        queues: queues(connection)?,
        ..status
    })
}

/// Operations that have not ended, by agency.
fn queues(connection: &Connection) -> Result<Vec<Queue>, Failure> {
    let text = "SELECT agency,
        count(*) FILTER (WHERE held IS NULL), min(submitted) FILTER (WHERE held IS NULL),
        count(*) FILTER (WHERE held IS NOT NULL), min(submitted) FILTER (WHERE held IS NOT NULL)
        FROM operation WHERE ended IS NULL GROUP BY agency ORDER BY agency";
    let mut statement = connection.prepare_cached(text)?;
    let rows = statement.query_map((), |row| {
        Ok(Queue {
            agency: row.get(0)?,
            queued: row.get(1)?,
            oldest_queued: row.get::<_, Option<u64>>(2)?.map(Timestamp),
            held: row.get(3)?,
            oldest_held: row.get::<_, Option<u64>>(4)?.map(Timestamp),
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Reads everything.
pub(super) fn check(connection: &Connection, files: &Files) -> Result<Vec<Finding>, Failure> {
    let mut findings = Vec::new();
    if let Err(wrong) = quick_check(connection) {
        findings.push(Finding {
            what: "the database".into(),
            wrong: wrong.to_string(),
        });
    }
    let mut statement = connection.prepare_cached("SELECT id FROM body ORDER BY id")?;
    let bodies = statement
        .query_map((), |row| row.get(0))?
        .collect::<rusqlite::Result<Vec<u64>>>()?;
    for id in bodies {
        if let Some(Err(wrong)) = read_body(connection, files, BodyId(id))? {
            findings.push(Finding {
                what: format!("body {id}"),
                wrong: wrong.to_string(),
            });
        }
    }
    check_entries(connection, &mut findings)?;
    check_components(connection, &mut findings)?;
    check_acts(connection, &mut findings)?;
    let mut statement = connection.prepare_cached("SELECT id FROM operation ORDER BY id")?;
    let operations = statement
        .query_map((), |row| row.get(0))?
        .collect::<rusqlite::Result<Vec<u64>>>()?;
    for id in operations {
        let found = operations::operation(connection, OperationId(id));
        let Some(operation) = readable(found, &mut findings)?.flatten() else {
            continue;
        };
        let documents = operation
            .wish
            .payload
            .iter()
            .chain(&operation.wish.attachments);
        check_bodies(
            connection,
            documents.map(|document| document.body),
            &mut findings,
        )?;
        check_bodies(
            connection,
            operation.state.progress.into_iter(),
            &mut findings,
        )?;
    }
    Ok(findings)
}

fn check_entries(connection: &Connection, findings: &mut Vec<Finding>) -> Result<(), Failure> {
    let mut statement =
        connection.prepare_cached("SELECT position FROM entry ORDER BY position")?;
    let positions = statement
        .query_map((), |row| row.get(0))?
        .collect::<rusqlite::Result<Vec<u64>>>()?;
    for position in positions {
        let found = inbox::show(connection, Position(position));
        let Some(entry) = readable(found, findings)?.flatten() else {
            continue;
        };
        check_bodies(connection, bodies_of(&entry), findings)?;
    }
    Ok(())
}

fn check_components(connection: &Connection, findings: &mut Vec<Finding>) -> Result<(), Failure> {
    let mut statement = connection.prepare_cached("SELECT body FROM component ORDER BY body")?;
    let components = statement
        .query_map((), |row| Ok(BodyId(row.get(0)?)))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    check_bodies(connection, components.into_iter(), findings)
}

fn check_acts(connection: &Connection, findings: &mut Vec<Finding>) -> Result<(), Failure> {
    let mut statement = connection.prepare_cached("SELECT id FROM act ORDER BY id")?;
    let ids = statement
        .query_map((), |row| row.get(0))?
        .collect::<rusqlite::Result<Vec<u64>>>()?;
    for id in ids {
        let one = ActListing {
            after: ActId(id.saturating_sub(1)),
            limit: 1,
            ..ActListing::default()
        };
        readable(acts::list(connection, &one), findings)?;
    }
    Ok(())
}

fn bodies_of(entry: &Entry) -> impl Iterator<Item = BodyId> {
    entry
        .received
        .documents
        .iter()
        .map(|document| document.body)
}

/// A record that cannot be read is a finding, and no reason to stop.
fn readable<T>(
    found: Result<T, Failure>,
    findings: &mut Vec<Finding>,
) -> Result<Option<T>, Failure> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(Failure::Answer(error)) => {
            findings.push(Finding {
                what: "a record".into(),
                wrong: error.to_string(),
            });
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn check_bodies(
    connection: &Connection,
    mut named: impl Iterator<Item = BodyId>,
    findings: &mut Vec<Finding>,
) -> Result<(), Failure> {
    named.try_for_each(|body| {
        let text = "SELECT EXISTS (SELECT 1 FROM body WHERE id = ?1)";
        if !connection
            .prepare_cached(text)?
            .query_row((body.0,), |row| row.get::<_, bool>(0))?
        {
            findings.push(Finding {
                what: format!("body {body}"),
                wrong: "it is missing".into(),
            });
        }
        Ok(())
    })
}
