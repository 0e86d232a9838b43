// SPDX-License-Identifier: Apache-2.0
use std::collections::BTreeMap;

use super::state::{Kept, KeyKind, State, rows};
use crate::{
    error::StoreError,
    record::{Entry, Finding, OperationId, Position, Pruned, Queue, Retention, Status},
};

impl State {
    pub(super) fn prune(&mut self, retention: &Retention) -> Result<Pruned, StoreError> {
        let limit = rows("removals", retention.limit)?;
        let mut pruned = Pruned::default();
        let acknowledged = self.acknowledged_to_remove(retention, limit);
        pruned.acknowledged = acknowledged.len() as u64;
        let unacknowledged = self.unacknowledged_to_remove(retention, limit);
        pruned.unacknowledged = unacknowledged.len() as u64;
        for position in acknowledged.into_iter().chain(unacknowledged) {
            let kept = self.entries.remove(&position);
            let documents = kept
                .into_iter()
                .flat_map(|kept| kept.entry.received.documents);
            documents.for_each(|document| self.remove_body(Some(document.body)));
        }
        pruned.operations = self.prune_operations(retention, limit);
        pruned.keys = self.prune_keys(retention, limit);
        pruned.acts = self.prune_acts(retention, limit);
        pruned.nodes = self.prune_nodes(retention, limit);
        let removed = [
            pruned.acknowledged,
            pruned.unacknowledged,
            pruned.operations,
            pruned.keys,
            pruned.acts,
            pruned.nodes,
        ];
        pruned.more = limit > 0 && removed.contains(&(limit as u64));
        Ok(pruned)
    }

    fn acknowledged_to_remove(&self, retention: &Retention, limit: usize) -> Vec<Position> {
        let acknowledged = || {
            self.entries
                .values()
                .filter(|kept| kept.entry.delivery.acknowledged.is_some())
        };
        let bytes: u64 = acknowledged().map(|kept| kept.bytes).sum();
        let mut excess = match retention.acknowledged_bytes {
            Some(allowed) => bytes.saturating_sub(allowed),
            None => 0,
        };
        let end = retention.acknowledged_age.map(|age| self.now.before(age));
        let mut remove = Vec::new();
        for Kept { entry, bytes } in acknowledged() {
            let is_old =
                end.is_some_and(|end| entry.delivery.acknowledged.is_some_and(|at| at <= end));
            if is_old || excess > 0 {
                excess = excess.saturating_sub(*bytes);
                remove.push(entry.position);
            }
            if remove.len() == limit {
                break;
            }
        }
        remove.truncate(limit);
        remove
    }

    fn unacknowledged_to_remove(&self, retention: &Retention, limit: usize) -> Vec<Position> {
        let Some(end) = retention.unacknowledged_age.map(|age| self.now.before(age)) else {
            return Vec::new();
        };
        let waiting = |entry: &&Entry| {
            entry.delivery.acknowledged.is_none() && entry.received.committed <= end
        };
        let entries = self
            .entries
            .values()
            .map(|kept| &kept.entry)
            .filter(waiting);
        entries.map(|entry| entry.position).take(limit).collect()
    }

    fn prune_operations(&mut self, retention: &Retention, limit: usize) -> u64 {
        let Some(end) = retention.ended_age.map(|age| self.now.before(age)) else {
            return 0;
        };
        let ended = self.operations.values().filter(|operation| {
            let ended = operation.state.ended.as_ref();
            ended.is_some_and(|ended| ended.at <= end)
        });
        let ended: Vec<OperationId> = ended.map(|operation| operation.id).take(limit).collect();
        for id in &ended {
            let Some(operation) = self.operations.remove(id) else {
                continue;
            };
            let documents = operation
                .wish
                .payload
                .into_iter()
                .chain(operation.wish.attachments);
            documents.for_each(|document| self.remove_body(Some(document.body)));
            self.runs.remove(id);
            self.submissions.retain(|_, (_, submitted)| submitted != id);
        }
        ended.len() as u64
    }

