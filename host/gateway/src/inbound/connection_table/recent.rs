// SPDX-License-Identifier: Apache-2.0
//! What was seen last.

use std::{
    collections::{BTreeMap, HashMap},
    hash::Hash,
};

/// Remembers so many keys; the one not seen for longest goes first.
pub(super) struct Recent<K> {
    seen: HashMap<K, u64>,
    order: BTreeMap<u64, K>,
    moment: u64,
    capacity: usize,
}

impl<K: Copy + Eq + Hash> Recent<K> {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            seen: HashMap::new(),
            order: BTreeMap::new(),
            moment: 0,
            capacity,
        }
    }

    pub(super) fn contains(&self, key: &K) -> bool {
        self.seen.contains_key(key)
    }

    pub(super) fn remember(&mut self, key: K) {
        self.moment += 1;
        if let Some(before) = self.seen.insert(key, self.moment) {
            self.order.remove(&before);
        }
        self.order.insert(self.moment, key);
        if self.seen.len() > self.capacity
            && let Some((_, oldest)) = self.order.pop_first()
        {
            self.seen.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_seen_for_longest_is_forgotten() {
        let mut recent = Recent::new(2);
        recent.remember(1);
        recent.remember(2);
        recent.remember(1);
        recent.remember(3);
        assert!(recent.contains(&1) && recent.contains(&3) && !recent.contains(&2));
        assert_eq!((recent.seen.len(), recent.order.len()), (2, 2));
    }
}
