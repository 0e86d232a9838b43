// SPDX-License-Identifier: Apache-2.0
//! The process that uses a store, until that is taken away from it.

use std::{
    path::Path,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use silta_store::{
    Content, SqliteStore, Store,
    record::{Claim, LeaseWish, Settled},
};

use crate::{
    history::{History, Log},
    records::{arrival, done, is_submission, outcome, settings, submission},
};

/// Threads that commit.
const WRITERS: usize = 8;

/// Longer than a process lives that is killed; what it had is free for the next one.
const LEASE: Duration = Duration::from_millis(50);

/// The name of the round in which nothing new is asked for.
pub(crate) const LAST: &str = "last";

/// Bytes of the log from which it is moved into the database.
const LOG_BYTES: u64 = 512 << 10;

/// Works until it is killed or the store fails; or, in the last round, until all that was open is answered and nothing is left to carry out.
///
/// It writes down what it asks before it asks, and what it is answered after; what an earlier one was not answered it asks for again.
pub(crate) fn run(store: &Path, logs: &Path, round: &str) -> Result<()> {
    let is_last = round == LAST;
    let store =
        &SqliteStore::open(store, settings(LOG_BYTES)).context("the store does not open")?;
    let open = History::read(logs)?.open();
    thread::scope(|scope| {
        let mut threads = Vec::new();
        for writer in 0..WRITERS {
            let mine: Vec<String> = open.iter().skip(writer).step_by(WRITERS).cloned().collect();
            let new = (0..).map(move |number| format!("{round}-{writer}-{number}"));
            let new = new.take(if is_last { 0 } else { usize::MAX });
            threads
                .push(scope.spawn(move || write(store, logs, writer, mine.into_iter().chain(new))));
        }
        threads.push(scope.spawn(move || carry_out(store, logs, is_last)));
        threads.push(scope.spawn(move || hand_over(store, logs, is_last)));
        threads.into_iter().try_for_each(|thread| {
            thread
                .join()
                .map_err(|_| anyhow::anyhow!("a thread panicked"))?
        })
    })
}

/// Asks for each key: an arrival, or a submission. Every ninth is asked for once more.
fn write(
    store: &SqliteStore,
    logs: &Path,
    writer: usize,
    keys: impl Iterator<Item = String>,
) -> Result<()> {
    let mut log = Log::open(logs, &format!("writer-{writer}"))?;
    for (number, key) in keys.enumerate() {
        log.asked(&key)?;
        for _ in 0..1 + usize::from(number % 9 == 8) {
            match is_submission(&key) {
                true => log.submitted(&key, store.submit(&submission(&key))?)?,
                false => log.committed(&key, store.commit(&arrival(&key))?)?,
            }
        }
    }
    Ok(())
}

/// Carries out what is queued: keeps progress, then ends it with an event. Writes down what was settled.
fn carry_out(store: &SqliteStore, logs: &Path, is_last: bool) -> Result<()> {
    let mut log = Log::open(logs, "operations")?;
    let claim = Claim {
        owner: "o".into(),
        limit: 8,
        duration: LEASE,
        ..Claim::default()
    };
    loop {
        let claimed = store.claim(&claim)?;
        if claimed.is_empty() {
            if is_last && store.status()?.queued == 0 {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(2));
        }
        for claimed in claimed {
            let key = claimed.operation.wish.parameters;
            let event = done(&key);
            if store.keep(&claimed.lease, &Content::from(event.as_bytes()))? == Settled::Stale {
                continue;
            }
            if store.settle(&claimed.lease, &outcome(&key))? == Settled::Done {
                log.settled(&event)?;
            }
        }
    }
}

/// Hands entries over and acknowledges them. Writes down what was acknowledged.
fn hand_over(store: &SqliteStore, logs: &Path, is_last: bool) -> Result<()> {
    let mut log = Log::open(logs, "platform")?;
    let wish = LeaseWish {
        owner: "p".into(),
        agency: None,
        limit: 8,
        duration: LEASE,
        ..LeaseWish::default()
    };
    // In the last round others may still add to the inbox for a while.
    let begun = Instant::now();
    while !is_last || begun.elapsed() < Duration::from_millis(200) {
        let leased = store.lease(&wish)?;
        if leased.is_empty() {
            thread::sleep(Duration::from_millis(2));
        }
        for leased in leased {
            if store.acknowledge(leased.lease.id, Some(leased.lease.epoch))? == Settled::Done {
                log.acknowledged(leased.lease.id)?;
            }
        }
    }
    Ok(())
}
