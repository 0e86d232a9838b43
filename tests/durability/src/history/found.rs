// SPDX-License-Identifier: Apache-2.0
use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, ensure};
use silta_store::{
    SqliteStore, Store,
    record::{Entry, Listing, OperationId, Position},
};

use crate::records::{content, payload};

/// What is in the store.
#[derive(Default)]
pub(super) struct Found {
    /// How often each event is there.
    pub(super) events: BTreeMap<String, usize>,
    /// The keys of submissions, as far as they are queued or have ended.
    pub(super) operations: BTreeSet<String>,
    pub(super) positions: BTreeSet<u64>,
    pub(super) acknowledged: BTreeSet<u64>,
    pub(super) entries: usize,
}

impl Found {
    pub(super) fn read(store: &SqliteStore) -> Result<Self> {
        let mut found = Self::default();
        let mut after = Position(0);
        loop {
            let page = store.list(&Listing {
                after,
                limit: 1_000,
                ..Listing::default()
            })?;
            let Some(last) = page.last() else {
                break;
            };
            after = last.position;
            page.into_iter()
                .try_for_each(|entry| found.entry(store, entry))?;
        }
        found.read_operations(store)?;
        Ok(found)
    }

    fn entry(&mut self, store: &SqliteStore, entry: Entry) -> Result<()> {
        self.entries += 1;
        self.positions.insert(entry.position.0);
        if entry.delivery.acknowledged.is_some() {
            self.acknowledged.insert(entry.position.0);
        }
        for document in &entry.received.documents {
            let key = &entry
                .received
                .events
                .first()
                .context("an event is missing")?;
            let expected = content(&key.deduplication_key);
            ensure!(
                store.body(document.body)? == Some(expected),
                "the document of {} is missing",
                key.deduplication_key
            );
        }
        for event in entry.received.events {
            *self.events.entry(event.deduplication_key).or_default() += 1;
        }
        Ok(())
    }

    fn read_operations(&mut self, store: &SqliteStore) -> Result<()> {
        let status = store.status()?;
        // Operations are numbered with everything else; there is no list of them to go through.
        let mut number = 0;
        let mut left = status.queued + status.ended;
        while left > 0 {
            number += 1;
            let Some(operation) = store.operation(OperationId(number))? else {
                continue;
            };
            left -= 1;
            let Some(kept) = operation.wish.payload else {
                continue;
            };
            let key = operation.wish.parameters;
            ensure!(
                store.body(kept.body)? == Some(payload(&key)),
                "the payload of {key} is missing"
            );
            ensure!(
                self.operations.insert(key.clone()),
                "{key} was queued twice"
            );
        }
        Ok(())
    }
}
