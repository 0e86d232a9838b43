// SPDX-License-Identifier: Apache-2.0
//! What does it cost to verify a signed document and take its payload out, over what it has to cost?
//!
//! For each payload size, in one run: `floor` (SHA-256 of the document, one RSA-2048 verification, base64 of the payload decoded), `native`
//! (the same verifier without a sandbox, everything in memory) and `sandbox` (`Agency::parse` with a fresh instance). `tags` is a document of 2 MB
//! that is nearly all markup, about 90,000 elements, without a payload.
//!
//! Run: `cargo bench -p silta-benches --bench verify`

#![expect(
    clippy::expect_used,
    reason = "a benchmark that cannot run has to stop"
)]

use std::{hint::black_box, time::Duration};

use anyhow::Result;
use aws_lc_rs::{
    digest,
    signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey},
};
use canonical_xml::Path;
use criterion::{
    BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main,
};
use silta::Blob;
use silta_benches::{
    Inspector, Native, Rsa,
    documents::{PAYLOAD_PATH, entries, request, sign},
    payload, signed, signer,
};

/// Payloads in base64: name and size in bytes.
const PAYLOADS: [(&str, usize); 3] = [
    ("10KiB", 10 << 10),
    ("100KiB", 100 << 10),
    ("2MiB", 2 << 20),
];

/// The document that is nearly all markup.
const TAGS: &str = "tags";

fn verifications(criterion: &mut Criterion) {
    for (name, size) in PAYLOADS {
        let text = base64_simd::STANDARD.encode_to_string(payload(size));
        let document = request(&text);
        measure(criterion, name, &document, Some(&text)).expect("the document can be verified");
    }
    measure(criterion, TAGS, &entries(), None).expect("the document can be verified");
}

fn measure(
    criterion: &mut Criterion,
    name: &str,
    document: &str,
    payload: Option<&str>,
) -> Result<()> {
    let mut native = Native(Rsa::new()?);
    let path: Path = PAYLOAD_PATH.parse()?;
    let signed = sign(document, &mut native.0)?;
    let floor = Floor::new()?;
    let settings = match payload {
        Some(_) => format!(r#"{{"payload": "{PAYLOAD_PATH}"}}"#),
        None => "{}".to_owned(),
    };
    let sandbox = Inspector::new(&settings)?;
    let blob = Blob::from(signed.clone());

    let mut group = criterion.benchmark_group("verify");
    group
        .throughput(Throughput::Bytes(signed.len() as u64))
        .sampling_mode(SamplingMode::Flat)
        .warm_up_time(Duration::from_millis(500));
    group.bench_function(BenchmarkId::new("floor", name), |bencher| {
        bencher.iter(|| floor.run(&signed, payload));
    });
    group.bench_function(BenchmarkId::new("sandbox", name), |bencher| {
        bencher.iter(|| sandbox.run("verify", &blob).expect("it is inspected"));
    });
    group.bench_function(BenchmarkId::new("native", name), |bencher| {
        bencher.iter(|| {
            let size = match payload {
                None => native.covered(&signed),
                Some(_) => native.text(&signed, &path, |text| {
                    let decoded = base64_simd::STANDARD.decode_to_vec(text);
                    decoded.expect("it is base64").len()
                }),
            };
            size.expect("it verifies")
        });
    });
    group.finish();
    Ok(())
}

/// The least that it costs: one digest of all of it, one verification, the payload decoded into a buffer that is used again.
struct Floor {
    key: Vec<u8>,
    message: Vec<u8>,
    signature: Vec<u8>,
}

impl Floor {
    fn new() -> Result<Self> {
        use aws_lc_rs::signature::KeyPair;
        let message = vec![b'x'; 700];
        Ok(Self {
            key: signer()?.public_key().as_ref().to_vec(),
            signature: signed(&message)?,
            message,
        })
    }

    fn run(&self, document: &[u8], payload: Option<&str>) -> usize {
        let sum = digest::digest(&digest::SHA256, document);
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &self.key)
            .verify(&self.message, &self.signature)
            .expect("it verifies");
        let decoded = payload.map(|text| base64_simd::STANDARD.decode_to_vec(text));
        black_box(decoded).map_or(0, |decoded| decoded.map_or(0, |bytes| bytes.len()))
            + sum.as_ref().len()
    }
}

criterion_group!(benches, verifications);
criterion_main!(benches);
