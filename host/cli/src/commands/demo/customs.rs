// SPDX-License-Identifier: Apache-2.0
use std::{fs, path::Path};

use serde_json::json;
use silta::{Blob, exchange::Answer};
use silta_simulators::{
    Simulator,
    customs::{
        CustomsSetup, CustomsSimulator, Finding, NotifySetup, Received, ReplyKind, ReplyPlan,
        SigningIdentity, Verdict,
    },
};

use super::{AGENCY, journal::Seen, reply::Gateway, unexpected};
use crate::{failure::Failure, project};

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
        setup.replies = ReplyPlan::always(ReplyKind::XmlAndPdf);
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

    /// How its call was answered, once it is over: with a code, or otherwise than it has to be.
    pub(super) fn notified(&self) -> Option<Result<String, String>> {
        let notification = self.0.notifications().into_iter().next()?;
        Some(match notification.problem {
            Some(problem) => Err(problem),
            None => Ok(notification.code.unwrap_or_default()),
        })
    }

    /// Names of what it checked of the first message.
    pub(super) fn checks_of_first(&self) -> Vec<&'static str> {
        let received = self.0.received();
        let checks = received.first().into_iter().flat_map(|first| &first.checks);
        checks.map(|check| check.name).collect()
    }

    /// It must have accepted this very declaration.
    pub(super) fn accepted(
        &self,
        declaration: &Blob,
        answer: Answer,
    ) -> Result<(Answer, Seen), Failure> {
        let received = self.last_received()?;
        let payload = received.payload.as_ref();
        let payload = payload.map(|payload| Blob::from(payload.bytes()));
        expect(received.verdict == Verdict::Accepted, &received)?;
        expect(payload.as_ref() == Some(declaration), &received)?;
        let text = format!(
            "HTTP {}: Customs made {} checks and has the very declaration",
            answer.status,
            received.checks.len()
        );
        let seen = Seen::new(&text, exchange_facts(&answer, &received));
        Ok((answer, seen))
    }

    /// It must have refused the same bytes as a duplicate.
    pub(super) fn refused_as_duplicate(&self, answer: Answer) -> Result<(Answer, Seen), Failure> {
        let received = self.last_received()?;
        let first = self.0.received().into_iter().next();
        let same_bytes = first.is_some_and(|first| {
            first.application_request_sha256 == received.application_request_sha256
        });
        let is_duplicate = received.verdict == Verdict::Refused(Finding::Duplicate);
        expect(is_duplicate && same_bytes, &received)?;
        let text = format!(
            "HTTP {}: the very same bytes, refused as a duplicate",
            answer.status
        );
        let seen = Seen::new(&text, exchange_facts(&answer, &received));
        Ok((answer, seen))
    }

    fn last_received(&self) -> Result<Received, Failure> {
        let last = self.0.received().pop();
        last.ok_or_else(|| unexpected("the simulated Customs received nothing"))
    }
}

fn exchange_facts(answer: &Answer, received: &Received) -> serde_json::Value {
    let checks: Vec<&str> = received.checks.iter().map(|check| check.name).collect();
    json!({"status": answer.status, "code": received.code, "checksPassed": checks})
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
