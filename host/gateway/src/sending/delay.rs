// SPDX-License-Identifier: Apache-2.0
//! How long to wait.

use std::time::Duration;

/// The longest pause after so many runs, the first one counted: it doubles up to a bound.
pub(crate) fn longest(first: Duration, most: Duration, runs: u32) -> Duration {
    let doubled = 1_u32
        .checked_shl(runs.saturating_sub(1))
        .unwrap_or(u32::MAX);
    first.checked_mul(doubled).unwrap_or(most).min(most)
}

/// Anything from zero to a bound, by a random number: those that failed together do not come again together.
pub(crate) fn jittered(longest: Duration, random: u32) -> Duration {
    let share = u128::from(random);
    let milliseconds = longest.as_millis().saturating_mul(share) >> 32;
    Duration::from_millis(u64::try_from(milliseconds).unwrap_or(u64::MAX))
}

/// A random number. Where the system has none, the longest pause is as good.
pub(crate) fn random() -> u32 {
    let mut bytes = [0xff; 4];
    let _ = aws_lc_rs::rand::fill(&mut bytes);
    u32::from_ne_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_bound() {
        let (first, most) = (Duration::from_secs(5), Duration::from_secs(3600));
        let after = |runs| longest(first, most, runs).as_secs();
        let pauses: Vec<_> = [0, 1, 2, 3, 10, 11, 32, 33, u32::MAX].map(after).into();
        assert_eq!(pauses, [5, 5, 10, 20, 2560, 3600, 3600, 3600, 3600]);
    }

    #[test]
    fn a_pause_is_anything_up_to_its_bound() {
        let longest = Duration::from_secs(100);
        assert_eq!(jittered(longest, 0), Duration::ZERO);
        assert_eq!(jittered(longest, 1 << 31), Duration::from_secs(50));
        let most = jittered(longest, u32::MAX);
        assert!(most < longest && most > Duration::from_secs(99));
        assert_eq!(jittered(Duration::ZERO, u32::MAX), Duration::ZERO);
    }
}
