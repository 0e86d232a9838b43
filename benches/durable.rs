// SPDX-License-Identifier: Apache-2.0
//! How many arrivals can be acknowledged in a second, and how long does one wait?
//!
//! `store` is a commit of an arrival with one event and a document of 8 KiB, by 16 threads that each wait for their answer: at saturation, with the disk
//! waited for. `floor` is plain SQLite with the same rows, the same settings and as many of them in a transaction as shared one in `store`, by one thread
//! without a queue. Both are times per arrival. What follows is not judged, since it is the disk's: the time of a commit when 50 and 200 arrive in a second.
//! Left out: the call itself, and its validation.
//!
//! Run: `cargo bench -p silta-benches --bench durable`

#![expect(
    clippy::expect_used,
    reason = "a benchmark that cannot run has to stop"
)]

use std::{
    fs,
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

use criterion::{Criterion, Throughput, criterion_group};
use rusqlite::Connection;
use silta_benches::payload;
use silta_store::{
    Content, SqliteSettings, SqliteStore, Store,
    record::{Arrival, Document, Event},
};

const CLIENTS: u64 = 16;

const SIZE: usize = 8 << 10;

/// Bytes of the log from which it is moved into the database, as the store has it.
const LOG: u64 = 8 << 20;

fn main() {
    benches();
    Criterion::default().configure_from_args().final_summary();
    for rate in [50, 200] {
        latency(rate);
    }
}

criterion_group!(benches, durable);

fn durable(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("there is room");
    let store = SqliteStore::open(&folder.path().join("store"), SqliteSettings::default());
    let store = store.expect("the store opens");
    let mut group = criterion.benchmark_group("durable");
    group.sample_size(20).throughput(Throughput::Elements(1));
    let next = AtomicU64::new(0);
    group.bench_function("store", |bencher| {
        bencher.iter_custom(|times| saturate(&store, &next, times));
    });
    let counts = store.commits();
    let shared = (counts.commands / counts.groups.max(1)).max(1);
    println!("{shared} arrivals shared a transaction");
    let mut floor = Floor::new(&folder.path().join("floor.db"));
    group.bench_function("floor", |bencher| {
        bencher.iter_custom(|times| floor.run(times, shared));
    });
    group.finish();
}

/// The time for so many commits by all clients.
fn saturate(store: &SqliteStore, next: &AtomicU64, times: u64) -> Duration {
    let end = next.load(Ordering::SeqCst) + times;
    let begun = Instant::now();
    thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                let content = Content::from(payload(SIZE));
                loop {
                    let number = next.fetch_add(1, Ordering::SeqCst);
                    if number >= end {
                        break;
                    }
                    store
                        .commit(&arrival(number, &content))
                        .expect("it is kept");
                }
            });
        }
    });
    let took = begun.elapsed();
    // Those that went beyond the end are none.
    next.store(end, Ordering::SeqCst);
    took
}

