//! How many bytes of bodies are held at once.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Bytes that bodies may take together. Strangers leave a quarter to known callers.
pub(crate) struct Budget {
    used: Mutex<Used>,
    all: u64,
    for_strangers: u64,
}

#[derive(Default)]
struct Used {
    together: u64,
    by_strangers: u64,
    /// What has been given back since it was last asked for.
    given_back: u64,
}

/// The budget is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct UsedUp;

/// What one body takes of it. Dropping it gives it back.
pub(crate) struct Share {
    budget: Arc<Budget>,
    known: bool,
    bytes: u64,
}

impl Budget {
    pub(crate) fn new(bytes: u64) -> Self {
        Self {
            used: Mutex::default(),
            all: bytes,
            for_strangers: Self::for_strangers(bytes),
        }
    }

    /// What strangers may use of so many bytes.
    pub(crate) fn for_strangers(bytes: u64) -> u64 {
        bytes - bytes / 4
    }

    /// A share without bytes yet.
    pub(crate) fn share(self: &Arc<Self>, known: bool) -> Share {
        Share {
            budget: Arc::clone(self),
            known,
            bytes: 0,
        }
    }

    /// Bytes in use, and those given back since the last time.
    pub(crate) fn take_turnover(&self) -> (u64, u64) {
        let mut used = self.used();
        (used.together, std::mem::take(&mut used.given_back))
    }

    fn used(&self) -> MutexGuard<'_, Used> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Share {
    /// Takes more.
    pub(crate) fn grow(&mut self, bytes: u64) -> Result<(), UsedUp> {
        let mut used = self.budget.used();
        if used.together + bytes > self.budget.all {
            return Err(UsedUp);
        }
        if !self.known {
            if used.by_strangers + bytes > self.budget.for_strangers {
                return Err(UsedUp);
            }
            used.by_strangers += bytes;
        }
        used.together += bytes;
        self.bytes += bytes;
        Ok(())
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut used = self.budget.used();
        used.together -= self.bytes;
        used.given_back += self.bytes;
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
        let budget = Arc::new(Budget::new(100));
        let (mut stranger, mut known) = (budget.share(false), budget.share(true));
        assert_eq!(stranger.grow(75), Ok(()));
        assert_eq!(budget.share(false).grow(1), Err(UsedUp));
        assert_eq!((known.grow(25), known.grow(1)), (Ok(()), Err(UsedUp)));
        drop(stranger);
        assert_eq!(known.grow(75), Ok(()));
        assert_eq!(budget.take_turnover(), (100, 75));
        drop(known);
        assert_eq!(budget.take_turnover(), (0, 100));
    }
}
