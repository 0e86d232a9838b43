//! Who has a connection, and whose is closed for another.
//!
//! A caller is *known* once a call of it was accepted: by its certificate, and by its address as long as no certificate has been seen. All others are
//! strangers, whatever they show. Strangers never use more than their share, an address never more than its own; where a share is used up, a new
//! connection takes the place of the least useful idle one.

mod address;
mod recent;

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::task::AbortHandle;

use crate::inbound::limits::ListenerLimits;
pub(crate) use address::Address;
use recent::Recent;

/// What a connection is good for at the moment; the least useful first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    /// Has not said what it wants of TLS.
    Silent,
    /// In its handshake.
    Handshake,
    /// Waits for a call.
    Idle,
    /// The body of its call is still coming: not closed for another if the caller is known.
    Reading,
    /// Its call has come whole: never closed for another.
    Busy,
}

/// Place in the order in which connections are closed for others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    known: bool,
    stage: Stage,
    since: u64,
    id: u64,
}

impl Rank {
    fn may_be_closed(&self) -> bool {
        match self.stage {
            Stage::Silent | Stage::Handshake | Stage::Idle => true,
            Stage::Reading => !self.known,
            Stage::Busy => false,
        }
    }
}

/// As whom a caller is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Caller {
    /// SHA-256 of its certificate.
    Certificate([u8; 32]),
    /// It showed none.
    Address(Address),
}

/// Why a connection is not taken: every connection that could be closed for it has a call that has come whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Full;

/// All connections.
pub(crate) struct House {
    state: Mutex<State>,
    most: usize,
    most_per_address: usize,
    most_strangers: usize,
}

struct State {
    places: HashMap<u64, Place>,
    /// Every place that may be closed for another.
    idle: BTreeSet<Rank>,
    addresses: HashMap<Address, Neighbours>,
    strangers: usize,
    /// Counts up with whatever happens: the clock of "since", and the next id.
    moment: u64,
    callers: Recent<Caller>,
    known_addresses: Recent<Address>,
    closed: Closed,
}

/// How many connections were closed for others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Closed {
    pub(crate) idle: u64,
    /// The body of their call had not come yet.
    pub(crate) reading: u64,
}

struct Place {
    address: Address,
    rank: Rank,
    task: Option<AbortHandle>,
}

/// The places of one address.
#[derive(Default)]
struct Neighbours {
    number: usize,
    idle: BTreeSet<Rank>,
}

impl House {
    pub(crate) fn new(limits: &ListenerLimits) -> Self {
        let remembered = limits.known_callers as usize;
        Self {
            state: Mutex::new(State {
                places: HashMap::new(),
                idle: BTreeSet::new(),
                addresses: HashMap::new(),
                strangers: 0,
                moment: 0,
                callers: Recent::new(remembered),
                known_addresses: Recent::new(remembered),
                closed: Closed::default(),
            }),
            most: limits.connections as usize,
            most_per_address: limits.connections_per_address as usize,
            most_strangers: limits.stranger_connections.min(limits.connections) as usize,
        }
    }

    /// A place for a new connection; another one may be closed for it.
    pub(crate) fn enter(self: &Arc<Self>, address: Address) -> Result<Seat, Full> {
        let mut state = self.state();
        let known = state.known_addresses.contains(&address);
        let neighbours = state.addresses.get(&address);
        if let Some(neighbours) = neighbours.filter(|all| all.number >= self.most_per_address) {
            let victim = neighbours.idle.first().copied();
            state.close(victim)?;
        }
        if !known && state.strangers >= self.most_strangers {
            let victim = state.idle.first().copied();
            state.close(victim.filter(|least| !least.known))?;
        }
        if state.places.len() >= self.most {
            let victim = state.idle.first().copied();
            state.close(victim)?;
        }
        let id = state.add(address, known);
        Ok(Seat {
            house: Arc::clone(self),
            id,
            address,
        })
    }

    /// Closes the least useful idle connection, if there is one: the system has no files for more.
    pub(crate) fn make_room(&self) {
        let mut state = self.state();
        let victim = state.idle.first().copied();
        // With nothing to close there is nothing to be done.
        let _ = state.close(victim);
    }

