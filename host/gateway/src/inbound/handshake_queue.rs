// SPDX-License-Identifier: Apache-2.0
//! In which order handshakes are done.
//!
//! A handshake costs more processor time than most calls, and anybody may ask for one. So its expensive part, from the client's first message to
//! the server's reply, needs a permit. Known addresses have permits of their own; among strangers the address that had the fewest within the last second
//! is next.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::oneshot;

use crate::inbound::connection_table::Address;

/// For how long the handshakes of an address are counted.
const WINDOW: Duration = Duration::from_secs(1);

/// Permits for strangers and for known addresses.
pub(crate) struct HandshakeQueue {
    strangers: Arc<FairSemaphore>,
    known: Arc<FairSemaphore>,
}

struct FairSemaphore {
    queue: Mutex<Queue>,
}

struct Queue {
    free: usize,
    /// By the number of handshakes of the address within the window, then in the order of arrival.
    waiting: BTreeMap<(u32, u64), oneshot::Sender<HandshakePermit>>,
    arrivals: u64,
    counts: HashMap<Address, u32>,
    window_start: Instant,
}

/// Held during the expensive part of a handshake.
pub(crate) struct HandshakePermit(Option<Arc<FairSemaphore>>);

impl HandshakeQueue {
    /// Permits for a machine with so many processors: strangers never have all of them, unless there is one.
    pub(crate) fn new(processors: usize) -> Self {
        Self {
            strangers: FairSemaphore::new((processors / 2).max(1)),
            known: FairSemaphore::new(processors.max(1)),
        }
    }

    /// Waits for a permit.
    pub(crate) async fn acquire(&self, address: Address, known: bool) -> HandshakePermit {
        let semaphore = if known { &self.known } else { &self.strangers };
        match semaphore.request(address) {
            Ok(permit) => permit,
            // Whoever holds a permit passes it on: without a holder there is nothing to wait for.
            Err(waiting) => waiting.await.unwrap_or(HandshakePermit(None)),
        }
    }
}

impl FairSemaphore {
    fn new(permits: usize) -> Arc<Self> {
        Arc::new(Self {
            queue: Mutex::new(Queue {
                free: permits,
                waiting: BTreeMap::new(),
                arrivals: 0,
                counts: HashMap::new(),
                window_start: Instant::now(),
            }),
        })
    }

    /// A permit, or where to wait for one.
    fn request(
        self: &Arc<Self>,
        address: Address,
    ) -> Result<HandshakePermit, oneshot::Receiver<HandshakePermit>> {
        let mut queue = self.queue();
        if queue.window_start.elapsed() >= WINDOW {
            queue.window_start = Instant::now();
            queue.counts.clear();
            // Requests that were given up would otherwise stay for as long as others come first.
            queue.waiting.retain(|_, permit| !permit.is_closed());
        }
        let count = queue.counts.entry(address).or_default();
        *count += 1;
        let count = *count;
        if queue.free > 0 {
            queue.free -= 1;
            return Ok(HandshakePermit(Some(Arc::clone(self))));
        }
        queue.arrivals += 1;
        let position = (count, queue.arrivals);
        let (permit, waiting) = oneshot::channel();
        queue.waiting.insert(position, permit);
        Err(waiting)
    }

    /// Gives a permit to the next one that still waits.
    fn release(self: Arc<Self>) {
        loop {
            let next = {
                let mut queue = self.queue();
                let next = queue.waiting.pop_first();
                if next.is_none() {
                    queue.free += 1;
                }
                next
            };
            let Some((_, next)) = next else { return };
            match next.send(HandshakePermit(Some(Arc::clone(&self)))) {
                Ok(()) => return,
                // It does not wait any more: the permit is still free.
                Err(mut permit) => permit.0 = None,
            }
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for HandshakePermit {
    fn drop(&mut self) {
        if let Some(semaphore) = self.0.take() {
            semaphore.release();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    fn address(last: u8) -> Address {
        IpAddr::from([192, 0, 2, last]).into()
    }

    fn is_next(waiting: &mut oneshot::Receiver<HandshakePermit>) -> bool {
        waiting.try_recv().map(drop).is_ok()
    }

    #[test]
    fn the_address_with_the_fewest_handshakes_is_next() {
        let semaphore = FairSemaphore::new(1);
        let first = semaphore.request(address(1)).ok().unwrap();
        let mut second = semaphore.request(address(1)).err().unwrap();
        let mut honest = semaphore.request(address(2)).err().unwrap();
        drop(first);
        // Taken and given back, so that the other one has had it, too.
        assert!(is_next(&mut honest));
        assert!(is_next(&mut second));
    }

    #[test]
    fn a_permit_of_somebody_who_has_gone_is_not_lost() {
        let semaphore = FairSemaphore::new(1);
        let first = semaphore.request(address(1)).ok().unwrap();
        let gone = semaphore.request(address(2)).err().unwrap();
        let mut waits = semaphore.request(address(3)).err().unwrap();
        drop(gone);
        drop(first);
        let permit = waits.try_recv().unwrap();
        // Handed over and not taken.
        let unread = semaphore.request(address(4)).err().unwrap();
        drop(permit);
        drop(unread);
        assert!(semaphore.request(address(5)).is_ok());
    }
}
