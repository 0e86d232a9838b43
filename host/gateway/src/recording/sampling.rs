// SPDX-License-Identifier: Apache-2.0
//! Which calls are of a share.

use std::{
    hash::{BuildHasher, RandomState},
    sync::atomic::{AtomicU64, Ordering},
};

/// Draws calls by chance: what comes at regular times is neither always drawn nor never.
#[derive(Debug, Default)]
pub(crate) struct Sampling {
    calls: AtomicU64,
    chance: RandomState,
}

/// What shares are parts of.
const WHOLE: u64 = 1_000;

impl Sampling {
    /// Whether the next call is drawn, of a share of a thousand.
    pub(crate) fn draws(&self, of_thousand: u32) -> bool {
        if of_thousand == 0 {
            return false;
        }
        let number = self.calls.fetch_add(1, Ordering::Relaxed);
        self.chance.hash_one(number) % WHOLE < u64::from(of_thousand)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_drawn_and_all_or_none_where_that_is_said() {
        let sampling = Sampling::default();
        let drawn = |share| (0..100_000).filter(|_| sampling.draws(share)).count();
        assert_eq!((drawn(0), drawn(1000)), (0, 100_000));
        // Ten standard deviations of 95.
        assert!(drawn(100).abs_diff(10_000) < 950);
    }
}
