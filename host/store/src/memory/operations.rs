// SPDX-License-Identifier: Apache-2.0
use std::time::Duration;

use super::state::{KeyKind, State, in_sequence, rows};
use crate::{
    content::Content,
    error::{StoreError, Why},
    key,
    record::{
        Actor, Cursor, Decided, Decision, Ended, Ending, FollowUp, Lease, Note, Operation,
        OperationId, OperationListing, OperationPage, OperationState, Origin, Outcome, Position,
        Received, Settled, Source, StoredDocument, Submission, Submitted, Wish,
    },
    time::Timestamp,
};

impl State {
    pub(super) fn submit(&mut self, wish: &Submission) -> Result<Submitted, StoreError> {
        let digest = key::of_submission(wish);
        let known = wish
            .idempotency
            .as_ref()
            .and_then(|key| self.submissions.get(key));
        match known {
            Some((known, id)) if *known == digest => return Ok(Submitted::Known(*id)),
            Some(_) => return Err(Why::KeyInUse.into()),
            None => {}
        }
        let id = OperationId(self.next());
        let payload = wish.payload.as_ref().map(|content| StoredDocument {
            name: String::new(),
            media_type: String::new(),
            size: content.size(),
            sha256: content.digest(),
            body: self.store(content),
        });
        let queued = Wish {
            operation: wish.operation.clone(),
            parameters: wish.parameters.clone(),
            payload,
            attachments: self.store_documents(&wish.attachments),
            lane: wish.lane.clone(),
            poll: wish.poll.clone(),
            origin: Origin::Submitted,
            submitted: self.now,
            replay_of: wish.replay_of,
            trace: wish.trace.clone(),
            by: wish.by.clone(),
        };
        let act = queued.replay(id);
        let until = self.now.after(wish.delay);
        self.queue(id, &wish.agency, queued, until);
        if let Some(act) = act {
            self.record(&wish.agency, act);
        }
        if let Some(key) = &wish.idempotency {
            self.submissions.insert(key.clone(), (digest, id));
        }
        Ok(Submitted::New(id))
    }

    fn queue(&mut self, id: OperationId, agency: &str, wish: Wish, until: Timestamp) {
        let state = OperationState {
            until,
            ..OperationState::default()
        };
        let operation = Operation {
            id,
            agency: agency.to_owned(),
            wish,
            state,
        };
        self.operations.insert(id, operation);
    }

    /// Queues those that are new, in the trace of what they follow from.
    pub(super) fn queue_follow_ups(
        &mut self,
        agency: &str,
        all: &[FollowUp],
        (origin, trace): (Origin, Option<&str>),
    ) -> Vec<OperationId> {
        let mut queued = Vec::new();
        for follow_up in self.new_follow_ups(agency, all) {
            let id = OperationId(self.next());
            let key = (
                agency.to_owned(),
                KeyKind::FollowUp,
                follow_up.deduplication_key.clone(),
            );
            self.remember(key, id.0);
            let wish = Wish {
                operation: follow_up.operation.clone(),
                parameters: follow_up.parameters.clone(),
                payload: None,
                attachments: Vec::new(),
                lane: follow_up.lane.clone(),
                poll: None,
                origin,
                submitted: self.now,
                replay_of: None,
                by: None,
                trace: trace.map(str::to_owned),
            };
            self.queue(id, agency, wish, self.now);
            queued.push(id);
        }
        queued
    }

    pub(super) fn list_operations(
        &self,
        listing: &OperationListing,
    ) -> Result<OperationPage, StoreError> {
        let limit = rows("operations", listing.limit)?;
        let submitted = listing
            .submitted_under
            .as_ref()
            .map(|key| self.submissions.get(key).map(|(_, id)| *id));
        let behind = in_sequence(&self.operations, listing.after, listing.newest_first);
        let wanted = behind.filter(|operation| {
            let is_of_agency =
                listing.agencies.is_empty() || listing.agencies.contains(&operation.agency);
            let name = listing.operation.as_ref();
            let phase = operation.state.phase(self.now);
            is_of_agency
                && name.is_none_or(|name| *name == operation.wish.operation)
                && listing.phase.is_none_or(|wanted| wanted == phase)
                && submitted.is_none_or(|id| id == Some(operation.id))
        });
        Ok(OperationPage {
            now: self.now,
            operations: wanted.take(limit).cloned().collect(),
        })
    }

