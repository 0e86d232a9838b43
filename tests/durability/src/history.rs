// SPDX-License-Identifier: Apache-2.0
//! What was asked and answered, against what there is.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    fs::{self, File, OpenOptions},
    io::Write,
    path::Path,
};

use anyhow::{Context, Result, bail, ensure};
use silta_store::{
    SqliteSettings, SqliteStore, Store,
    record::{Entry, Listing, OperationId, Position, Receipt, Submitted},
};

use crate::records::{arrival, asked_for, content, is_submission, payload};

/// How often a line is tried.
const LINE_ATTEMPTS: u32 = 1_000;

/// A file that a thread adds lines to. What the system has taken survives the process; the power stays on where it lies.
pub(crate) struct Log(File);

impl Log {
    pub(crate) fn open(folder: &Path, name: &str) -> Result<Self> {
        let path = folder.join(format!("{name}.log"));
        Ok(Self(
            OpenOptions::new().create(true).append(true).open(path)?,
        ))
    }

    /// Somebody is about to ask for this.
    pub(crate) fn asked(&mut self, key: &str) -> Result<()> {
        self.line("asked", key)
    }

    pub(crate) fn committed(&mut self, key: &str, receipt: Receipt) -> Result<()> {
        match receipt {
            Receipt::New(_) => self.line("new", key),
            Receipt::Duplicate(_) => self.line("duplicate", key),
        }
    }

    pub(crate) fn submitted(&mut self, key: &str, answer: Submitted) -> Result<()> {
        match answer {
            Submitted::New(_) => self.line("new", key),
            Submitted::Known(_) => self.line("duplicate", key),
        }
    }

    /// The operation that ends with this event has ended.
    pub(crate) fn settled(&mut self, event: &str) -> Result<()> {
        self.line("settled", event)
    }

    pub(crate) fn acknowledged(&mut self, position: Position) -> Result<()> {
        self.line("acknowledged", &position.to_string())
    }

    /// There was no answer; and whether the store said that it is not ready.
    pub(crate) fn trouble(&mut self, is_ready: bool) -> Result<()> {
        self.line("trouble", if is_ready { "ready" } else { "unready" })
    }

    /// From now on entries that were acknowledged may be gone.
    pub(crate) fn pruning(&mut self) -> Result<()> {
        self.line("pruning", "acknowledged")
    }

    fn line(&mut self, word: &str, rest: &str) -> Result<()> {
        let line = format!("{word} {rest}\n");
        // Where writes fail by chance, this one may as well; then nothing was written.
        let written = (0..LINE_ATTEMPTS).any(|_| self.0.write_all(line.as_bytes()).is_ok());
        ensure!(written, "a line cannot be written down");
        Ok(())
    }
}

/// What all processes so far have written down.
#[derive(Default)]
pub(crate) struct History {
    asked: BTreeSet<String>,
    /// The answers to each key.
    answers: BTreeMap<String, Vec<Answer>>,
    settled: BTreeSet<String>,
    acknowledged: BTreeSet<u64>,
    is_pruned: bool,
    /// Times without an answer; in how many of them the store was not ready.
    troubles: u64,
    unready: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    New,
    Duplicate,
}

/// What was found, if it was right.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Tally {
    pub(crate) asked: usize,
    pub(crate) unanswered: usize,
    pub(crate) answered: usize,
    duplicates: usize,
    entries: usize,
    settled: usize,
    acknowledged: usize,
}

