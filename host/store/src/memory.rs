// SPDX-License-Identifier: Apache-2.0
//! A store that forgets.

mod acts;
mod generations;
mod inbox;
mod operations;
mod queue;
mod shared;
mod state;
mod upkeep;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::{
    content::{Content, Digest},
    error::StoreError,
    pace::Pace,
    record::{
        Act, ActListing, Actor, Arrival, BodyId, Budget, Claim, Claimed, Cursor, Decided, Decision,
        Desired, Due, Entry, Finding, Generation, GenerationListing, Lease, LeaseWish, LeasedEntry,
        Listing, NewGeneration, NodeSeen, NodeState, Operation, OperationId, OperationListing,
        OperationPage, Outcome, Position, Pruned, Receipt, Reserved, Retention, Revised, Revision,
        Runs, ServeOrder, Settled, Status, Submission, Submitted, Trial,
    },
    store::Store,
    time::{Clock, SystemClock, Timestamp},
    wakeups::{Bell, Wakeups},
};
use state::State;

/// Keeps everything in memory, without a bound but for what is pruned: for tests, and for whoever embeds the gateway and does without durability.
/// Nothing survives the process, so that nothing is ever unknown either.
pub struct MemoryStore {
    state: Mutex<State>,
    pace: Pace,
    bell: Arc<Bell>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::with_clock(Arc::new(SystemClock))
    }

    /// An empty store with a clock of one's own.
    pub fn with_clock(clock: Arc<dyn Clock>) -> Self {
        Self {
            state: Mutex::default(),
            pace: Pace::new(clock),
            bell: Arc::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.now = self.pace.go_on(state.now);
        state
    }

    /// Runs a transaction: it has checked everything before it changes anything.
    fn change<T>(&self, transaction: impl FnOnce(&mut State) -> T) -> T {
        let answer = transaction(&mut self.state());
        self.bell.ring();
        answer
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoryStore").finish_non_exhaustive()
    }
}

impl Store for MemoryStore {
    fn commit(&self, arrival: &Arrival) -> Result<Receipt, StoreError> {
        self.change(|state| state.commit(arrival))
    }

    fn list(&self, listing: &Listing) -> Result<Vec<Entry>, StoreError> {
        self.state().list(listing)
    }

    fn show(&self, position: Position) -> Result<Option<Entry>, StoreError> {
        Ok(self
            .state()
            .entries
            .get(&position)
            .map(|kept| kept.entry.clone()))
    }

    fn body(&self, body: BodyId) -> Result<Option<Content>, StoreError> {
        Ok(self.state().bodies.get(&body).cloned())
    }

    fn lease(&self, wish: &LeaseWish) -> Result<Vec<LeasedEntry>, StoreError> {
        self.change(|state| state.lease(wish))
    }

    fn extend_lease(
        &self,
        lease: &Lease<Position>,
        duration: Duration,
    ) -> Result<Option<Lease<Position>>, StoreError> {
        Ok(self.change(|state| state.extend_lease(lease, duration)))
    }

    fn acknowledge(&self, position: Position, epoch: Option<u64>) -> Result<Settled, StoreError> {
        Ok(self.change(|state| state.acknowledge(position, epoch)))
    }

    fn hand_back(&self, lease: &Lease<Position>, delay: Duration) -> Result<Settled, StoreError> {
        Ok(self.change(|state| state.hand_back(lease, delay)))
    }

    fn submit(&self, wish: &Submission) -> Result<Submitted, StoreError> {
        self.change(|state| state.submit(wish))
    }

    fn claim(&self, claim: &Claim) -> Result<Vec<Claimed>, StoreError> {
        self.change(|state| state.claim(claim))
    }

    fn due(&self, claim: &Claim) -> Result<Due, StoreError> {
        Ok(self.state().due(claim))
    }

    fn open_run(&self, agency: &str, poll: &str) -> Result<Option<OperationId>, StoreError> {
        Ok(self.state().open_run(agency, poll))
    }

