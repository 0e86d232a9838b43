// SPDX-License-Identifier: Apache-2.0
//! What does it cost to judge a certification path that nobody has shown before, beside its signatures?
//!
//! `chain` judges an end and the authority above it, which the anchor certified: reading both, finding the path, names, dates, usages. `floor`
//! is what it cannot avoid: the two signatures, by keys that have been read before. Both for keys of one kind. Left out: revocation lists, and
//! that what has been judged once is remembered (3 us).
//!
//! The host's modules are compiled into this benchmark: its library shows paths to components alone.
//!
//! Run: `cargo bench -p silta-benches --bench path`

#![expect(
    clippy::expect_used,
    reason = "a benchmark that cannot run has to stop"
)]

use anyhow::{Result, anyhow};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, VerificationAlgorithm,
};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256, SignatureAlgorithm, date_time_ymd,
};
use x509_parser::prelude::{FromDer, X509Certificate};

use trust::path::{Anchor, Judges, PolicyDemands, Purpose, Tolerance, judge};

#[allow(
    dead_code,
    unreachable_pub,
    reason = "a module of the host, of which the paths use a part"
)]
#[path = "../host/runtime/src/digest.rs"]
mod digest;

#[allow(
    dead_code,
    reason = "a module of the host, of which the paths use a part"
)]
#[path = "../host/runtime/src/names.rs"]
mod names;

#[allow(
    dead_code,
    unused_imports,
    unreachable_pub,
    reason = "a module of the host, of which the paths use a part"
)]
#[path = "../host/runtime/src/time.rs"]
mod time;

#[path = "../host/runtime/src/trust"]
mod trust {
    #[allow(
        dead_code,
        reason = "the host verifies signatures of messages as well, by more of it"
    )]
    mod algorithm;
    #[allow(dead_code, reason = "as above")]
    mod der;
    #[allow(
        dead_code,
        unused_imports,
        reason = "the host asks more of certificates, such as for messages"
    )]
    pub(crate) mod path;
    #[allow(dead_code, reason = "as above")]
    mod public_key;
}

/// Kinds of keys, and who verifies their signatures.
const KINDS: [(&str, &SignatureAlgorithm, &dyn VerificationAlgorithm); 2] = [
    ("p256", &PKCS_ECDSA_P256_SHA256, &ECDSA_P256_SHA256_ASN1),
    ("rsa-2048", &PKCS_RSA_SHA256, &RSA_PKCS1_2048_8192_SHA256),
];

/// 2026-02-02, in seconds since 1970.
const NOW: i64 = 1_770_000_000;

/// Certificates as DER.
struct Chain {
    anchor: Vec<u8>,
    authority: Vec<u8>,
    end: Vec<u8>,
}

impl Chain {
    fn new(algorithm: &'static SignatureAlgorithm) -> Result<Self> {
        let key = || KeyPair::generate_for(algorithm);
        let root = Issuer::new(authority("Root authority")?, key()?);
        let anchor = authority("Root authority")?.self_signed(root.key())?;
        let low = key()?;
        let certificate = authority("Low authority")?.signed_by(&low, &root)?;
        let low = Issuer::new(authority("Low authority")?, low);
        let mut end = params("Caller")?;
        end.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        end.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        Ok(Self {
            anchor: anchor.der().to_vec(),
            authority: certificate.der().to_vec(),
            end: end.signed_by(&key()?, &low)?.der().to_vec(),
        })
    }
}

fn params(name: &str) -> Result<CertificateParams> {
    let mut params = CertificateParams::default();
    let subject = &mut params.distinguished_name;
    subject.push(DnType::CountryName, "FI");
    subject.push(DnType::OrganizationName, "Agency");
    subject.push(DnType::CommonName, name);
    params.not_before = date_time_ymd(2025, 1, 1);
    params.not_after = date_time_ymd(2027, 1, 1);
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

fn authority(name: &str) -> Result<CertificateParams> {
    let mut params = params(name)?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(params)
}

/// One signature under a certificate, by a key that is ready.
struct Signature {
    content: Vec<u8>,
    value: Vec<u8>,
    key: ParsedPublicKey,
}

impl Signature {
    fn of(
        certificate: &[u8],
        issuer: &[u8],
        verifier: &'static dyn VerificationAlgorithm,
    ) -> Result<Self> {
        let (_, certificate) = X509Certificate::from_der(certificate)?;
        let (_, issuer) = X509Certificate::from_der(issuer)?;
        let key = &issuer.public_key().subject_public_key.data;
        Ok(Self {
            content: certificate.tbs_certificate.as_ref().to_vec(),
            value: certificate.signature_value.data.to_vec(),
            key: ParsedPublicKey::new(verifier, key).map_err(|_| anyhow!("no key"))?,
        })
    }

    fn verify(&self) {
        let verified = self.key.verify_sig(&self.content, &self.value);
        verified.expect("it verifies");
    }
}

fn paths(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("path");
    for (name, algorithm, verifier) in KINDS {
        let chain = Chain::new(algorithm).expect("certificates are made");
        let signatures = [
            Signature::of(&chain.authority, &chain.anchor, verifier),
            Signature::of(&chain.end, &chain.authority, verifier),
        ];
        let signatures = signatures.map(|signature| signature.expect("there is a signature"));
        group.bench_function(BenchmarkId::new("floor", name), |bencher| {
            bencher.iter(|| signatures.iter().for_each(Signature::verify));
        });
        let judges = Judges {
            anchors: vec![Anchor::read(&chain.anchor).expect("it is an anchor")],
            lists: Vec::new(),
            list_signers: Vec::new(),
            demands: PolicyDemands::default(),
            tolerance: Tolerance {
                certificates: 60,
                lists: 0,
            },
        };
        let others = [&chain.authority];
        group.bench_function(BenchmarkId::new("chain", name), |bencher| {
            bencher.iter(|| {
                let judged = judge(&judges, &chain.end, &others, Purpose::TlsClient, NOW);
                judged.result.expect("the path is accepted");
            });
        });
    }
    group.finish();
}

criterion_group!(benches, paths);
criterion_main!(benches);
