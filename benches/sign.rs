// SPDX-License-Identifier: Apache-2.0
//! What does a signature cost in the host?
//!
//! A signature and a verification of 600 bytes (the size of a SignedInfo) by algorithm, with the library the keyring uses. Left out: the
//! crossing from the sandbox, which `instantiate` shows to be small beside it.
//!
//! Run: `cargo bench -p silta-benches --bench sign`

#![expect(
    clippy::expect_used,
    reason = "a benchmark that cannot run has to stop"
)]

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _,
        RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RSA_PSS_SHA256, UnparsedPublicKey,
    },
};
use criterion::{Criterion, criterion_group, criterion_main};

const SIGNED_INFO: [u8; 600] = [b'x'; 600];

fn signatures(criterion: &mut Criterion) {
    let random = SystemRandom::new();
    let mut group = criterion.benchmark_group("sign");
    for (name, size) in [
        ("rsa-2048", KeySize::Rsa2048),
        ("rsa-3072", KeySize::Rsa3072),
    ] {
        let key = KeyPair::generate(size).expect("a key is made");
        let mut signature = vec![0; key.public_modulus_len()];
        group.bench_function(format!("{name}-pkcs1-sha256"), |bencher| {
            bencher.iter(|| {
                key.sign(&RSA_PKCS1_SHA256, &random, &SIGNED_INFO, &mut signature)
                    .expect("it signs")
            });
        });
        group.bench_function(format!("{name}-pss-sha256"), |bencher| {
            let mut signature = signature.clone();
            bencher.iter(|| {
                key.sign(&RSA_PSS_SHA256, &random, &SIGNED_INFO, &mut signature)
                    .expect("it signs")
            });
        });
        let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public_key().as_ref());
        group.bench_function(format!("{name}-verify"), |bencher| {
            bencher.iter(|| {
                public
                    .verify(&SIGNED_INFO, &signature)
                    .expect("it verifies")
            })
        });
    }
    let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key is made");
    let signature = key.sign(&random, &SIGNED_INFO).expect("it signs");
    group.bench_function("ecdsa-p256-sha256", |bencher| {
        bencher.iter(|| key.sign(&random, &SIGNED_INFO).expect("it signs"))
    });
    let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key.public_key().as_ref());
    group.bench_function("ecdsa-p256-verify", |bencher| {
        bencher.iter(|| {
            public
                .verify(&SIGNED_INFO, signature.as_ref())
                .expect("it verifies")
        })
    });
    group.finish();
}

criterion_group!(benches, signatures);
criterion_main!(benches);