    fn extend(
        &self,
        lease: &Lease<OperationId>,
        duration: Duration,
    ) -> Result<Option<Lease<OperationId>>, StoreError> {
        Ok(self.change(|state| state.extend(lease, duration)))
    }

    fn keep(&self, lease: &Lease<OperationId>, progress: &Content) -> Result<Settled, StoreError> {
        Ok(self.change(|state| state.keep(lease, progress)))
    }

    fn settle(&self, lease: &Lease<OperationId>, outcome: &Outcome) -> Result<Settled, StoreError> {
        Ok(self.change(|state| state.settle(lease, outcome)))
    }

    fn decide(
        &self,
        operation: OperationId,
        epoch: Option<u64>,
        decision: Decision,
        by: &Actor,
    ) -> Result<Decided, StoreError> {
        Ok(self.change(|state| state.decide(operation, epoch, decision, by)))
    }

    fn hasten(&self, agency: &str, classes: &[&str]) -> Result<u64, StoreError> {
        Ok(self.change(|state| state.hasten(agency, classes)))
    }

    fn operation(&self, operation: OperationId) -> Result<Option<Operation>, StoreError> {
        Ok(self.state().operations.get(&operation).cloned())
    }

    fn operations(&self, listing: &OperationListing) -> Result<OperationPage, StoreError> {
        self.state().list_operations(listing)
    }

    fn runs(&self, operation: OperationId) -> Result<Runs, StoreError> {
        let kept = self.state().runs.get(&operation).cloned();
        Ok(Runs::of(kept.unwrap_or_default()))
    }

    fn acts(&self, listing: &ActListing) -> Result<Vec<Act>, StoreError> {
        self.state().list_acts(listing)
    }

    fn cursor(&self, agency: &str, poll: &str) -> Result<Option<Cursor>, StoreError> {
        let place = (agency.to_owned(), poll.to_owned());
        Ok(self.state().cursors.get(&place).cloned())
    }

    fn reserve(&self, budget: &Budget) -> Result<Reserved, StoreError> {
        self.change(|state| state.reserve(budget))
    }

    fn desired(&self) -> Result<Revised<Desired>, StoreError> {
        Ok(self.state().desired.clone())
    }

    fn set_desired(&self, expected: Revision, next: &Desired) -> Result<Revision, StoreError> {
        self.change(|state| state.set_desired(expected, next))
    }

    fn record_generation(&self, generation: &NewGeneration) -> Result<Generation, StoreError> {
        Ok(self.change(|state| state.record_generation(generation)))
    }

    fn serve_generations(
        &self,
        expected: Revision,
        orders: &[ServeOrder],
    ) -> Result<Revision, StoreError> {
        self.change(|state| state.serve_generations(expected, orders))
    }

    fn keep_trial(&self, agency: &str, number: u64, trial: &Trial) -> Result<(), StoreError> {
        self.change(|state| state.keep_trial(agency, number, trial))
    }

    fn generations(&self, listing: &GenerationListing) -> Result<Vec<Generation>, StoreError> {
        self.state().list_generations(listing)
    }

    fn component(&self, digest: &Digest) -> Result<Option<Content>, StoreError> {
        Ok(self.state().component(digest))
    }

    fn report(&self, node: &NodeState) -> Result<(), StoreError> {
        self.change(|state| state.report(node));
        Ok(())
    }

    fn nodes(&self) -> Result<Vec<NodeSeen>, StoreError> {
        Ok(self.state().nodes.values().cloned().collect())
    }

    fn prune(&self, retention: &Retention) -> Result<Pruned, StoreError> {
        self.change(|state| state.prune(retention))
    }

    fn status(&self) -> Result<Status, StoreError> {
        Ok(self.state().status())
    }

    fn check(&self) -> Result<Vec<Finding>, StoreError> {
        Ok(self.state().check())
    }

    fn now(&self) -> Result<Timestamp, StoreError> {
        Ok(self.state().now)
    }

    fn ready(&self) -> Result<(), StoreError> {
        Ok(())
    }

    fn wakeups(&self) -> Wakeups {
        self.bell.wakeups()
    }
}
