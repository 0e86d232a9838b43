//! Whose handshake is next.
//!
//! A handshake costs the listener more than most calls do, and everybody may ask for one. So the expensive part of it, from the client's first
//! message to the listener's answer, is done in turn: callers from known addresses have turns of their own, and of the others those go first whose
//! address has had the fewest lately.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::oneshot;

use crate::inbound::connection_table::Address;

/// For how long it counts that an address had a turn.
const LATELY: Duration = Duration::from_secs(1);

/// Turns of both kinds.
pub(crate) struct Turns {
    strangers: Arc<Lane>,
    known: Arc<Lane>,
}

struct Lane {
    queue: Mutex<Queue>,
}

struct Queue {
    free: usize,
    /// By the number of turns that the address has had lately, then in the order of arrival.
    waiting: BTreeMap<(u32, u64), oneshot::Sender<Turn>>,
    arrivals: u64,
    had: HashMap<Address, u32>,
    since: Instant,
}

/// May shake hands as long as it has this.
pub(crate) struct Turn(Option<Arc<Lane>>);

impl Turns {
    /// Turns for a machine with so many processors: strangers never have all of them.
    pub(crate) fn new(processors: usize) -> Self {
        Self {
            strangers: Lane::with((processors / 2).max(1)),
            known: Lane::with(processors.max(1)),
        }
    }

    /// Waits for a turn.
    pub(crate) async fn wait(&self, address: Address, known: bool) -> Turn {
        let lane = if known { &self.known } else { &self.strangers };
        let waiting = match lane.ask(address) {
            Ok(turn) => return turn,
            Err(waiting) => waiting,
        };
        // Whoever holds a turn passes it on; without anybody to do so there is nothing to wait for.
        waiting.await.unwrap_or(Turn(None))
    }
}

impl Lane {
    fn with(turns: usize) -> Arc<Self> {
        Arc::new(Self {
            queue: Mutex::new(Queue {
                free: turns,
                waiting: BTreeMap::new(),
                arrivals: 0,
                had: HashMap::new(),
                since: Instant::now(),
            }),
        })
    }

    fn ask(self: &Arc<Self>, address: Address) -> Result<Turn, oneshot::Receiver<Turn>> {
        let mut queue = self.queue();
        if queue.since.elapsed() >= LATELY {
            queue.since = Instant::now();
            queue.had.clear();
            // Who has gone away meanwhile would otherwise stay for as long as others come first.
            queue.waiting.retain(|_, turn| !turn.is_closed());
        }
        let had = queue.had.entry(address).or_default();
        *had += 1;
        let had = *had;
        if queue.free > 0 {
            queue.free -= 1;
            return Ok(Turn(Some(Arc::clone(self))));
        }
        queue.arrivals += 1;
        let place = (had, queue.arrivals);
        let (turn, waiting) = oneshot::channel();
        queue.waiting.insert(place, turn);
        Err(waiting)
    }

    /// To the next one that still waits.
    fn pass_on(self: Arc<Self>) {
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
            match next.send(Turn(Some(Arc::clone(&self)))) {
                Ok(()) => return,
                // It has gone away; the turn is still to be had.
                Err(mut turn) => turn.0 = None,
            }
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(lane) = self.0.take() {
            lane.pass_on();
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

    fn is_next(waiting: &mut oneshot::Receiver<Turn>) -> bool {
        waiting.try_recv().map(drop).is_ok()
    }

    #[test]
    fn the_address_with_the_fewest_turns_lately_is_next() {
        let lane = Lane::with(1);
        let first = lane.ask(address(1)).ok().unwrap();
        let mut second = lane.ask(address(1)).err().unwrap();
        let mut honest = lane.ask(address(2)).err().unwrap();
        drop(first);
        // Taken and given back, so that the other one has had its turn, too.
        assert!(is_next(&mut honest));
        assert!(is_next(&mut second));
    }

    #[test]
    fn a_turn_of_somebody_who_has_gone_is_not_lost() {
        let lane = Lane::with(1);
        let first = lane.ask(address(1)).ok().unwrap();
        let gone = lane.ask(address(2)).err().unwrap();
        let mut waits = lane.ask(address(3)).err().unwrap();
        drop(gone);
        drop(first);
        let turn = waits.try_recv().unwrap();
        // Handed over and not taken.
        let unread = lane.ask(address(4)).err().unwrap();
        drop(turn);
        drop(unread);
        assert!(lane.ask(address(5)).is_ok());
    }
}