impl History {
    /// From the logs in a folder.
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
            let answer = match word {
                "asked" => {
                    self.asked.insert(rest.to_owned());
                    continue;
                }
                "settled" => {
                    self.settled.insert(rest.to_owned());
                    continue;
                }
                "acknowledged" => {
                    self.acknowledged.insert(rest.parse()?);
                    continue;
                }
                "trouble" => {
                    self.troubles += 1;
                    self.unready += u64::from(rest == "unready");
                    continue;
                }
                "pruning" => {
                    self.is_pruned = true;
                    continue;
                }
                "new" => Answer::New,
                "duplicate" => Answer::Duplicate,
                other => bail!("a line that begins with {other}"),
            };
            self.answers
                .entry(rest.to_owned())
                .or_default()
                .push(answer);
        }
        Ok(())
    }

    /// What was asked and not answered.
    pub(crate) fn open(&self) -> Vec<String> {
        let is_open = |key: &&String| !self.answers.contains_key(*key);
        self.asked.iter().filter(is_open).cloned().collect()
    }

    /// Keys that were acknowledged, in whatever way.
    pub(crate) fn acknowledged_keys(&self) -> Vec<String> {
        self.answers.keys().cloned().collect()
    }

    /// How many were acknowledged.
    pub(crate) fn answered(&self) -> usize {
        self.answers.len()
    }

    /// How often there was no answer, and in how many of these the store was not ready.
    pub(crate) fn troubles(&self) -> (u64, u64) {
        (self.troubles, self.unready)
    }

    /// Opens the store, as after a restart, and compares.
    pub(crate) fn check(&self, store: &Path) -> Result<Tally> {
        let store = SqliteStore::open(store, SqliteSettings::default())
            .context("the store does not open")?;
        self.compare(&store)
    }

    /// Compares it with a store.
    pub(crate) fn compare(&self, store: &SqliteStore) -> Result<Tally> {
        let findings = store.check()?;
        ensure!(findings.is_empty(), "the store is damaged: {findings:?}");
        let there = Found::read(store)?;
        for (key, answers) in &self.answers {
            let is_new = |answer: &&Answer| **answer == Answer::New;
            let times = answers.iter().filter(is_new).count();
            ensure!(times <= 1, "{key} was new {times} times");
            self.compare_key(key, &there, store)?;
        }
        for (key, times) in &there.events {
            ensure!(*times == 1, "{key} is there {times} times");
            ensure!(
                self.asked.contains(asked_for(key)),
                "{key} is there, and nobody asked for it"
            );
        }
        for key in &self.settled {
            ensure!(
                there.events.contains_key(key) || self.is_pruned,
                "{key} was settled, and its event is missing"
            );
        }
        for position in &self.acknowledged {
            let is_gone = self.is_pruned && !there.positions.contains(position);
            ensure!(
                there.acknowledged.contains(position) || is_gone,
                "entry {position} is no longer acknowledged"
            );
        }
        let answers = self.answers.values().flatten();
        Ok(Tally {
            asked: self.asked.len(),
            unanswered: self.open().len(),
            answered: self.answers.len(),
            duplicates: answers
                .filter(|answer| **answer == Answer::Duplicate)
                .count(),
            entries: there.entries,
            settled: self.settled.len(),
            acknowledged: self.acknowledged.len(),
        })
    }

    fn compare_key(&self, key: &str, there: &Found, store: &SqliteStore) -> Result<()> {
        if is_submission(key) {
            let is_there = there.operations.contains(key);
            ensure!(is_there, "{key} was acknowledged as queued and is missing");
        } else if self.is_pruned && !there.events.contains_key(key) {
            // Its entry may be gone, and it is known all the same.
            let again = store.commit(&arrival(key))?;
            let is_known = matches!(again, Receipt::Duplicate(_));
            ensure!(is_known, "{key} was acknowledged and is not known any more");
        } else {
            let is_there = there.events.contains_key(key);
            ensure!(is_there, "{key} was acknowledged and is missing");
        }
        Ok(())
    }
}

/// What is in the store.
#[derive(Default)]
struct Found {
    /// How often each event is there.
    events: BTreeMap<String, usize>,
    /// The keys of submissions, as far as they are queued or have ended.
    operations: BTreeSet<String>,
    positions: BTreeSet<u64>,
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

impl Tally {
    /// For another process to read.
    pub(crate) fn to_line(self) -> String {
        let numbers = [
            self.asked,
            self.unanswered,
            self.answered,
            self.duplicates,
            self.entries,
            self.settled,
            self.acknowledged,
        ];
        numbers.map(|number| number.to_string()).join(" ")
    }

    pub(crate) fn from_line(line: &str) -> Result<Self> {
        let numbers = line.split(' ').map(str::parse);
        let numbers = numbers.collect::<Result<Vec<usize>, _>>();
        match numbers.context("no tally")?[..] {
            [
                asked,
                unanswered,
                answered,
                duplicates,
                entries,
                settled,
                acknowledged,
            ] => Ok(Self {
                asked,
                unanswered,
                answered,
                duplicates,
                entries,
                settled,
                acknowledged,
            }),
            _ => bail!("another tally than this one: {line}"),
        }
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
