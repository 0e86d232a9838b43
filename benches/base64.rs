// SPDX-License-Identifier: Apache-2.0
//! Does base64 over ropes cost more than over one piece?
//!
//! `encode-library` and `decode-library` work on one piece of memory and a buffer that is used again; `encode-rope` and `decode-rope` are what a
//! component's `append-base64` and `decode-base64` do in the host, segments from the pool included. Left out: the crossing from the sandbox.
//!
//! Run: `cargo bench -p silta-benches --bench base64`

#![expect(
    clippy::expect_used,
    reason = "a benchmark that cannot run has to stop"
)]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use silta::Blob;
use silta_benches::{SIZES, payload};

fn base64(criterion: &mut Criterion) {
    for (name, size) in SIZES {
        let bytes = payload(size);
        let text = base64_simd::STANDARD.encode_to_string(&bytes).into_bytes();
        let (blob, text_blob) = (Blob::from(bytes.clone()), Blob::from(text.clone()));
        let mut group = criterion.benchmark_group("base64");
        group.throughput(Throughput::Bytes(size as u64));
        let mut buffer = Vec::with_capacity(text.len());
        group.bench_function(BenchmarkId::new("encode-library", name), |bencher| {
            bencher.iter(|| {
                buffer.clear();
                base64_simd::STANDARD.encode_append(&bytes, &mut buffer);
                buffer.len()
            });
        });
        group.bench_function(BenchmarkId::new("encode-rope", name), |bencher| {
            bencher.iter(|| blob.to_base64().size())
        });
        let mut buffer = Vec::with_capacity(size);
        group.bench_function(BenchmarkId::new("decode-library", name), |bencher| {
            bencher.iter(|| {
                buffer.clear();
                base64_simd::STANDARD
                    .decode_append(&text, &mut buffer)
                    .expect("it is base64");
                buffer.len()
            });
        });
        group.bench_function(BenchmarkId::new("decode-rope", name), |bencher| {
            bencher.iter(|| text_blob.decode_base64().expect("it is base64").size())
        });
        group.finish();
    }
}

criterion_group!(benches, base64);
criterion_main!(benches);
