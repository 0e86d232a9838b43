// SPDX-License-Identifier: Apache-2.0
//! Operations: queued, claimed, settled.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Row};

use super::{
    failure::Failure,
    inbox::settled,
    work::{Prepared, Work, column},
};
use crate::{
    content::Digest,
    error::Why,
    key,
    record::{
        Actor, BodyId, Cursor, Decided, Decision, Ended, Ending, IdempotencyKey, Lease, Note,
        Operation, OperationId, OperationState, Origin, Position, Received, Settled, Source,
        Submitted, VERSION, Wish, decode, encode,
    },
    time::Timestamp,
};

/// What an operation is read from.
pub(super) const COLUMNS: &str =
    "id, agency, version, record, owner, until, epoch, held, progress, ending, runs, last, resumed";

/// A submission whose contents are prepared.
pub(super) struct Order {
    pub(super) agency: String,
    /// All but its contents.
    pub(super) wish: Wish,
    pub(super) payload: Option<Prepared>,
    pub(super) attachments: Vec<Prepared>,
    pub(super) delay: Duration,
    pub(super) idempotency: Option<IdempotencyKey>,
    pub(super) digest: Digest,
}

/// What became of a claimed operation, with its contents prepared.
pub(super) enum Settlement {
    Again {
        delay: Duration,
        progress: Option<Prepared>,
        note: Option<Note>,
    },
    Held {
        why: String,
        progress: Option<Prepared>,
        note: Option<Note>,
    },
    Ended {
        ending: Box<Ending>,
        documents: Vec<Prepared>,
    },
}

/// What follows a run that did not end the operation.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Later,
    Held,
}

pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Result<Operation, Failure>> {
    let id = OperationId(row.get(0)?);
    let (version, record): (u32, String) = (row.get(2)?, row.get(3)?);
    let (ending, last): (Option<String>, Option<String>) = (row.get(9)?, row.get(11)?);
    let agency = row.get(1)?;
    let mut state = OperationState {
        owner: row.get(4)?,
        until: Timestamp(row.get(5)?),
        epoch: row.get(6)?,
        held: row.get(7)?,
        progress: row.get::<_, Option<u64>>(8)?.map(BodyId),
        runs: row.get(10)?,
        last: None,
        resumed: row.get(12)?,
        ended: None,
    };
    let what = || format!("operation {id}");
    let decoded = || {
        state.ended = ending
            .map(|ending| decode(what, version, &ending))
            .transpose()?;
        state.last = last.map(|last| decode(what, version, &last)).transpose()?;
        Ok(Operation {
            id,
            agency,
            wish: decode(what, version, &record)?,
            state,
        })
    };
    Ok(decoded())
}

pub(super) fn operation(
    connection: &Connection,
    id: OperationId,
) -> Result<Option<Operation>, Failure> {
    let text = format!("SELECT {COLUMNS} FROM operation WHERE id = ?1");
    let found = connection
        .prepare_cached(&text)?
        .query_row((column(id.0),), read)
        .optional()?;
    found.transpose()
}

pub(super) fn cursor(
    connection: &Connection,
    agency: &str,
    poll: &str,
) -> Result<Option<Cursor>, Failure> {
    let text = "SELECT value, at FROM cursor WHERE agency = ?1 AND poll = ?2";
    let read = |row: &Row<'_>| {
        Ok(Cursor {
            value: row.get(0)?,
            at: Timestamp(row.get(1)?),
        })
    };
    Ok(connection
        .prepare_cached(text)?
        .query_row((agency, poll), read)
        .optional()?)
}

