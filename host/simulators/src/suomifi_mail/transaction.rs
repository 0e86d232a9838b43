// SPDX-License-Identifier: Apache-2.0
//! One mail of a client: MAIL, RCPT, DATA and content (RFC 5321 §3.3).

use std::io;

use tokio::time::sleep;

use super::check::{self, Breach};
use super::dialogue::{Next, Session};
use super::identity_code::masked;
use super::inspection::{self, Arrived, Known};
use super::misbehaviour::{Command, Misbehaviour, Occasion};
use super::outgoing::{Accepted, follow};
use super::pending::Transaction;
use super::reader::{Address, addr_spec};
use super::receipt::ReceiptEvent;
use super::received::Verdict;
use super::reply::Reply;
use super::rules::ContentBreaches;
use super::setup::MailSecurity;

/// What decides about a mail.
enum Decision {
    Breach(Breach),
    /// By a misbehaviour.
    Misbehaviour,
    /// The connection.
    Broken(String),
}

impl Session {
    pub(super) async fn mail(
        &mut self,
        path: &str,
        parameters: &[(String, Option<String>)],
    ) -> io::Result<Next> {
        if self.transaction.is_some() {
            return self
                .reply(Reply::new(503, "5.5.1", "There is a mail already"))
                .await;
        }
        let mut transaction = Transaction::new(path);
        let announced = match transaction.take_parameters(parameters) {
            Ok(announced) => announced,
            Err(reply) => return self.reply(reply).await,
        };
        let checked = self.check_sender(&mut transaction, announced);
        transaction.sender_checks = transaction.passed.0.len();
        self.transaction = Some(transaction);
        let act = match checked {
            Ok(()) => self.play(Occasion::At(Command::Mail)),
            Err(breach) => {
                let next = self.refuse(breach).await;
                self.transaction = None;
                return next;
            }
        };
        match act {
            Some(Misbehaviour::RejectMail(code)) => {
                let next = self.reject(code).await;
                self.transaction = None;
                next
            }
            Some(_) => self.close_mail().await,
            None => self.reply(Reply::new(250, "2.1.0", "Sender is fine")).await,
        }
    }

    fn check_sender(
        &self,
        transaction: &mut Transaction,
        announced: Option<usize>,
    ) -> Result<(), Breach> {
        let rules = &self.service.rules;
        let passed = &mut transaction.passed;
        if self.service.security != MailSecurity::None {
            passed.holds(check::TLS, self.tls.is_some(), "Say STARTTLS first")?;
        }
        let sender = addr_spec(&transaction.sender);
        let is_own =
            sender.is_some_and(|sender| sender.is_under(&rules.domain, rules.with_subdomains));
        let reason = format!(
            "the envelope's sender is not under the agreed domain {}",
            rules.domain
        );
        passed.holds(check::ENVELOPE_SENDER, is_own, &reason)?;
        let fits = announced.is_none_or(|size| size <= rules.largest_mail);
        passed.holds(
            check::ANNOUNCED_SIZE,
            fits,
            "the announced size is larger than SIZE allows",
        )
    }

    pub(super) async fn recipient(
        &mut self,
        path: &str,
        parameters: &[(String, Option<String>)],
    ) -> io::Result<Next> {
        let Some(transaction) = &mut self.transaction else {
            return self
                .reply(Reply::new(503, "5.5.1", "MAIL comes first"))
                .await;
        };
        if !parameters.is_empty() {
            return self
                .reply(Reply::new(555, "5.5.4", "RCPT has no parameters here"))
                .await;
        }
        let Some(address) = addr_spec(path) else {
            return self
                .reply(Reply::new(501, "5.1.3", "This is no address"))
                .await;
        };
        if let Err(breach) = transaction.check_recipient(&self.service.rules, &address) {
            return self.refuse(breach).await;
        }
        let sender = transaction.sender.clone();
        let greylists = self.service.always_greylists();
        if greylists && !self.service.is_first(&sender, &address.to_string()) {
            return self.take_recipient(address).await;
        }
        match self.play(Occasion::At(Command::Recipient)) {
            Some(Misbehaviour::Greylist) => self.refuse_for_now().await,
            Some(Misbehaviour::RejectRecipient(code)) => self.reject(code).await,
            Some(_) => self.close_mail().await,
            None => self.take_recipient(address).await,
        }
    }

    async fn refuse_for_now(&mut self) -> io::Result<Next> {
        let reply = Reply::new(450, "4.2.0", "Greylisted, try again later");
        self.note(Decision::Misbehaviour, Some(&reply), None);
        self.reply(reply).await
    }