fn arrival(number: u64, content: &Content) -> Arrival {
    let event = Event {
        kind: "citizen-message".into(),
        data: format!(r#"{{"number": {number}, "text": "a short text"}}"#),
        deduplication_key: key(number),
        about: None,
    };
    let document = Document {
        name: "message.xml".into(),
        media_type: "application/xml".into(),
        content: content.clone(),
    };
    Arrival {
        agency: "vero".into(),
        operation: "notify".into(),
        events: vec![event],
        documents: vec![document],
        ..Arrival::default()
    }
}

/// As agencies make them: not in order.
fn key(number: u64) -> String {
    format!(
        "notification/{:016x}",
        number.wrapping_mul(0x9e37_79b9_7f4a_7c15)
    )
}

/// Plain SQLite.
struct Floor {
    connection: Connection,
    log: std::path::PathBuf,
    content: Vec<u8>,
    next: u64,
}

impl Floor {
    fn new(path: &Path) -> Self {
        let connection = Connection::open(path).expect("the database opens");
        connection.set_prepared_statement_cache_capacity(32);
        connection
            .execute_batch(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; PRAGMA secure_delete = FAST;
                CREATE TABLE meta (id INTEGER PRIMARY KEY, now INTEGER, sequence INTEGER) STRICT;
                INSERT INTO meta VALUES (1, 0, 0);
                CREATE TABLE known (agency TEXT, kind INTEGER, key TEXT, place INTEGER, first INTEGER, last INTEGER,
                    repeats INTEGER DEFAULT 0, PRIMARY KEY (agency, kind, key)) STRICT, WITHOUT ROWID;
                CREATE TABLE entry (position INTEGER PRIMARY KEY, agency TEXT, committed INTEGER, bytes INTEGER, acknowledged INTEGER,
                    owner TEXT, until INTEGER DEFAULT 0, epoch INTEGER DEFAULT 0, version INTEGER, record TEXT) STRICT;
                CREATE INDEX entry_waiting ON entry (position, until) WHERE acknowledged IS NULL;
                CREATE TABLE body (id INTEGER PRIMARY KEY, size INTEGER, digest BLOB, bytes BLOB) STRICT;",
            )
            .expect("the tables are made");
        let log = path.with_extension("db-wal");
        Self {
            connection,
            log,
            content: payload(SIZE),
            next: 0,
        }
    }

    fn run(&mut self, times: u64, shared: u64) -> Duration {
        let begun = Instant::now();
        let mut left = times;
        while left > 0 {
            let now = left.min(shared);
            self.group(now).expect("it is kept");
            left -= now;
        }
        begun.elapsed()
    }

    fn group(&mut self, arrivals: u64) -> rusqlite::Result<()> {
        let connection = &self.connection;
        connection.execute_batch("BEGIN IMMEDIATE")?;
        for _ in 0..arrivals {
            self.next += 1;
            let number = self.next;
            let record = format!(
                r#"{{"operation":"notify","source":"call","provenance":{{"component":"","settings":""}},"at":0,"committed":1800000000000,"events":[{{"kind":"citizen-message","data":"{{\"number\": {number}, \"text\": \"a short text\"}}","deduplicationKey":"{}"}}],"documents":[{{"name":"message.xml","mediaType":"application/xml","size":8192,"sha256":"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad","body":{number}}}],"followUps":[]}}"#,
                key(number)
            );
            let text = "INSERT INTO known (agency, kind, key, place, first, last) VALUES ('vero', 0, ?1, ?2, 0, 0)";
            connection
                .prepare_cached(text)?
                .execute((key(number), number))?;
            let text = "INSERT INTO body (id, size, digest, bytes) VALUES (?1, 8192, ?2, ?3)";
            connection
                .prepare_cached(text)?
                .execute((number, [7; 32], &self.content))?;
            let text = "INSERT INTO entry (position, agency, committed, bytes, version, record) VALUES (?1, 'vero', 0, 8192, 1, ?2)";
            connection.prepare_cached(text)?.execute((number, record))?;
        }
        let text = "UPDATE meta SET now = ?1, sequence = ?1 WHERE id = 1";
        connection.prepare_cached(text)?.execute((self.next,))?;
        connection.execute_batch("COMMIT")?;
        if fs::metadata(&self.log).map_or(0, |log| log.len()) > LOG {
            connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", (), |_| Ok(()))?;
        }
        Ok(())
    }
}

/// How long commits take that come at a rate, for ten seconds.
fn latency(rate: u32) {
    let folder = tempfile::tempdir().expect("there is room");
    let store =
        SqliteStore::open(folder.path(), SqliteSettings::default()).expect("the store opens");
    let content = Content::from(payload(SIZE));
    let begun = Instant::now();
    let mut took: Vec<Duration> = thread::scope(|scope| {
        let commits: Vec<_> = (0..rate * 10)
            .map(|number| {
                let due = begun + Duration::from_secs(1) * number / rate;
                thread::sleep(due.saturating_duration_since(Instant::now()));
                let (store, content) = (&store, &content);
                scope.spawn(move || {
                    let asked = Instant::now();
                    store
                        .commit(&arrival(number.into(), content))
                        .expect("it is kept");
                    asked.elapsed()
                })
            })
            .collect();
        commits
            .into_iter()
            .map(|commit| commit.join().expect("it ends"))
            .collect()
    });
    took.sort();
    let at = |share: usize| {
        took.get(took.len() * share / 100)
            .copied()
            .unwrap_or_default()
    };
    println!(
        "{rate} arrivals/s: p50 {:?}, p99 {:?}, longest {:?}",
        at(50),
        at(99),
        took.last()
    );
}
