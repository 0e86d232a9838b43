// SPDX-License-Identifier: Apache-2.0
//! How a store's time goes on.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::time::{Clock, Timestamp};

/// By so much slower time goes while the clock is behind: it is caught up with, and whatever waits has its turn all the same.
const SLOWER: u32 = 2;

/// The time of one store: that of its clock, and never behind a time that was used.
///
/// A clock that was ahead, such as one that was set to local time before the network told it better, leaves a store ahead of it. Were its time to stand still until then, nothing would be tried again, no lease would end and no rate
/// allow another call for hours or years. So it goes on at half its pace, by what has passed since.
pub(crate) struct Pace {
    clock: Arc<dyn Clock>,
    since: Mutex<Since>,
}

/// A time that was used, and how much had passed by then.
struct Since {
    time: Timestamp,
    passed: Duration,
}

impl Pace {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        let since = Since {
            time: Timestamp::default(),
            passed: clock.passed(),
        };
        Self {
            clock,
            since: Mutex::new(since),
        }
    }

    /// Goes on from a time that was used before, by whatever has passed from now on.
    pub(crate) fn start_from(&self, used: Timestamp) {
        let passed = self.clock.passed();
        *self.since() = Since { time: used, passed };
    }

    /// The time now, which is used: neither this nor another will be behind it.
    pub(crate) fn go_on(&self, used: Timestamp) -> Timestamp {
        let passed = self.clock.passed();
        let mut since = self.since();
        let reached = since.reached(passed);
        let now = self.clock.now().max(reached).max(used);
        // Left as it is otherwise, so that no fraction of a moment is lost.
        if now > reached {
            *since = Since { time: now, passed };
        }
        now
    }

    /// The time now, which nobody uses.
    pub(crate) fn look(&self) -> Timestamp {
        let reached = self.since().reached(self.clock.passed());
        self.clock.now().max(reached)
    }

    fn since(&self) -> MutexGuard<'_, Since> {
        self.since.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Since {
    fn reached(&self, passed: Duration) -> Timestamp {
        self.time.after(passed.saturating_sub(self.passed) / SLOWER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{SetClock, SystemClock};

    const START: Timestamp = Timestamp(1_800_000_000_000);
    const HOUR: Duration = Duration::from_secs(3_600);

    #[test]
    fn time_is_that_of_the_clock_unless_that_is_behind() {
        let clock = SetClock::at(START);
        let pace = Pace::new(Arc::new(clock.clone()));
        assert_eq!(pace.go_on(Timestamp::default()), START);
        // Nothing has passed: it stands still.
        clock.set(START.before(HOUR));
        assert_eq!((pace.go_on(START), pace.look()), (START, START));
        clock.set(START.after(HOUR));
        assert_eq!(pace.look(), START.after(HOUR));
        // What nobody has used is not kept.
        clock.set(START);
        assert_eq!(pace.go_on(START), START);
    }

    #[test]
    fn while_the_clock_is_behind_time_goes_on_until_it_is_caught_up_with() {
        let clock = SetClock::at(START.after(3 * HOUR));
        let pace = Pace::new(Arc::new(clock.clone()));
        let mut now = pace.go_on(Timestamp::default());
        for hour in 0..6 {
            clock.set(START.after(HOUR * hour));
            let expected = START.after(3 * HOUR + HOUR * hour / 2);
            assert_eq!(pace.look(), expected);
            now = pace.go_on(now);
            assert_eq!(now, expected, "{hour}");
            clock.pass(HOUR);
        }
        clock.set(START.after(HOUR * 7));
        assert_eq!(pace.go_on(now), START.after(HOUR * 7));
    }

    #[test]
    fn no_moment_is_lost_however_often_it_is_looked_at() {
        let clock = SetClock::at(START.before(HOUR));
        let pace = Pace::new(Arc::new(clock.clone()));
        let mut now = pace.go_on(START);
        for _ in 0..1_000 {
            clock.pass(Duration::from_micros(700));
            now = pace.go_on(now);
        }
        assert_eq!(now, START.after(Duration::from_millis(350)));
    }

    /// With the machine's own clock, and a store that was left years ahead.
    #[test]
    fn a_store_that_is_years_ahead_goes_on() {
        let pace = Pace::new(Arc::new(SystemClock));
        let ahead = SystemClock.now().after(100_000 * HOUR);
        pace.start_from(ahead);
        while pace.look() <= ahead {
            std::thread::yield_now();
        }
        assert!(pace.go_on(ahead) > ahead);
    }
}
