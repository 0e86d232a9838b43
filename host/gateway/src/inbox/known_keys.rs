// SPDX-License-Identifier: Apache-2.0
//! Which events and follow-ups are known already.

use std::collections::{HashSet, VecDeque};

use crate::inbox::Arrival;

/// Keys remembered by default.
const CAPACITY: usize = 100_000;

/// The deduplication keys of what was committed, the latest of them, in memory.
///
/// Looking and remembering are two steps, so that an inbox remembers only what it has kept: [`unknown`](Self::unknown), keep, [`remember`](Self::remember),
/// all under one lock.
#[derive(Debug)]
pub struct KnownKeys {
    known: HashSet<Key>,
    order: VecDeque<Key>,
    capacity: usize,
}

/// Agency, whether it is a follow-up's, and the key itself.
type Key = (String, bool, String);

impl Default for KnownKeys {
    /// Remembers 100,000 keys.
    fn default() -> Self {
        Self::with_capacity(CAPACITY)
    }
}

impl KnownKeys {
    /// Remembers so many keys, at least one; older ones are forgotten, and what comes again with them is new.
    pub fn with_capacity(keys: usize) -> Self {
        Self {
            known: HashSet::new(),
            order: VecDeque::new(),
            capacity: keys.max(1),
        }
    }

    /// The arrival without the events and follow-ups that are known; `None` when it has events and every one of them is known. What an arrival names
    /// twice counts once.
    pub fn unknown(&self, mut arrival: Arrival) -> Option<Arrival> {
        let had_events = !arrival.events.is_empty();
        let mut seen = HashSet::new();
        let mut is_new = |is_follow_up, key: &str| {
            let key = (arrival.agency.clone(), is_follow_up, key.to_owned());
            !self.known.contains(&key) && seen.insert(key)
        };
        let events = &mut arrival.events;
        events.retain(|event| is_new(false, &event.deduplication_key));
        let follow_ups = &mut arrival.follow_ups;
        follow_ups.retain(|follow_up| is_new(true, &follow_up.deduplication_key));
        let is_duplicate = had_events && arrival.events.is_empty();
        (!is_duplicate).then_some(arrival)
    }

    /// Remembers the events and follow-ups of an arrival.
    pub fn remember(&mut self, arrival: &Arrival) {
        let events = arrival.events.iter();
        let events = events.map(|event| (false, &event.deduplication_key));
        let follow_ups = arrival.follow_ups.iter();
        let follow_ups = follow_ups.map(|follow_up| (true, &follow_up.deduplication_key));
        for (is_follow_up, key) in events.chain(follow_ups) {
            let key = (arrival.agency.clone(), is_follow_up, key.clone());
            if self.known.insert(key.clone()) {
                self.order.push_back(key);
            }
        }
        while self.order.len() > self.capacity {
            if let Some(oldest) = self.order.pop_front() {
                self.known.remove(&oldest);
            }
        }
    }
}
