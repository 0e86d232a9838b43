// SPDX-License-Identifier: Apache-2.0
//! Uploads to a simulated Customs, which judges by protocol code of its own.

mod connection;
mod misbehaviour;

use base64::{Engine, engine::general_purpose::STANDARD};
use rcgen::PKCS_ECDSA_P256_SHA256;
use silta::{
    Blob, BuildInput,
    exchange::{Outcome, Request, Response, RetryClass, Sending},
};
use silta_config::Config;
use silta_simulators::{
    Simulator,
    customs::{CustomsSetup, CustomsSimulator, Finding, SignatureForm, Verdict},
};

use crate::{
    identities::{Authority, COMPANY, OTHER_COMPANY},
    project::{Project, runtime},
};
use connection::exchange;

/// A simulator that knows the certificates of the folder, whose configuration leads there.
pub(crate) fn start(project: &Project) -> CustomsSimulator {
    start_with(project, |setup| setup)
}

/// The same, set up otherwise.
pub(crate) fn start_with(
    project: &Project,
    change: impl FnOnce(CustomsSetup) -> CustomsSetup,
) -> CustomsSimulator {
    let pem = |name: &str| project.text(&format!("pki/{name}.pem"));
    let setup = CustomsSetup::new(pem("customs"), pem("customs.key"), pem("ca"), pem("ca"));
    let customs = CustomsSimulator::start(change(setup)).unwrap();
    project.set("settings.url", customs.url());
    customs
}

/// The library, configured by the folder.
struct Client {
    agency: silta::Agency,
    config: Config,
}

impl Client {
    fn new(project: &Project) -> Self {
        let config = Config::read(project.path("silta.toml")).unwrap();
        let deployment = config.deployment("tulli", artifacts::TULLI.bytes).unwrap();
        let agency = runtime().deploy("tulli", deployment).unwrap();
        Self { agency, config }
    }

    fn build(&self, project: &Project, payload: &[u8]) -> Request {
        let input = BuildInput {
            operation: "upload".into(),
            parameters: project.text("examples/upload.json"),
            payload: Some(Blob::from(payload)),
            ..BuildInput::default()
        };
        self.agency.build(input).unwrap()
    }

    /// Sends, and says what the answer means.
    fn upload(&self, request: &Request, earlier_sendings: u32) -> Outcome {
        let answer = exchange(&self.config, request).unwrap();
        let sending = Sending {
            memo: request.memo.clone(),
            earlier_sendings,
            step: None,
        };
        self.agency
            .parse("upload", Response::Answered(answer), sending)
            .unwrap()
    }
}

#[test]
fn uploads_are_accepted_in_every_signature_form() {
    for (setting, form) in [
        ("content-by-id", SignatureForm::ContentById),
        ("enveloped-root", SignatureForm::EnvelopedRoot),
        ("enveloped-by-id", SignatureForm::EnvelopedById),
    ] {
        let project = Project::new();
        let customs = start(&project);
        project.set("settings.wire.signature-form", setting);
        let client = Client::new(&project);
        for size in [1, 100_000, 2 << 20] {
            let payload = format!("<p>{}</p>", "ä".repeat(size / 2));
            let payload = &payload.as_bytes()[..payload.len().min(2 << 20)];
            project.set_parameter("contentFormat", "text/plain");
            let outcome = client.upload(&client.build(&project, payload), 0);
            let received = customs.received().pop().unwrap();
            assert_eq!(
                outcome.class,
                RetryClass::Done,
                "{setting}: {:?}",
                received.reason
            );
            assert_eq!(outcome.code, "000");
            assert_eq!(received.signature_form, Some(form));
            assert!(
                received.payload.unwrap().bytes() == payload,
                "{setting}, {size}"
            );
        }
    }
}

#[test]
fn a_builder_that_customs_does_not_know_is_refused() {
    let foreign = Authority::foreign().issue(&PKCS_ECDSA_P256_SHA256, COMPANY, (2000, 3000));
    refused_as_signer(
        &foreign.certificate,
        &foreign.private_key,
        "signature-digest",
    );
}

#[test]
fn a_builder_with_another_companys_certificate_is_refused() {
    let project = Project::new();
    let other = Authority::of(&project).issue(&PKCS_ECDSA_P256_SHA256, OTHER_COMPANY, (2000, 3000));
    // The folder's authority is the same for all folders of this process.
    refused_as_signer(&other.certificate, &other.private_key, "signer-chain");
}

