// SPDX-License-Identifier: Apache-2.0
//! What citizens write.

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, SystemTime};

use serde_json::{Map, Value, json};

use super::attachments::Attachment;
use super::clock::{date_time, since};
use super::fresh;

/// A person or an organisation. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Party {
    /// Personal identity code or business id.
    pub id: String,
    /// Name.
    pub name: String,
}

impl Party {
    /// A person or an organisation.
    pub fn new(id: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
        }
    }

    fn json(&self) -> Value {
        json!({"id": self.id, "name": self.name})
    }
}

impl fmt::Debug for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Party(…)")
    }
}

/// A message of a citizen, to be found by its event and fetched. `Debug` shows neither persons nor content.
#[derive(Clone, PartialEq, Eq)]
pub struct CitizenMessage {
    /// The service that it is written to.
    pub service_id: String,
    /// Whose mailbox it comes from.
    pub sender: Party,
    /// Who wrote it for the owner of the mailbox, if somebody did. Default nobody.
    pub on_behalf: Option<Party>,
    /// Title.
    pub title: String,
    /// Text.
    pub body: String,
    /// Files that go with it. Default none.
    pub attachments: Vec<Attachment>,
    /// The externalId of the message that it replies to. Default none: it begins a thread.
    pub reply_to: Option<String>,
}

impl CitizenMessage {
    /// A message that replies to nothing.
    pub fn new(
        service_id: impl Into<String>,
        sender: Party,
        title: impl Into<String>,
        body: impl Into<String>,
    ) -> Self {
        Self {
            service_id: service_id.into(),
            sender,
            on_behalf: None,
            title: title.into(),
            body: body.into(),
            attachments: Vec::new(),
            reply_to: None,
        }
    }
}

impl fmt::Debug for CitizenMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "CitizenMessage(a text of {} characters, {} attachments)",
            self.body.chars().count(),
            self.attachments.len()
        )
    }
}

/// What a citizen's message was given.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Deposited {
    /// Its messageId.
    pub message_id: i64,
    /// The attachmentIds of its files, in their order.
    pub attachment_ids: Vec<String>,
}

/// Why a citizen cannot write this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DepositError {
    /// The message replied to was not sent to a mailbox, or not at all.
    #[error("no message with the externalId that is replied to has gone to a mailbox")]
    NothingRepliedTo,
    /// The message replied to allows no reply.
    #[error("the message that is replied to allows no reply")]
    NoReplyAllowed,
}

/// The thread that a message belongs to.
#[derive(Debug, Clone)]
pub(super) struct Thread {
    pub(super) root: i64,
    /// Of the first message, when it was sent by the organisation.
    pub(super) external_id: Option<String>,
}

/// All that there is, whether or not it can still be read.
#[derive(Default)]
pub(super) struct Citizens {
    messages: BTreeMap<i64, Kept>,
}

pub(super) struct Kept {
    pub(super) message: CitizenMessage,
    pub(super) thread: Thread,
    at: SystemTime,
    attachment_ids: Vec<String>,
    is_deleted: bool,
}

impl Citizens {
    pub(super) fn add(
        &mut self,
        message_id: i64,
        message: CitizenMessage,
        thread: Thread,
        at: SystemTime,
    ) -> Deposited {
        let attachment_ids: Vec<String> =
            message.attachments.iter().map(|_| fresh::uuid()).collect();
        let deposited = Deposited {
            message_id,
            attachment_ids: attachment_ids.clone(),
        };
        let kept = Kept {
            message,
            thread,
            at,
            attachment_ids,
            is_deleted: false,
        };
        self.messages.insert(message_id, kept);
        deposited
    }

    /// A message that can be read: neither deleted nor too old.
    pub(super) fn find(&self, id: i64, now: SystemTime, retention: Duration) -> Option<&Kept> {
        let found = self.messages.get(&id)?;
        found.can_be_read(now, retention).then_some(found)
    }

    /// An attachment of a message that can be read, and the sender of that.
    pub(super) fn attachment(
        &self,
        id: &str,
        now: SystemTime,
        retention: Duration,
    ) -> Option<(&Party, &Attachment)> {
        let readable = self.messages.values();
        let mut readable = readable.filter(|kept| kept.can_be_read(now, retention));
        readable.find_map(|kept| {
            let mut ids = kept.attachment_ids.iter();
            let place = ids.position(|own| own.eq_ignore_ascii_case(id))?;
            let attachment = kept.message.attachments.get(place)?;
            Some((&kept.message.sender, attachment))
        })
    }

    /// Whether there was such a message.
    pub(super) fn delete(&mut self, id: i64) -> bool {
        let found = self.messages.get_mut(&id);
        found.map(|kept| kept.is_deleted = true).is_some()
    }
}

impl Kept {
    fn can_be_read(&self, now: SystemTime, retention: Duration) -> bool {
        !self.is_deleted && since(self.at, now) < retention
    }

    /// As it is read.
    pub(super) fn json(&self, message_id: i64) -> Value {
        let created_at = date_time(self.at);
        let mut sender = Map::new();
        sender.insert("mailboxOwner".to_owned(), self.message.sender.json());
        if let Some(person) = &self.message.on_behalf {
            let name = "personSendingMessageOnBehalfOfMailboxOwner";
            sender.insert(name.to_owned(), person.json());
        }
        let mut thread = Map::new();
        thread.insert("rootMessageId".to_owned(), self.thread.root.into());
        if let Some(id) = &self.thread.external_id {
            thread.insert("threadExternalId".to_owned(), id.clone().into());
        }
        let attachments = self.attachment_ids.iter().zip(&self.message.attachments);
        let attachments: Vec<Value> = attachments
            .map(|(id, attachment)| {
                json!({
                    "attachmentId": id,
                    "filename": attachment.filename,
                    "mediaType": attachment.media_type,
                    "sizeBytes": attachment.bytes.len(),
                })
            })
            .collect();
        json!({
            "messageId": message_id,
            "createdAt": created_at,
            "sender": sender,
            "electronic": {
                "messageId": message_id,
                "createdAt": created_at,
                "title": self.message.title,
                "body": self.message.body,
                "attachments": attachments,
                "thread": thread,
            },
        })
    }
}
