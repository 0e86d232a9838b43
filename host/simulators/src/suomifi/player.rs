// SPDX-License-Identifier: Apache-2.0
//! Deliveries: calls, what follows when they are not answered, and what a misbehaviour adds.

use std::sync::OnceLock;
use std::time::{Instant, SystemTime};

use tokio::time::sleep;

use super::answer::{KohdeAnswer, Outcome};
use super::delivery::{CallRecord, Delivery, FailedCheck};
use super::draft::{Draft, SignedBy};
use super::expectation::Expectation;
use super::flaws::spoil;
use super::judge::{Question, judge};
use super::misbehaviour::Misbehaviour;
use super::request;
use super::security::{Envelope, Seal, damage};
use super::setup::SuomifiSetup;
use super::signer::WsSigner;
use super::transport::Transport;
use crate::error::SimulatorError;

/// Calls a receiver and judges its answers.
pub(super) struct Player {
    url: String,
    pub(super) setup: SuomifiSetup,
    transport: Transport,
    signer: Option<WsSigner>,
    /// Made when it is needed first: keys take a while.
    stranger: OnceLock<Option<WsSigner>>,
}

/// A call that is about to be made.
struct Planned<'a> {
    draft: &'a Draft,
    misbehaviour: Option<Misbehaviour>,
    expected: Expectation,
    /// What was said of its messages before.
    before: &'a [KohdeAnswer],
}

impl Player {
    pub(super) fn new(url: &str, setup: SuomifiSetup) -> Result<Self, SimulatorError> {
        let signing = setup.signing.as_ref();
        let signer = signing.map(|signing| WsSigner::read(&signing.credential, signing.algorithms));
        Ok(Self {
            url: url.to_owned(),
            transport: Transport::new(url, &setup)?,
            signer: signer.transpose()?,
            stranger: OnceLock::new(),
            setup,
        })
    }

    /// Brings something as it should be. `next_id` makes SanomaTunniste after the first.
    pub(super) async fn deliver(
        &self,
        draft: Draft,
        next_id: &(impl Fn() -> String + Send + Sync),
    ) -> Delivery {
        let planned = Planned {
            draft: &draft,
            misbehaviour: None,
            expected: Expectation::all_taken(draft.content.number()),
            before: &[],
        };
        let calls = self.repeat(&planned, next_id).await;
        Delivery {
            operation: draft.operation(),
            misbehaviour: None,
            calls,
        }
    }

    /// Brings something in a wrong way. What was not taken so is brought once more as it should be, and has to be taken then: whatever a
    /// receiver refuses, it must not have kept.
    pub(super) async fn play(
        &self,
        right: Draft,
        misbehaviour: Misbehaviour,
        next_id: &(impl Fn() -> String + Send + Sync),
    ) -> Delivery {
        let mut wrong = right.clone();
        spoil(&mut wrong, misbehaviour);
        let number = right.content.number();
        let first = Planned {
            draft: &wrong,
            misbehaviour: Some(misbehaviour),
            expected: Expectation::of(misbehaviour, number),
            before: &[],
        };
        let mut calls = vec![self.call(&first).await];
        let before: Vec<KohdeAnswer> = calls.iter().flat_map(CallRecord::stored).cloned().collect();
        // The same once more is the point of some; for others, it shows that nothing is left of what was refused.
        let mut again = right;
        if !matches!(
            misbehaviour,
            Misbehaviour::Redelivered | Misbehaviour::Dropped
        ) {
            again.message_id = next_id();
        }
        if is_repeated(misbehaviour, calls.first()) {
            let second = Planned {
                draft: &again,
                misbehaviour: None,
                expected: Expectation::all_taken(number),
                before: &before,
            };
            calls.extend(self.repeat(&second, next_id).await);
        }
        Delivery {
            operation: again.operation(),
            misbehaviour: Some(misbehaviour),
            calls,
        }
    }

    /// Calls until there is an answer, or the attempts are used up.
    async fn repeat(
        &self,
        planned: &Planned<'_>,
        next_id: &(impl Fn() -> String + Send + Sync),
    ) -> Vec<CallRecord> {
        let policy = self.setup.redelivery;
        let mut draft = planned.draft.clone();
        let mut calls: Vec<CallRecord> = Vec::new();
        for number in 0..policy.attempts.max(1) {
            if number > 0 {
                sleep(policy.pause).await;
                if policy.new_message_id {
                    draft.message_id = next_id();
                }
            }
            let attempt = Planned {
                draft: &draft,
                expected: planned.expected.clone(),
                ..*planned
            };
            let call = self.call(&attempt).await;
            let is_over = match &call.outcome {
                Outcome::Answered { .. } => true,
                Outcome::Fault { .. } => !policy.after_fault,
                Outcome::Http | Outcome::Nothing => call.is_right(),
            };
            calls.push(call);
            if is_over {
                break;
            }
        }
        calls
    }