    async fn take_recipient(&mut self, address: Address) -> io::Result<Next> {
        if let Some(transaction) = &mut self.transaction {
            transaction.recipient = Some(address);
            transaction.is_recorded = false;
        }
        self.reply(Reply::new(250, "2.1.5", "Recipient is fine"))
            .await
    }

    pub(super) async fn data(&mut self) -> io::Result<Next> {
        let has_recipient = self
            .transaction
            .as_ref()
            .is_some_and(|transaction| transaction.recipient.is_some());
        if !has_recipient {
            return self
                .reply(Reply::new(503, "5.5.1", "There is no recipient"))
                .await;
        }
        let cut = match self.play(Occasion::At(Command::Data)) {
            Some(Misbehaviour::RejectData(code)) => return self.reject(code).await,
            Some(Misbehaviour::DropInData(octets)) => Some(octets),
            Some(_) => return self.close_mail().await,
            None => None,
        };
        self.reply(Reply::bare(
            354,
            vec!["End with a dot alone in a line".to_owned()],
        ))
        .await?;
        let limit = self.service.rules.largest_mail;
        match self.wire()?.content(limit, cut).await? {
            Some(arrived) => self.content(&arrived).await,
            None => {
                self.note(
                    Decision::Broken("the relay ended the connection".to_owned()),
                    None,
                    None,
                );
                Ok(self.hang_up())
            }
        }
    }

    /// Judges a content, and says so.
    async fn content(&mut self, arrived: &Arrived) -> io::Result<Next> {
        let Some(transaction) = &mut self.transaction else {
            return Ok(Next::Command);
        };
        let Some(recipient) = transaction.recipient.clone() else {
            return Ok(Next::Command);
        };
        let mut known = Known::default();
        let announced = (arrived, transaction.is_8bit);
        let rules = &self.service.rules;
        let judged = inspection::inspect(
            (rules, &recipient),
            announced,
            (&mut transaction.passed, &mut known),
        );
        let is_told_later = rules.content_breaches == ContentBreaches::ByReceipt;
        let told = match judged {
            Ok(()) => None,
            Err(breach) => match breach.check.receipt.filter(|_| is_told_later) {
                Some(event) => Some((event, breach)),
                None => {
                    let reply = breach_reply(&breach);
                    self.note(
                        Decision::Breach(breach),
                        Some(&reply),
                        Some((arrived, known)),
                    );
                    self.transaction = None;
                    return self.reply(reply).await;
                }
            },
        };
        let act = self.play(Occasion::At(Command::Content));
        if let Some(Misbehaviour::RejectContent(_) | Misbehaviour::Closing(_)) = act {
            return match act {
                Some(Misbehaviour::RejectContent(code)) => {
                    self.reject_content(code, (arrived, known)).await
                }
                _ => {
                    self.note(
                        Decision::Misbehaviour,
                        Some(&Reply::closing()),
                        Some((arrived, known)),
                    );
                    self.close().await
                }
            };
        }
        self.keep(arrived, known, recipient, told);
        self.acknowledge(act).await
    }

    async fn reject_content(&mut self, code: u16, came: (&Arrived, Known)) -> io::Result<Next> {
        let reply = Reply::refusal(code);
        self.note(Decision::Misbehaviour, Some(&reply), Some(came));
        self.transaction = None;
        self.reply(reply).await
    }

    /// Records a mail that was taken, and has its receipts made.
    fn keep(
        &mut self,
        arrived: &Arrived,
        known: Known,
        recipient: Address,
        told: Option<(ReceiptEvent, Breach)>,
    ) {
        let events = match &told {
            // The service has it before it looks for viruses.
            Some((ReceiptEvent::VirusFound, _)) => {
                vec![ReceiptEvent::Relayed, ReceiptEvent::VirusFound]
            }
            Some((event, _)) => vec![*event],
            None => self.service.receipts.events.clone(),
        };
        let breach = told.map(|(_, breach)| breach);
        let accepted = Accepted {
            recipient,
            subject: known.subject.clone().unwrap_or_default(),
            message_id: known.message_id.clone().unwrap_or_default(),
            correspondents: known.correspondents.clone(),
            events: events.clone(),
            breach: breach.as_ref().map(|breach| breach.check),
        };
        let Some(transaction) = self.transaction.take() else {
            return;
        };
        let mut record =
            transaction.record((self.tls.as_ref(), &self.played), Some((arrived, known)));
        record.verdict = if breach.is_some() {
            Verdict::Failed
        } else {
            Verdict::Accepted
        };
        record.is_repeated = !self.service.is_first_mail(&accepted.message_id);
        record.failed = breach.as_ref().map(|breach| breach.check.name);
        record.reason = breach.map(|breach| masked(&breach.reason));
        record.code = Some(250);
        record.status = Some("2.0.0".to_owned());
        record.receipts = events;
        self.service.received.record(record);
        self.is_recorded = true;
        follow(&self.service, accepted);
    }

