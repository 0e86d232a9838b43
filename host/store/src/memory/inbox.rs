// SPDX-License-Identifier: Apache-2.0
use std::{collections::BTreeSet, time::Duration};

use super::state::{Kept, KeyKind, Known, State, in_sequence, rows};
use crate::{
    error::{StoreError, Why},
    key,
    record::{
        Arrival, Delivery, Entry, Event, FollowUp, Lease, LeaseWish, LeasedEntry, Listing, Origin,
        Position, Receipt, Received, Settled, Source,
    },
};

impl State {
    pub(super) fn commit(&mut self, arrival: &Arrival) -> Result<Receipt, StoreError> {
        if arrival.is_empty() {
            return Err(Why::Nothing.into());
        }
        let agency = &arrival.agency;
        let whole = (
            agency.clone(),
            KeyKind::Arrival,
            key::of_arrival(arrival).to_string(),
        );
        let known = match arrival.events.is_empty() {
            true => self.known.get(&whole).copied(),
            false => self.all_known(agency, &arrival.events),
        };
        if let Some(known) = known {
            match arrival.events.is_empty() {
                true => self.seen_again(whole),
                false => self.events_seen_again(agency, &arrival.events),
            }
            return Ok(Receipt::Duplicate(Position(known.place)));
        }
        let position = Position(self.next());
        if arrival.events.is_empty() {
            self.remember(whole, position.0);
        }
        let events = self.new_events(agency, &arrival.events, position);
        let documents = self.store_documents(&arrival.documents);
        let follow_ups = self.queue_follow_ups(
            agency,
            &arrival.follow_ups,
            (Origin::Entry(position), arrival.trace.as_deref()),
        );
        let received = Received {
            operation: arrival.operation.clone(),
            source: Source::Call,
            provenance: arrival.provenance.clone(),
            at: arrival.at,
            committed: self.now,
            events,
            documents,
            follow_ups,
            trace: arrival.trace.clone(),
        };
        self.insert_entry(position, agency, received);
        Ok(Receipt::New(position))
    }

    /// What the first of the events is known from, if all are known.
    fn all_known(&self, agency: &str, events: &[Event]) -> Option<Known> {
        let known = events
            .iter()
            .map(|event| self.known.get(&event_key(agency, event)).copied());
        known.collect::<Option<Vec<_>>>()?.first().copied()
    }

    /// Remembers the events that are not known, and hands them out.
    pub(super) fn new_events(
        &mut self,
        agency: &str,
        events: &[Event],
        position: Position,
    ) -> Vec<Event> {
        let mut new = Vec::new();
        for event in events {
            let key = event_key(agency, event);
            if self.known.contains_key(&key) {
                self.seen_again(key);
            } else {
                self.remember(key, position.0);
                new.push(event.clone());
            }
        }
        new
    }

    pub(super) fn any_new(&self, agency: &str, events: &[Event]) -> bool {
        events
            .iter()
            .any(|event| !self.known.contains_key(&event_key(agency, event)))
    }

    pub(super) fn events_seen_again(&mut self, agency: &str, events: &[Event]) {
        for event in events {
            self.seen_again(event_key(agency, event));
        }
    }