    /// How many connections were closed for others since the last time it was asked.
    pub(crate) fn take_closed(&self) -> Closed {
        std::mem::take(&mut self.state().closed)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn now(&mut self) -> u64 {
        self.moment += 1;
        self.moment
    }

    fn add(&mut self, address: Address, known: bool) -> u64 {
        let since = self.now();
        let rank = Rank {
            known,
            stage: Stage::Silent,
            since,
            id: since,
        };
        let task = None;
        let place = Place {
            address,
            rank,
            task,
        };
        self.places.insert(rank.id, place);
        self.strangers += usize::from(!known);
        self.idle.insert(rank);
        let neighbours = self.addresses.entry(address).or_default();
        neighbours.number += 1;
        neighbours.idle.insert(rank);
        rank.id
    }

    fn close(&mut self, victim: Option<Rank>) -> Result<(), Full> {
        let place = victim.and_then(|rank| self.remove(rank.id)).ok_or(Full)?;
        match place.rank.stage {
            Stage::Reading => self.closed.reading += 1,
            _ => self.closed.idle += 1,
        }
        if let Some(task) = place.task {
            task.abort();
        }
        Ok(())
    }

    fn remove(&mut self, id: u64) -> Option<Place> {
        let place = self.places.remove(&id)?;
        self.strangers -= usize::from(!place.rank.known);
        self.idle.remove(&place.rank);
        if let Some(neighbours) = self.addresses.get_mut(&place.address) {
            neighbours.number -= 1;
            neighbours.idle.remove(&place.rank);
            if neighbours.number == 0 {
                self.addresses.remove(&place.address);
            }
        }
        Some(place)
    }

    /// Puts a connection elsewhere in the order; one that has been closed for another stays closed, and there is nothing to be changed.
    fn change(&mut self, id: u64, change: impl FnOnce(&mut Rank)) -> bool {
        let since = self.now();
        let Some(place) = self.places.get_mut(&id) else {
            return false;
        };
        let before = place.rank;
        change(&mut place.rank);
        place.rank.since = since;
        let (after, address) = (place.rank, place.address);
        self.strangers += usize::from(!after.known);
        self.strangers -= usize::from(!before.known);
        let mut orders = vec![&mut self.idle];
        if let Some(neighbours) = self.addresses.get_mut(&address) {
            orders.push(&mut neighbours.idle);
        }
        for order in orders {
            order.remove(&before);
            if after.may_be_closed() {
                order.insert(after);
            }
        }
        true
    }
}

/// The place of one connection. Dropping it leaves.
pub(crate) struct Seat {
    house: Arc<House>,
    id: u64,
    address: Address,
}

impl Seat {
    /// What to abort when the connection is closed for another.
    pub(crate) fn served_by(house: &House, id: u64, task: AbortHandle) {
        match house.state().places.get_mut(&id) {
            Some(place) => place.task = Some(task),
            // It was closed for another one before anybody knew its task.
            None => task.abort(),
        }
    }

    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    pub(crate) fn address(&self) -> Address {
        self.address
    }

    pub(crate) fn is_known(&self) -> bool {
        let state = self.house.state();
        state
            .places
            .get(&self.id)
            .is_some_and(|place| place.rank.known)
    }

    /// TLS has begun.
    pub(crate) fn begins_handshake(&self) {
        self.enters(Stage::Handshake);
    }

    /// A call has begun.
    pub(crate) fn begins_call(&self) {
        self.enters(Stage::Reading);
    }

    /// The call has come whole. Says whether the connection is still there: it may have been closed for another just before.
    pub(crate) fn has_call(&self) -> bool {
        self.enters(Stage::Busy)
    }

    /// There is no call under way any more.
    pub(crate) fn is_idle(&self) {
        self.enters(Stage::Idle);
    }

    fn enters(&self, stage: Stage) -> bool {
        let mut state = self.house.state();
        state.change(self.id, |rank| rank.stage = stage)
    }

    /// The handshake is over, and it is seen who calls. One who came in by a known address alone may turn out to be a stranger.
    pub(crate) fn shows(&self, caller: Caller) {
        let mut state = self.house.state();
        let known = state.callers.contains(&caller);
        state.change(self.id, |rank| {
            rank.known = known;
            rank.stage = Stage::Idle;
        });
        if state.strangers > self.house.most_strangers {
            let mut others = state.idle.iter().filter(|rank| rank.id != self.id);
            let victim = others.next().copied();
            // Where all of them have calls that have come whole, there is one too many for a while.
            let _ = state.close(victim.filter(|least| !least.known));
        }
    }

    /// A call of it was accepted.
    pub(crate) fn is_accepted(&self, caller: Caller) {
        let mut state = self.house.state();
        state.callers.remember(caller);
        state.known_addresses.remember(self.address);
        state.change(self.id, |rank| rank.known = true);
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.house.state().remove(self.id);
    }
}

#[cfg(test)]
mod tests;
