// SPDX-License-Identifier: Apache-2.0
//! The store's time.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};

/// A moment: milliseconds since the beginning of 1970 in UTC. Moments before that are the beginning.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(pub u64);

impl Timestamp {
    /// A moment later, or the last there is.
    #[must_use]
    pub fn after(self, by: Duration) -> Self {
        // What a column holds is signed.
        Self(self.0.saturating_add(milliseconds(by)).min(i64::MAX as u64))
    }

    /// A moment earlier, or the first there is.
    #[must_use]
    pub fn before(self, by: Duration) -> Self {
        Self(self.0.saturating_sub(milliseconds(by)))
    }

    /// The moment as the standard library has it.
    pub fn to_system_time(self) -> SystemTime {
        let since = Duration::from_millis(self.0);
        UNIX_EPOCH.checked_add(since).unwrap_or(UNIX_EPOCH)
    }
}

impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        Self::default().after(time.duration_since(UNIX_EPOCH).unwrap_or_default())
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Tells the time of the machine. A store never goes back behind a time that it has used, whatever its clock says.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Timestamp;

    /// How much time has passed since some moment, whatever has been set meanwhile: a store whose clock is behind goes on by it, at half its pace. By default nothing, so that its time stands still until it has been caught up with.
    fn passed(&self) -> Duration {
        Duration::ZERO
    }
}

/// The clock of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        SystemTime::now().into()
    }

    fn passed(&self) -> Duration {
        static START: OnceLock<Instant> = OnceLock::new();
        START.get_or_init(Instant::now).elapsed()
    }
}

/// A clock that is set by hand, for tests. Clones are one clock.
#[derive(Debug, Clone, Default)]
pub struct SetClock(Arc<Hands>);

#[derive(Debug, Default)]
struct Hands {
    now: AtomicU64,
    /// In microseconds.
    passed: AtomicU64,
}

impl SetClock {
    /// A clock that stands at a moment.
    pub fn at(moment: Timestamp) -> Self {
        let clock = Self::default();
        clock.set(moment);
        clock
    }

    /// Sets it, also back.
    pub fn set(&self, moment: Timestamp) {
        self.0.now.store(moment.0, Ordering::SeqCst);
    }

    /// Lets time pass, whatever it is set to; in steps of a microsecond.
    pub fn pass(&self, by: Duration) {
        let by = u64::try_from(by.as_micros()).unwrap_or(u64::MAX);
        self.0.passed.fetch_add(by, Ordering::SeqCst);
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.now.load(Ordering::SeqCst))
    }

    fn passed(&self) -> Duration {
        Duration::from_micros(self.0.passed.load(Ordering::SeqCst))
    }
}