fn refused_as_signer(certificate: &str, private_key: &str, last_passed: &str) {
    let project = Project::new();
    let customs = start(&project);
    project.write("pki/builder.pem", certificate);
    project.write("pki/builder.key.pem", private_key);
    project.set("keys.builder.algorithms", vec!["ecdsa-p256-sha256"]);
    project.set("settings.wire.signature-algorithm", "ecdsa-p256-sha256");
    let client = Client::new(&project);
    let outcome = client.upload(&client.build(&project, b"<a/>"), 0);
    assert_eq!(
        (outcome.class, outcome.code.as_str()),
        (RetryClass::FixFirst, "455")
    );
    let received = customs.received().pop().unwrap();
    assert_eq!(received.verdict, Verdict::Refused(Finding::Signer));
    assert_eq!(
        received.checks.last().unwrap().name,
        last_passed,
        "{:?}",
        received.reason
    );
}

#[test]
fn what_is_changed_on_the_way_is_refused() {
    let project = Project::new();
    let customs = start(&project);
    let client = Client::new(&project);
    let mut request = client.build(&project, b"<price>100</price>");
    let body = String::from_utf8(request.body.to_vec()).unwrap();
    let begin =
        body.find("<ApplicationRequestMessage>").unwrap() + "<ApplicationRequestMessage>".len();
    let end = body.find("</ApplicationRequestMessage>").unwrap();
    let document = String::from_utf8(STANDARD.decode(&body[begin..end]).unwrap()).unwrap();
    let (from, to) = (
        STANDARD.encode("<price>100</price>"),
        STANDARD.encode("<price>900</price>"),
    );
    assert!(document.contains(&from));
    let changed = STANDARD.encode(document.replace(&from, &to));
    request.body = Blob::from(format!("{}{changed}{}", &body[..begin], &body[end..]).into_bytes());
    let outcome = client.upload(&request, 0);
    assert_eq!(
        (outcome.class, outcome.code.as_str()),
        (RetryClass::FixFirst, "454")
    );
    let received = customs.received().pop().unwrap();
    assert_eq!(received.verdict, Verdict::Refused(Finding::Signature));
    assert!(outcome.events.is_empty());
}

#[test]
fn a_reference_serves_once_and_a_repetition_is_known_as_one() {
    let project = Project::new();
    let _customs = start(&project);
    project.set_parameter("reference", "ONCE-1");
    let client = Client::new(&project);
    let first = client.build(&project, b"<a>1</a>");
    assert_eq!(client.upload(&first, 0).code, "000");
    let repeated = client.upload(&first, 1);
    assert_eq!(
        (repeated.class, repeated.code.as_str()),
        (RetryClass::AlreadyAccepted, "500")
    );
    let reused = client.upload(&client.build(&project, b"<a>2</a>"), 0);
    assert_eq!(
        (reused.class, reused.code.as_str()),
        (RetryClass::FixFirst, "500")
    );
}

#[test]
fn a_connection_with_a_foreign_client_certificate_is_refused() {
    let project = Project::new();
    let customs = start(&project);
    let client = Client::new(&project);
    let request = client.build(&project, b"<a/>");
    let own = ["pem", "key.pem"].map(|end| project.read(&format!("pki/intermediary.{end}")));
    let foreign = Authority::foreign().issue(&PKCS_ECDSA_P256_SHA256, COMPANY, (2000, 3000));
    foreign.replace(&project, "intermediary");
    // The alert, or the broken connection where that comes first.
    let result = exchange(&client.config, &request);
    assert!(matches!(result, Err(ureq::Error::Io(_))));
    assert!(customs.received().is_empty());
    // The server has noted the refusal before it answers the next one.
    project.write("pki/intermediary.pem", &own[0]);
    project.write("pki/intermediary.key.pem", &own[1]);
    assert_eq!(client.upload(&request, 0).code, "000");
    assert_eq!(customs.refused_handshakes(), 1);
}

#[test]
fn a_connection_of_another_company_is_refused() {
    let project = Project::new();
    let _customs = start(&project);
    let authority = Authority::of(&project);
    authority
        .issue(&PKCS_ECDSA_P256_SHA256, OTHER_COMPANY, (2000, 3000))
        .replace(&project, "intermediary");
    let client = Client::new(&project);
    let outcome = client.upload(&client.build(&project, b"<a/>"), 0);
    assert_eq!(
        (outcome.class, outcome.code.as_str()),
        (RetryClass::Denied, "450")
    );
}
