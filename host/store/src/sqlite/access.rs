// SPDX-License-Identifier: Apache-2.0
//! The store as others see it: contents are prepared here, by the thread that asks, and the rest is done by the one that writes.

use std::time::Duration;

use super::{
    SqliteStore, acts,
    arrivals::Incoming,
    bodies, cluster,
    files::Files,
    folder::Folder,
    generations, inbox, operation_listing,
    operations::{self, Order, Settlement},
    queue, runs, upkeep,
    work::{Prepared, column},
};
use crate::{
    content::{Content, Digest},
    error::{StoreError, Why},
    key,
    record::{
        Act, ActListing, Actor, Arrival, BodyId, Budget, Claim, Claimed, Cursor, Decided, Decision,
        Desired, Document, Due, Ending, Entry, Finding, Generation, GenerationListing, Lease,
        LeaseWish, LeasedEntry, Listing, NewGeneration, NodeSeen, NodeState, Operation,
        OperationId, OperationListing, OperationPage, Origin, Outcome, Position, Pruned, Receipt,
        Received, Reserved, Retention, Revised, Revision, Runs, ServeOrder, Settled, Source,
        Status, Submission, Submitted, Trial, Wish,
    },
    store::Store,
    time::Timestamp,
    wakeups::Wakeups,
};

fn entry_lease(lease: &Lease<Position>) -> Lease<Position> {
    Lease {
        id: Position(column(lease.id.0)),
        epoch: column(lease.epoch),
        until: lease.until,
    }
}

fn operation_lease(lease: &Lease<OperationId>) -> Lease<OperationId> {
    Lease {
        id: OperationId(column(lease.id.0)),
        epoch: column(lease.epoch),
        until: lease.until,
    }
}

impl SqliteStore {
    fn prepare(&self, content: &Content) -> Result<Prepared, StoreError> {
        // One that is closed takes no file, either.
        self.shared.check_open()?;
        Prepared::new(
            content,
            self.shared.settings.largest_row,
            &self.shared.files,
        )
    }

    fn prepare_all(&self, documents: &[Document]) -> Result<Vec<Prepared>, StoreError> {
        let prepared = documents.iter().map(|document| {
            let mut prepared = self.prepare(&document.content)?;
            prepared.name.clone_from(&document.name);
            prepared.media_type.clone_from(&document.media_type);
            Ok(prepared)
        });
        prepared.collect()
    }

    fn prepare_some(&self, content: Option<&Content>) -> Result<Option<Prepared>, StoreError> {
        content.map(|content| self.prepare(content)).transpose()
    }
}

/// Bytes of database, log and files.
pub(super) fn disk_bytes(folder: &Folder, files: &Files) -> Option<u64> {
    let size = |path| std::fs::metadata(path).map_or(0, |file| file.len());
    let files = files.bytes().ok()?;
    Some(size(folder.database()) + size(folder.log()) + files)
}

impl Store for SqliteStore {
    fn commit(&self, arrival: &Arrival) -> Result<Receipt, StoreError> {
        if arrival.is_empty() {
            return Err(Why::Nothing.into());
        }
        self.shared.check_open()?;
        let key = match arrival.events.is_empty() {
            true => key::of_arrival(arrival).to_string(),
            false => String::new(),
        };
        let incoming = Incoming {
            agency: arrival.agency.clone(),
            key,
            events: arrival.events.clone(),
            documents: self.prepare_all(&arrival.documents)?,
            follow_ups: arrival.follow_ups.clone(),
            received: Received {
                operation: arrival.operation.clone(),
                source: Source::Call,
                provenance: arrival.provenance.clone(),
                at: arrival.at,
                committed: Timestamp::default(),
                events: Vec::new(),
                documents: Vec::new(),
                follow_ups: Vec::new(),
                trace: arrival.trace.clone(),
            },
        };
        self.write(move |work| work.commit(incoming))
    }

    fn list(&self, listing: &Listing) -> Result<Vec<Entry>, StoreError> {
        self.read(|connection| inbox::list(connection, listing))
    }

    fn show(&self, position: Position) -> Result<Option<Entry>, StoreError> {
        self.read(|connection| inbox::show(connection, position))
    }