impl Work<'_> {
    pub(super) fn submit(&mut self, order: Order) -> Result<Submitted, Failure> {
        if let Some(key) = &order.idempotency {
            let text = "SELECT digest, operation FROM submission WHERE client = ?1 AND key = ?2";
            let read = |row: &Row<'_>| Ok((Digest(row.get(0)?), OperationId(row.get(1)?)));
            match self.one(text, (&key.client, &key.key), read)? {
                Some((digest, id)) if digest == order.digest => return Ok(Submitted::Known(id)),
                Some(_) => return Err(Why::KeyInUse.into()),
                None => {}
            }
        }
        let id = OperationId(self.next());
        let wish = Wish {
            payload: order
                .payload
                .map(|payload| self.store(payload))
                .transpose()?,
            attachments: self.store_all(order.attachments)?,
            submitted: self.now,
            ..order.wish
        };
        self.queue(id, &order.agency, &wish, self.now.after(order.delay))?;
        if let Some(act) = wish.replay(id) {
            self.record(&order.agency, &act)?;
        }
        if let Some(key) = &order.idempotency {
            let text =
                "INSERT INTO submission (client, key, digest, operation) VALUES (?1, ?2, ?3, ?4)";
            self.run(text, (&key.client, &key.key, order.digest.0, id.0))?;
        }
        Ok(Submitted::New(id))
    }

    pub(super) fn queue(
        &self,
        id: OperationId,
        agency: &str,
        wish: &Wish,
        until: Timestamp,
    ) -> Result<(), Failure> {
        let text = "INSERT INTO operation (id, agency, lane, submitted, until, version, record) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let lane = key::lane(wish.lane.as_deref(), wish.poll.as_deref());
        let row = (
            id.0,
            agency,
            lane,
            wish.submitted.0,
            until.0,
            VERSION,
            encode(wish)?,
        );
        self.run(text, row)?;
        Ok(())
    }

    pub(super) fn extend(
        &self,
        lease: &Lease<OperationId>,
        duration: Duration,
    ) -> Result<Option<Lease<OperationId>>, Failure> {
        let until = self.now.after(duration);
        let text = "UPDATE operation SET until = ?3 WHERE id = ?1 AND epoch = ?2 AND ended IS NULL AND held IS NULL";
        let changed = self.run(text, (lease.id.0, lease.epoch, until.0))?;
        Ok((changed > 0).then_some(Lease { until, ..*lease }))
    }

    pub(super) fn keep(
        &mut self,
        lease: &Lease<OperationId>,
        progress: Prepared,
    ) -> Result<Settled, Failure> {
        let text = "SELECT 1 FROM operation WHERE id = ?1 AND epoch = ?2 AND ended IS NULL AND held IS NULL";
        if self
            .one(text, (lease.id.0, lease.epoch), |_| Ok(()))?
            .is_none()
        {
            return Ok(Settled::Stale);
        }
        self.keep_progress(lease.id, Some(progress))?;
        self.run(
            "UPDATE operation SET resumed = 0 WHERE id = ?1",
            (lease.id.0,),
        )?;
        Ok(Settled::Done)
    }

    /// Keeps how an operation stands with its runs, after a change of that.
    fn change_runs(
        &self,
        id: OperationId,
        change: impl FnOnce(&mut OperationState),
    ) -> Result<(), Failure> {
        let Some(Operation { mut state, .. }) = operation(self.connection, id)? else {
            return Ok(());
        };
        change(&mut state);
        let last = state.last.as_ref().map(encode).transpose()?;
        let text = "UPDATE operation SET runs = ?2, last = ?3, resumed = ?4 WHERE id = ?1";
        self.run(text, (id.0, state.runs, last, state.resumed))?;
        Ok(())
    }

    fn keep_progress(
        &mut self,
        id: OperationId,
        progress: Option<Prepared>,
    ) -> Result<(), Failure> {
        let Some(progress) = progress else {
            return Ok(());
        };
        let body = self.store(progress)?.body;
        self.replace_progress(id, Some(body))
    }

    fn replace_progress(&mut self, id: OperationId, body: Option<BodyId>) -> Result<(), Failure> {
        let before = self.one(
            "SELECT progress FROM operation WHERE id = ?1",
            (id.0,),
            |row| row.get(0),
        )?;
        self.run(
            "UPDATE operation SET progress = ?2 WHERE id = ?1",
            (id.0, body.map(|body| body.0)),
        )?;
        match before.flatten() {
            Some(before) => self.remove_body(BodyId(before)),
            None => Ok(()),
        }
    }

    pub(super) fn settle(
        &mut self,
        lease: &Lease<OperationId>,
        result: Settlement,
    ) -> Result<Settled, Failure> {
        let id = lease.id;
        let text = "SELECT ended IS NOT NULL, held IS NOT NULL FROM operation WHERE id = ?1 AND epoch = ?2";
        let found = self.one(text, (id.0, lease.epoch), |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
        let Some((is_over, is_held)) = found else {
            return Ok(Settled::Stale);
        };
        // The same was asked before, and its answer was lost.
        match (is_over, is_held, &result) {
            (true, _, Settlement::Ended { .. }) | (false, true, Settlement::Held { .. }) => {
                return Ok(Settled::Done);
            }
            (true, ..) | (false, true, _) => return Ok(Settled::Stale),
            (false, false, _) => {}
        }
        match result {
            Settlement::Again {
                delay,
                progress,
                note,
            } => {
                self.keep_progress(id, progress)?;
                self.take_note(id, note, Next::Later)?;
                let text = "UPDATE operation SET owner = NULL, epoch = epoch + 1, until = ?2 WHERE id = ?1";
                Ok(settled(self.run(text, (id.0, self.now.after(delay).0))?))
            }
            Settlement::Held {
                why,
                progress,
                note,
            } => {
                self.keep_progress(id, progress)?;
                self.take_note(id, note, Next::Held)?;
                let text = "UPDATE operation SET owner = NULL, held = ?2 WHERE id = ?1";
                Ok(settled(self.run(text, (id.0, why))?))
            }
            Settlement::Ended { ending, documents } => {
                let note = Note::of_end(&ending);
                let settled = self.end(id, *ending, documents)?;
                self.keep_run(id, &note)?;
                Ok(settled)
            }
        }
    }

    /// Takes the note of a run that did not end the operation.
    fn take_note(&self, id: OperationId, note: Option<Note>, next: Next) -> Result<(), Failure> {
        let Some(note) = note else {
            return Ok(());
        };
        if note.counts || next == Next::Held {
            self.keep_run(id, &note)?;
        }
        self.change_runs(id, |state| state.take(&note, self.now))
    }

    fn end(
        &mut self,
        id: OperationId,
        ending: Ending,
        documents: Vec<Prepared>,
    ) -> Result<Settled, Failure> {
        let Some(Operation { agency, wish, .. }) = operation(self.connection, id)? else {
            return Ok(Settled::Stale);
        };
        let brings = self.any_new(&agency, &ending.events)?
            || (ending.events.is_empty() && !documents.is_empty());
        let entry = brings.then(|| Position(self.next()));
        match entry {
            Some(position) => {
                let received = Received {
                    operation: wish.operation,
                    source: Source::Operation(id),
                    provenance: ending.provenance,
                    at: ending.at,
                    committed: self.now,
                    events: self.new_events(&agency, ending.events, position)?,
                    documents: self.store_all(documents)?,
                    follow_ups: self.queue_follow_ups(
                        &agency,
                        ending.follow_ups,
                        (Origin::Entry(position), wish.trace.as_deref()),
                    )?,
                    trace: wish.trace,
                };
                self.insert_entry(position, &agency, &received)?;
            }
            None => {
                self.events_seen_again(&agency, &ending.events)?;
                let origin = (Origin::Operation(id), wish.trace.as_deref());
                self.queue_follow_ups(&agency, ending.follow_ups, origin)?;
            }
        }
        if let (Some(poll), Some(value)) = (&wish.poll, &ending.cursor) {
            let text = "INSERT INTO cursor (agency, poll, value, at) VALUES (?1, ?2, ?3, ?4)
                ON CONFLICT DO UPDATE SET value = excluded.value, at = excluded.at";
            self.run(text, (&agency, poll, value, self.now.0))?;
        }
        let ended = Ended {
            end: ending.end,
            code: ending.code,
            reference: ending.reference,
            at: self.now,
            entry,
        };
        self.over(id, &ended)?;
        Ok(Settled::Done)
    }

    fn over(&mut self, id: OperationId, ended: &Ended) -> Result<(), Failure> {
        self.replace_progress(id, None)?;
        let text = "UPDATE operation SET ended = ?2, ending = ?3, held = NULL WHERE id = ?1";
        self.run(text, (id.0, self.now.0, encode(ended)?))?;
        Ok(())
    }

    pub(super) fn decide(
        &mut self,
        (id, epoch): (OperationId, Option<u64>),
        decision: Decision,
        by: Actor,
    ) -> Result<Decided, Failure> {
        let found = operation(self.connection, id)?;
        let Some(Operation {
            agency,
            wish,
            state,
            ..
        }) = found.filter(|found| found.state.ended.is_none())
        else {
            return Ok(Decided::Over);
        };
        if state.owner.is_some() && state.until > self.now {
            return Ok(Decided::UnderWay);
        }
        if epoch.is_some_and(|epoch| epoch != state.epoch) {
            return Ok(Decided::Moved);
        }
        if decision == Decision::Resume && state.is_resumed(self.now) {
            return Ok(Decided::Done);
        }
        let text =
            "UPDATE operation SET owner = NULL, held = NULL, epoch = epoch + 1 WHERE id = ?1";
        self.run(text, (id.0,))?;
        match decision {
            Decision::Resume => {
                self.run(
                    "UPDATE operation SET until = ?2 WHERE id = ?1",
                    (id.0, self.now.0),
                )?;
                self.change_runs(id, OperationState::resume)?;
            }
            Decision::Cancel => {
                let cancelled = Ending::cancelled(id, &wish, self.now);
                self.end(id, cancelled, Vec::new())?;
            }
        }
        self.record(&agency, &decision.act((id, wish.operation), by))?;
        Ok(Decided::Done)
    }
}
