// SPDX-License-Identifier: Apache-2.0
//! What was asked and answered, against what there is.

mod found;
mod log;
mod tally;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use anyhow::{Context, Result, bail, ensure};
use silta_store::{
    SqliteSettings, SqliteStore, Store,
    record::{Receipt, Submitted},
};

use crate::records::{arrival, asked_for, is_submission, submission};
use found::Found;
pub(crate) use log::Log;
pub(crate) use tally::Tally;

/// What all processes so far have written down.
#[derive(Default)]
pub(crate) struct History {
    asked: BTreeSet<String>,
    /// The answers to each key.
    answers: BTreeMap<String, Vec<Answer>>,
    settled: BTreeSet<String>,
    acknowledged: BTreeSet<u64>,
    is_pruned: bool,
    /// Copies, and what was answered before each.
    backups: Vec<(String, Vec<String>)>,
    /// Times without an answer; in how many of them the store was not ready.
    troubles: u64,
    unready: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    New,
    Duplicate,
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
                "backup" => {
                    self.backups
                        .push((rest.to_owned(), self.acknowledged_keys()));
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

    /// Opens the store, as after a restart, and compares; and its copies.
    pub(crate) fn check(&self, store: &Path) -> Result<Tally> {
        for (name, keys) in &self.backups {
            let copy = store.with_file_name(name);
            compare_copy(&copy, keys).with_context(|| format!("the copy {name}"))?;
        }
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

/// A copy is a store, and all of these are known in it.
fn compare_copy(copy: &Path, keys: &[String]) -> Result<()> {
    let copy = SqliteStore::open(copy, SqliteSettings::default())?;
    let findings = copy.check()?;
    ensure!(findings.is_empty(), "it is damaged: {findings:?}");
    for key in keys {
        let is_known = match is_submission(key) {
            true => matches!(copy.submit(&submission(key))?, Submitted::Known(_)),
            false => matches!(copy.commit(&arrival(key))?, Receipt::Duplicate(_)),
        };
        ensure!(is_known, "{key} was acknowledged before, and is missing");
    }
    Ok(())
}

#[cfg(test)]
mod tests;
