// SPDX-License-Identifier: Apache-2.0
//! How many rejected calls may be kept.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// The window within which they are counted.
const HOUR: Duration = Duration::from_secs(60 * 60);

/// So many of each agency in an hour, in this process.
pub(crate) struct HourlyRoom {
    most: u32,
    /// By agency: when its hour began, and how many there were in it. Agencies are those of the configuration.
    taken: Mutex<BTreeMap<String, (Instant, u32)>>,
}

impl HourlyRoom {
    pub(crate) fn of(most: u32) -> Self {
        Self {
            most,
            taken: Mutex::default(),
        }
    }

    /// Takes one place; false where there is none left.
    pub(crate) fn take(&self, agency: &str, now: Instant) -> bool {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let (begun, number) = taken.entry(agency.to_owned()).or_insert((now, 0));
        if now.saturating_duration_since(*begun) >= HOUR {
            (*begun, *number) = (now, 0);
        }
        let has_room = *number < self.most;
        *number += u32::from(has_room);
        has_room
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_agency_has_so_many_places_in_an_hour() {
        let room = HourlyRoom::of(2);
        let now = Instant::now();
        let later = now + HOUR;
        let taken = [
            room.take("a", now),
            room.take("a", now),
            room.take("a", now),
            room.take("b", now),
            room.take("a", later - Duration::from_secs(1)),
            room.take("a", later),
        ];
        assert_eq!(taken, [true, true, false, true, false, true]);
        assert!(!HourlyRoom::of(0).take("a", now));
    }
}
