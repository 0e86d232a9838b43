// SPDX-License-Identifier: Apache-2.0
//! How many calls of an agency can be judged in a second on one core?
//!
//! For each agency, `Agency::validate` with a fresh instance each: `accepted` is a notification from a caller whose certificate leads to an
//! anchor (RSA-2048, one issuer), `refused` the same without a certificate, which is what anybody can make us do. `floor` is what an accepted
//! one cannot avoid: the verification of one RSA-2048 signature, that of the caller's certificate. Left out: TLS, HTTP and the commit.
//!
//! Run: `cargo bench -p silta-benches --bench notification`

#![expect(
    clippy::expect_used,
    reason = "a benchmark that cannot run has to stop"
)]

use std::hint::black_box;

use anyhow::{Result, bail, ensure};
use aws_lc_rs::{
    rsa::KeyPair as RsaKeyPair,
    signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey},
};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, DnValue, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, PKCS_RSA_SHA256, string::PrintableString,
};
use silta::{
    Agency, AnchorSet, Blob, Deployment, Runtime, Secrets, TrustStore,
    exchange::{Call, CertificateChain, HttpCall, Verdict},
};
use silta_benches::{deployment, signed, signer};

/// Puts the component of an agency into service.
type Serve = fn() -> Result<Subject>;

/// Agencies whose calls are measured.
const AGENCIES: [(&str, Serve); 2] = [("tulli", tulli), ("vero", vero)];

/// Customs: SOAP, and a certificate with Customs' number.
fn tulli() -> Result<Subject> {
    const BODY: &str = "<e:Envelope xmlns:e=\"http://www.w3.org/2003/05/soap-envelope\"><e:Body>\
        <NotifyRequest xmlns=\"http://tulli.fi/schema/notificationservice/v1\"><RequestHeader>\
        <IntermediaryBusinessId>0245442-8</IntermediaryBusinessId><Timestamp>2026-07-01T03:00:00+03:00</Timestamp></RequestHeader>\
        <MessageInformation><MessageStorageId>2026070100000001</MessageStorageId><Reference>DECLARATION-1</Reference></MessageInformation>\
        </NotifyRequest></e:Body></e:Envelope>";
    let caller = Caller::new("FI02454428")?;
    let deployment = deployment()?.with_trust(TrustStore::new().with("customs", caller.anchors()?));
    let headers = [("content-type", "application/soap+xml; charset=utf-8")];
    Subject::new("tulli", deployment, caller, "/tulli/notify", &headers, BODY)
}

