// SPDX-License-Identifier: Apache-2.0
//! Limits the bytes of bodies that are held at once.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Bytes that all bodies may take together. Strangers may use three quarters.
pub(crate) struct ByteBudget {
    used: Mutex<Used>,
    limit: u64,
    stranger_limit: u64,
}

#[derive(Default)]
struct Used {
    total: u64,
    by_strangers: u64,
    /// Released since the last call of `take_usage`.
    released: u64,
}

/// The budget has no room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BudgetExhausted;

/// Bytes that one body takes of the budget. Dropping it releases them.
pub(crate) struct Reservation {
    budget: Arc<ByteBudget>,
    known: bool,
    bytes: u64,
}

impl ByteBudget {
    pub(crate) fn new(bytes: u64) -> Self {
        Self {
            used: Mutex::default(),
            limit: bytes,
            stranger_limit: Self::stranger_limit(bytes),
        }
    }

    /// Bytes that strangers may use of a budget.
    pub(crate) fn stranger_limit(bytes: u64) -> u64 {
        bytes - bytes / 4
    }

    /// A reservation of no bytes yet.
    pub(crate) fn reserve(self: &Arc<Self>, known: bool) -> Reservation {
        Reservation {
            budget: Arc::clone(self),
            known,
            bytes: 0,
        }
    }

    /// Bytes in use, and those released since the last call.
    pub(crate) fn take_usage(&self) -> (u64, u64) {
        let mut used = self.used();
        (used.total, std::mem::take(&mut used.released))
    }

    fn used(&self) -> MutexGuard<'_, Used> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reservation {
    /// Reserves more.
    ///
    /// # Errors
    /// The budget does not have them.
    pub(crate) fn grow(&mut self, bytes: u64) -> Result<(), BudgetExhausted> {
        let mut used = self.budget.used();
        if used.total + bytes > self.budget.limit {
            return Err(BudgetExhausted);
        }
        if !self.known {
            if used.by_strangers + bytes > self.budget.stranger_limit {
                return Err(BudgetExhausted);
            }
            used.by_strangers += bytes;
        }
        used.total += bytes;
        self.bytes += bytes;
        Ok(())
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let mut used = self.budget.used();
        used.total -= self.bytes;
        used.released += self.bytes;
        if !self.known {
            used.by_strangers -= self.bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_leave_a_quarter() {
        let budget = Arc::new(ByteBudget::new(100));
        let (mut stranger, mut known) = (budget.reserve(false), budget.reserve(true));
        assert_eq!(stranger.grow(75), Ok(()));
        assert_eq!(budget.reserve(false).grow(1), Err(BudgetExhausted));
        assert_eq!(
            (known.grow(25), known.grow(1)),
            (Ok(()), Err(BudgetExhausted))
        );
        drop(stranger);
        assert_eq!(known.grow(75), Ok(()));
        assert_eq!(budget.take_usage(), (100, 75));
        drop(known);
        assert_eq!(budget.take_usage(), (0, 100));
    }
}
