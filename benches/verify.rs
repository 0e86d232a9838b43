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

use std::{convert::Infallible, hint::black_box, time::Duration};

use anyhow::{Context, Result};
use aws_lc_rs::{
    digest,
    signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey},
};
use canonical_xml::{Document, Limits, Path};
use criterion::{
    BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main,
};
use silta::{
    AnchorSet, Blob, Deployment, Runtime, TrustStore,
    exchange::{Answer, Response, RetryClass, Sending},
};
use silta_benches::{key_and_certificate, payload, signed, signer};
use xml_signature::{
    Backend, Digestible, DocumentSigning, KeyRefusal, Policy, SignatureAlgorithm, SignerRefusal,
    Undigestible, VerificationAlgorithm, VerificationDigest, prepare_document, verify,
};

/// Payloads in base64: name and size in bytes.
const PAYLOADS: [(&str, usize); 3] = [
    ("10KiB", 10 << 10),
    ("100KiB", 100 << 10),
    ("2MiB", 2 << 20),
];

/// The document that is nearly all markup.
const TAGS: &str = "tags";

/// Where the payload stands.
const PAYLOAD_PATH: &str = "/Request/Content";

/// Payment-like entries in the document that is nearly all markup; with them it has about 2 MB.
const ENTRIES: usize = 6900;

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
    let signed = sign(document)?;
    let floor = Floor::new()?;
    let mut native = Native::new()?;
    let sandbox = Sandbox::new(payload.is_some())?;
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
        bencher.iter(|| sandbox.run(&blob));
    });
    group.bench_function(BenchmarkId::new("native", name), |bencher| {
        bencher.iter(|| native.run(&signed, payload.is_some()));
    });
    group.finish();
    Ok(())
}

/// A request with a payload, pretty-printed as senders do.
fn request(payload: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Request xmlns=\"urn:example:request\">\n  <Sender>1234567-1</Sender>\n  \
         <Sent>2026-01-15T09:30:00.000+02:00</Sent>\n  <Name>declarations &amp; attachments.xml</Name>\n  \
         <Kind>export</Kind>\n  <Content>{payload}</Content>\n</Request>\n"
    )
}

/// Many small elements with some attributes, references and white space between.
fn entries() -> String {
    let entry = |number: usize| {
        format!(
            "<Entry><Ids><Id>I{number:06}</Id><Trace>T{number:06}</Trace></Ids><Sum><Value Currency=\"EUR\">{}.{:02}</Value></Sum>\
             <Party><Name>Party &amp; Co {number}</Name></Party><Account><Id><Iban>FI{number:016}</Iban></Id></Account>\
             <Note><Text>Invoice {number}</Text></Note></Entry>\n",
            number % 9999,
            number % 100
        )
    };
    let entries: String = (0..ENTRIES).map(entry).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Document xmlns=\"urn:example:entries\"><Entries>\n{entries}</Entries></Document>\n"
    )
}

/// Signs the whole document, enveloped, with RSA-2048 and SHA-256, certificate included.
fn sign(document: &str) -> Result<Vec<u8>> {
    let parsed = Document::parse(document.as_bytes(), &limits())?;
    let mut signing = DocumentSigning::new(&parsed, SignatureAlgorithm::RsaSha256);
    signing.certificates = vec![certificate()?];
    let prepared = prepare_document(signing, |_, form| {
        let mut octets = Vec::new();
        Ok::<_, Infallible>(
            form.write(&mut octets)
                .map(|()| digest::digest(&digest::SHA256, &octets).as_ref().to_vec()),
        )
    })?;
    let value = signed(prepared.signed_info())?;
    let insertion = prepared.complete(&value)?;
    insertion
        .apply(document.as_bytes())
        .context("the signature fits the document")
}

/// DER of the certificate.
fn certificate() -> Result<Vec<u8>> {
    let (_, pem) = key_and_certificate()?;
    let lines = pem.lines().filter(|line| !line.starts_with("---"));
    Ok(base64_simd::STANDARD.decode_to_vec(lines.collect::<String>())?)
}

