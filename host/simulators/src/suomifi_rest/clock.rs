// SPDX-License-Identifier: Apache-2.0
//! What time it is here.

use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;

use crate::ledger::lock;

/// A clock that can be put forward, so that hours and days need not pass. It is never put back: events are in the order
/// of their times.
pub(super) struct Clock {
    ahead: Mutex<Duration>,
}

impl Clock {
    pub(super) fn new(ahead: Duration) -> Self {
        Self {
            ahead: Mutex::new(ahead),
        }
    }

    pub(super) fn now(&self) -> SystemTime {
        let now = SystemTime::now();
        after(now, *lock(&self.ahead))
    }

    pub(super) fn advance(&self, time: Duration) {
        let mut ahead = lock(&self.ahead);
        *ahead = ahead.saturating_add(time);
    }
}

/// Later; the same where the calendar ends.
pub(super) fn after(at: SystemTime, time: Duration) -> SystemTime {
    at.checked_add(time).unwrap_or(at)
}

/// How long something has been over; zero for what is still to come.
pub(super) fn since(at: SystemTime, now: SystemTime) -> Duration {
    now.duration_since(at).unwrap_or_default()
}

/// RFC 3339 in UTC, with milliseconds.
pub(super) fn date_time(at: SystemTime) -> String {
    Timestamp::try_from(at).map_or_else(|_| String::new(), |time| format!("{time:.3}"))
}
