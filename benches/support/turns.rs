// SPDX-License-Identifier: Apache-2.0
//! A floor that is measured by turns with what stands over it: what a disk does changes from one second to the next.

use std::{thread, time::Duration};

use criterion::{BenchmarkGroup, measurement::WallTime};
use silta_store::{CommitCounts, SqliteStore};

/// For how long criterion is kept busy each time it asks for what was measured before: it asks for some seconds, each time for up to twice as many.
const PAUSE: Duration = Duration::from_millis(20);

/// What the floor took, and for how many times.
#[derive(Debug, Default)]
pub struct Turns(Vec<(Duration, u64)>);

impl Turns {
    /// The next turn of the floor.
    pub fn add(&mut self, took: Duration, times: u64) {
        self.0.push((took, times));
    }

    /// Tells criterion the mean of all turns, as a benchmark of this name. Short ones are left out, those of warming up among them.
    pub fn tell(self, group: &mut BenchmarkGroup<'_, WallTime>, name: &str) {
        let longest = self.0.iter().map(|(_, times)| *times).max();
        let least = longest.unwrap_or_default() / 8;
        let long = self.0.iter().filter(|(_, times)| *times >= least);
        let (took, times) = long.fold((Duration::ZERO, 0), |(all, number), (took, times)| {
            (all + *took, number + times)
        });
        if times == 0 {
            // What it stands below was not asked for.
            return;
        }
        let of_one = took.as_secs_f64() / times as f64;
        // Nothing is measured, so that nothing has to be warm.
        group.warm_up_time(Duration::from_nanos(1));
        group.bench_function(name, |bencher| {
            bencher.iter_custom(|times| {
                thread::sleep(PAUSE);
                Duration::from_secs_f64(of_one * times as f64)
            });
        });
    }
}

/// How many commands have shared a transaction of the store since then.
pub fn shared_since(before: CommitCounts, store: &SqliteStore) -> u64 {
    let after = store.commits();
    let commands = after.commands - before.commands;
    (commands / (after.groups - before.groups).max(1)).max(1)
}
