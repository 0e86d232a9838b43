// SPDX-License-Identifier: Apache-2.0
use std::time::Duration;

use crate::{
    content::{Content, Digest},
    error::StoreError,
    record::{
        Act, ActListing, Actor, Arrival, BodyId, Budget, Claim, Claimed, Cursor, Decided, Decision,
        Desired, Due, Entry, Finding, Generation, GenerationListing, Lease, LeaseWish, LeasedEntry,
        Listing, NewGeneration, NodeSeen, NodeState, Operation, OperationId, OperationListing,
        OperationPage, Outcome, Position, Pruned, Receipt, Reserved, Retention, Revised, Revision,
        Runs, ServeOrder, Settled, Status, Submission, Submitted, Trial,
    },
    time::Timestamp,
    wakeups::Wakeups,
};

/// Keeps what was received and what is to be sent.
///
/// **One method is one transaction and one answer.** What it answers is durable when it answers, in the sense in which the store is: after a crash of
/// the process, and for stores on a disk after a crash of the machine. That holds for an answer that says "this was known before" as well; a store
/// whose engine would give it for something that is not durable yet writes in that transaction, or makes it durable first.
///
/// **After [`StoreError::Unknown`]** it was done whole or not at all, and nobody knows which. Every method may be called again then: what is known by a key
/// is done once, what is done under a lease is done once.
///
/// **Time is the store's** ([`now`](Self::now)): it never goes back, and nobody compares a lease with a clock of their own.
///
/// Methods may block and are called by many threads at once. Rows and contents that a newer version of the program has written are left alone:
/// [`lease`](Self::lease) and [`claim`](Self::claim) pass over them, [`status`](Self::status) counts them, and reading one is an error
/// ([`Why::Newer`](crate::Why::Newer)).
///
/// # Errors
/// Those of [`StoreError`]; what a method refuses stands with it.
pub trait Store: Send + Sync {
    /// Keeps an arrival: its new events and its documents as one entry of the inbox, its new follow-ups as queued operations.
    ///
    /// Deduplication keys count for their agency. Events and follow-ups whose keys are known are left out, and so is what an arrival names twice. When
    /// it has events and all are known, it is a duplicate, and nothing of it is kept. An arrival without events is known as a whole, by its operation,
    /// documents and follow-ups.
    ///
    /// # Errors
    /// [`Why::Nothing`](crate::Why::Nothing) for an arrival that is empty.
    fn commit(&self, arrival: &Arrival) -> Result<Receipt, StoreError>;

    /// Entries of the inbox, by position.
    ///
    /// # Errors
    /// [`Why::TooMany`](crate::Why::TooMany).
    fn list(&self, listing: &Listing) -> Result<Vec<Entry>, StoreError>;

    /// One entry.
    fn show(&self, position: Position) -> Result<Option<Entry>, StoreError>;

    /// The bytes of a document, a payload or of progress; `None` when it has been removed. They are those that were given, or there is an error.
    fn body(&self, body: BodyId) -> Result<Option<Content>, StoreError>;

    /// Gives out entries that nobody has and nobody has acknowledged, by position.
    ///
    /// # Errors
    /// [`Why::TooMany`](crate::Why::TooMany).
    fn lease(&self, wish: &LeaseWish) -> Result<Vec<LeasedEntry>, StoreError>;

    /// Makes a lease of an entry end so long after now; `None` when it has moved on, or the entry is acknowledged.
    fn extend_lease(
        &self,
        lease: &Lease<Position>,
        duration: Duration,
    ) -> Result<Option<Lease<Position>>, StoreError>;

    /// Says that an entry has been handled: it is not given out again, and may be removed. With an epoch, only if that is the one of its lease; without
    /// one, whoever has it. Stale, too, is what is not there.
    fn acknowledge(&self, position: Position, epoch: Option<u64>) -> Result<Settled, StoreError>;

    /// Gives an entry back that could not be handled; it is given out again after a while.
    fn hand_back(&self, lease: &Lease<Position>, delay: Duration) -> Result<Settled, StoreError>;

    /// Queues an operation; once for an idempotency key, as long as that is known.
    ///
    /// # Errors
    /// [`Why::KeyInUse`](crate::Why::KeyInUse).
    fn submit(&self, wish: &Submission) -> Result<Submitted, StoreError>;

    /// Gives out operations.
    ///
    /// # Errors
    /// [`Why::TooMany`](crate::Why::TooMany).
    fn claim(&self, claim: &Claim) -> Result<Vec<Claimed>, StoreError>;

    /// When there will be something to claim, without claiming it: for whoever waits. Owner, limit and duration do not matter.
    fn due(&self, claim: &Claim) -> Result<Due, StoreError>;

    /// The oldest run of a poll that has not ended.
    fn open_run(&self, agency: &str, poll: &str) -> Result<Option<OperationId>, StoreError>;

    /// Makes a lease of an operation end so long after now; `None` when it has moved on, or the operation is over or held.
    fn extend(
        &self,
        lease: &Lease<OperationId>,
        duration: Duration,
    ) -> Result<Option<Lease<OperationId>>, StoreError>;

    /// Keeps progress, such as the signed bytes of a request before it is sent. The lease stays as it is.
    fn keep(&self, lease: &Lease<OperationId>, progress: &Content) -> Result<Settled, StoreError>;

    /// Ends a lease of an operation with the outcome of that. Of an operation that is over, the progress is removed.
    fn settle(&self, lease: &Lease<OperationId>, outcome: &Outcome) -> Result<Settled, StoreError>;