    fn body(&self, body: BodyId) -> Result<Option<Content>, StoreError> {
        self.read(|connection| bodies::body(connection, &self.shared.files, body))
    }

    fn lease(&self, wish: &LeaseWish) -> Result<Vec<LeasedEntry>, StoreError> {
        let wish = wish.clone();
        self.make_room(move |work| work.lease(&wish))
    }

    fn extend_lease(
        &self,
        lease: &Lease<Position>,
        duration: Duration,
    ) -> Result<Option<Lease<Position>>, StoreError> {
        let lease = entry_lease(lease);
        self.make_room(move |work| work.extend_lease(&lease, duration))
    }

    fn acknowledge(&self, position: Position, epoch: Option<u64>) -> Result<Settled, StoreError> {
        let (position, epoch) = (Position(column(position.0)), epoch.map(column));
        self.make_room(move |work| work.acknowledge(position, epoch))
    }

    fn hand_back(&self, lease: &Lease<Position>, delay: Duration) -> Result<Settled, StoreError> {
        let lease = entry_lease(lease);
        self.make_room(move |work| work.hand_back(&lease, delay))
    }

    fn submit(&self, wish: &Submission) -> Result<Submitted, StoreError> {
        let order = Order {
            agency: wish.agency.clone(),
            wish: Wish {
                operation: wish.operation.clone(),
                parameters: wish.parameters.clone(),
                payload: None,
                attachments: Vec::new(),
                lane: wish.lane.clone(),
                poll: wish.poll.clone(),
                origin: Origin::Submitted,
                submitted: Timestamp::default(),
                replay_of: wish.replay_of,
                trace: wish.trace.clone(),
                by: wish.by.clone(),
            },
            payload: self.prepare_some(wish.payload.as_ref())?,
            attachments: self.prepare_all(&wish.attachments)?,
            delay: wish.delay,
            idempotency: wish.idempotency.clone(),
            digest: key::of_submission(wish),
        };
        self.write(move |work| work.submit(order))
    }

    fn claim(&self, claim: &Claim) -> Result<Vec<Claimed>, StoreError> {
        let claim = claim.clone();
        self.write(move |work| work.claim(&claim))
    }

    fn due(&self, claim: &Claim) -> Result<Due, StoreError> {
        let now = self.shared.pace.look();
        self.read(|connection| queue::due(connection, claim, now))
    }

    fn open_run(&self, agency: &str, poll: &str) -> Result<Option<OperationId>, StoreError> {
        self.read(|connection| queue::open_run(connection, agency, poll))
    }

    fn extend(
        &self,
        lease: &Lease<OperationId>,
        duration: Duration,
    ) -> Result<Option<Lease<OperationId>>, StoreError> {
        let lease = operation_lease(lease);
        self.write(move |work| work.extend(&lease, duration))
    }

    fn keep(&self, lease: &Lease<OperationId>, progress: &Content) -> Result<Settled, StoreError> {
        let (lease, progress) = (operation_lease(lease), self.prepare(progress)?);
        self.write(move |work| work.keep(&lease, progress))
    }

    fn settle(&self, lease: &Lease<OperationId>, outcome: &Outcome) -> Result<Settled, StoreError> {
        let lease = operation_lease(lease);
        let settlement = match outcome {
            Outcome::Again {
                delay,
                progress,
                note,
            } => Settlement::Again {
                delay: *delay,
                progress: self.prepare_some(progress.as_ref())?,
                note: note.clone(),
            },
            Outcome::Held {
                why,
                progress,
                note,
            } => Settlement::Held {
                why: why.clone(),
                progress: self.prepare_some(progress.as_ref())?,
                note: note.clone(),
            },
            Outcome::Ended(ending) => Settlement::Ended {
                documents: self.prepare_all(&ending.documents)?,
                ending: Box::new(Ending {
                    documents: Vec::new(),
                    ..(**ending).clone()
                }),
            },
        };
        self.write(move |work| work.settle(&lease, settlement))
    }

    fn decide(
        &self,
        operation: OperationId,
        epoch: Option<u64>,
        decision: Decision,
        by: &Actor,
    ) -> Result<Decided, StoreError> {
        let seen = (OperationId(column(operation.0)), epoch.map(column));
        let by = by.clone();
        self.write(move |work| work.decide(seen, decision, by))
    }

