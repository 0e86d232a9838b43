// SPDX-License-Identifier: Apache-2.0
//! From what a mail is to events, in the model of all three interfaces of the service.

use agency_guest::{
    Problem, ToEvent,
    exports::notification::MailCall,
    imports::{clock, facts::Event},
    moment,
};
use finnish_ids::mask_personal_codes;
use suomifi_messages::{
    AttachedFile, CitizenMessage, DeliveryStatus, FailureReason, MailTransport, Person, SendFailed,
    Thread, Transport, Unrecognized,
};

use crate::wire::{self, About, Incoming, Kind, ReceiptRule, Settings, Told as Tells, Unreadable};

/// Longest text that an event repeats of a receipt, in characters (`send-failed`).
const LONGEST_TEXT: usize = 1000;

/// What of a mail that cannot be taken apart is told.
pub(super) fn unreadable(unreadable: Unreadable) -> Kind<'static> {
    Kind::Unrecognized(wire::Unrecognized {
        code: unreadable.code().into(),
        advice: format!(
            "the mail cannot be read: {}; it is kept as it came, look at it",
            unreadable.clause()
        ),
        about: About::default(),
    })
}

/// A mail, and how it came.
pub(super) struct Told<'a> {
    pub(super) settings: &'a Settings,
    pub(super) call: &'a MailCall<'a>,
    /// None: it cannot be read.
    pub(super) mail: Option<&'a Incoming>,
    /// What makes it the one it is.
    pub(super) name: String,
}

impl Told<'_> {
    /// The event of a mail; `attached` are the files of a citizen's message.
    pub(super) fn event(
        &self,
        kind: Kind<'_>,
        attached: Vec<AttachedFile>,
    ) -> Result<Event, Problem> {
        match kind {
            Kind::Citizen { sender, about } => self.message(sender, about, attached),
            Kind::Receipt { rule, about } => self.receipt(rule, about),
            Kind::Report {
                reason,
                code,
                text,
                recipient,
                about,
            } => {
                let failed = Failed {
                    reason,
                    code: Some(code),
                    text: &text,
                    recipient,
                };
                self.failure(failed, about, self.transport())
            }
            Kind::Unrecognized(unrecognized) => self.unrecognized(unrecognized),
        }
    }

    fn message(
        &self,
        sender: Person,
        about: About,
        attachments: Vec<AttachedFile>,
    ) -> Result<Event, Problem> {
        let body = self.mail.map_or("", |mail| mail.body.as_str());
        let sections = self.settings.sections.split(body);
        let is_answer = about != About::default();
        let reference = about.reference.clone();
        let data = CitizenMessage {
            message_id: self.message_id().unwrap_or_else(|| self.name.clone()),
            service_id: None,
            sent_at: self.sent_at(),
            sender: Some(sender),
            agent: sections.agent,
            title: self.subject().unwrap_or_default(),
            body: sections.text,
            thread: is_answer.then_some(Thread {
                reference: about.reference,
                message_id: about.message_id,
            }),
            attachments,
            transport: mail_transport(MailTransport {
                details: sections.details,
                ..self.transport()
            }),
        };
        data.event_about(&self.name, reference.as_deref())
    }

    fn receipt(&self, rule: &ReceiptRule, about: About) -> Result<Event, Problem> {
        let transport = MailTransport {
            rule: Some(rule.name.clone()),
            ..self.transport()
        };
        let status = match rule.event.told() {
            Tells::Status(status) => status,
            Tells::Failed(reason) => {
                let failed = Failed {
                    reason,
                    code: None,
                    text: self.mail.map_or("", |mail| mail.body.as_str()),
                    recipient: None,
                };
                return self.failure(failed, about, transport);
            }
        };
        let data = DeliveryStatus {
            status,
            at: self.sent_at(),
            message_id: about.message_id,
            reference: about.reference.clone(),
            service_id: None,
            recipient: None,
            acknowledged_by: None,
            tracking_code: None,
            transport: mail_transport(transport),
        };
        data.event_about(&self.name, about.reference.as_deref())
    }

    fn failure(
        &self,
        failed: Failed<'_>,
        about: About,
        transport: MailTransport,
    ) -> Result<Event, Problem> {
        let text = mask_personal_codes(failed.text);
        let data = SendFailed {
            reason: failed.reason,
            code: failed.code,
            text: text.chars().take(LONGEST_TEXT).collect(),
            at: match self.sent_at() {
                None => Some(moment(clock::now())?),
                sent => sent,
            },
            reference: about.reference.clone(),
            message_id: about.message_id,
            service_id: None,
            recipient: failed.recipient,
            transport: mail_transport(transport),
        };
        data.event_about(&self.name, about.reference.as_deref())
    }

    fn unrecognized(&self, unrecognized: wire::Unrecognized) -> Result<Event, Problem> {
        let about = unrecognized.about;
        let data = Unrecognized {
            message_id: about.message_id,
            reference: about.reference.clone(),
            at: self.sent_at(),
            code: Some(unrecognized.code),
            advice: unrecognized.advice,
            transport: mail_transport(self.transport()),
        };
        data.event_about(&self.name, about.reference.as_deref())
    }

    fn transport(&self) -> MailTransport {
        let fields = self.mail.map(|mail| &mail.fields);
        let from = fields.and_then(|fields| fields.from.first());
        let from = from.map(|mailbox| mailbox.address.clone());
        let connection = &self.call.connection;
        MailTransport {
            message_id: self.message_id(),
            in_reply_to: fields.map_or_else(Vec::new, |fields| fields.in_reply_to.clone()),
            to: self.call.recipients.clone(),
            from: from
                .or_else(|| Some(self.call.sender.clone()).filter(|sender| !sender.is_empty())),
            subject: self.subject(),
            details: None,
            rule: None,
            relay: Some(connection.peer_address.clone()),
            tls: connection.tls.clone(),
        }
    }

    fn message_id(&self) -> Option<String> {
        self.mail?.fields.message_id.clone()
    }

    fn subject(&self) -> Option<String> {
        self.mail?.fields.subject.clone()
    }

    /// By the mail's own Date field.
    fn sent_at(&self) -> Option<String> {
        let seconds = self.mail?.fields.sent?;
        let moment = rfc3339::Moment::new(seconds, 0)?;
        Some(moment.to_string())
    }
}

/// Why a message does not arrive.
struct Failed<'a> {
    reason: FailureReason,
    code: Option<String>,
    text: &'a str,
    recipient: Option<Person>,
}

fn mail_transport(transport: MailTransport) -> Transport {
    Transport::Mail(Box::new(transport))
}
