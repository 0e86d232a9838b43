// SPDX-License-Identifier: Apache-2.0
//! The process that is killed.

use std::{
    fs::{File, OpenOptions},
    io::Write,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use silta_store::{
    Content, SqliteSettings, SqliteStore, Store,
    record::{
        Arrival, Claim, Document, Ending, Event, FollowUp, IdempotencyKey, LeaseWish, Outcome,
        Receipt, Settled, Submission, Submitted,
    },
};

use crate::history::{History, STORE};

/// Threads that commit.
const WRITERS: usize = 8;

/// Longer than a killed process lives; what it had is free for the next one.
const LEASE: Duration = Duration::from_millis(50);

/// Works until it is killed; or, in the last round, until all that was open is answered and nothing is left to carry out.
pub(crate) fn run(folder: &Path, round: &str) -> Result<()> {
    let is_last = round == "last";
    let settings = SqliteSettings {
        largest_row: 32_768,
        log_bytes: 1 << 20,
        ..SqliteSettings::default()
    };
    let store =
        &SqliteStore::open(&folder.join(STORE), settings).context("the store does not open")?;
    let open = History::read(folder)?.open();
    thread::scope(|scope| {
        let mut threads = Vec::new();
        for writer in 0..WRITERS {
            let mine: Vec<String> = open.iter().skip(writer).step_by(WRITERS).cloned().collect();
            let new = (0..).map(move |number| format!("{round}-{writer}-{number}"));
            let new = new.take(if is_last { 0 } else { usize::MAX });
            threads.push(
                scope.spawn(move || write(store, folder, writer, mine.into_iter().chain(new))),
            );
        }
        threads.push(scope.spawn(move || carry_out(store, folder, is_last)));
        threads.push(scope.spawn(move || hand_over(store, folder, is_last)));
        threads.into_iter().try_for_each(|thread| {
            thread
                .join()
                .map_err(|_| anyhow::anyhow!("a thread panicked"))?
        })
    })
}

/// A file that this thread adds lines to. What the system has taken survives the process.
struct Log(File);

impl Log {
    fn open(folder: &Path, name: &str) -> Result<Self> {
        let path = folder.join(format!("{name}.log"));
        Ok(Self(
            OpenOptions::new().create(true).append(true).open(path)?,
        ))
    }

    fn line(&mut self, line: &str) -> Result<()> {
        Ok(self.0.write_all(format!("{line}\n").as_bytes())?)
    }
}

/// Asks for each key: an arrival, or a submission.
fn write(
    store: &SqliteStore,
    folder: &Path,
    writer: usize,
    keys: impl Iterator<Item = String>,
) -> Result<()> {
    let mut log = Log::open(folder, &format!("writer-{writer}"))?;
    for key in keys {
        log.line(&format!("asked {key}"))?;
        // The last digit says what it is, so that it is the same when it is asked for again.
        let answer = match key.bytes().last() {
            Some(b'7') => match store.submit(&submission(&key))? {
                Submitted::New(_) => "new",
                Submitted::Known(_) => "duplicate",
            },
            last => match store.commit(&arrival(&key, last == Some(b'3')))? {
                Receipt::New(_) => "new",
                Receipt::Duplicate(_) => "duplicate",
            },
        };
        log.line(&format!("{answer} {key}"))?;
    }
    Ok(())
}

fn event(key: &str) -> Event {
    Event {
        kind: "message".into(),
        data: format!("{{\"of\":\"{key}\"}}"),
        deduplication_key: key.into(),
        about: None,
    }
}

/// Every tenth has a large document and a follow-up.
fn arrival(key: &str, is_large: bool) -> Arrival {
    let size = if is_large { 40_000 } else { 2_000 };
    let content: Vec<u8> = key.bytes().cycle().take(size).collect();
    let document = Document {
        name: "d".into(),
        media_type: "text/plain".into(),
        content: Content::from(content),
    };
    let follow_up = FollowUp {
        operation: "download".into(),
        parameters: key.into(),
        deduplication_key: key.into(),
        lane: None,
    };
    Arrival {
        agency: "vero".into(),
        operation: "notify".into(),
        events: vec![event(key)],
        documents: vec![document],
        follow_ups: if is_large {
            vec![follow_up]
        } else {
            Vec::new()
        },
        ..Arrival::default()
    }
}

fn submission(key: &str) -> Submission {
    Submission {
        agency: "vero".into(),
        operation: "send".into(),
        parameters: key.into(),
        payload: Some(Content::from(key.as_bytes())),
        idempotency: Some(IdempotencyKey {
            client: "c".into(),
            key: key.into(),
        }),
        ..Submission::default()
    }
}

/// Carries out what is queued: keeps progress, then ends it with an event. Writes down what was settled.
fn carry_out(store: &SqliteStore, folder: &Path, is_last: bool) -> Result<()> {
    let mut log = Log::open(folder, "operations")?;
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
            let key = format!("done {}", claimed.operation.wish.parameters);
            if store.keep(&claimed.lease, &Content::from(key.as_bytes()))? == Settled::Stale {
                continue;
            }
            let ending = Ending {
                events: vec![event(&key)],
                ..Ending::default()
            };
            if store.settle(&claimed.lease, &Outcome::Ended(Box::new(ending)))? == Settled::Done {
                log.line(&format!("settled {key}"))?;
            }
        }
    }
}

/// Hands entries over and acknowledges them. Writes down what was acknowledged.
fn hand_over(store: &SqliteStore, folder: &Path, is_last: bool) -> Result<()> {
    let mut log = Log::open(folder, "platform")?;
    let wish = LeaseWish {
        owner: "p".into(),
        agency: None,
        limit: 8,
        duration: LEASE,
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
                log.line(&format!("acknowledged {}", leased.lease.id))?;
            }
        }
    }
    Ok(())
}
