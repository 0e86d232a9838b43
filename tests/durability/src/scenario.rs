// SPDX-License-Identifier: Apache-2.0
//! A fixed sequence in which everything happens once: what is tried at every point of it.

use std::{path::Path, thread, time::Duration};

use anyhow::{Result, bail, ensure};
use silta_store::{
    Content, OpenError, SqliteStore, Store, StoreError,
    record::{Claim, LeaseWish, Retention, Settled},
};

use crate::{
    history::Log,
    records::{AGAIN, arrival, done, is_submission, outcome, settings, submission},
};

/// Little enough for several checkpoints on the way.
const LOG_BYTES: u64 = 96 << 10;

/// How often something is tried anew.
const ATTEMPTS: u32 = 50;

const LEASE: Duration = Duration::from_millis(100);

/// What went wrong.
pub(crate) enum Trouble<'a> {
    Opening(OpenError),
    Answer(&'a SqliteStore, StoreError),
}

/// A run of it. Whoever runs it says what comes of trouble: to end it there, or to have the same asked for again.
pub(crate) struct Scenario<'a> {
    store: &'a Path,
    log: Log,
    on_trouble: &'a mut dyn FnMut(Trouble<'_>) -> Result<()>,
}

/// Ends where something goes wrong.
pub(crate) fn give_up(trouble: Trouble<'_>) -> Result<()> {
    match trouble {
        Trouble::Opening(error) => Err(error.into()),
        Trouble::Answer(_, error) => Err(error.into()),
    }
}

impl<'a> Scenario<'a> {
    pub(crate) fn new(
        store: &'a Path,
        logs: &Path,
        on_trouble: &'a mut dyn FnMut(Trouble<'_>) -> Result<()>,
    ) -> Result<Self> {
        Ok(Self {
            store,
            log: Log::open(logs, "scenario")?,
            on_trouble,
        })
    }

    /// From the first opening to the end. It may be run again on what an earlier run has left.
    pub(crate) fn run(&mut self) -> Result<()> {
        let store = &self.open()?;
        // A small and a large arrival, a duplicate, a submission with a small and one with a large payload.
        self.ask_all(store, &["a0", "b3", "a0", "c7", "d07"])?;
        self.carry_out(store)?;
        self.hand_over(store)?;
        // More than the log is to have.
        self.ask_all(store, &["e0", "e1", "e2", "e3", "e4"])?;
        self.prune(store)?;
        // The file of its document has just been removed.
        self.ask_all(store, &[&format!("{AGAIN}b3"), "a0"])?;
        self.carry_out(store)?;
        self.hand_over(store)?;
        self.back_up(store)
    }

    /// Then closes it, opens it again, and goes on.
    pub(crate) fn run_twice(&mut self) -> Result<()> {
        self.run()?;
        let store = &self.open()?;
        self.ask_all(store, &["f0", "a0", "c7", "b3", "g3"])
    }

    /// Opens the store.
    pub(crate) fn open(&mut self) -> Result<SqliteStore> {
        for _ in 0..ATTEMPTS {
            match SqliteStore::open(self.store, settings(LOG_BYTES)) {
                Ok(store) => return Ok(store),
                Err(error) => (self.on_trouble)(Trouble::Opening(error))?,
            }
        }
        bail!("the store did not open in {ATTEMPTS} attempts")
    }

    /// Asks for the same until there is an answer.
    fn ask<T>(
        &mut self,
        store: &SqliteStore,
        ask: impl Fn(&SqliteStore) -> Result<T, StoreError>,
    ) -> Result<T> {
        for _ in 0..ATTEMPTS {
            match ask(store) {
                Ok(answer) => return Ok(answer),
                Err(error) => (self.on_trouble)(Trouble::Answer(store, error))?,
            }
        }
        bail!("there was no answer in {ATTEMPTS} attempts")
    }

    /// Asks for arrivals and submissions.
    pub(crate) fn ask_all(&mut self, store: &SqliteStore, keys: &[&str]) -> Result<()> {
        for key in keys {
            self.log.asked(key)?;
            if is_submission(key) {
                let answer = self.ask(store, |store| store.submit(&submission(key)))?;
                self.log.submitted(key, answer)?;
            } else {
                let answer = self.ask(store, |store| store.commit(&arrival(key)))?;
                self.log.committed(key, answer)?;
            }
        }
        Ok(())
    }

    fn carry_out(&mut self, store: &SqliteStore) -> Result<()> {
        let claim = Claim {
            owner: "o".into(),
            limit: 8,
            duration: LEASE,
            ..Claim::default()
        };
        while self.ask(store, Store::status)?.queued > 0 {
            let claimed = self.ask(store, |store| store.claim(&claim))?;
            if claimed.is_empty() {
                // Another run had it, or the answer was lost.
                thread::sleep(LEASE / 10);
            }
            for claimed in claimed {
                let key = claimed.operation.wish.parameters;
                let event = done(&key);
                let progress = Content::from(event.as_bytes());
                self.ask(store, |store| store.keep(&claimed.lease, &progress))?;
                let ended =
                    self.ask(store, |store| store.settle(&claimed.lease, &outcome(&key)))?;
                if ended == Settled::Done {
                    self.log.settled(&event)?;
                }
            }
        }
        Ok(())
    }

    fn hand_over(&mut self, store: &SqliteStore) -> Result<()> {
        let wish = LeaseWish {
            owner: "p".into(),
            agency: None,
            limit: 8,
            duration: LEASE,
            ..LeaseWish::default()
        };
        while self.ask(store, Store::status)?.waiting > 0 {
            let leased = self.ask(store, |store| store.lease(&wish))?;
            if leased.is_empty() {
                thread::sleep(LEASE / 10);
            }
            for leased in leased {
                let (id, epoch) = (leased.lease.id, Some(leased.lease.epoch));
                if self.ask(store, |store| store.acknowledge(id, epoch))? == Settled::Done {
                    self.log.acknowledged(id)?;
                }
            }
        }
        Ok(())
    }

    /// Copies it beside itself. A copy that failed may have left its folder.
    fn back_up(&mut self, store: &SqliteStore) -> Result<()> {
        let beside = self.store;
        let name = self.ask(store, |store| {
            let mut names = (0..).map(|number| format!("backup-{number}"));
            let name = names.find(|name| !beside.with_file_name(name).exists());
            let name = name.unwrap_or_default();
            store.backup(&beside.with_file_name(&name))?;
            Ok(name)
        })?;
        self.log.backed_up(&name)
    }

    /// Removes the entries that have been acknowledged.
    fn prune(&mut self, store: &SqliteStore) -> Result<()> {
        self.log.pruning()?;
        let retention = Retention {
            acknowledged_age: Some(Duration::ZERO),
            limit: 100,
            ..Retention::default()
        };
        let pruned = self.ask(store, |store| store.prune(&retention))?;
        ensure!(!pruned.more, "there were more entries than there can be");
        Ok(())
    }
}
