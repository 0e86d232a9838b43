// SPDX-License-Identifier: Apache-2.0
use std::{collections::BTreeMap, ops::Bound};

use crate::{
    content::{Content, Digest},
    error::{StoreError, Why},
    record::{
        Act, ActId, ActRecord, BodyId, Cursor, Desired, Document, Entry, Generation,
        IdempotencyKey, KEPT_RUNS, MOST_ROWS, NodeSeen, Note, Operation, OperationId, Position,
        Revised, Run, StoredDocument,
    },
    time::Timestamp,
};

/// Everything.
#[derive(Default)]
pub(super) struct State {
    pub(super) now: Timestamp,
    sequence: u64,
    pub(super) known: BTreeMap<KnownKey, Known>,
    pub(super) entries: BTreeMap<Position, Kept>,
    pub(super) bodies: BTreeMap<BodyId, Content>,
    pub(super) operations: BTreeMap<OperationId, Operation>,
    pub(super) submissions: BTreeMap<IdempotencyKey, (Digest, OperationId)>,
    pub(super) cursors: BTreeMap<(String, String), Cursor>,
    pub(super) budgets: BTreeMap<(String, String), Vec<Timestamp>>,
    pub(super) desired: Revised<Desired>,
    pub(super) nodes: BTreeMap<String, NodeSeen>,
    /// By agency and number.
    pub(super) generations: BTreeMap<(String, u64), KeptGeneration>,
    pub(super) components: BTreeMap<Digest, BodyId>,
    pub(super) acts: BTreeMap<ActId, Act>,
    pub(super) runs: BTreeMap<OperationId, Vec<Run>>,
    last_act: u64,
}

/// Agency, kind and key.
pub(super) type KnownKey = (String, KeyKind, String);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum KeyKind {
    Event,
    FollowUp,
    Arrival,
}

/// Where a key came first, and when last.
#[derive(Clone, Copy)]
pub(super) struct Known {
    /// A position, or the number of an operation.
    pub(super) place: u64,
    pub(super) last: Timestamp,
}

pub(super) struct KeptGeneration {
    pub(super) generation: Generation,
    /// Whether its component is kept: it serves, did before, or has been prepared.
    pub(super) is_kept: bool,
}

pub(super) struct Kept {
    pub(super) entry: Entry,
    pub(super) bytes: u64,
}

impl State {
    pub(super) fn next(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence
    }

    /// Keeps how a run ended, and forgets the oldest beyond those that are kept.
    pub(super) fn keep_run(&mut self, id: OperationId, note: &Note) {
        let runs = self.runs.entry(id).or_default();
        let before = runs.last().map_or(0, |run| run.number);
        runs.push(Run::noted(before, self.now, note));
        let excess = runs.len().saturating_sub(KEPT_RUNS as usize);
        runs.drain(..excess);
    }

    pub(super) fn record(&mut self, agency: &str, record: ActRecord) {
        self.last_act += 1;
        let id = ActId(self.last_act);
        let act = Act {
            id,
            at: self.now,
            agency: agency.to_owned(),
            record,
        };
        self.acts.insert(id, act);
    }

    pub(super) fn store(&mut self, content: &Content) -> BodyId {
        let id = BodyId(self.next());
        self.bodies.insert(id, content.clone());
        id
    }

    pub(super) fn store_documents(&mut self, documents: &[Document]) -> Vec<StoredDocument> {
        let stored = |document: &Document| StoredDocument {
            name: document.name.clone(),
            media_type: document.media_type.clone(),
            size: document.content.size(),
            sha256: document.content.digest(),
            body: self.store(&document.content),
        };
        documents.iter().map(stored).collect()
    }

    pub(super) fn remove_body(&mut self, body: Option<BodyId>) {
        if let Some(body) = body {
            self.bodies.remove(&body);
        }
    }
}

/// Refuses to answer with too many rows.
pub(super) fn rows(what: &'static str, limit: u32) -> Result<usize, StoreError> {
    if limit > MOST_ROWS {
        let too_many = Why::TooMany {
            what,
            asked: limit.into(),
            allowed: MOST_ROWS.into(),
        };
        return Err(too_many.into());
    }
    Ok(limit as usize)
}

/// What stands behind a place, from the first to the last or from the last to the first; all behind the place 0.
pub(super) fn in_sequence<K: Copy + Default + Ord, V>(
    kept: &BTreeMap<K, V>,
    after: K,
    newest_first: bool,
) -> Box<dyn Iterator<Item = &V> + '_> {
    match newest_first {
        false => {
            let behind = (Bound::Excluded(after), Bound::Unbounded);
            Box::new(kept.range(behind).map(|(_, value)| value))
        }
        true if after == K::default() => Box::new(kept.values().rev()),
        true => Box::new(kept.range(..after).rev().map(|(_, value)| value)),
    }
}
