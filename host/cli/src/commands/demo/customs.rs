// SPDX-License-Identifier: Apache-2.0
use std::{
    fs,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use silta::Blob;
use silta_simulators::{
    Simulator,
    customs::{
        CustomsSetup, CustomsSimulator, Finding, Misbehaviour, NotifySetup, Operation, Received,
        ReplyKind, ReplyPlan, Script, SignatureForm, SigningIdentity, Verdict, WireNames,
    },
};

use super::{AGENCY, gateway::Gateway, journal::Seen, unexpected, wire};
use crate::{failure::Failure, project};

/// Application of declarations that Customs does not reply to.
const UNANSWERED: &str = "ARCHIVE";

/// How long a call may take to come: it has been decided on before the upload is answered.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Between two looks for it.
const PAUSE: Duration = Duration::from_millis(5);

/// The simulated Customs, and what it must have seen.
pub(super) struct Customs(CustomsSimulator);

impl Customs {
    /// Starts one that signs its replies and tells the gateway of them.
    pub(super) fn start(folder: &Path, gateway: &Gateway) -> Result<(Self, Seen), Failure> {
        let read = |path: &Path| {
            fs::read_to_string(path).map_err(|error| Failure::unreadable(path, &error))
        };
        let credential = |name| {
            let (certificate, key) = project::credential_files(folder, name);
            Ok::<_, Failure>((read(&certificate)?, read(&key)?))
        };
        let (anchors, _) = credential("ca")?;
        let (certificate, key) = credential("customs")?;
        let (signing, signing_key) = credential("customs-signing")?;
        let mut setup = CustomsSetup::new(certificate, key, anchors.clone(), anchors.clone());
        setup.replies = ReplyPlan {
            by_application: vec![(UNANSWERED.to_owned(), ReplyKind::Nothing)],
            otherwise: ReplyKind::XmlAndPdf,
            ..ReplyPlan::default()
        };
        setup.reply_signing = Some(SigningIdentity {
            certificates_pem: signing.clone(),
            key_pem: signing_key.clone(),
        });
        setup.notify = Some(NotifySetup::new(
            gateway.url(AGENCY, "notify"),
            anchors,
            signing,
            signing_key,
        ));
        let simulator = CustomsSimulator::start(setup).map_err(|error| {
            let message = format!("the simulated Customs does not start: {error}");
            Failure::internal("demo.not-started", &message)
        })?;
        let url = simulator.url();
        let text = format!("a simulator answers at {url}");
        let facts = json!({"url": url});
        Ok((Self(simulator), Seen::new(&text, facts)))
    }

    /// Where it answers.
    pub(super) fn url(&self) -> String {
        self.0.url()
    }

    /// Waits until it has called to say that a reply waits, which must have been answered right.
    pub(super) fn has_notified(&self) -> Result<((), Seen), Failure> {
        let begun = Instant::now();
        let notification = loop {
            match self.0.notifications().into_iter().next() {
                Some(notification) => break notification,
                None if begun.elapsed() > TIMEOUT => {
                    return Err(unexpected("Customs has not called"));
                }
                None => thread::sleep(PAUSE),
            }
        };
        if let Some(problem) = notification.problem {
            return Err(unexpected(&format!("Customs' call went wrong: {problem}")));
        }
        let code = notification.code.unwrap_or_default();
        match code.as_str() {
            "000" => {
                let text = format!(
                    "a reply waits: accepted by the caller's certificate, committed, answered {code}"
                );
                Ok(((), Seen::new(&text, json!({"code": code}))))
            }
            _ => Err(unexpected(&format!(
                "Customs' call was answered with the code `{code}`"
            ))),
        }
    }

    /// Has the next upload taken, and its acknowledgement lost.
    pub(super) fn lose_the_next_answer(&self) {
        let lost = Misbehaviour::Silence { kept: true };
        self.0
            .misbehave(Script::new().once_at(Operation::Upload, lost));
    }

    /// Has it change its interface: the namespace of what is signed, and what the signature has to cover.
    pub(super) fn speak_the_new_wire(&self) {
        self.0.speak(WireNames {
            application_namespace: wire::NAMESPACE.to_owned(),
            signature_form: Some(SignatureForm::EnvelopedRoot),
            ..WireNames::default()
        });
    }

    /// What was in the declarations that it has taken, in order.
    pub(super) fn taken(&self) -> Vec<String> {
        let taken = self.uploads().into_iter();
        let taken = taken.filter(|upload| upload.verdict == Verdict::Accepted);
        let payloads = taken.filter_map(|upload| upload.payload);
        payloads
            .map(|payload| String::from_utf8_lossy(payload.bytes()).into_owned())
            .collect()
    }

    /// Names of what it checked of the first message.
    pub(super) fn checks_of_first(&self) -> Vec<&'static str> {
        let received = self.0.received();
        let checks = received.first().into_iter().flat_map(|first| &first.checks);
        checks.map(|check| check.name).collect()
    }

    /// It must have accepted this very declaration, once.
    pub(super) fn accepted(&self, declaration: &Blob) -> Result<Seen, Failure> {
        let uploads = self.uploads();
        let [upload] = &uploads[..] else {
            return Err(unexpected(&format!("{} uploads came", uploads.len())));
        };
        let payload = upload.payload.as_ref();
        let payload = payload.map(|payload| Blob::from(payload.bytes()));
        expect(upload.verdict == Verdict::Accepted, upload)?;
        expect(payload.as_ref() == Some(declaration), upload)?;
        let text = format!(
            "signed in the sandbox, sent; Customs made {} checks and has the very declaration",
            upload.checks.len()
        );
        Ok(Seen::new(&text, facts(upload)))
    }

    /// It must have taken the second upload without an answer that came, and refused the very same bytes as a duplicate after that.
    pub(super) fn known_again(&self, code: &str) -> Result<Seen, Failure> {
        let uploads = self.uploads();
        let [_, taken, again] = &uploads[..] else {
            return Err(unexpected(&format!("{} uploads came", uploads.len())));
        };
        expect(
            taken.verdict == Verdict::Accepted && taken.http_status == 0,
            taken,
        )?;
        let is_same = taken.application_request_sha256 == again.application_request_sha256;
        let is_duplicate = again.verdict == Verdict::Refused(Finding::Duplicate);
        expect(is_duplicate && is_same && code == DUPLICATE, again)?;
        let text = format!(
            "the answer was lost; the very same bytes again, and Customs knows them: already-accepted ({code})"
        );
        Ok(Seen::new(&text, facts(again)))
    }

    fn uploads(&self) -> Vec<Received> {
        let received = self.0.received().into_iter();
        let uploads = received.filter(|it| it.operation.as_deref() == Some("UploadRequest"));
        uploads.collect()
    }
}

/// Parameters of a declaration that Customs does not reply to.
pub(super) fn unanswered(mut parameters: Value) -> Value {
    if let Some(parameters) = parameters.as_object_mut() {
        parameters.insert("application".to_owned(), UNANSWERED.into());
    }
    parameters
}

/// The code of what came before.
const DUPLICATE: &str = "500";

fn facts(received: &Received) -> Value {
    let checks: Vec<&str> = received.checks.iter().map(|check| check.name).collect();
    json!({"status": received.http_status, "code": received.code, "checksPassed": checks})
}

fn expect(holds: bool, received: &Received) -> Result<(), Failure> {
    if holds {
        return Ok(());
    }
    let message = format!(
        "the simulated Customs judged otherwise than it must: {:?}, code {}, {}; the last check passed is {}",
        received.verdict,
        received.code.as_deref().unwrap_or("none"),
        received.reason.as_deref().unwrap_or("no reason"),
        received.checks.last().map_or("none", |check| check.name)
    );
    Err(unexpected(&message))
}
