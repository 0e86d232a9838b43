// SPDX-License-Identifier: Apache-2.0
//! What comes in: known or new.

use std::collections::BTreeSet;

use super::{
    failure::Failure,
    work::{Prepared, Work},
};
use crate::record::{
    Event, FollowUp, OperationId, Origin, Position, Receipt, Received, Source, VERSION, Wish,
    encode,
};

/// Kinds of deduplication keys, as they are stored.
#[derive(Debug, Clone, Copy)]
pub(super) enum KeyKind {
    Event = 0,
    FollowUp = 1,
    Arrival = 2,
}

/// An arrival whose contents are prepared.
pub(super) struct Incoming {
    pub(super) agency: String,
    /// What it is known by when it has no events.
    pub(super) key: String,
    pub(super) events: Vec<Event>,
    pub(super) documents: Vec<Prepared>,
    pub(super) follow_ups: Vec<FollowUp>,
    /// All else that is to be said of it.
    pub(super) received: Received,
}

impl Work<'_> {
    pub(super) fn commit(&mut self, incoming: Incoming) -> Result<Receipt, Failure> {
        let agency = &incoming.agency;
        if let Some(place) = self.known_from(&incoming)? {
            // The duplicate is counted, and so it is written: with it the answer waits for the disk.
            match incoming.events.is_empty() {
                true => self.seen_again(agency, KeyKind::Arrival, &incoming.key)?,
                false => self.events_seen_again(agency, &incoming.events)?,
            }
            return Ok(Receipt::Duplicate(Position(place)));
        }
        let position = Position(self.next());
        if incoming.events.is_empty() {
            self.remember(agency, KeyKind::Arrival, &incoming.key, position.0)?;
        }
        let received = Received {
            committed: self.now,
            events: self.new_events(agency, incoming.events, position)?,
            documents: self.store_all(incoming.documents)?,
            follow_ups: self.queue_follow_ups(
                agency,
                incoming.follow_ups,
                (Origin::Entry(position), incoming.received.trace.as_deref()),
            )?,
            source: Source::Call,
            ..incoming.received
        };
        self.insert_entry(position, agency, &received)?;
        Ok(Receipt::New(position))
    }

    /// Where the first of its events came, if all are known; or where it came as a whole, if it has none.
    fn known_from(&self, incoming: &Incoming) -> Result<Option<u64>, Failure> {
        if incoming.events.is_empty() {
            return self.place(&incoming.agency, KeyKind::Arrival, &incoming.key);
        }
        let mut first = None;
        for event in &incoming.events {
            let place = self.place(&incoming.agency, KeyKind::Event, &event.deduplication_key)?;
            let Some(place) = place else {
                return Ok(None);
            };
            first.get_or_insert(place);
        }
        Ok(first)
    }

    /// Where a key came first.
    fn place(&self, agency: &str, kind: KeyKind, key: &str) -> Result<Option<u64>, Failure> {
        let text = "SELECT place FROM known WHERE agency = ?1 AND kind = ?2 AND key = ?3";
        self.one(text, (agency, kind as u8, key), |row| row.get(0))
    }

    fn remember(&self, agency: &str, kind: KeyKind, key: &str, place: u64) -> Result<(), Failure> {
        let text = "INSERT INTO known (agency, kind, key, place, first, last) VALUES (?1, ?2, ?3, ?4, ?5, ?5)";
        self.run(text, (agency, kind as u8, key, place, self.now.0))?;
        Ok(())
    }

    fn seen_again(&self, agency: &str, kind: KeyKind, key: &str) -> Result<(), Failure> {
        let text = "UPDATE known SET last = ?4, repeats = repeats + 1 WHERE agency = ?1 AND kind = ?2 AND key = ?3";
        self.run(text, (agency, kind as u8, key, self.now.0))?;
        Ok(())
    }

    pub(super) fn any_new(&self, agency: &str, events: &[Event]) -> Result<bool, Failure> {
        for event in events {
            if self
                .place(agency, KeyKind::Event, &event.deduplication_key)?
                .is_none()
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    pub(super) fn events_seen_again(&self, agency: &str, events: &[Event]) -> Result<(), Failure> {
        let mut keys = events.iter().map(|event| &event.deduplication_key);
        keys.try_for_each(|key| self.seen_again(agency, KeyKind::Event, key))
    }

    /// Remembers the events that are not known, and hands them out.
    pub(super) fn new_events(
        &self,
        agency: &str,
        events: Vec<Event>,
        position: Position,
    ) -> Result<Vec<Event>, Failure> {
        let mut new = Vec::new();
        for event in events {
            let key = &event.deduplication_key;
            match self.place(agency, KeyKind::Event, key)? {
                Some(_) => self.seen_again(agency, KeyKind::Event, key)?,
                None => {
                    self.remember(agency, KeyKind::Event, key, position.0)?;
                    new.push(event);
                }
            }
        }
        Ok(new)
    }

    /// Queues those that are new, in the trace of what they follow from.
    pub(super) fn queue_follow_ups(
        &mut self,
        agency: &str,
        follow_ups: Vec<FollowUp>,
        (origin, trace): (Origin, Option<&str>),
    ) -> Result<Vec<OperationId>, Failure> {
        let (mut named, mut queued) = (BTreeSet::new(), Vec::new());
        for follow_up in follow_ups {
            let key = follow_up.deduplication_key;
            if self.place(agency, KeyKind::FollowUp, &key)?.is_some() {
                // Known from before, and not from a moment ago.
                if !named.contains(&key) {
                    self.seen_again(agency, KeyKind::FollowUp, &key)?;
                }
                continue;
            }
            let id = OperationId(self.next());
            self.remember(agency, KeyKind::FollowUp, &key, id.0)?;
            named.insert(key);
            let wish = Wish {
                operation: follow_up.operation,
                parameters: follow_up.parameters,
                payload: None,
                attachments: Vec::new(),
                lane: follow_up.lane,
                poll: None,
                origin,
                submitted: self.now,
                replay_of: None,
                by: None,
                trace: trace.map(str::to_owned),
            };
            self.queue(id, agency, &wish, self.now)?;
            queued.push(id);
        }
        Ok(queued)
    }

    /// What has neither events nor documents is nothing to hand over: it is acknowledged at once.
    pub(super) fn insert_entry(
        &self,
        position: Position,
        agency: &str,
        received: &Received,
    ) -> Result<(), Failure> {
        let is_empty = received.events.is_empty() && received.documents.is_empty();
        let events = received.events.iter().map(|event| event.data.len() as u64);
        let documents = received.documents.iter().map(|document| document.size);
        let bytes: u64 = events.chain(documents).sum();
        let acknowledged = is_empty.then_some(self.now.0);
        let text =
            "INSERT INTO entry (position, agency, committed, bytes, acknowledged, version, record)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let row = (
            position.0,
            agency,
            self.now.0,
            bytes,
            acknowledged,
            VERSION,
            encode(received)?,
        );
        self.run(text, row)?;
        Ok(())
    }
}
