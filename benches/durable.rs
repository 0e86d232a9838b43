// SPDX-License-Identifier: Apache-2.0
//! How many arrivals can be acknowledged in a second, and how long does one wait?
//!
//! `store` is a commit of an arrival with one event and a document of 8 KiB, by 16 threads that each wait for their answer: at saturation, with the disk
//! waited for. `floor` is plain SQLite with the same rows, the same settings and as many of them in a transaction as shared one in `store`, by one thread
//! without a queue, by turns with it. Both are times per arrival. What follows is not judged, since it is the disk's: the time of a commit when 50 and 200 arrive in a second.
//! Left out: the call itself, and its validation.
//!
//! Run: `cargo bench -p silta-benches --bench durable`

#![expect(
    clippy::expect_used,
    reason = "a benchmark that cannot run has to stop"
)]

use std::{
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

use criterion::{Criterion, Throughput, criterion_group};
use rusqlite::Connection;
use silta_benches::{PlainSqlite, Turns, payload, shared_since, steadily};
use silta_store::{
    CommitCounts, Content, SqliteSettings, SqliteStore, Store,
    record::{Arrival, Document, Event},
};

const CLIENTS: u64 = 16;

const SIZE: usize = 8 << 10;

/// For how many seconds arrivals come at a rate.
const SECONDS: u32 = 10;

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
    let floor = PlainSqlite::new(&folder.path().join("floor.db"), TABLES);
    let (floor, content) = (floor.expect("the tables are made"), payload(SIZE));
    let (next, mut number) = (AtomicU64::new(0), 0);
    let mut turns = Turns::default();
    group.bench_function("store", |bencher| {
        bencher.iter_custom(|times| {
            let before = store.commits();
            let took = saturate(&store, &next, times);
            let by_floor = floor.run(times, shared_since(before, &store), |connection| {
                number += 1;
                insert(connection, number, &content)
            });
            turns.add(by_floor.expect("it is kept"), times);
            took
        });
    });
    let shared = shared_since(CommitCounts::default(), &store);
    println!("{shared} arrivals shared a transaction");
    turns.tell(&mut group, "floor");
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

const TABLES: &str = "
    CREATE TABLE known (agency TEXT, kind INTEGER, key TEXT, place INTEGER, first INTEGER, last INTEGER,
        repeats INTEGER DEFAULT 0, PRIMARY KEY (agency, kind, key)) STRICT, WITHOUT ROWID;
    CREATE TABLE entry (position INTEGER PRIMARY KEY, agency TEXT, committed INTEGER, bytes INTEGER, acknowledged INTEGER,
        owner TEXT, until INTEGER DEFAULT 0, epoch INTEGER DEFAULT 0, version INTEGER, record TEXT) STRICT;
    CREATE INDEX entry_waiting ON entry (position, until) WHERE acknowledged IS NULL;
    CREATE TABLE body (id INTEGER PRIMARY KEY, size INTEGER, digest BLOB, bytes BLOB) STRICT;";

/// The rows of an arrival.
fn insert(connection: &Connection, number: u64, content: &[u8]) -> rusqlite::Result<()> {
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
        .execute((number, [7; 32], content))?;
    let text = "INSERT INTO entry (position, agency, committed, bytes, version, record) VALUES (?1, 'vero', 0, 8192, 1, ?2)";
    connection.prepare_cached(text)?.execute((number, record))?;
    Ok(())
}

/// How long commits take that come at a rate, whether or not those before are done.
fn latency(rate: u32) {
    let folder = tempfile::tempdir().expect("there is room");
    let store =
        SqliteStore::open(folder.path(), SqliteSettings::default()).expect("the store opens");
    let content = Content::from(payload(SIZE));
    let next = AtomicU64::new(0);
    let took = steadily(rate, SECONDS, rate, |_| {
        let number = next.fetch_add(1, Ordering::SeqCst);
        store
            .commit(&arrival(number, &content))
            .expect("it is kept");
    });
    println!("{rate} arrivals/s: {took}");
}
