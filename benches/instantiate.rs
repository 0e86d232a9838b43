// SPDX-License-Identifier: Apache-2.0
//! What does a fresh instance cost?
//!
//! `floor` is a measure of the machine that does what no fresh instance can do without: it clears memory and writes it again, as much as Customs' component had constants when this was
//! first measured. `fresh` is, for each agency, the cheapest call of the contract, a `parse` of "no answer came", or for one that we never call the `validate` of a call that is none of
//! its own: it makes an instance, crosses the border once each way or so, and drops the instance. `two-threads` does Customs' on two threads at once (time per call). `deploy-compiled` swaps in a component that has been compiled before: instances for
//! description, settings and self-tests included. `from-disk` deploys a component whose machine code is on disk and not in memory, in an engine that has just been
//! started; the time of its self-tests and its description is taken off, since how long those take is the component's choice. Its bytes are new ones, whose digest is computed, as after an upload; those of
//! `from-disk-again` have been deployed before in this process, and have their digest. `rollback` is the swap of pointers alone. Left out: compilation, which happens once per component.
//! `start` is what a program that starts does before its first call when its component was compiled by an earlier one: an engine, the machine code from
//! disk, and the same checks as for a swap.
//!
//! Run: `cargo bench -p silta-benches --bench instantiate`

#![expect(
    clippy::expect_used,
    reason = "a benchmark that cannot run has to stop"
)]

use std::{
    hint::black_box,
    path::Path,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use silta::{
    Agency, Blob, Deployment, Error, Runtime,
    describe::Direction,
    exchange::{Call, HttpCall, Response, Sending},
    observe::Observer,
};
use silta_benches::{SelfTestWatch, agencies, customs, deployment};

/// Bytes that the floor clears and writes.
const CONSTANTS: usize = 123 << 10;

fn instances(criterion: &mut Criterion) {
    let agencies = agencies().expect("the components are accepted");
    let mut group = criterion.benchmark_group("instance");
    let (constants, mut memory) = (vec![1_u8; CONSTANTS], vec![0; CONSTANTS]);
    group.bench_function("floor", |bencher| {
        bencher.iter(|| {
            black_box(&mut memory).fill(0);
            black_box(&mut memory).copy_from_slice(&constants);
        });
    });
    for (name, agency) in &agencies {
        let description = agency.description().expect("it serves");
        let mut operations = description.operations.iter();
        let outbound = operations.find(|it| it.direction == Direction::Outbound);
        group.bench_function(BenchmarkId::new("fresh", name), |bencher| match outbound {
            Some(operation) => bencher.iter(|| parse(agency, &operation.name)),
            None => bencher.iter(|| validate(agency)),
        });
    }
    let (customs, _) = customs().expect("the component is accepted");
    group.bench_function("two-threads", |bencher| {
        bencher.iter_custom(|calls| {
            let started = Instant::now();
            thread::scope(|scope| {
                for _ in 0..2 {
                    scope.spawn(|| (0..calls.div_ceil(2)).for_each(|_| parse(&customs, "upload")));
                }
            });
            started.elapsed()
        });
    });
    group.finish();
}

fn swaps(criterion: &mut Criterion) {
    let runtime = Runtime::builder().build().expect("the engine starts");
    let before = deployment().expect("the key is made");
    let agency = runtime
        .deploy("tulli", before.clone())
        .expect("the component is accepted");
    let mut group = criterion.benchmark_group("swap");
    group.measurement_time(Duration::from_secs(3));
    group.bench_function("deploy-compiled", |bencher| {
        bencher.iter(|| {
            runtime
                .deploy("tulli", before.clone())
                .expect("it is accepted again")
        })
    });
    group.bench_function("rollback", |bencher| {
        bencher.iter(|| agency.roll_back().expect("there is an earlier one"))
    });
    let folder = tempfile::tempdir().expect("there is room for temporary files");
    swapped_in_from(folder.path(), before.clone());
    group.bench_function("from-disk", |bencher| {
        bencher.iter_custom(|times| {
            let new = (0..times).map(|_| deployment().expect("the key is made"));
            new.map(|new| swapped_in_from(folder.path(), new)).sum()
        });
    });
    group.bench_function("from-disk-again", |bencher| {
        bencher.iter_custom(|times| {
            let again = (0..times).map(|_| before.clone());
            again
                .map(|again| swapped_in_from(folder.path(), again))
                .sum()
        });
    });
    group.finish();
}

/// How long a deployment takes beyond its self-tests, with the machine code from a folder.
fn swapped_in_from(folder: &Path, deployment: Deployment) -> Duration {
    let watch = Arc::new(SelfTestWatch::default());
    let runtime = Runtime::builder().keep_compiled_in(folder);
    let runtime = runtime.observer(Arc::clone(&watch) as Arc<dyn Observer>);
    let runtime = runtime.build().expect("the engine starts");
    let started = Instant::now();
    runtime
        .deploy("tulli", deployment)
        .expect("the component is accepted");
    started.elapsed().saturating_sub(watch.taken())
}

fn starts(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("there is room for temporary files");
    let deployment = deployment().expect("the key is made");
    let start = || {
        let runtime = Runtime::builder().keep_compiled_in(folder.path());
        let runtime = runtime.build().expect("the engine starts");
        runtime
            .deploy("tulli", deployment.clone())
            .expect("the component is accepted")
    };
    start();
    let mut group = criterion.benchmark_group("start");
    group.bench_function("compiled-before", |bencher| bencher.iter(start));
    group.finish();
}

/// Without the memo of its own request, some components refuse: that is a result as well.
fn parse(agency: &Agency, operation: &str) {
    let parsed = agency.parse(operation, Response::Unanswered, Sending::default());
    assert!(
        matches!(parsed, Ok(_) | Err(Error::Problem(_))),
        "the component ends the call itself"
    );
}

fn validate(agency: &Agency) {
    let call = HttpCall {
        method: "GET".into(),
        target: "/".into(),
        headers: Vec::new(),
        body: Blob::default(),
        peer_certificates: None,
        peer_address: "127.0.0.1".into(),
    };
    agency
        .validate(Call::Http(call))
        .expect("a refusal is a verdict");
}

criterion_group!(benches, instances, swaps, starts);
criterion_main!(benches);