    pub(super) fn open_run(&self, agency: &str, poll: &str) -> Option<OperationId> {
        let mut runs = self.operations.values();
        let run = runs.find(|operation| {
            operation.agency == agency
                && operation.wish.poll.as_deref() == Some(poll)
                && operation.state.ended.is_none()
        });
        run.map(|operation| operation.id)
    }

    pub(super) fn extend(
        &mut self,
        lease: &Lease<OperationId>,
        duration: Duration,
    ) -> Option<Lease<OperationId>> {
        let until = self.now.after(duration);
        let operation = self
            .claimed(lease)
            .filter(|operation| operation.state.held.is_none())?;
        operation.state.until = until;
        Some(Lease { until, ..*lease })
    }

    pub(super) fn keep(&mut self, lease: &Lease<OperationId>, progress: &Content) -> Settled {
        if self
            .claimed(lease)
            .is_none_or(|operation| operation.state.held.is_some())
        {
            return Settled::Stale;
        }
        self.keep_progress(lease.id, progress);
        if let Some(operation) = self.operations.get_mut(&lease.id) {
            operation.state.resumed = false;
        }
        Settled::Done
    }

    fn keep_progress(&mut self, id: OperationId, progress: &Content) {
        let body = self.store(progress);
        let operation = self.operations.get_mut(&id);
        let before = operation.and_then(|operation| operation.state.progress.replace(body));
        self.remove_body(before);
    }

    pub(super) fn settle(&mut self, lease: &Lease<OperationId>, outcome: &Outcome) -> Settled {
        let now = self.now;
        let Some(operation) = self
            .operations
            .get(&lease.id)
            .filter(|it| it.state.epoch == lease.epoch)
        else {
            return Settled::Stale;
        };
        // The same was asked before, and its answer was lost.
        match (&operation.state.ended, &operation.state.held, outcome) {
            (Some(_), _, Outcome::Ended(_)) | (None, Some(_), Outcome::Held { .. }) => {
                return Settled::Done;
            }
            (Some(_), ..) | (None, Some(_), _) => return Settled::Stale,
            (None, None, _) => {}
        }
        let progress = match outcome {
            Outcome::Again { progress, .. } | Outcome::Held { progress, .. } => progress.as_ref(),
            Outcome::Ended(ending) => {
                self.end(lease.id, ending);
                self.keep_run(lease.id, &Note::of_end(ending));
                return Settled::Done;
            }
        };
        if let Some(progress) = progress {
            self.keep_progress(lease.id, progress);
        }
        if let Some(operation) = self.operations.get_mut(&lease.id) {
            let state = &mut operation.state;
            state.owner = None;
            let note = match outcome {
                Outcome::Again { delay, note, .. } => {
                    state.epoch += 1;
                    state.until = now.after(*delay);
                    note.as_ref()
                }
                Outcome::Held { why, note, .. } => {
                    state.held = Some(why.clone());
                    note.as_ref()
                }
                Outcome::Ended(_) => None,
            };
            if let Some(note) = note {
                state.take(note, now);
            }
            let is_held = state.held.is_some();
            if let Some(note) = note.filter(|note| note.counts || is_held) {
                self.keep_run(lease.id, note);
            }
        }
        Settled::Done
    }

