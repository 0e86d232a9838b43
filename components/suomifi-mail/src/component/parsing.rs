// SPDX-License-Identifier: Apache-2.0
//! From answers of a relay to outcomes.

use agency_guest::{
    Problem, ToEvent, counterparty_problem,
    exports::message::{MailAnswer, MailReply, Outcome, Response, RetryClass, Sending},
    imports::clock,
    internal, moment, outcome,
};
use finnish_ids::mask_personal_codes;
use suomifi_messages::{
    FailureReason, MailTransport, MessageSent, OutcomeUnresolved, Person, SendFailed, Transport,
};

use super::building::Memo;
use crate::wire::{self, Address, Meaning, Reply, ReplyTo};

/// Longest text that an outcome repeats, in characters (contract, `message.outcome`).
const LONGEST_TEXT: usize = 1000;

pub(super) fn parse(response: &Response<'_>, sending: &Sending) -> Result<Outcome, Problem> {
    let memo = serde_json::from_str::<Memo>(&sending.memo);
    let memo = memo.map_err(|_| internal("the memo of a message cannot be read"))?;
    let told = Told {
        memo,
        earlier: sending.earlier_sendings,
        at: moment(clock::now())?,
    };
    match response {
        Response::MailAnswered(answer) => told.by_relay(answer),
        Response::Unanswered => told.unknown("none", String::new()),
        Response::Answered(_) => Err(counterparty_problem(
            "answer.http",
            "",
            "an answer of HTTP came to a mail; hand over what the relay replied",
        )),
    }
}

/// What every outcome of a message has.
struct Told {
    memo: Memo,
    earlier: u32,
    at: String,
}

impl Told {
    fn by_relay(&self, answer: &MailAnswer) -> Result<Outcome, Problem> {
        let recipient = answer.recipients.first();
        let of_recipient = recipient.map(|told| reply(&told.reply, ReplyTo::Recipient));
        let last = reply(&answer.reply, ReplyTo::Mail);
        let decisive = wire::decisive(of_recipient, last);
        let words = match recipient {
            Some(told) if decisive.to == ReplyTo::Recipient => &told.reply.text,
            _ => &answer.reply.text,
        };
        // A relay repeats the address, and with it whose it is.
        let text: String = mask_personal_codes(words)
            .chars()
            .take(LONGEST_TEXT)
            .collect();
        let person = recipient.and_then(|told| person(&told.recipient));
        match decisive.meaning() {
            Meaning::Taken => self.sent(&decisive, text),
            Meaning::Later if self.earlier > 0 => self.unknown(&decisive.told(), text),
            Meaning::Later => {
                Ok(self.outcome(RetryClass::RetryLaterSameReference, decisive.told(), text))
            }
            Meaning::Refused(reason) => self.refused(reason, &decisive, text, person),
            Meaning::Strange => Err(counterparty_problem(
                "answer.unexpected",
                "",
                format!(
                    "the relay's last reply has the code {}, which is neither yes nor no (RFC 5321 §4.2.1)",
                    decisive.code
                ),
            )),
        }
    }

    fn sent(&self, reply: &Reply<'_>, text: String) -> Result<Outcome, Problem> {
        let data = MessageSent {
            reference: self.memo.reference.clone(),
            message_id: Some(self.memo.message_id.clone()),
            at: self.at.clone(),
            // A relay does not say, nor does it look.
            known_already: false,
        };
        let mut outcome = self.outcome(RetryClass::Done, reply.told(), text);
        outcome.events = vec![data.event_about(&self.memo.message_id, Some(&self.memo.reference))?];
        Ok(outcome)
    }

    fn refused(
        &self,
        reason: FailureReason,
        reply: &Reply<'_>,
        text: String,
        recipient: Option<Person>,
    ) -> Result<Outcome, Problem> {
        let class = wire::class_of(reason).into();
        let code = reply.told();
        let mut outcome = self.outcome(class, code.clone(), text.clone());
        // What was sent before may have been taken, whatever is said of the repetition.
        let event = if self.earlier > 0 {
            self.unresolved(&code)?
        } else {
            let data = SendFailed {
                reason,
                code: Some(code),
                text,
                at: Some(self.at.clone()),
                reference: Some(self.memo.reference.clone()),
                message_id: Some(self.memo.message_id.clone()),
                service_id: None,
                recipient,
                transport: Transport::Mail(Box::new(MailTransport {
                    message_id: Some(self.memo.message_id.clone()),
                    ..MailTransport::default()
                })),
            };
            data.event_about(&self.memo.message_id, Some(&self.memo.reference))?
        };
        outcome.events = vec![event];
        Ok(outcome)
    }

    /// Nobody knows whether the relay took it. It is not sent again by itself: mail knows no repetitions, and the citizen would have it twice.
    fn unknown(&self, code: &str, text: String) -> Result<Outcome, Problem> {
        let mut outcome = self.outcome(RetryClass::UnknownOutcome, code.into(), text);
        outcome.events = vec![self.unresolved(code)?];
        Ok(outcome)
    }

    fn unresolved(&self, code: &str) -> Result<agency_guest::imports::facts::Event, Problem> {
        let data = OutcomeUnresolved {
            reference: Some(self.memo.reference.clone()),
            at: self.at.clone(),
            code: code.into(),
            sendings: u64::from(self.earlier) + 1,
            advice: "wait for a receipt that names the reference: if one comes, the message has arrived; otherwise ask the operator of the relay by the Message-ID before it is sent again, since the recipient would have it twice".into(),
        };
        let name = format!("{}/{}", self.memo.message_id, data.sendings);
        data.event_about(&name, Some(&self.memo.reference))
    }

    fn outcome(&self, class: RetryClass, code: String, text: String) -> Outcome {
        Outcome {
            reference: self.memo.reference.clone(),
            ..outcome(class, code, text)
        }
    }
}

fn reply(told: &MailReply, to: ReplyTo) -> Reply<'_> {
    Reply {
        code: told.code,
        enhanced: &told.enhanced,
        to,
    }
}

/// Whose mailbox a forward path is.
fn person(path: &str) -> Option<Person> {
    let parts = Address::split(path)?;
    let person = Person::of(Some(parts.local), None);
    person.id.is_some().then_some(person)
}