    fn prune_keys(&mut self, retention: &Retention, limit: usize) -> u64 {
        let Some(end) = retention.keys_age.map(|age| self.now.before(age)) else {
            return 0;
        };
        let old = self.known.iter().filter(|((_, kind, _), known)| {
            let is_there = match kind {
                KeyKind::FollowUp => self.operations.contains_key(&OperationId(known.place)),
                KeyKind::Event | KeyKind::Arrival => {
                    self.entries.contains_key(&Position(known.place))
                }
            };
            known.last <= end && !is_there
        });
        let old: Vec<_> = old.map(|(key, _)| key.clone()).take(limit).collect();
        old.iter().for_each(|key| {
            self.known.remove(key);
        });
        old.len() as u64
    }

    fn prune_nodes(&mut self, retention: &Retention, limit: usize) -> u64 {
        let Some(end) = retention.nodes_age.map(|age| self.now.before(age)) else {
            return 0;
        };
        let gone = self.nodes.iter().filter(|(_, seen)| seen.at <= end);
        let gone: Vec<_> = gone.map(|(node, _)| node.clone()).take(limit).collect();
        gone.iter().for_each(|node| {
            self.nodes.remove(node);
        });
        gone.len() as u64
    }

    pub(super) fn status(&self) -> Status {
        let waiting = || {
            let entries = self.entries.values().map(|kept| &kept.entry);
            entries.filter(|entry| entry.delivery.acknowledged.is_none())
        };
        let queued = || {
            self.operations
                .values()
                .filter(|operation| operation.state.ended.is_none())
        };
        let queued_count = queued().count() as u64;
        Status {
            now: self.now,
            entries: self.entries.len() as u64,
            waiting: waiting().count() as u64,
            oldest_waiting: waiting().map(|entry| entry.received.committed).min(),
            entry_bytes: self.entries.values().map(|kept| kept.bytes).sum(),
            queued: queued_count,
            oldest_queued: queued().map(|operation| operation.wish.submitted).min(),
            held: queued()
                .filter(|operation| operation.state.held.is_some())
                .count() as u64,
            ended: self.operations.len() as u64 - queued_count,
            keys: self.known.len() as u64,
            acts: self.acts.len() as u64,
            bodies: self.bodies.len() as u64,
            body_bytes: self.bodies.values().map(|body| body.size()).sum(),
            newer: 0,
            disk_bytes: None,
            queues: self.queues(),
        }
    }

    fn queues(&self) -> Vec<Queue> {
        let mut queues: BTreeMap<&str, Queue> = BTreeMap::new();
        let open = self.operations.values();
        for operation in open.filter(|operation| operation.state.ended.is_none()) {
            let queue = queues.entry(&operation.agency).or_default();
            let (number, oldest) = match operation.state.held {
                None => (&mut queue.queued, &mut queue.oldest_queued),
                Some(_) => (&mut queue.held, &mut queue.oldest_held),
            };
            let submitted = operation.wish.submitted;
            *number += 1;
            *oldest = Some(oldest.map_or(submitted, |oldest| oldest.min(submitted)));
        }
        let queues = queues.into_iter().map(|(agency, queue)| Queue {
            agency: agency.to_owned(),
            ..queue
        });
        queues.collect()
    }

    /// Whether every content that is named is there, with its digest.
    pub(super) fn check(&self) -> Vec<Finding> {
        let entries = self
            .entries
            .values()
            .flat_map(|kept| &kept.entry.received.documents);
        let operations = self.operations.values();
        let operations =
            operations.flat_map(|it| it.wish.payload.iter().chain(&it.wish.attachments));
        let documents = entries.chain(operations);
        let named = documents.map(|document| (document.body, document.sha256));
        let components = self.components.iter();
        let named = named.chain(components.map(|(digest, body)| (*body, *digest)));
        let wrong = named.filter_map(|(body, digest)| {
            let wrong = match self.bodies.get(&body) {
                None => "it is missing",
                Some(content) if content.digest() != digest => "its digest is another",
                Some(_) => return None,
            };
            Some(Finding {
                what: format!("body {body}"),
                wrong: wrong.into(),
            })
        });
        wrong.collect()
    }
}
