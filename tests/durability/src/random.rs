// SPDX-License-Identifier: Apache-2.0
/// xorshift64: the same choices for the same seed.
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    /// From a seed. Seeds that differ little begin with choices that differ much.
    pub(crate) fn new(seed: u64) -> Self {
        let mut random = Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        for _ in 0..4 {
            random.next();
        }
        random
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// Below an end, which is more than zero.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        // The upper half: the lowest bits of this generator are its worst.
        (self.next() >> 16) % end.max(1)
    }

    /// True so many times out of a hundred.
    pub(crate) fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}
