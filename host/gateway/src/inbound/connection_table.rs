// SPDX-License-Identifier: Apache-2.0
//! All open connections, and which of them is closed when there is no room for a new one.
//!
//! A caller is *known* once a call of it was accepted: by its certificate, or by its address as long as it has shown no certificate. All others are
//! strangers, whatever they show. Strangers have no more connections than their share (but for those found out at a known address), and no address more than its own. Where a share is used
//! up, a connection in it is closed for a new one: of strangers before known callers, of the address with the most connections, the least useful.

mod address;
mod recent;

use std::{
    cmp::Reverse,
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::task::AbortHandle;

use crate::inbound::limits::ListenerLimits;
pub(crate) use address::Address;
use recent::Recent;

/// What a connection does; the least useful first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum ConnectionState {
    /// TLS has not begun.
    Connected,
    /// In the TLS handshake.
    Handshake,
    /// Waits for a call.
    Idle,
    /// The head of a call has come, its body has not: closed for another connection only if the caller is a stranger.
    ReadingBody,
    /// A call has come whole: never closed for another connection.
    InCall,
}

/// Position in the order in which connections of one address are closed for others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct EvictionRank {
    known: bool,
    state: ConnectionState,
    since: u64,
    id: u64,
}

impl EvictionRank {
    fn is_evictable(&self) -> bool {
        match self.state {
            ConnectionState::Connected | ConnectionState::Handshake | ConnectionState::Idle => true,
            ConnectionState::ReadingBody => !self.known,
            ConnectionState::InCall => false,
        }
    }
}

/// How a caller is recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Caller {
    /// SHA-256 of its certificate.
    Certificate([u8; 32]),
    /// It showed none.
    Address(Address),
}

/// A connection is refused: there is none that may be closed for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TableFull;

/// Open connections, and the callers that are known.
pub(crate) struct ConnectionTable {
    inner: Mutex<Inner>,
    limit: usize,
    limit_per_address: usize,
    stranger_limit: usize,
}

struct Inner {
    connections: HashMap<u64, Connection>,
    /// One of each address that has any, in the order in which they are closed for another address.
    candidates: BTreeSet<Candidate>,
    addresses: HashMap<Address, PerAddress>,
    strangers: usize,
    /// Counts events: the clock of `since`, and the next id.
    moment: u64,
    known_callers: Recent<Caller>,
    known_addresses: Recent<Address>,
    evicted: Evicted,
}

/// How many connections were closed for others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Evicted {
    pub(crate) idle: u64,
    /// While the body of a call was read.
    pub(crate) reading: u64,
}

struct Connection {
    address: Address,
    rank: EvictionRank,
    task: Option<AbortHandle>,
}

/// The connection of an address that is closed first. An address with many connections comes before one with few, so that the former cannot shut out
/// the latter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Candidate {
    known: bool,
    of_address: Reverse<usize>,
    rank: EvictionRank,
}

/// The connections of one address.
#[derive(Default)]
struct PerAddress {
    number: usize,
    evictable: BTreeSet<EvictionRank>,
}

impl PerAddress {
    fn candidate(&self) -> Option<Candidate> {
        let rank = *self.evictable.first()?;
        Some(Candidate {
            known: rank.known,
            of_address: Reverse(self.number),
            rank,
        })
    }
}

impl ConnectionTable {
    pub(crate) fn new(limits: &ListenerLimits) -> Self {
        let remembered = limits.known_callers as usize;
        Self {
            inner: Mutex::new(Inner {
                connections: HashMap::new(),
                candidates: BTreeSet::new(),
                addresses: HashMap::new(),
                strangers: 0,
                moment: 0,
                known_callers: Recent::new(remembered),
                known_addresses: Recent::new(remembered),
                evicted: Evicted::default(),
            }),
            limit: limits.connections as usize,
            limit_per_address: limits.connections_per_address() as usize,
            stranger_limit: limits.stranger_connections() as usize,
        }
    }

    /// Adds a new connection; others may be closed for it.
    pub(crate) fn register(self: &Arc<Self>, address: Address) -> Result<Registration, TableFull> {
        let mut inner = self.inner();
        let known = inner.known_addresses.contains(&address);
        let of_address = inner.addresses.get(&address);
        if let Some(of_address) = of_address.filter(|all| all.number >= self.limit_per_address) {
            let least_useful = of_address.evictable.first().copied();
            inner.evict(least_useful)?;
        }
        if !known && inner.strangers >= self.stranger_limit {
            let stranger = inner.first_stranger();
            inner.evict(stranger)?;
        }
        if inner.connections.len() >= self.limit {
            let first = inner.first();
            inner.evict(first)?;
        }
        Ok(Registration {
            id: inner.add(address, known),
            table: Arc::clone(self),
            address,
        })
    }

    /// Closes the least useful connection, if there is one: the system has no files for more.
    pub(crate) fn evict_one(&self) {
        let mut inner = self.inner();
        let first = inner.first();
        // With nothing to close there is nothing to be done.
        let _ = inner.evict(first);
    }

    /// How many connections were closed for others since the last time it was asked.
    pub(crate) fn take_evicted(&self) -> Evicted {
        std::mem::take(&mut self.inner().evicted)
    }