    fn hasten(&self, agency: &str, classes: &[&str]) -> Result<u64, StoreError> {
        let agency = agency.to_owned();
        let classes: Vec<String> = classes.iter().map(|class| (*class).to_owned()).collect();
        self.write(move |work| work.hasten(&agency, &classes))
    }

    fn operation(&self, operation: OperationId) -> Result<Option<Operation>, StoreError> {
        self.read(|connection| operations::operation(connection, operation))
    }

    fn operations(&self, listing: &OperationListing) -> Result<OperationPage, StoreError> {
        let now = self.now()?;
        self.read(|connection| operation_listing::list(connection, listing, now))
    }

    fn runs(&self, operation: OperationId) -> Result<Runs, StoreError> {
        self.read(|connection| runs::list(connection, operation))
    }

    fn acts(&self, listing: &ActListing) -> Result<Vec<Act>, StoreError> {
        self.read(|connection| acts::list(connection, listing))
    }

    fn cursor(&self, agency: &str, poll: &str) -> Result<Option<Cursor>, StoreError> {
        self.read(|connection| operations::cursor(connection, agency, poll))
    }

    fn reserve(&self, budget: &Budget) -> Result<Reserved, StoreError> {
        let budget = budget.clone();
        self.write(move |work| work.reserve(&budget))
    }

    fn desired(&self) -> Result<Revised<Desired>, StoreError> {
        self.read(cluster::desired)
    }

    fn set_desired(&self, expected: Revision, next: &Desired) -> Result<Revision, StoreError> {
        let (expected, next) = (Revision(column(expected.0)), next.clone());
        self.write(move |work| work.set_desired(expected, &next))
    }

    fn record_generation(&self, generation: &NewGeneration) -> Result<Generation, StoreError> {
        let is_kept = generation.rejection.is_none();
        let component = is_kept.then(|| self.prepare(&generation.component));
        let (component, wish) = (component.transpose()?, generation.clone());
        self.write(move |work| work.record_generation(&wish, component))
    }

    fn serve_generations(
        &self,
        expected: Revision,
        orders: &[ServeOrder],
    ) -> Result<Revision, StoreError> {
        let (expected, orders) = (Revision(column(expected.0)), orders.to_vec());
        self.write(move |work| work.serve_generations(expected, &orders))
    }

    fn keep_trial(&self, agency: &str, number: u64, trial: &Trial) -> Result<(), StoreError> {
        let (agency, trial) = (agency.to_owned(), trial.clone());
        self.write(move |work| work.keep_trial(&agency, number, &trial))
    }

    fn generations(&self, listing: &GenerationListing) -> Result<Vec<Generation>, StoreError> {
        self.read(|connection| generations::list(connection, listing))
    }

    fn component(&self, digest: &Digest) -> Result<Option<Content>, StoreError> {
        self.read(|connection| generations::component(connection, &self.shared.files, digest))
    }

    fn report(&self, state: &NodeState) -> Result<(), StoreError> {
        let state = state.clone();
        self.write(move |work| work.report(&state))
    }

    fn nodes(&self) -> Result<Vec<NodeSeen>, StoreError> {
        self.read(cluster::nodes)
    }

    fn prune(&self, retention: &Retention) -> Result<Pruned, StoreError> {
        let retention = retention.clone();
        self.make_room(move |work| work.prune(&retention))
    }

    fn status(&self) -> Result<Status, StoreError> {
        let disk = disk_bytes(&self.shared.folder, &self.shared.files);
        let now = self.now()?;
        self.read(|connection| upkeep::status(connection, now, disk))
    }

    fn check(&self) -> Result<Vec<Finding>, StoreError> {
        self.read(|connection| upkeep::check(connection, &self.shared.files))
    }

    /// A command as others are, so that a time that was told is kept, too.
    fn now(&self) -> Result<Timestamp, StoreError> {
        self.write(|work| Ok(work.now))
    }

    fn ready(&self) -> Result<(), StoreError> {
        self.shared.check_open()
    }

    fn wakeups(&self) -> Wakeups {
        self.shared.bell.wakeups()
    }
}