    /// Does what somebody decides on an operation, and keeps an act of it; with an epoch, only if that is still the operation's: what they have not seen they do not decide on.
    ///
    /// To let one go on that nothing holds up, and that somebody let go on since it was run last, changes nothing and has no act.
    fn decide(
        &self,
        operation: OperationId,
        epoch: Option<u64>,
        decision: Decision,
        by: &Actor,
    ) -> Result<Decided, StoreError>;

    /// Makes operations of an agency due that wait after a last run of one of these classes: what held them up is over. Those that wait for another reason, are held or under way stay as
    /// they are. How many there were.
    fn hasten(&self, agency: &str, classes: &[&str]) -> Result<u64, StoreError>;

    /// One operation.
    fn operation(&self, operation: OperationId) -> Result<Option<Operation>, StoreError>;

    /// Operations, by number, and the store's time.
    ///
    /// # Errors
    /// [`Why::TooMany`](crate::Why::TooMany).
    fn operations(&self, listing: &OperationListing) -> Result<OperationPage, StoreError>;

    /// How the runs of an operation ended, the last ones: as many as the store is set up to keep of each. None, where there is no such operation.
    ///
    /// Runs are those that were [counted](crate::record::Note::counts), that led to a decision, or that ended it. They go with the operation.
    fn runs(&self, operation: OperationId) -> Result<Runs, StoreError>;

    /// What somebody did, by number: what was not done has no act.
    ///
    /// # Errors
    /// [`Why::TooMany`](crate::Why::TooMany).
    fn acts(&self, listing: &ActListing) -> Result<Vec<Act>, StoreError>;

    /// How far a poll of an agency has come.
    fn cursor(&self, agency: &str, poll: &str) -> Result<Option<Cursor>, StoreError>;

    /// Counts a call that is about to be made, if it may be made. Counted before, it is counted when the program dies in between.
    ///
    /// # Errors
    /// [`Why::TooMany`](crate::Why::TooMany) for a budget of no call or of more than [`MOST_CALLS`](crate::record::MOST_CALLS).
    fn reserve(&self, budget: &Budget) -> Result<Reserved, StoreError>;

    /// What all nodes are to serve.
    fn desired(&self) -> Result<Revised<Desired>, StoreError>;

    /// Changes that, if it is at the revision that the change was made from; the revision that it is at now.
    ///
    /// # Errors
    /// [`Why::Revised`](crate::Why::Revised) when it is not.
    fn set_desired(&self, expected: Revision, next: &Desired) -> Result<Revision, StoreError>;

    /// Records a generation of an agency that has been judged, under the next number of the agency. The component of one that can serve is kept, once whoever names it, until
    /// [`serve_generations`](Self::serve_generations) puts others into service.
    fn record_generation(&self, generation: &NewGeneration) -> Result<Generation, StoreError>;

    /// Puts generations into service, all of them or none, if what is desired is at the revision that this was decided from; the revision that it is at now.
    ///
    /// What served is retired, and is the one to return to: its component is kept. So is what has been prepared and was not put into service; of all others of the agency the
    /// component is removed, and the record stays. An order for what serves only renews what it says of the configuration.
    ///
    /// # Errors
    /// [`Why::Revised`](crate::Why::Revised), [`Why::NotServable`](crate::Why::NotServable).
    fn serve_generations(
        &self,
        expected: Revision,
        orders: &[ServeOrder],
    ) -> Result<Revision, StoreError>;

    /// Keeps what is said of the trial of a generation: that it begins, what has been seen, or how it ended. While it is on trial its component is kept; once that has ended without it serving, it is
    /// removed, and the record stays. [`serve_generations`](Self::serve_generations) ends a trial, too: of a generation that is put into service, and of one beside which another component is.
    ///
    /// # Errors
    /// [`Why::NotServable`](crate::Why::NotServable) where there is no such generation that has been prepared or is on trial, or nothing serves the agency, or another one is on trial.
    fn keep_trial(&self, agency: &str, number: u64, trial: &Trial) -> Result<(), StoreError>;

    /// Generations of an agency, the last first.
    ///
    /// # Errors
    /// [`Why::TooMany`](crate::Why::TooMany).
    fn generations(&self, listing: &GenerationListing) -> Result<Vec<Generation>, StoreError>;

    /// The bytes of a component of a generation that serves, did before, or has been prepared; `None` for others.
    fn component(&self, digest: &Digest) -> Result<Option<Content>, StoreError>;

    /// Says how a node is.
    fn report(&self, state: &NodeState) -> Result<(), StoreError>;

    /// What the nodes said, by name.
    fn nodes(&self) -> Result<Vec<NodeSeen>, StoreError>;

    /// Removes what may be removed.
    ///
    /// # Errors
    /// [`Why::TooMany`](crate::Why::TooMany).
    fn prune(&self, retention: &Retention) -> Result<Pruned, StoreError>;

    /// What there is.
    fn status(&self) -> Result<Status, StoreError>;

    /// What is not as it should be: reads everything, and compares every content with its digest.
    fn check(&self) -> Result<Vec<Finding>, StoreError>;

    /// The store's time.
    fn now(&self) -> Result<Timestamp, StoreError>;

    /// The same without a commit: entries are free and leases end by it. The clock of this machine is another: it may be behind, where it was ahead before.
    fn peek_now(&self) -> Result<Timestamp, StoreError> {
        let of_nobody = Claim {
            agencies: vec![String::new()],
            ..Claim::default()
        };
        Ok(self.due(&of_nobody)?.now)
    }

    /// Whether an arrival could be kept now, as far as that can be told without waiting.
    ///
    /// # Errors
    /// Why not.
    fn ready(&self) -> Result<(), StoreError>;

    /// Hints that something was committed.
    fn wakeups(&self) -> Wakeups;
}