    /// Closes all connections, whatever they do.
    pub(crate) fn close_all(&self) {
        let inner = self.inner();
        let connections = inner.connections.values();
        let tasks = connections.filter_map(|connection| connection.task.as_ref());
        tasks.for_each(AbortHandle::abort);
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn now(&mut self) -> u64 {
        self.moment += 1;
        self.moment
    }

    fn add(&mut self, address: Address, known: bool) -> u64 {
        let since = self.now();
        let rank = EvictionRank {
            known,
            state: ConnectionState::Connected,
            since,
            id: since,
        };
        let connection = Connection {
            address,
            rank,
            task: None,
        };
        self.connections.insert(rank.id, connection);
        self.strangers += usize::from(!known);
        self.change_address(address, |of_address| {
            of_address.number += 1;
            of_address.evictable.insert(rank);
        });
        rank.id
    }

    /// The connection to close for one of another address.
    fn first(&self) -> Option<EvictionRank> {
        self.candidates.first().map(|candidate| candidate.rank)
    }

    fn first_stranger(&self) -> Option<EvictionRank> {
        self.first().filter(|rank| !rank.known)
    }

    fn is_known(&self, id: u64) -> bool {
        let connection = self.connections.get(&id);
        connection.is_some_and(|connection| connection.rank.known)
    }

    fn evict(&mut self, rank: Option<EvictionRank>) -> Result<(), TableFull> {
        let connection = rank
            .and_then(|rank| self.remove(rank.id))
            .ok_or(TableFull)?;
        match connection.rank.state {
            ConnectionState::ReadingBody => self.evicted.reading += 1,
            _ => self.evicted.idle += 1,
        }
        if let Some(task) = connection.task {
            task.abort();
        }
        Ok(())
    }

    fn remove(&mut self, id: u64) -> Option<Connection> {
        let connection = self.connections.remove(&id)?;
        self.strangers -= usize::from(!connection.rank.known);
        self.change_address(connection.address, |of_address| {
            of_address.number -= 1;
            of_address.evictable.remove(&connection.rank);
        });
        Some(connection)
    }

    /// Changes the rank of a connection. False if it has been closed for another one and is not in the table any more.
    fn change(&mut self, id: u64, change: impl FnOnce(&mut EvictionRank)) -> bool {
        let since = self.now();
        let Some(connection) = self.connections.get_mut(&id) else {
            return false;
        };
        let before = connection.rank;
        change(&mut connection.rank);
        connection.rank.since = since;
        let (after, address) = (connection.rank, connection.address);
        self.strangers += usize::from(!after.known);
        self.strangers -= usize::from(!before.known);
        self.change_address(address, |of_address| {
            of_address.evictable.remove(&before);
            if after.is_evictable() {
                of_address.evictable.insert(after);
            }
        });
        true
    }

    /// Changes the connections of an address, and its candidate with them.
    fn change_address(&mut self, address: Address, change: impl FnOnce(&mut PerAddress)) {
        let of_address = self.addresses.entry(address).or_default();
        if let Some(before) = of_address.candidate() {
            self.candidates.remove(&before);
        }
        change(of_address);
        self.candidates.extend(of_address.candidate());
        if of_address.number == 0 {
            self.addresses.remove(&address);
        }
    }
}

/// The entry of one connection. Dropping it removes the entry.
pub(crate) struct Registration {
    table: Arc<ConnectionTable>,
    id: u64,
    address: Address,
}

impl Registration {
    /// What to abort when the connection is closed for another.
    pub(crate) fn set_task(table: &ConnectionTable, id: u64, task: AbortHandle) {
        match table.inner().connections.get_mut(&id) {
            Some(connection) => connection.task = Some(task),
            // It was closed for another one before its task was known.
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
        self.table.inner().is_known(self.id)
    }

    /// TLS has begun.
    pub(crate) fn start_handshake(&self) {
        self.set_state(ConnectionState::Handshake);
    }

    /// The head of a call has come.
    pub(crate) fn start_call(&self) {
        self.set_state(ConnectionState::ReadingBody);
    }

    /// A call has come whole. False if the connection has been closed for another one.
    pub(crate) fn call_received(&self) -> bool {
        self.set_state(ConnectionState::InCall)
    }

    /// There is no call any more.
    pub(crate) fn set_idle(&self) {
        self.set_state(ConnectionState::Idle);
    }

    fn set_state(&self, state: ConnectionState) -> bool {
        let mut inner = self.table.inner();
        inner.change(self.id, |rank| rank.state = state)
    }

    /// The handshake is over, and it is seen who calls. A caller that counted as known by its address may turn out to be a stranger.
    pub(crate) fn identify(&self, caller: Caller) {
        let mut inner = self.table.inner();
        let known = inner.known_callers.contains(&caller);
        let counted_as_known = inner.is_known(self.id);
        if counted_as_known && !known && inner.strangers >= self.table.stranger_limit {
            let stranger = inner.first_stranger();
            // Where none may be closed, there is one too many for a while.
            let _ = inner.evict(stranger);
        }
        inner.change(self.id, |rank| {
            rank.known = known;
            rank.state = ConnectionState::Idle;
        });
    }

    /// A call was accepted.
    pub(crate) fn call_accepted(&self, caller: Caller) {
        let mut inner = self.table.inner();
        inner.known_callers.remember(caller);
        inner.known_addresses.remember(self.address);
        inner.change(self.id, |rank| rank.known = true);
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.table.inner().remove(self.id);
    }
}

#[cfg(test)]
mod tests;
