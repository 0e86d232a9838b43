// SPDX-License-Identifier: Apache-2.0
//! Identifiers.

use std::{
    sync::{Mutex, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

use aws_lc_rs::rand;
use uuid::Uuid;

/// Where components get identifiers from.
pub trait IdSource: Send + Sync {
    /// A UUID version 7 (RFC 9562) in its 36-character form.
    fn uuid(&self) -> String;

    /// 14 characters of `0123456789ABCDEFGHJKMNPQRSTVWXYZ`, ascending over time and restarts.
    fn compact(&self) -> String;
}

/// Identifiers from the machine's clock and randomness.
///
/// A compact identifier holds 43 bits of milliseconds since 1970 (until the year 2248) and 27 bits that start at random in each millisecond and
/// count up. When the clock is set back, or a millisecond's numbers run out, the last time given out is gone on with.
#[derive(Debug, Default)]
pub struct SystemIds {
    last: Mutex<u128>,
}

const COUNTER_BITS: u32 = 27;
const COMPACT_LENGTH: u32 = 14;
const BITS_PER_CHARACTER: u32 = 5;

impl IdSource for SystemIds {
    fn uuid(&self) -> String {
        Uuid::now_v7().to_string()
    }

    fn compact(&self) -> String {
        let milliseconds = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_millis());
        let mut random = [0; 4];
        // Without randomness the counter alone still tells this host's identifiers apart.
        let _ = rand::fill(&mut random);
        // The top bit of the counter starts clear, which leaves 2^26 numbers to count up through.
        let start = u128::from(u32::from_le_bytes(random)) & ((1 << (COUNTER_BITS - 1)) - 1);
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        *last = (milliseconds << COUNTER_BITS | start).max(*last + 1);
        base32(*last)
    }
}

/// Crockford's base 32: no I, L, O, U, so that it survives being read out on the telephone.
fn base32(number: u128) -> String {
    const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let digit = |place: u32| {
        DIGITS
            .get((number >> (place * BITS_PER_CHARACTER) & 31) as usize)
            .copied()
            .map_or('0', char::from)
    };
    (0..COMPACT_LENGTH).rev().map(digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compact_identifiers_ascend_and_have_their_length() {
        let ids = SystemIds::default();
        let given: Vec<String> = (0..10_000).map(|_| ids.compact()).collect();
        assert!(given.is_sorted_by(|a, b| a < b));
        assert!(given.iter().all(|id| {
            id.len() == 14
                && id
                    .bytes()
                    .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        }));
    }

    #[test]
    fn a_clock_set_back_gives_no_identifier_twice() {
        let future = 1 << 69;
        let ids = SystemIds {
            last: Mutex::new(future),
        };
        assert_eq!(ids.compact(), base32(future + 1));
    }

    #[test]
    fn identifiers_ascend_over_a_restart() {
        let last = SystemIds::default().compact();
        let milliseconds = |id: &str| id[..8].to_owned();
        // A restart takes longer than the unit of time in an identifier.
        let after = std::iter::repeat_with(|| SystemIds::default().compact())
            .find(|id| milliseconds(id) != milliseconds(&last));
        assert!(after.unwrap() > last);
    }

    #[test]
    fn two_hosts_started_in_the_same_millisecond_differ() {
        let (one, other) = (SystemIds::default(), SystemIds::default());
        let tail = |id: String| id[9..].to_owned();
        assert_ne!(tail(one.compact()), tail(other.compact()));
    }
}
