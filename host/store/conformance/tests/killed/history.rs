// SPDX-License-Identifier: Apache-2.0
//! What was asked and answered, against what there is.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt, fs,
    path::Path,
};

use anyhow::{Context, Result, ensure};
use silta_store::{
    Content, SqliteSettings, SqliteStore, Store,
    record::{Listing, Position},
};

/// Name of the store's folder.
pub(crate) const STORE: &str = "store";

/// What all processes so far have written down.
#[derive(Default)]
pub(crate) struct History {
    asked: BTreeSet<String>,
    /// The answers to each key.
    answers: BTreeMap<String, Vec<Answer>>,
    settled: BTreeSet<String>,
    acknowledged: BTreeSet<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    New,
    Duplicate,
}

/// What was found, if it was right.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) asked: usize,
    pub(crate) unanswered: usize,
    duplicates: usize,
    entries: usize,
    settled: usize,
    acknowledged: usize,
}

impl History {
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        let mut history = Self::default();
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "log") {
                history.add(&fs::read_to_string(path)?)?;
            }
        }
        Ok(history)
    }

    fn add(&mut self, text: &str) -> Result<()> {
        // The process may have been killed within its last line.
        let whole = text
            .rfind('\n')
            .map_or("", |end| text.get(..end).unwrap_or_default());
        for line in whole.lines() {
            let (word, rest) = line.split_once(' ').context("a line without a word")?;
            match word {
                "asked" => drop(self.asked.insert(rest.to_owned())),
                "new" => self
                    .answers
                    .entry(rest.to_owned())
                    .or_default()
                    .push(Answer::New),
                "duplicate" => self
                    .answers
                    .entry(rest.to_owned())
                    .or_default()
                    .push(Answer::Duplicate),
                "settled" => drop(self.settled.insert(rest.to_owned())),
                "acknowledged" => drop(self.acknowledged.insert(rest.parse()?)),
                other => anyhow::bail!("a line that begins with {other}"),
            }
        }
        Ok(())
    }

    /// What was asked and not answered.
    pub(crate) fn open(&self) -> Vec<String> {
        let is_open = |key: &&String| !self.answers.contains_key(*key);
        self.asked.iter().filter(is_open).cloned().collect()
    }

    /// Compares it with the store, as that is after a restart.
    pub(crate) fn check(&self, folder: &Path) -> Result<Tally> {
        let path = folder.join(STORE);
        let store = SqliteStore::open(&path, SqliteSettings::default())
            .context("the store does not open")?;
        let findings = store.check()?;
        ensure!(findings.is_empty(), "the store is damaged: {findings:?}");
        let there = Found::read(&store)?;
        let is_operation = |key: &str| key.ends_with('7');
        for (key, answers) in &self.answers {
            let times = answers
                .iter()
                .filter(|answer| **answer == Answer::New)
                .count();
            ensure!(times <= 1, "{key} was new {times} times");
            ensure!(
                is_operation(key) || there.events.contains_key(key),
                "{key} was acknowledged and is missing"
            );
            ensure!(
                !is_operation(key) || there.operations.contains(key),
                "{key} was acknowledged as queued and is missing"
            );
        }
        for (key, times) in &there.events {
            ensure!(*times == 1, "{key} is there {times} times");
            let asked = key.strip_prefix("done ").unwrap_or(key);
            ensure!(
                self.asked.contains(asked),
                "{key} is there, and nobody asked for it"
            );
        }
        for key in &self.settled {
            ensure!(
                there.events.contains_key(key),
                "{key} was settled, and its event is missing"
            );
        }
        for position in &self.acknowledged {
            ensure!(
                there.acknowledged.contains(position),
                "entry {position} is no longer acknowledged"
            );
        }
        let answers = self.answers.values().flatten();
        Ok(Tally {
            asked: self.asked.len(),
            unanswered: self.open().len(),
            duplicates: answers
                .filter(|answer| **answer == Answer::Duplicate)
                .count(),
            entries: there.entries,
            settled: self.settled.len(),
            acknowledged: self.acknowledged.len(),
        })
    }
}

/// What is in the store.
#[derive(Default)]
struct Found {
    /// How often each event is there.
    events: BTreeMap<String, usize>,
    /// The keys of submissions, as far as they were acknowledged as queued.
    operations: BTreeSet<String>,
    acknowledged: BTreeSet<u64>,
    entries: usize,
}

impl Found {
    fn read(store: &SqliteStore) -> Result<Self> {
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
            for entry in page {
                found.entries += 1;
                if entry.delivery.acknowledged.is_some() {
                    found.acknowledged.insert(entry.position.0);
                }
                for event in entry.received.events {
                    *found.events.entry(event.deduplication_key).or_default() += 1;
                }
                for document in entry.received.documents {
                    let body = store.body(document.body)?;
                    ensure!(
                        body.is_some_and(|body| body.digest() == document.sha256),
                        "a document is missing"
                    );
                }
            }
        }
        let status = store.status()?;
        // Operations are numbered with everything else; there is no list of them to go through.
        let mut number = 0;
        let mut left = status.queued + status.ended;
        while left > 0 {
            number += 1;
            if let Some(operation) = store.operation(silta_store::record::OperationId(number))? {
                left -= 1;
                if let Some(payload) = operation.wish.payload {
                    let body = store.body(payload.body)?;
                    let expected = Content::from(operation.wish.parameters.as_bytes());
                    ensure!(
                        body == Some(expected),
                        "the payload of an operation is missing"
                    );
                    let is_first = found.operations.insert(operation.wish.parameters);
                    ensure!(is_first, "an operation was queued twice");
                }
            }
        }
        Ok(found)
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} asked, {} unanswered, {} answered as duplicates, {} entries, {} operations settled, {} entries acknowledged; 0 missing, 0 twice",
            self.asked,
            self.unanswered,
            self.duplicates,
            self.entries,
            self.settled,
            self.acknowledged
        )
    }
}
