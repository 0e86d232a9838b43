// SPDX-License-Identifier: Apache-2.0
//! Messages of the organisation that were accepted.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use serde_json::Value;

use super::attachments::Attachment;
use super::citizens::{DepositError, Thread};
use super::event_log::Subject;
use super::operation::Operation;

/// A message that was accepted. `Debug` shows neither persons nor content.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct SentMessage {
    /// Its messageId.
    pub message_id: i64,
    /// The sender's own name for it.
    pub external_id: String,
    /// By which call it was sent.
    pub operation: Operation,
    /// Which way it went.
    pub channel: Channel,
    /// The service that sent it.
    pub service_id: String,
    /// The body of the request as it came.
    pub request: Value,
    /// The files that went with it.
    pub attachments: Vec<Attachment>,
}

impl fmt::Debug for SentMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SentMessage")
            .field("message_id", &self.message_id)
            .field("operation", &self.operation)
            .field("channel", &self.channel)
            .field("attachments", &self.attachments)
            .finish_non_exhaustive()
    }
}

/// Which way a message went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Channel {
    /// To the mailbox.
    Electronic,
    /// On paper.
    Paper,
}

/// All that were accepted.
#[derive(Default)]
pub(super) struct Sent {
    messages: BTreeMap<i64, (SentMessage, Thread)>,
    by_external_id: HashMap<String, i64>,
}

impl Sent {
    /// The message that was accepted under an externalId.
    pub(super) fn id(&self, external_id: &str) -> Option<i64> {
        self.by_external_id.get(external_id).copied()
    }

    pub(super) fn all(&self) -> Vec<SentMessage> {
        let messages = self.messages.values();
        messages.map(|(message, _)| message.clone()).collect()
    }

    pub(super) fn subject(&self, message_id: i64) -> Option<Subject> {
        let (message, _) = self.messages.get(&message_id)?;
        Some(message.subject())
    }

    /// The thread that a citizen continues by replying.
    pub(super) fn thread_to_reply_in(&self, external_id: &str) -> Result<Thread, DepositError> {
        let id = self.by_external_id.get(external_id);
        let found = id.and_then(|id| self.messages.get(id));
        let (message, thread) = found
            .filter(|(message, _)| message.channel == Channel::Electronic)
            .ok_or(DepositError::NothingRepliedTo)?;
        match text(&message.request, "/electronic/replyAllowedBy") {
            "Anyone" => Ok(thread.clone()),
            _ => Err(DepositError::NoReplyAllowed),
        }
    }

    pub(super) fn add(&mut self, message: SentMessage, thread: Thread) {
        let id = message.message_id;
        self.by_external_id.insert(message.external_id.clone(), id);
        self.messages.insert(id, (message, thread));
    }
}

impl SentMessage {
    /// Whose events its events are.
    pub(super) fn subject(&self) -> Subject {
        Subject {
            message_id: self.message_id,
            service_id: self.service_id.clone(),
            external_id: Some(self.external_id.clone()),
        }
    }
}

/// A text of a body whose shape has been judged.
pub(super) fn text<'a>(body: &'a Value, pointer: &str) -> &'a str {
    let found = body.pointer(pointer).and_then(Value::as_str);
    found.unwrap_or_default()
}
