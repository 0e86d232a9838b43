// SPDX-License-Identifier: Apache-2.0
//! How much more is done by two threads, and by four, than by one?
//!
//! Uploads and verifications of 10 KiB in the sandbox, and the floor of an upload, which shares nothing between threads: two virtual processors may share a
//! real one, so that twice as much cannot be expected even of it. All threads work on one agency in one runtime, and begin at once. Each time is that of one
//! piece of work among those of all threads: half as much at two threads is twice as much done. Left out: TLS, the network, the disk.
//!
//! Run: `cargo bench -p silta-benches --bench threads`

#![expect(
    clippy::expect_used,
    reason = "a benchmark that cannot run has to stop"
)]

use std::{
    sync::Barrier,
    thread,
    time::{Duration, Instant},
};

use criterion::{
    BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main,
};
use silta::Blob;
use silta_benches::{
    Floor, Inspector, Rsa, customs,
    documents::{PAYLOAD_PATH, request, sign},
    payload, upload,
};

const THREADS: [u32; 3] = [1, 2, 4];

/// Bytes of the payloads.
const SIZE: usize = 10 << 10;

fn threads(criterion: &mut Criterion) {
    let bytes = &payload(SIZE);
    measure(criterion, "floor", || {
        let mut floor = Floor::new(SIZE).expect("the key can be made");
        move || floor.run(bytes)
    });

    let (agency, _) = customs().expect("the component is accepted");
    let (agency, input) = (&agency, &upload(Blob::from(bytes.clone())));
    measure(criterion, "upload", || {
        move || {
            let built = agency.build(input.clone());
            built.expect("the upload is built").headers.len()
        }
    });

    let document = request(&base64_simd::STANDARD.encode_to_string(bytes));
    let mut key = Rsa::new().expect("the key can be made");
    let document = sign(&document, &mut key).expect("the document can be signed");
    let inspector = Inspector::new(&format!(r#"{{"payload": "{PAYLOAD_PATH}"}}"#));
    let inspector = inspector.expect("the component is accepted");
    let (inspector, document) = (&inspector, &Blob::from(document));
    measure(criterion, "verify", || {
        move || {
            let inspected = inspector.run("verify", document);
            inspected.expect("the document is inspected")
        }
    });
}

/// Measures work by each number of threads; `prepare` gives each thread its own.
fn measure<W: FnMut() -> usize + Send>(
    criterion: &mut Criterion,
    name: &str,
    prepare: impl Fn() -> W,
) {
    let mut group = criterion.benchmark_group("threads");
    group
        .throughput(Throughput::Elements(1))
        .sampling_mode(SamplingMode::Flat);
    for threads in THREADS {
        let mut work: Vec<W> = (0..threads).map(|_| prepare()).collect();
        group.bench_function(BenchmarkId::new(name, threads), |bencher| {
            bencher.iter_custom(|times| together(&mut work, times) / threads);
        });
    }
    group.finish();
}

/// The time from when the first thread begins until the last one has done its work so many times, by the threads' own clocks: whoever only waits for them may have to wait for a processor as well.
fn together<W: FnMut() -> usize + Send>(work: &mut [W], times: u64) -> Duration {
    let begin = Barrier::new(work.len());
    let begin = &begin;
    let spans: Vec<(Instant, Instant)> = thread::scope(|scope| {
        let threads = work.iter_mut().map(|work| {
            scope.spawn(move || {
                begin.wait();
                let begun = Instant::now();
                let done = (0..times).map(|_| work()).sum::<usize>();
                std::hint::black_box(done);
                (begun, Instant::now())
            })
        });
        let threads: Vec<_> = threads.collect();
        let ended = threads.into_iter().map(|thread| thread.join());
        ended.map(|span| span.expect("the work is done")).collect()
    });
    let begun = spans.iter().map(|(begun, _)| *begun).min();
    let ended = spans.iter().map(|(_, ended)| *ended).max();
    ended
        .zip(begun)
        .map_or(Duration::ZERO, |(ended, begun)| ended - begun)
}

criterion_group!(benches, threads);
criterion_main!(benches);