    /// Says that a mail was taken, or does not.
    async fn acknowledge(&mut self, act: Option<Misbehaviour>) -> io::Result<Next> {
        let taken = Reply::new(250, "2.0.0", "Taken");
        match act {
            Some(Misbehaviour::LostReply) => Ok(self.hang_up()),
            Some(Misbehaviour::Hang(time)) => {
                sleep(time).await;
                self.reply(taken).await
            }
            Some(Misbehaviour::OddCode(code)) => self.reply(Reply { code, ..taken }).await,
            Some(Misbehaviour::MixedCodes) => {
                self.wire()?
                    .write(b"250-2.0.0 Taken\r\n550 5.0.0 or not\r\n")
                    .await?;
                Ok(Next::Command)
            }
            _ => self.reply(taken).await,
        }
    }

    async fn refuse(&mut self, breach: Breach) -> io::Result<Next> {
        let reply = breach_reply(&breach);
        self.note(Decision::Breach(breach), Some(&reply), None);
        self.reply(reply).await
    }

    async fn reject(&mut self, code: u16) -> io::Result<Next> {
        let reply = Reply::refusal(code);
        self.note(Decision::Misbehaviour, Some(&reply), None);
        self.reply(reply).await
    }

    async fn close_mail(&mut self) -> io::Result<Next> {
        self.note(Decision::Misbehaviour, Some(&Reply::closing()), None);
        self.close().await
    }

    /// Records a mail that was not taken.
    fn note(&mut self, decision: Decision, reply: Option<&Reply>, came: Option<(&Arrived, Known)>) {
        let Some(transaction) = &self.transaction else {
            return;
        };
        let mut record = transaction.record((self.tls.as_ref(), &self.played), came);
        record.code = reply.map(|reply| reply.code);
        record.status = reply.and_then(|reply| reply.status.clone());
        match decision {
            Decision::Breach(breach) => {
                // A second recipient breaks a rule that the first one has kept.
                let place = |name| check::CHECKS.iter().position(|check| check.name == name);
                let failed = place(breach.check.name);
                record.passed.retain(|name| place(name) < failed);
                record.verdict = Verdict::Refused;
                record.failed = Some(breach.check.name);
                record.reason = Some(masked(&breach.reason));
            }
            Decision::Misbehaviour => record.verdict = Verdict::Unjudged,
            Decision::Broken(reason) => record.reason = Some(reason),
        }
        self.service.received.record(record);
        self.is_recorded = true;
        if let Some(transaction) = &mut self.transaction {
            transaction.is_recorded = true;
        }
    }

    /// A mail that was begun and given up by its client.
    pub(super) fn note_unfinished(&mut self) {
        if self
            .transaction
            .as_ref()
            .is_some_and(|transaction| !transaction.is_recorded)
        {
            self.note(
                Decision::Broken("the client gave the mail up".to_owned()),
                None,
                None,
            );
        }
        self.transaction = None;
    }

    /// What went wrong on purpose before a mail began, so that no misbehaviour is played without a record.
    pub(super) fn note_played(&self) {
        if !self.played.is_empty() && !self.is_recorded {
            let nothing = Transaction::new("");
            let mut record = nothing.record((self.tls.as_ref(), &self.played), None);
            record.verdict = Verdict::Unjudged;
            record.reason = Some("the connection ended before a mail began".to_owned());
            self.service.received.record(record);
        }
    }

    /// A mail that the end of the connection has ended.
    pub(super) fn note_broken(&mut self, reason: &str) {
        if self
            .transaction
            .as_ref()
            .is_some_and(|transaction| !transaction.is_recorded)
        {
            self.note(Decision::Broken(reason.to_owned()), None, None);
        }
        self.transaction = None;
    }
}

fn breach_reply(breach: &Breach) -> Reply {
    let (code, status) = breach.check.reply;
    Reply::new(code, status, &masked(&breach.reason))
}
