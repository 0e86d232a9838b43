// SPDX-License-Identifier: Apache-2.0
//! What the benchmarks share: sizes, payloads, a key, the physical floor, and a deployed component.

pub mod documents;
mod inspector;
mod native;
mod plain_sqlite;
mod rate;
mod turns;

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, Result, bail};
use aws_lc_rs::{
    digest,
    rand::SystemRandom,
    rsa::KeyPair as RsaKeyPair,
    signature::{KeyPair as _, RSA_PKCS1_SHA256},
};
use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256};
use rustls_pki_types::{PrivatePkcs8KeyDer, pem::PemObject};
use silta::{
    Agency, Blob, BuildInput, Deployment, Keyring, Limits, RoleKey, Runtime, Secrets,
    observe::{AuditLog, CallRecord, Observer, RequestRecord, SignatureRecord},
};

pub use inspector::Inspector;
pub use native::{Cryptography, Native, Rsa};
pub use plain_sqlite::PlainSqlite;
pub use rate::{Took, steadily};
pub use turns::{Turns, shared_since};

/// Payload sizes: 1 KiB, 10 KiB, 100 KiB, 2 MiB, 10 MiB.
pub const SIZES: [(&str, usize); 5] = [
    ("1KiB", 1 << 10),
    ("10KiB", 10 << 10),
    ("100KiB", 100 << 10),
    ("2MiB", 2 << 20),
    ("10MiB", 10 << 20),
];

/// Settings of the component under measurement.
pub const SETTINGS: &str = r#"{"url": "https://customs.example/dme", "intermediary": "1234567-1", "largest-payload-bytes": 33554432}"#;

/// Parameters of the upload under measurement.
pub const PARAMETERS: &str =
    r#"{"declarant": "1234567-1", "application": "INTRASTAT", "reference": "BENCHMARK"}"#;

/// A throwaway RSA-2048 key with its certificate, made once per process: PEM of both.
pub fn key_and_certificate() -> Result<&'static (String, String)> {
    static PAIR: OnceLock<(String, String)> = OnceLock::new();
    if let Some(pair) = PAIR.get() {
        return Ok(pair);
    }
    let key = KeyPair::generate_for(&PKCS_RSA_SHA256)?;
    let certificate = CertificateParams::new(Vec::new())?.self_signed(&key)?;
    Ok(PAIR.get_or_init(|| (key.serialize_pem(), certificate.pem())))
}

/// The same key, ready to sign without the host.
pub fn signer() -> Result<RsaKeyPair> {
    let (key, _) = key_and_certificate()?;
    let der = PrivatePkcs8KeyDer::from_pem_slice(key.as_bytes())?;
    Ok(RsaKeyPair::from_pkcs8(der.secret_pkcs8_der())?)
}

/// An RSA signature (PKCS#1 v1.5, SHA-256) of `bytes` by that key.
///
/// # Errors
/// When the key cannot be made or does not sign.
pub fn signed(bytes: &[u8]) -> Result<Vec<u8>> {
    let key = signer()?;
    let mut signature = vec![0; key.public_modulus_len()];
    let random = SystemRandom::new();
    key.sign(&RSA_PKCS1_SHA256, &random, bytes, &mut signature)
        .map_err(|_| anyhow::anyhow!("the key does not sign"))?;
    Ok(signature)
}

/// Bytes that do not compress and hold no markup.
pub fn payload(size: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    };
    (0..size).map(|_| next()).collect()
}

/// The least that an upload costs on this machine: base64, SHA-256, base64 again and one RSA signature, into buffers that are used again.
pub struct Floor {
    key: RsaKeyPair,
    inner: Vec<u8>,
    outer: Vec<u8>,
    signature: Vec<u8>,
}

impl Floor {
    /// Buffers for payloads of up to `size` bytes.
    ///
    /// # Errors
    /// When the key cannot be made.
    pub fn new(size: usize) -> Result<Self> {
        let key = signer()?;
        let signature = vec![0; key.public_modulus_len()];
        Ok(Self {
            key,
            inner: Vec::with_capacity(size.div_ceil(3) * 4),
            outer: Vec::with_capacity(size * 2),
            signature,
        })
    }

    /// Does the work once; returns the size of the result so that nothing is optimised away.
    pub fn run(&mut self, payload: &[u8]) -> usize {
        use base64_simd::STANDARD;
        self.inner.clear();
        self.outer.clear();
        STANDARD.encode_append(payload, &mut self.inner);
        let sum = digest::digest(&digest::SHA256, &self.inner);
        STANDARD.encode_append(self.inner.as_slice(), &mut self.outer);
        let signed = self.key.sign(
            &RSA_PKCS1_SHA256,
            &SystemRandom::new(),
            sum.as_ref(),
            &mut self.signature,
        );
        self.outer.len() + usize::from(signed.is_ok()) + self.key.public_key().as_ref().len()
    }
}

