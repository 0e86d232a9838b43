// SPDX-License-Identifier: Apache-2.0
//! Work that comes at a rate.

use std::{
    fmt::{self, Display},
    panic::resume_unwind,
    thread,
    time::{Duration, Instant},
};

/// How long pieces of work took, each from the moment at which it was due.
#[derive(Debug)]
pub struct Took(Vec<Duration>);

/// Does `work` so many times a second, for so many seconds, by so many clients in turn; `work` is told the client, from 0.
/// With as many clients as `rate`, none waits for another unless work takes longer than a second.
pub fn steadily(rate: u32, seconds: u32, clients: u32, work: impl Fn(u32) + Sync) -> Took {
    let (begun, work) = (Instant::now(), &work);
    let by = move |client: u32| {
        let one = |number| {
            let due = begun + Duration::from_secs(1) * number / rate;
            thread::sleep(due.saturating_duration_since(Instant::now()));
            work(client);
            due.elapsed()
        };
        let own = (client..rate * seconds).step_by(clients as usize);
        own.map(one).collect::<Vec<_>>()
    };
    let mut took: Vec<Duration> = thread::scope(|scope| {
        let all: Vec<_> = (0..clients)
            .map(|client| scope.spawn(move || by(client)))
            .collect();
        let all = all.into_iter();
        all.flat_map(|client| client.join().unwrap_or_else(|panic| resume_unwind(panic)))
            .collect()
    });
    took.sort();
    Took(took)
}

impl Display for Took {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = |share: usize| self.0.get(self.0.len() * share / 100).copied();
        let at = |share| at(share).unwrap_or_default();
        let longest = self.0.last().copied().unwrap_or_default();
        write!(
            formatter,
            "p50 {:?}, p99 {:?}, longest {longest:?}",
            at(50),
            at(99)
        )
    }
}
