// SPDX-License-Identifier: Apache-2.0
//! Tells requests that wait for entries when there may be some.
//!
//! The hints of a store ring after every commit, and taking entries out is a commit itself: were each who waits to try after each hint, those who wait would wake each other for ever. So one
//! thread looks, by reading, and wakes only those of agencies that have an entry which nobody has.

use std::{
    collections::BTreeSet,
    io,
    sync::{Arc, Weak},
    thread,
    time::{Duration, Instant},
};

use silta_store::{
    Store, Wakeups,
    record::{Listing, MOST_ROWS},
};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::webhooks::EntryFilter;

/// Everybody tries after so long without a hint: one may have been lost, and the time of an entry that was handed back comes without one.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// How soon the thread notices that it has to stop.
const TICK: Duration = Duration::from_millis(500);

/// Between two looks: commits that come faster are looked at together.
const PAUSE: Duration = Duration::from_millis(20);

/// Who may try, and wakes them.
pub(crate) struct Lookout(watch::Sender<Seen>);

/// What was seen last.
#[derive(Clone, Default)]
pub(crate) struct Seen {
    /// Agencies with an entry that nobody has; `None` when everybody is to try.
    agencies: Option<Arc<BTreeSet<String>>>,
}

impl Lookout {
    /// Begins to look, until `stopping` is cancelled or the store is gone.
    pub(crate) fn start(
        store: &Arc<dyn Store>,
        pushed: &[EntryFilter],
        stopping: CancellationToken,
    ) -> io::Result<Self> {
        let (sender, _) = watch::channel(Seen::default());
        let looking = Looking {
            wakeups: store.wakeups(),
            store: Arc::downgrade(store),
            pushed: pushed.to_vec(),
            seen: sender.clone(),
            stopping,
        };
        let thread = thread::Builder::new().name("silta-lookout".to_owned());
        thread.spawn(move || looking.run())?;
        Ok(Self(sender))
    }

    /// From now on nothing is missed.
    pub(crate) fn subscribe(&self) -> watch::Receiver<Seen> {
        self.0.subscribe()
    }
}

impl Seen {
    /// Whether there may be something for somebody who waits for entries of these agencies, of all when there are none.
    pub(crate) fn is_for(&self, agencies: &[String]) -> bool {
        match &self.agencies {
            None => true,
            Some(_) if agencies.is_empty() => true,
            Some(seen) => agencies.iter().any(|agency| seen.contains(agency)),
        }
    }
}

struct Looking {
    wakeups: Wakeups,
    /// It does not keep the store open.
    store: Weak<dyn Store>,
    /// What nobody may take out.
    pushed: Vec<EntryFilter>,
    seen: watch::Sender<Seen>,
    stopping: CancellationToken,
}

impl Looking {
    fn run(mut self) {
        let mut last = Instant::now();
        while !self.stopping.is_cancelled() {
            let is_rung = self.wakeups.wait(TICK);
            if self.seen.receiver_count() == 0 {
                continue;
            }
            if last.elapsed() >= LOOK_AGAIN {
                last = Instant::now();
                self.seen.send_replace(Seen::default());
                continue;
            }
            if !is_rung {
                continue;
            }
            let Some(store) = self.store.upgrade() else {
                return;
            };
            let free = free(&*store, &self.pushed);
            drop(store);
            if !free.is_empty() {
                let agencies = Some(Arc::new(free));
                self.seen.send_replace(Seen { agencies });
            }
            thread::sleep(PAUSE);
        }
    }
}

/// Agencies with an entry that nobody has, among the first that wait. It is a hint: of those that can be read now.
fn free(store: &dyn Store, pushed: &[EntryFilter]) -> BTreeSet<String> {
    let now = store.peek_now().unwrap_or_default();
    let listing = Listing {
        waiting: true,
        limit: MOST_ROWS,
        ..Listing::default()
    };
    // What cannot be listed now is tried after a while.
    let waiting = store.list(&listing).unwrap_or_default().into_iter();
    let free = waiting.filter(|entry| {
        entry.delivery.until <= now && !pushed.iter().any(|filter| filter.takes(entry))
    });
    free.map(|entry| entry.agency).collect()
}
