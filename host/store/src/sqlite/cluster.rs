// SPDX-License-Identifier: Apache-2.0
//! What all nodes share: budgets, what is desired, and what each says.

use rusqlite::{Connection, Row};

use super::{failure::Failure, work::Work};
use crate::{
    error::{Cause, StoreError, Why},
    record::{
        Budget, Desired, MOST_CALLS, NodeSeen, NodeState, Reserved, Revised, Revision, VERSION,
        decode, encode,
    },
    time::Timestamp,
};

pub(super) fn desired(connection: &Connection) -> Result<Revised<Desired>, Failure> {
    let text = "SELECT revision, version, desired FROM meta";
    let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    let (revision, version, record): (_, _, String) =
        connection.prepare_cached(text)?.query_row((), read)?;
    let value = decode(|| "what is desired".into(), version, &record)?;
    Ok(Revised {
        revision: Revision(revision),
        value,
    })
}

pub(super) fn nodes(connection: &Connection) -> Result<Vec<NodeSeen>, Failure> {
    let mut statement =
        connection.prepare_cached("SELECT at, version, record FROM node ORDER BY node")?;
    let read = |row: &Row<'_>| {
        Ok((
            Timestamp(row.get(0)?),
            row.get(1)?,
            row.get::<_, String>(2)?,
        ))
    };
    let nodes = statement.query_map((), read)?.map(|row| {
        let (at, version, record) = row?;
        let state = decode(|| "the state of a node".into(), version, &record)?;
        Ok(NodeSeen { state, at })
    });
    nodes.collect()
}

impl Work<'_> {
    pub(super) fn reserve(&self, budget: &Budget) -> Result<Reserved, Failure> {
        if !(1..=MOST_CALLS).contains(&budget.calls) {
            let too_many = Why::TooMany {
                what: "calls",
                asked: budget.calls.into(),
                allowed: MOST_CALLS.into(),
            };
            return Err(too_many.into());
        }
        let window = budget.window.saturating_add(budget.margin);
        let text = "SELECT calls FROM budget WHERE agency = ?1 AND name = ?2";
        let kept: Option<String> =
            self.one(text, (&budget.agency, &budget.name), |row| row.get(0))?;
        let kept = kept.unwrap_or_else(|| "[]".into());
        let damaged = |_| {
            StoreError::Broken(Cause::new(
                "the times of a budget cannot be read; check the store",
            ))
        };
        let mut calls: Vec<Timestamp> = serde_json::from_str(&kept).map_err(damaged)?;
        calls.retain(|call| call.after(window) > self.now);
        let excess = calls.len().checked_sub(budget.calls as usize);
        // Room for one comes when so many of the oldest have left the window.
        if let Some(oldest) = excess.and_then(|excess| calls.get(excess)) {
            return Ok(Reserved::NotBefore(oldest.after(window)));
        }
        calls.push(self.now);
        let text = "INSERT INTO budget (agency, name, calls) VALUES (?1, ?2, ?3)
            ON CONFLICT DO UPDATE SET calls = excluded.calls";
        self.run(text, (&budget.agency, &budget.name, encode(&calls)?))?;
        Ok(Reserved::Now)
    }

    pub(super) fn set_desired(
        &self,
        expected: Revision,
        next: &Desired,
    ) -> Result<Revision, Failure> {
        let text = "UPDATE meta SET revision = revision + 1, version = ?2, desired = ?3 WHERE id = 1 AND revision = ?1";
        if self.run(text, (expected.0, VERSION, encode(next)?))? > 0 {
            return Ok(Revision(expected.0 + 1));
        }
        let revision = self.one("SELECT revision FROM meta", (), |row| row.get(0))?;
        Err(Why::Revised(Revision(revision.unwrap_or_default())).into())
    }

    pub(super) fn report(&self, state: &NodeState) -> Result<(), Failure> {
        let text = "INSERT INTO node (node, at, version, record) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT DO UPDATE SET at = excluded.at, version = excluded.version, record = excluded.record";
        self.run(text, (&state.node, self.now.0, VERSION, encode(state)?))?;
        Ok(())
    }
}
