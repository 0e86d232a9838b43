// SPDX-License-Identifier: Apache-2.0
//! What does an upload cost, over what it has to cost?
//!
//! For each payload size, in one run: `floor` (base64, SHA-256, base64, one RSA-2048 signature, buffers used again), `native` (the same
//! protocol code without a sandbox, in one piece of memory) and `sandbox` (`Agency::build` with a fresh instance). Left out: TLS, the network,
//! the disk. Guest memory at its largest is printed per size and written beside criterion's results.
//!
//! Run: `cargo bench -p silta-benches --bench upload`

#![expect(
    clippy::expect_used,
    reason = "a benchmark that cannot run has to stop"
)]

use std::{fs, path::Path, time::Duration};

use anyhow::Result;
use criterion::{
    BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main,
};
use silta::Blob;
use silta_benches::{Floor, Native, Rsa, SIZES, customs, payload, upload};

fn uploads(criterion: &mut Criterion) {
    measure(criterion).expect("the benchmark's key and component can be set up");
}

fn measure(criterion: &mut Criterion) -> Result<()> {
    let (agency, memory) = customs()?;
    let mut native = Native(Rsa::new()?);
    let mut peaks = serde_json::Map::new();
    for (name, size) in SIZES {
        let bytes = payload(size);
        let mut group = criterion.benchmark_group("upload");
        group
            .throughput(Throughput::Bytes(size as u64))
            .sampling_mode(SamplingMode::Flat)
            .warm_up_time(Duration::from_millis(500));
        let mut floor = Floor::new(size)?;
        group.bench_function(BenchmarkId::new("floor", name), |bencher| {
            bencher.iter(|| floor.run(&bytes))
        });
        let input = upload(Blob::from(bytes.clone()));
        group.bench_function(BenchmarkId::new("sandbox", name), |bencher| {
            bencher.iter(|| agency.build(input.clone()).expect("the upload is built"))
        });
        group.bench_function(BenchmarkId::new("native", name), |bencher| {
            bencher.iter(|| native.upload(&bytes).expect("the upload is built"))
        });
        group.finish();
        // Nothing, when a filter on the command line left this size out.
        match memory.take() {
            0 => {}
            peak => drop(peaks.insert(name.into(), peak.into())),
        }
    }
    if peaks.len() < SIZES.len() {
        return Ok(());
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/criterion/upload");
    fs::create_dir_all(&folder)?;
    fs::write(
        folder.join("guest-memory.json"),
        serde_json::to_vec_pretty(&peaks)?,
    )?;
    println!(
        "largest guest memory by payload size: {}",
        serde_json::to_string(&peaks)?
    );
    Ok(())
}

criterion_group!(benches, uploads);
criterion_main!(benches);
