// SPDX-License-Identifier: Apache-2.0
//! What calls belonged to, so that one conversation, or one call that comes again and again, counts once.

use std::collections::HashSet;

/// Most digests that are kept of each kind. Then all of them are forgotten, and what comes again counts once more.
const MOST: usize = 1 << 16;

/// Digests of keys that have been seen since the start.
#[derive(Default)]
pub(super) struct Keys {
    candidate: Side,
    serving: Side,
    /// Those of calls for which the candidate alone met its deadline.
    too_long: HashSet<u64>,
}

#[derive(Default)]
struct Side {
    seen: HashSet<u64>,
    wrong: HashSet<u64>,
}

impl Keys {
    /// Whether a key is new, and whether something is wrong with it for the first time.
    pub(super) fn of(&mut self, is_candidate: bool, key: u64, is_wrong: bool) -> (bool, bool) {
        let side = match is_candidate {
            true => &mut self.candidate,
            false => &mut self.serving,
        };
        if side.seen.len() >= MOST {
            *side = Side::default();
        }
        (side.seen.insert(key), is_wrong && side.wrong.insert(key))
    }

    /// The candidate took too long for a call of this key; for how many it has.
    pub(super) fn took_too_long(&mut self, key: u64) -> usize {
        if self.too_long.len() < MOST {
            self.too_long.insert(key);
        }
        self.too_long.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_counts_once_for_each_side_and_its_number_is_bounded() {
        let mut keys = Keys::default();
        assert_eq!(keys.of(true, 1, false), (true, false));
        assert_eq!(keys.of(true, 1, true), (false, true));
        assert_eq!(keys.of(true, 1, true), (false, false));
        assert_eq!(keys.of(false, 1, true), (true, true));
        for key in 0..MOST as u64 {
            keys.of(true, key, true);
        }
        assert!(keys.candidate.seen.len() <= MOST && keys.candidate.wrong.len() <= MOST);
        assert_eq!((keys.took_too_long(1), keys.took_too_long(1)), (1, 1));
        assert_eq!(keys.took_too_long(2), 2);
    }
}
