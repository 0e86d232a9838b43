// SPDX-License-Identifier: Apache-2.0
//! Which entries may be delivered now: of those that go one after the other, the oldest.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use silta_store::{
    Store, StoreError, Timestamp,
    record::{Entry, Listing, Position, Source},
};

use super::{filter::EntryFilter, settings::WebhookOrder};

/// Entries of an agency that are read at first; four times as many each time that none of them is wanted.
const FIRST_PAGE: u32 = 8;

/// Entries that are read at once, at most.
const LARGEST_PAGE: u32 = 512;

/// Entries of one agency among which conversations are told apart. Those behind wait until some of them are delivered.
const WINDOW: usize = 256;

/// What a receiver gets.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    /// Agencies that there are entries of.
    pub(super) agencies: Vec<String>,
    pub(super) filter: EntryFilter,
    /// What others get before it.
    pub(super) before: Vec<EntryFilter>,
    pub(super) order: WebhookOrder,
}

impl Wanted {
    fn takes(&self, entry: &Entry) -> bool {
        self.filter.takes(entry) && !self.before.iter().any(|other| other.takes(entry))
    }
}

/// The result of a look.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Look {
    /// Entries to deliver now, by position.
    pub(super) due: Vec<Position>,
    /// After so long, there will be another.
    pub(super) next: Option<Duration>,
    /// Age of the oldest that is not delivered.
    pub(super) oldest: Option<Duration>,
}

/// How far the inbox has been looked through.
#[derive(Debug, Default)]
pub(super) struct Queue {
    /// By agency: up to here there is nothing that is wanted and not delivered.
    floors: BTreeMap<String, Position>,
    /// Conversations of entries that wait.
    lanes: BTreeMap<Position, Option<String>>,
}

impl Queue {
    /// Looks what is due. May block. `now` is a hint: whether an entry is free is the store's word, when it is leased.
    pub(super) fn look(
        &mut self,
        store: &dyn Store,
        wanted: &Wanted,
        now: Timestamp,
    ) -> Result<Look, StoreError> {
        let mut look = Look::default();
        let age = |at: Timestamp| Duration::from_millis(now.0.saturating_sub(at.0));
        let mut seen = BTreeSet::new();
        for agency in &wanted.agencies {
            let waiting = self.waiting(store, wanted, agency)?;
            if let Some(first) = waiting.first() {
                let age = age(first.received.committed);
                look.oldest = look.oldest.max(Some(age));
            }
            let mut lanes = BTreeSet::new();
            for entry in &waiting {
                seen.insert(entry.position);
                if wanted.order == WebhookOrder::Conversation
                    && let Some(lane) = self.lane(store, entry)?
                    && !lanes.insert(lane)
                {
                    continue;
                }
                match entry.delivery.until.0.saturating_sub(now.0) {
                    0 => look.due.push(entry.position),
                    wait => {
                        let wait = Duration::from_millis(wait);
                        look.next = Some(look.next.map_or(wait, |next| next.min(wait)));
                    }
                }
            }
        }
        self.lanes.retain(|position, _| seen.contains(position));
        look.due.sort_unstable();
        Ok(look)
    }

    /// Entries of an agency that are wanted and not acknowledged, by position: the first one, or those of a window where conversations are told apart.
    fn waiting(
        &mut self,
        store: &dyn Store,
        wanted: &Wanted,
        agency: &str,
    ) -> Result<Vec<Entry>, StoreError> {
        let most = match wanted.order {
            WebhookOrder::Agency => 1,
            WebhookOrder::Conversation => WINDOW,
        };
        let floor = self.floors.entry(agency.to_owned()).or_default();
        let (mut after, mut limit) = (*floor, FIRST_PAGE);
        let mut found = Vec::new();
        loop {
            let page = store.list(&Listing {
                after,
                agency: Some(agency.to_owned()),
                waiting: true,
                newest_first: false,
                limit,
            })?;
            let is_last = page.len() < limit as usize;
            for entry in page {
                after = entry.position;
                match wanted.takes(&entry) {
                    true => found.push(entry),
                    // What was read is not read again, up to the first that waits.
                    false if found.is_empty() => *floor = after,
                    false => {}
                }
            }
            found.truncate(most);
            if is_last || found.len() == most {
                return Ok(found);
            }
            limit = (limit * 4).min(LARGEST_PAGE);
        }
    }

