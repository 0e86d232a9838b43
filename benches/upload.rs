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
use aws_lc_rs::{
    digest, rand::SystemRandom, rsa::KeyPair as RsaKeyPair, signature::RSA_PKCS1_SHA256,
};
use canonical_xml::{Base64Text, Element, to_bytes};
use criterion::{
    BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main,
};
use silta::Blob;
use silta_benches::{
    Floor, PARAMETERS, SETTINGS, SIZES, customs, key_and_certificate, payload, signer, upload,
};
use tulli::wire::{self, Asking, Moment, Settings, Signer, UploadParameters};
use xml_signature::{DigestAlgorithm, SignatureAlgorithm};

fn uploads(criterion: &mut Criterion) {
    measure(criterion).expect("the benchmark's key and component can be set up");
}

fn measure(criterion: &mut Criterion) -> Result<()> {
    let (agency, memory) = customs()?;
    let mut native = Native::new()?;
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
            bencher.iter(|| native.build(&bytes))
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

/// The protocol without the sandbox: what one would write by hand around a good library.
struct Native {
    key: RsaKeyPair,
    certificate: Vec<u8>,
}

impl Native {
    fn new() -> Result<Self> {
        let (_, certificate) = key_and_certificate()?;
        let body: String = certificate
            .lines()
            .filter(|line| !line.starts_with("---"))
            .collect();
        Ok(Self {
            key: signer()?,
            certificate: base64_simd::STANDARD.decode_to_vec(body)?,
        })
    }

    fn build(&mut self, payload: &[u8]) -> Vec<u8> {
        let settings: Settings = serde_json::from_str(SETTINGS).expect("the settings are right");
        let parameters: UploadParameters =
            serde_json::from_str(PARAMETERS).expect("the parameters are right");
        let moment = Moment("2026-01-01T00:00:00Z");
        let content = base64(payload);
        let request =
            wire::application_request(&settings, &parameters, ("BENCHMARK", moment), content, self)
                .expect("it signs");
        let request = to_bytes(&request).expect("it can be written");
        to_bytes(&wire::soap_request(
            &settings,
            ("BENCHMARK", moment),
            Asking::Upload(base64(&request)),
        ))
        .expect("it can be written")
    }
}

impl Signer for Native {
    type Blob = Vec<u8>;
    type Error = &'static str;

    fn digest(
        &mut self,
        _algorithm: DigestAlgorithm,
        element: &Element<Vec<u8>>,
    ) -> Result<Vec<u8>, Self::Error> {
        let bytes = to_bytes(element).map_err(|_| "it cannot be written")?;
        Ok(digest::digest(&digest::SHA256, &bytes).as_ref().to_vec())
    }

    fn sign(
        &mut self,
        _algorithm: SignatureAlgorithm,
        bytes: &[u8],
    ) -> Result<Vec<u8>, Self::Error> {
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                bytes,
                &mut signature,
            )
            .map_err(|_| "it does not sign")?;
        Ok(signature)
    }

    fn certificates(&mut self) -> Result<Vec<Vec<u8>>, Self::Error> {
        Ok(vec![self.certificate.clone()])
    }
}

fn base64(bytes: &[u8]) -> Base64Text<Vec<u8>> {
    Base64Text::promise(base64_simd::STANDARD.encode_to_string(bytes).into_bytes())
}

criterion_group!(benches, uploads);
criterion_main!(benches);
