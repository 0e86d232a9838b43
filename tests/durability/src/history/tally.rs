// SPDX-License-Identifier: Apache-2.0
use std::{fmt, ops::AddAssign};

use anyhow::{Context, Result, bail, ensure};

/// What was found, if it was right.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Tally {
    pub(crate) asked: usize,
    pub(crate) unanswered: usize,
    pub(crate) answered: usize,
    pub(super) duplicates: usize,
    pub(super) entries: usize,
    pub(super) settled: usize,
    pub(super) acknowledged: usize,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.asked += other.asked;
        self.unanswered += other.unanswered;
        self.answered += other.answered;
        self.duplicates += other.duplicates;
        self.entries += other.entries;
        self.settled += other.settled;
        self.acknowledged += other.acknowledged;
    }
}

impl Tally {
    /// In the end, everybody has been answered.
    pub(crate) fn all_answered(&self) -> Result<()> {
        let unanswered = self.unanswered;
        ensure!(unanswered == 0, "{unanswered} were not answered");
        Ok(())
    }

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