    /// The conversation of the operation whose end an entry is of.
    fn lane(&mut self, store: &dyn Store, entry: &Entry) -> Result<Option<String>, StoreError> {
        let Source::Operation(id) = entry.received.source else {
            return Ok(None);
        };
        if let Some(lane) = self.lanes.get(&entry.position) {
            return Ok(lane.clone());
        }
        let lane = store.operation(id)?.and_then(|it| it.wish.lane);
        self.lanes.insert(entry.position, lane.clone());
        Ok(lane)
    }
}

#[cfg(test)]
mod tests {
    use silta_store::{
        MemoryStore,
        record::{Arrival, Event, LeaseWish, Receipt},
    };

    use super::*;

    fn arrive(store: &dyn Store, agency: &str, kind: &str, key: usize) -> Position {
        let event = Event {
            kind: kind.to_owned(),
            data: "{}".to_owned(),
            deduplication_key: key.to_string(),
            about: None,
        };
        let arrival = Arrival {
            agency: agency.to_owned(),
            operation: "o".to_owned(),
            events: vec![event],
            ..Arrival::default()
        };
        match store.commit(&arrival).unwrap() {
            Receipt::New(position) => position,
            Receipt::Duplicate(position) => panic!("{position}"),
        }
    }

    fn wanted(kinds: &[&str]) -> Wanted {
        Wanted {
            agencies: vec!["a".to_owned(), "b".to_owned()],
            filter: EntryFilter {
                agencies: Vec::new(),
                kinds: kinds.iter().map(|kind| (*kind).to_owned()).collect(),
            },
            before: Vec::new(),
            order: WebhookOrder::Agency,
        }
    }

    #[test]
    fn of_each_agency_the_oldest_that_is_wanted_is_due_and_holds_up_the_others() {
        let store = MemoryStore::new();
        for key in 0..40 {
            arrive(&store, "a", "other", key);
        }
        let first = arrive(&store, "a", "x", 100);
        arrive(&store, "a", "x", 101);
        let of_b = arrive(&store, "b", "x", 102);
        let mut queue = Queue::default();
        let now = store.now().unwrap();
        let look = queue.look(&store, &wanted(&["x"]), now).unwrap();
        assert_eq!(look.due, [first, of_b]);
        assert_eq!(queue.floors["a"].0 + 1, first.0);
        // One that somebody has, or that waits to be tried again, is not due, and nothing behind it is.
        let wish = LeaseWish {
            owner: "webhook:w".to_owned(),
            only: vec![first],
            limit: 1,
            duration: Duration::from_secs(60),
            ..LeaseWish::default()
        };
        let lease = store.lease(&wish).unwrap()[0].lease;
        let now = store.now().unwrap();
        let look = queue.look(&store, &wanted(&["x"]), now).unwrap();
        assert_eq!(look.due, [of_b]);
        assert!(look.next.is_some());
        store.acknowledge(first, Some(lease.epoch)).unwrap();
        let look = queue.look(&store, &wanted(&["x"]), now).unwrap();
        assert_eq!(look.due, [Position(first.0 + 1), of_b]);
    }

    #[test]
    fn what_another_gets_before_is_not_wanted() {
        let store = MemoryStore::new();
        arrive(&store, "a", "x", 1);
        let second = arrive(&store, "a", "y", 2);
        let others = Wanted {
            before: vec![wanted(&["x"]).filter],
            ..wanted(&[])
        };
        let now = store.now().unwrap();
        let look = Queue::default().look(&store, &others, now).unwrap();
        assert_eq!(look.due, [second]);
    }

    #[test]
    fn entries_of_no_conversation_go_side_by_side_where_conversations_are_told_apart() {
        let store = MemoryStore::new();
        let both = [arrive(&store, "a", "x", 1), arrive(&store, "a", "x", 2)];
        let apart = Wanted {
            order: WebhookOrder::Conversation,
            ..wanted(&[])
        };
        let now = store.now().unwrap();
        let look = Queue::default().look(&store, &apart, now).unwrap();
        assert_eq!(look.due, both);
    }
}