/// Watches the largest linear memory of any call.
#[derive(Debug, Default)]
pub struct MemoryWatch(AtomicU64);

impl MemoryWatch {
    /// The largest so far, in bytes; starts anew.
    pub fn take(&self) -> u64 {
        self.0.swap(0, Ordering::Relaxed)
    }
}

impl Observer for MemoryWatch {
    fn called(&self, record: &CallRecord) {
        self.0.fetch_max(record.peak_memory, Ordering::Relaxed);
    }
}

/// Watches how long self-tests take.
#[derive(Debug, Default)]
pub struct SelfTestWatch(AtomicU64);

impl SelfTestWatch {
    /// The time of all self-tests so far.
    pub fn taken(&self) -> Duration {
        Duration::from_nanos(self.0.load(Ordering::Relaxed))
    }
}

impl Observer for SelfTestWatch {
    fn called(&self, record: &CallRecord) {
        if record.call.is_self_test {
            let nanoseconds = u64::try_from(record.duration.as_nanos()).unwrap_or(u64::MAX);
            self.0.fetch_add(nanoseconds, Ordering::Relaxed);
        }
    }
}

/// Keeps no audit trail: writing one is the disk's time, not the sandbox's.
#[derive(Debug)]
pub struct NoAudit;

impl AuditLog for NoAudit {
    fn record(&self, _record: &SignatureRecord) -> std::io::Result<()> {
        Ok(())
    }

    fn request(&self, _record: &RequestRecord) -> std::io::Result<()> {
        Ok(())
    }
}

/// The customs component in service, and what watches its memory.
///
/// # Errors
/// When it is not accepted.
pub fn customs() -> Result<(Agency, Arc<MemoryWatch>)> {
    let memory = Arc::new(MemoryWatch::default());
    let runtime = Runtime::builder()
        .observer(Arc::clone(&memory) as Arc<dyn Observer>)
        .audit(Arc::new(NoAudit))
        .build()?;
    let agency = runtime.deploy("tulli", deployment()?)?;
    memory.take();
    Ok((agency, memory))
}

/// The customs component with the benchmark's key and settings.
///
/// # Errors
/// When the key cannot be made.
pub fn deployment() -> Result<Deployment> {
    let (key, certificate) = key_and_certificate()?;
    let builder = RoleKey::from_pem(key.as_bytes(), certificate.as_bytes())?;
    let component = artifacts::agency("tulli").context("the customs component is built")?;
    Ok(Deployment::from_bytes(component.bytes)
        .with_settings(SETTINGS)
        .with_keyring(Keyring::new().with("builder", builder))
        .with_limits(Limits::default()))
}

/// Each agency's component in service, in order of name, with as little as it needs.
///
/// # Errors
/// When one is not accepted.
pub fn agencies() -> Result<Vec<(&'static str, Agency)>> {
    let runtime = Runtime::builder().audit(Arc::new(NoAudit)).build()?;
    let all = artifacts::AGENCIES.into_iter().map(|component| {
        let name = component.name;
        let plain = Deployment::from_bytes(component.bytes);
        let deployment = match name {
            "suomifi-mail" => plain
                .with_settings(r#"{"domain": "agency.example", "from": "messages@agency.example"}"#),
            "suomifi-rest" => plain
                .with_settings(r#"{"service-id": "service", "url": "https://messages.example", "username": "system"}"#)
                .with_secrets(Secrets::new().with("password", vec![MADE_UP_SECRET.to_vec()])),
            "suomifi-viestit" => plain.with_settings(r#"{"signature": {"policy": "off"}}"#),
            "tulli" => deployment()?,
            "vero" => plain
                .with_settings(r#"{"environment": "FIS", "url": "https://vero.example/FIS"}"#)
                .with_secrets(Secrets::new().with("callback", vec![MADE_UP_SECRET.to_vec()])),
            other => bail!("nobody has said what `{other}` is deployed with"),
        };
        Ok((name, runtime.deploy(name, deployment)?))
    });
    all.collect()
}

/// Long enough for every component, and base64, which one of them wants.
const MADE_UP_SECRET: &[u8] = b"TWFkZSB1cCBmb3IgYmVuY2htYXJrcywga25vd24gdG8gYWxsLg==";

/// An upload of that payload.
pub fn upload(payload: Blob) -> BuildInput {
    BuildInput {
        operation: "upload".into(),
        parameters: PARAMETERS.into(),
        payload: Some(payload),
        ..BuildInput::default()
    }
}
