// SPDX-License-Identifier: Apache-2.0
//! What citizens and companies write to an authority.

use std::fmt;

use agency_events::EventData;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{Person, Transport};

/// Data of `citizen-message`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CitizenMessage {
    /// What the service calls it: AsiointitiliTunniste, messageId, or the Message-ID of a mail. An answer names it.
    pub message_id: String,
    /// Service of the authority that it is for; null where the interface does not say.
    pub service_id: Option<String>,
    /// When it was sent; null where that is not said or unreadable.
    pub sent_at: Option<String>,
    /// Owner of the mailbox it was sent from; null where the service does not say. An answer goes to them.
    pub sender: Option<Person>,
    /// Who wrote it on the owner's behalf; null where the owner did, or the interface does not say.
    pub agent: Option<Person>,
    /// Title.
    #[schemars(extend("x-personal" = true))]
    pub title: String,
    /// Text, plain.
    #[schemars(extend("x-personal" = true))]
    pub body: String,
    /// What it answers; null for a message that begins a thread, and where the interface does not say.
    pub thread: Option<Thread>,
    /// Files that came along.
    pub attachments: Vec<AttachedFile>,
    /// What the interface has of its own.
    pub transport: Transport,
}

impl EventData for CitizenMessage {
    const KIND: &'static str = "citizen-message";
    const SUMMARY: &'static str =
        "Somebody has written to the authority, or answered a message of it.";
}

/// The thread that a message goes on with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Thread {
    /// Reference of ours of the message that is answered, or of the first one of the thread; null where the service does not say.
    pub reference: Option<String>,
    /// What the service calls that message; null where it does not say.
    pub message_id: Option<String>,
}

/// A file that came along with a message.
#[derive(Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AttachedFile {
    /// Name as it came, with its extension; null where there is none.
    #[schemars(extend("x-personal" = true))]
    pub name: Option<String>,
    /// Media type as it came; null where there is none.
    pub media_type: Option<String>,
    /// Size in bytes; null where it is not known.
    pub size: Option<u64>,
    /// Which of the documents handed out with this event has its content, from 0; null where the content did not come along.
    pub document: Option<usize>,
    /// Where its content is to be had otherwise: an id of the service's; null where there is none.
    pub id: Option<String>,
    /// Where its content is to be had otherwise: a URL, which nobody has fetched; null where there is none.
    pub url: Option<String>,
    /// Description as it came; null where there is none.
    #[schemars(extend("x-personal" = true))]
    pub description: Option<String>,
}

/// Shows the size and nothing that somebody wrote.
impl fmt::Debug for AttachedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AttachedFile")
            .field("size", &self.size)
            .field("document", &self.document)
            .finish_non_exhaustive()
    }
}

/// Shows the id and nothing that somebody wrote.
impl fmt::Debug for CitizenMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CitizenMessage")
            .field("message_id", &self.message_id)
            .field("attachments", &self.attachments)
            .finish_non_exhaustive()
    }
}