    fn end(&mut self, id: OperationId, ending: &Ending) {
        let Some(operation) = self.operations.get(&id) else {
            return;
        };
        let (agency, wish) = (operation.agency.clone(), operation.wish.clone());
        let is_new = self.any_new(&agency, &ending.events);
        let brings = is_new || (ending.events.is_empty() && !ending.documents.is_empty());
        let entry = brings.then(|| Position(self.next()));
        match entry {
            Some(position) => {
                let events = self.new_events(&agency, &ending.events, position);
                let documents = self.store_documents(&ending.documents);
                let origin = (Origin::Entry(position), wish.trace.as_deref());
                let follow_ups = self.queue_follow_ups(&agency, &ending.follow_ups, origin);
                let received = Received {
                    operation: wish.operation.clone(),
                    source: Source::Operation(id),
                    provenance: ending.provenance.clone(),
                    at: ending.at,
                    committed: self.now,
                    events,
                    documents,
                    follow_ups,
                    trace: wish.trace.clone(),
                };
                self.insert_entry(position, &agency, received);
            }
            None => {
                self.events_seen_again(&agency, &ending.events);
                let origin = (Origin::Operation(id), wish.trace.as_deref());
                self.queue_follow_ups(&agency, &ending.follow_ups, origin);
            }
        }
        if let (Some(poll), Some(value)) = (&wish.poll, &ending.cursor) {
            let cursor = Cursor {
                value: value.clone(),
                at: self.now,
            };
            self.cursors.insert((agency, poll.clone()), cursor);
        }
        let ended = Ended {
            end: ending.end,
            code: ending.code.clone(),
            reference: ending.reference.clone(),
            at: self.now,
            entry,
        };
        self.over(id, ended);
    }

    fn over(&mut self, id: OperationId, ended: Ended) {
        let Some(operation) = self.operations.get_mut(&id) else {
            return;
        };
        operation.state.ended = Some(ended);
        operation.state.held = None;
        let progress = operation.state.progress.take();
        self.remove_body(progress);
    }

    pub(super) fn decide(
        &mut self,
        id: OperationId,
        epoch: Option<u64>,
        decision: Decision,
        by: &Actor,
    ) -> Decided {
        let now = self.now;
        let Some(operation) = self
            .operations
            .get_mut(&id)
            .filter(|it| it.state.ended.is_none())
        else {
            return Decided::Over;
        };
        let (agency, name) = (operation.agency.clone(), operation.wish.operation.clone());
        let state = &mut operation.state;
        if state.owner.is_some() && state.until > now {
            return Decided::UnderWay;
        }
        if epoch.is_some_and(|epoch| epoch != state.epoch) {
            return Decided::Moved;
        }
        if decision == Decision::Resume && state.is_resumed(now) {
            return Decided::Done;
        }
        state.epoch += 1;
        state.owner = None;
        state.held = None;
        match decision {
            Decision::Resume => {
                state.until = now;
                state.resume();
            }
            Decision::Cancel => {
                let cancelled = Ending::cancelled(id, &operation.wish, now);
                self.end(id, &cancelled);
            }
        }
        self.record(&agency, decision.act((id, name), by.clone()));
        Decided::Done
    }

    pub(super) fn hasten(&mut self, agency: &str, classes: &[&str]) -> u64 {
        let now = self.now;
        let waiting = self.operations.values_mut().filter(|operation| {
            let state = &operation.state;
            let last = state.last.as_ref();
            operation.agency == agency
                && state.ended.is_none()
                && state.held.is_none()
                && state.owner.is_none()
                && state.until > now
                && last.is_some_and(|last| classes.contains(&last.class.as_str()))
        });
        let hastened = waiting.map(|operation| operation.state.until = now);
        hastened.count() as u64
    }

    /// The operation of a lease that has not moved on.
    fn claimed(&mut self, lease: &Lease<OperationId>) -> Option<&mut Operation> {
        let operation = self.operations.get_mut(&lease.id)?;
        let is_current = operation.state.epoch == lease.epoch && operation.state.ended.is_none();
        is_current.then_some(operation)
    }
}