fn limits() -> Limits {
    Limits {
        bytes: 64 << 20,
        text_length: 64 << 20,
        events: 16 << 20,
        ..Limits::default()
    }
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

/// The verifier without the sandbox, with the pinned key and nothing else to ask.
struct Native {
    key: Vec<u8>,
    policy: Policy,
    path: Path,
}

impl Native {
    fn new() -> Result<Self> {
        use aws_lc_rs::signature::KeyPair;
        Ok(Self {
            key: signer()?.public_key().as_ref().to_vec(),
            policy: Policy::default(),
            path: PAYLOAD_PATH.parse()?,
        })
    }

    fn run(&mut self, bytes: &[u8], has_payload: bool) -> usize {
        let document = Document::parse(bytes, &limits()).expect("it is XML");
        let (policy, path) = (self.policy.clone(), self.path.clone());
        let verified = verify(&document, &policy, self).expect("it verifies");
        if !has_payload {
            return verified.covered().len();
        }
        let content = verified.element(&path).expect("it is covered");
        let text = content.text().to_str().expect("it is in memory");
        let decoded = base64_simd::STANDARD.decode_to_vec(&*text);
        decoded.expect("it is base64").len()
    }
}

impl Backend for Native {
    type Error = Infallible;
    type Signer = ();

    fn digest(
        &mut self,
        _algorithm: VerificationDigest,
        input: Digestible<'_>,
    ) -> Result<Result<Vec<u8>, Undigestible>, Infallible> {
        let Digestible::Canonical(form) = input else {
            return Ok(Err(Undigestible::Base64));
        };
        let mut octets = Vec::new();
        let written = form.write(&mut octets).map_err(Undigestible::from);
        Ok(written.map(|()| digest::digest(&digest::SHA256, &octets).as_ref().to_vec()))
    }

    fn read(
        &mut self,
        _range: std::ops::Range<u64>,
        _into: &mut Vec<u8>,
    ) -> Result<(), Infallible> {
        Ok(())
    }

    fn pinned(&mut self) -> Result<Vec<Vec<u8>>, Infallible> {
        Ok(Vec::new())
    }

    fn verify(
        &mut self,
        _algorithm: VerificationAlgorithm,
        _key: &[u8],
        bytes: &[u8],
        signature: &[u8],
    ) -> Result<Result<(), KeyRefusal>, Infallible> {
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &self.key);
        Ok(key
            .verify(bytes, signature)
            .map_err(|_| KeyRefusal::Mismatch))
    }

    fn identify(&mut self, _chain: &[&[u8]]) -> Result<Result<(), SignerRefusal>, Infallible> {
        Ok(Ok(()))
    }
}

/// The inspector in service, with the signer's certificate pinned.
struct Sandbox(silta::Agency);

impl Sandbox {
    fn new(has_payload: bool) -> Result<Self> {
        let (_, pem) = key_and_certificate()?;
        let signers = AnchorSet::new().with_pins_pem(pem.as_bytes())?;
        let settings = if has_payload {
            format!(r#"{{"payload": "{PAYLOAD_PATH}"}}"#)
        } else {
            "{}".to_owned()
        };
        let deployment = Deployment::from_bytes(artifacts::XML_INSPECTOR.bytes)
            .with_settings(settings)
            .with_trust(TrustStore::new().with("signers", signers))
            .with_limits(silta::Limits {
                memory: 64 << 20,
                ..silta::Limits::default()
            });
        let runtime = Runtime::builder().memory_ceiling(64 << 20).build()?;
        Ok(Self(runtime.deploy("xml-inspector", deployment)?))
    }

    fn run(&self, document: &Blob) -> usize {
        let response = Response::Answered(Answer {
            status: 200,
            headers: Vec::new(),
            body: document.clone(),
        });
        let outcome = self.0.parse("verify", response, Sending::default());
        let outcome = outcome.expect("it is inspected");
        assert_eq!(outcome.class, RetryClass::Done, "{}", outcome.text);
        outcome.documents.len()
    }
}

criterion_group!(benches, verifications);
criterion_main!(benches);