    /// Which follow-ups are new, each once.
    pub(super) fn new_follow_ups<'a>(
        &mut self,
        agency: &str,
        all: &'a [FollowUp],
    ) -> Vec<&'a FollowUp> {
        let mut named = BTreeSet::new();
        let mut new = Vec::new();
        for follow_up in all {
            let key = (
                agency.to_owned(),
                KeyKind::FollowUp,
                follow_up.deduplication_key.clone(),
            );
            if self.known.contains_key(&key) {
                self.seen_again(key);
            } else if named.insert(&follow_up.deduplication_key) {
                new.push(follow_up);
            }
        }
        new
    }

    pub(super) fn remember(&mut self, key: super::state::KnownKey, place: u64) {
        self.known.insert(
            key,
            Known {
                place,
                last: self.now,
            },
        );
    }

    fn seen_again(&mut self, key: super::state::KnownKey) {
        let now = self.now;
        if let Some(known) = self.known.get_mut(&key) {
            known.last = now;
        }
    }

    /// What has neither events nor documents is nothing to hand over: it is acknowledged at once.
    pub(super) fn insert_entry(&mut self, position: Position, agency: &str, received: Received) {
        let is_empty = received.events.is_empty() && received.documents.is_empty();
        let delivery = Delivery {
            acknowledged: is_empty.then_some(self.now),
            ..Delivery::default()
        };
        let events = received.events.iter().map(|event| event.data.len() as u64);
        let documents = received.documents.iter().map(|document| document.size);
        let bytes = events.chain(documents).sum();
        let entry = Entry {
            position,
            agency: agency.to_owned(),
            received,
            delivery,
        };
        self.entries.insert(position, Kept { entry, bytes });
    }

    pub(super) fn list(&self, listing: &Listing) -> Result<Vec<Entry>, StoreError> {
        let limit = rows("entries", listing.limit)?;
        let behind = in_sequence(&self.entries, listing.after, listing.newest_first);
        let entries = behind.map(|kept| &kept.entry).filter(|entry| {
            let waits = !listing.waiting || entry.delivery.acknowledged.is_none();
            waits
                && listing
                    .agency
                    .as_ref()
                    .is_none_or(|agency| *agency == entry.agency)
        });
        Ok(entries.take(limit).cloned().collect())
    }

    pub(super) fn lease(&mut self, wish: &LeaseWish) -> Result<Vec<LeasedEntry>, StoreError> {
        let limit = rows("entries", wish.limit)?;
        let now = self.now;
        let free = self
            .entries
            .values_mut()
            .map(|kept| &mut kept.entry)
            .filter(|entry| {
                let is_free = entry.delivery.acknowledged.is_none() && entry.delivery.until <= now;
                let is_named = wish.only.is_empty() || wish.only.contains(&entry.position);
                is_free
                    && is_named
                    && wish
                        .agency
                        .as_ref()
                        .is_none_or(|agency| *agency == entry.agency)
            });
        let leased = free.take(limit).map(|entry| {
            entry.delivery.epoch += 1;
            entry.delivery.owner = Some(wish.owner.clone());
            entry.delivery.until = now.after(wish.duration);
            let lease = lease_of(entry);
            LeasedEntry {
                entry: entry.clone(),
                lease,
            }
        });
        Ok(leased.collect())
    }

    pub(super) fn extend_lease(
        &mut self,
        lease: &Lease<Position>,
        duration: Duration,
    ) -> Option<Lease<Position>> {
        let until = self.now.after(duration);
        let entry = self.leased(lease)?;
        entry.delivery.until = until;
        Some(lease_of(entry))
    }

    pub(super) fn acknowledge(&mut self, position: Position, epoch: Option<u64>) -> Settled {
        let now = self.now;
        match self.entries.get_mut(&position) {
            Some(kept) if epoch.is_none_or(|epoch| epoch == kept.entry.delivery.epoch) => {
                kept.entry.delivery.acknowledged.get_or_insert(now);
                Settled::Done
            }
            _ => Settled::Stale,
        }
    }

    pub(super) fn hand_back(&mut self, lease: &Lease<Position>, delay: Duration) -> Settled {
        let until = self.now.after(delay);
        let Some(entry) = self.leased(lease) else {
            return Settled::Stale;
        };
        entry.delivery.epoch += 1;
        entry.delivery.owner = None;
        entry.delivery.until = until;
        Settled::Done
    }

    fn leased(&mut self, lease: &Lease<Position>) -> Option<&mut Entry> {
        let entry = &mut self.entries.get_mut(&lease.id)?.entry;
        let is_current =
            entry.delivery.epoch == lease.epoch && entry.delivery.acknowledged.is_none();
        is_current.then_some(entry)
    }
}

fn event_key(agency: &str, event: &Event) -> super::state::KnownKey {
    (
        agency.to_owned(),
        KeyKind::Event,
        event.deduplication_key.clone(),
    )
}

fn lease_of(entry: &Entry) -> Lease<Position> {
    Lease {
        id: entry.position,
        epoch: entry.delivery.epoch,
        until: entry.delivery.until,
    }
}
