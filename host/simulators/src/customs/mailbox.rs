// SPDX-License-Identifier: Apache-2.0
//! What is waiting, for whom.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::reply::{Attachment, Reply};
use super::wire::WireNames;
use crate::business_id::BusinessId;
use crate::ledger::lock;
use crate::sha256::sha256_hex;

/// A message that can be listed and fetched.
#[derive(Clone)]
pub(super) struct Message {
    pub(super) storage_id: String,
    pub(super) stored: Timestamp,
    pub(super) is_downloaded: bool,
    pub(super) reply: Reply,
}

impl Message {
    /// The blocks of content: the reply, then what comes with it.
    pub(super) fn blocks(&self) -> impl Iterator<Item = (&'static str, &[u8])> {
        let attachment = self
            .reply
            .attachment
            .as_ref()
            .map(|attachment| match attachment {
                Attachment::Pdf(bytes) => ("application/pdf", bytes.as_slice()),
                Attachment::Zip(bytes) => ("application/zip", bytes.as_slice()),
            });
        [(XML, self.reply.xml.as_slice())]
            .into_iter()
            .chain(attachment)
    }

    /// The fields of MessageInformation that the message has, by their names on the wire.
    pub(super) fn information<'a>(&'a self, wire: &'a WireNames) -> Vec<(&'a str, String)> {
        let status = match self.is_downloaded {
            true => &wire.downloaded_status,
            false => &wire.waiting_status,
        };
        let reply = &self.reply;
        [
            (&wire.message_storage_id, Some(self.storage_id.clone())),
            (&wire.declarant_business_id, reply.declarant.clone()),
            (&wire.message_builder_business_id, reply.builder.clone()),
            (&wire.application, reply.application.clone()),
            (&wire.reference, reply.reference.clone()),
            (&wire.message_status, Some(status.clone())),
            (&wire.timestamp, Some(format!("{:.3}", self.stored))),
            (&wire.content_format, Some(XML.to_owned())),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name.as_str(), value?)))
        .collect()
    }
}

/// Of the reply itself: what comes with it is found in the ApplicationResponse.
const XML: &str = "application/xml";

/// The mailboxes of all customers.
#[derive(Default)]
pub(super) struct Mailboxes {
    of: Mutex<HashMap<BusinessId, Mailbox>>,
}

#[derive(Default)]
struct Mailbox {
    /// In the order stored.
    messages: Vec<Message>,
    last_list: Option<Instant>,
}

impl Mailboxes {
    pub(super) fn add(&self, owner: BusinessId, message: Message) {
        let mut mailboxes = lock(&self.of);
        mailboxes.entry(owner).or_default().messages.push(message);
    }

    /// The messages stored between two moments, both included, in the order stored.
    pub(super) fn between(
        &self,
        owner: &BusinessId,
        start: Timestamp,
        end: Timestamp,
    ) -> Vec<Message> {
        let mailboxes = lock(&self.of);
        let messages = mailboxes.get(owner).map(|mailbox| mailbox.messages.iter());
        messages
            .into_iter()
            .flatten()
            .filter(|message| (start..=end).contains(&message.stored))
            .cloned()
            .collect()
    }

    /// Whether the owner may have a list now; if so, this is the list that the next has to keep its distance
    /// from.
    pub(super) fn may_list(&self, owner: &BusinessId, interval: Duration) -> bool {
        let mut mailboxes = lock(&self.of);
        let mailbox = mailboxes.entry(owner.clone()).or_default();
        let now = Instant::now();
        let is_allowed = mailbox
            .last_list
            .is_none_or(|last| now.duration_since(last) >= interval);
        if is_allowed {
            mailbox.last_list = Some(now);
        }
        is_allowed
    }

    /// A message of this owner, which counts as fetched from now on; gone if it is to be removed.
    pub(super) fn fetch(
        &self,
        owner: &BusinessId,
        storage_id: &str,
        remove: bool,
    ) -> Option<Message> {
        let mut mailboxes = lock(&self.of);
        let messages = &mut mailboxes.get_mut(owner)?.messages;
        let index = messages
            .iter()
            .position(|message| message.storage_id == storage_id)?;
        if remove {
            let message = messages.remove(index);
            return Some(Message {
                is_downloaded: true,
                ..message
            });
        }
        let message = messages.get_mut(index)?;
        message.is_downloaded = true;
        Some(message.clone())
    }
}

/// A storage id, from what the message is: a GUID in braces, the shape in which Customs cites its messages elsewhere
/// (RequestCorrelation).
pub(super) fn storage_id(source: &str) -> String {
    let hash = sha256_hex(source.as_bytes());
    let part = |from: usize, to: usize| hash.get(from..to).unwrap_or_default();
    format!(
        "{{{}-{}-{}-{}-{}}}",
        part(0, 8),
        part(8, 12),
        part(12, 16),
        part(16, 20),
        part(20, 32)
    )
}

/// An id that was never there before, nor in another simulator: customers recognise messages by it.
pub(super) fn unique_storage_id() -> String {
    static MADE: AtomicU64 = AtomicU64::new(0);
    storage_id(&format!(
        "{} {} {}",
        std::process::id(),
        Timestamp::now().as_nanosecond(),
        MADE.fetch_add(1, Ordering::Relaxed),
    ))
}