/// The Tax Administration: JSON, and a shared secret.
fn vero() -> Result<Subject> {
    const SECRET: &str = "c2lsdGEtYmVuY2htYXJrLXNlY3JldC1mb3Itbm90aGluZw==";
    const BODY: &str = r#"{"Environment": "FIS", "NotificationKey": 17, "NotificationType": "TAXCARD_CHANGED", "SubscriptionId": 42, "Timestamp": "2021-04-22T12:01:33.478+02:00"}"#;
    let caller = Caller::new("0245458-3")?;
    let deployment = Deployment::from_bytes(artifacts::VERO.bytes)
        .with_settings(r#"{"environment": "FIS", "url": "https://vero.example"}"#)
        .with_trust(TrustStore::new().with("vero-test", caller.anchors()?))
        .with_secrets(Secrets::new().with("callback", vec![SECRET.into()]));
    let headers = [
        ("content-type", "application/json"),
        ("vero-callback-secret", SECRET),
    ];
    Subject::new(
        "vero",
        deployment,
        caller,
        "/vero/Notify/v1",
        &headers,
        BODY,
    )
}

fn notifications(criterion: &mut Criterion) {
    let floor = Floor::new().expect("the key signs");
    let mut group = criterion.benchmark_group("notification");
    group.throughput(Throughput::Elements(1));
    group.bench_function("floor", |bencher| bencher.iter(|| floor.run()));
    for (name, subject) in AGENCIES {
        let subject = subject().expect("the component accepts this caller and no other");
        group.bench_function(BenchmarkId::new("accepted", name), |bencher| {
            bencher.iter(|| subject.judge(&subject.accepted));
        });
        group.bench_function(BenchmarkId::new("refused", name), |bencher| {
            bencher.iter(|| subject.judge(&subject.refused));
        });
    }
    group.finish();
}

/// A component in service, a call that it accepts, and one that it rejects.
struct Subject {
    agency: Agency,
    accepted: Call,
    refused: Call,
}

impl Subject {
    /// A component that is called by POST at a path.
    fn new(
        agency: &str,
        deployment: Deployment,
        caller: Caller,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Result<Self> {
        let headers = headers.iter();
        let headers = headers.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let with_certificate = HttpCall {
            method: "POST".into(),
            target: path.into(),
            headers: headers.collect(),
            body: Blob::from(body.as_bytes()),
            peer_certificates: CertificateChain::new([caller.certificate.into()]),
            peer_address: "127.0.0.1".into(),
        };
        let without_certificate = HttpCall {
            peer_certificates: None,
            ..with_certificate.clone()
        };
        let subject = Self {
            agency: Runtime::builder().build()?.deploy(agency, deployment)?,
            accepted: Call::Http(with_certificate),
            refused: Call::Http(without_certificate),
        };
        match subject.agency.validate(subject.accepted.clone())? {
            Verdict::Accepted(accepted) => {
                ensure!(accepted.events.len() == 1, "the call brings one event");
            }
            Verdict::Rejected(rejected) => bail!("{}", rejected.reason),
        }
        let judged = subject.agency.validate(subject.refused.clone())?;
        ensure!(
            matches!(judged, Verdict::Rejected(_)),
            "a call without a certificate is accepted"
        );
        Ok(subject)
    }

    fn judge(&self, call: &Call) -> Verdict {
        self.agency
            .validate(call.clone())
            .expect("the call is judged")
    }
}

/// Somebody with a client certificate.
struct Caller {
    /// PEM of the issuer's certificate.
    issuer: String,
    /// DER.
    certificate: Vec<u8>,
}

impl Caller {
    /// A caller whose certificate has this serialNumber in its subject.
    fn new(serial_number: &str) -> Result<Self> {
        let key = KeyPair::generate_for(&PKCS_RSA_SHA256)?;
        let mut params = CertificateParams::new(Vec::new())?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let pem = params.self_signed(&key)?.pem();
        let issuer = Issuer::new(params, key);

        let key = KeyPair::generate_for(&PKCS_RSA_SHA256)?;
        let mut params = CertificateParams::new(Vec::new())?;
        // Attribute serialNumber, X.520 §6.2.9.
        let attribute = DnType::CustomDnType(vec![2, 5, 4, 5]);
        let serial_number = PrintableString::try_from(serial_number)?;
        let name = &mut params.distinguished_name;
        name.push(attribute, DnValue::PrintableString(serial_number));
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let certificate = params.signed_by(&key, &issuer)?.der().to_vec();
        Ok(Self {
            issuer: pem,
            certificate,
        })
    }

    /// What an operator trusts who has named the issuer.
    fn anchors(&self) -> Result<AnchorSet> {
        Ok(AnchorSet::new().with_anchors_pem(self.issuer.as_bytes())?)
    }
}

/// One RSA-2048 verification over as many bytes as a certificate has.
struct Floor {
    key: RsaKeyPair,
    bytes: Vec<u8>,
    signature: Vec<u8>,
}

impl Floor {
    fn new() -> Result<Self> {
        let bytes = vec![b'x'; 700];
        Ok(Self {
            key: signer()?,
            signature: signed(&bytes)?,
            bytes,
        })
    }

    fn run(&self) {
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, self.key.public_key());
        key.verify(black_box(&self.bytes), &self.signature)
            .expect("it verifies");
    }
}

criterion_group!(benches, notifications);
criterion_main!(benches);