    /// Calls once.
    async fn call(&self, planned: &Planned<'_>) -> CallRecord {
        let draft = planned.draft;
        let started = Instant::now();
        let mut record = CallRecord {
            at: SystemTime::now(),
            took: started.elapsed(),
            message_id: draft.message_id.clone(),
            sent: draft.content.account_ids(),
            misbehaviour: planned.misbehaviour,
            http_status: None,
            outcome: Outcome::Nothing,
            checks: Vec::new(),
            failed: None,
        };
        let message = match self.message(draft, planned.misbehaviour) {
            Ok(message) => message,
            Err(reason) => {
                let reason = reason.to_owned();
                let check = "prepared";
                record.failed = Some(FailedCheck { check, reason });
                return record;
            }
        };
        // What is to be wrong need not be valid.
        let invalid = planned
            .misbehaviour
            .is_none()
            .then(|| self.invalid(message.as_bytes()));
        if let Some(reason) = invalid.flatten() {
            let check = "own-call-by-schema";
            record.failed = Some(FailedCheck { check, reason });
            return record;
        }
        let answer = self.transport.post(draft, message).await;
        record.took = started.elapsed();
        record.http_status = answer.as_ref().ok().map(|answer| answer.status);
        let question = Question {
            operation: draft.operation(),
            sent: &record.sent,
            shape: self.setup.answer_shape,
            expected: &planned.expected,
            before: planned.before,
        };
        let judged = judge(&question, &answer);
        (record.checks, record.failed) = (judged.checks, judged.failed);
        let body = answer
            .as_ref()
            .ok()
            .and_then(|answer| answer.body.as_deref());
        if record.failed.is_none() && matches!(judged.outcome, Outcome::Answered { .. }) {
            let reason = body.and_then(|body| self.invalid(body));
            let check = "schema";
            record.failed = reason.map(|reason| FailedCheck { check, reason });
        }
        record.outcome = masked(judged.outcome, &draft.content.customer_ids());
        record
    }

    /// What is not valid by the schema package, if there is one.
    fn invalid(&self, message: &[u8]) -> Option<String> {
        let violations = self.setup.schemas.as_ref()?(message);
        let told = format!("not valid by the schema: {}", violations.join("; "));
        (!violations.is_empty()).then_some(told)
    }

    /// The message as it goes on the wire, or why there is none.
    fn message(
        &self,
        draft: &Draft,
        misbehaviour: Option<Misbehaviour>,
    ) -> Result<String, &'static str> {
        if misbehaviour.is_some_and(Misbehaviour::needs_signing) && self.signer.is_none() {
            return Err("this is played with a signature only, and nobody signs");
        }
        let header = request::header(draft, &self.setup, &self.url);
        let body = request::operation(draft, &self.setup);
        let envelope = Envelope {
            header: &header,
            body: &body,
        };
        let text = match self.signer(draft.signature)? {
            Some(signer) => {
                let seal = self.seal(signer, draft);
                let signed = envelope.signed(&seal);
                signed.ok_or("the message could not be signed")?
            }
            None => envelope.unsigned(),
        };
        Ok(match draft.damage {
            Some(done) => damage(&text, done),
            None => text,
        })
    }

    fn signer(&self, by: SignedBy) -> Result<Option<&WsSigner>, &'static str> {
        match (by, &self.setup.signing) {
            (SignedBy::Own, _) => Ok(self.signer.as_ref()),
            (SignedBy::Nobody, _) | (_, None) => Ok(None),
            (SignedBy::Stranger, Some(signing)) => {
                let make = || WsSigner::stranger(signing.algorithms);
                let stranger = self.stranger.get_or_init(make);
                let stranger = stranger.as_ref();
                stranger
                    .map(Some)
                    .ok_or("no key could be made for the stranger")
            }
        }
    }

    fn seal<'a>(&self, signer: &'a WsSigner, draft: &'a Draft) -> Seal<'a> {
        let signing = self.setup.signing.as_ref();
        Seal {
            signer,
            id: &draft.message_id,
            age: draft.age,
            time_to_live: signing.map_or_else(Default::default, |signing| signing.time_to_live),
            must_understand: signing.is_some_and(|signing| signing.must_understand),
        }
    }
}

/// Whether the right call follows. What was not answered because it could not be sent is not followed by anything.
fn is_repeated(misbehaviour: Misbehaviour, first: Option<&CallRecord>) -> bool {
    let Some(first) = first.filter(|first| first.is_right()) else {
        return false;
    };
    match misbehaviour {
        Misbehaviour::Redelivered | Misbehaviour::RedeliveredAnew | Misbehaviour::Dropped => true,
        // Taken in full, there is nothing to come back to.
        _ => first.stored().count() < first.sent.len(),
    }
}

/// Ids of customers are nobody's to show, whoever repeats them.
fn masked(outcome: Outcome, ids: &[String]) -> Outcome {
    let mask = |text: String| ids.iter().fold(text, |text, id| text.replace(id, "…"));
    match outcome {
        Outcome::Answered {
            code,
            description,
            count,
            kohteet,
        } => Outcome::Answered {
            code,
            description: description.map(mask),
            count,
            kohteet: kohteet
                .into_iter()
                .map(|kohde| KohdeAnswer {
                    description: kohde.description.map(mask),
                    ..kohde
                })
                .collect(),
        },
        Outcome::Fault { code, text } => Outcome::Fault {
            code,
            text: mask(text),
        },
        other => other,
    }
}
