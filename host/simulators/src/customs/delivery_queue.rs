// SPDX-License-Identifier: Apache-2.0
//! How replies get into mailboxes, and customers get to know of them.

use std::sync::{Arc, Mutex};

use jiff::Timestamp;

use super::mailbox::{Mailboxes, Message, unique_storage_id};
use super::misbehaviour::{Misbehaviour, Occasion, Script};
use super::notify::Notification;
use super::notify_client::Notifier;
use super::reply::Reply;
use crate::business_id::BusinessId;
use crate::ledger::{Ledger, lock};

/// Delivers replies, each after its delay, and tells the customer of it.
pub(super) struct DeliveryQueue {
    pub(super) mailboxes: Mailboxes,
    pub(super) notifications: Ledger<Notification>,
    notifier: Option<Notifier>,
    script: Arc<Mutex<Script>>,
}

impl DeliveryQueue {
    pub(super) fn new(notifier: Option<Notifier>, script: Arc<Mutex<Script>>) -> Self {
        Self {
            mailboxes: Mailboxes::default(),
            notifications: Ledger::default(),
            notifier,
            script,
        }
    }

    /// The storage id is given out at once; the message is stored, and has its time, after the delay. Called in the
    /// runtime that is to wait.
    pub(super) fn deliver(self: &Arc<Self>, owner: BusinessId, reply: Reply) -> String {
        let storage_id = unique_storage_id();
        if reply.delay.is_zero() {
            self.store(owner, storage_id.clone(), reply);
        } else {
            let (queue, storage_id) = (self.clone(), storage_id.clone());
            tokio::spawn(async move {
                tokio::time::sleep(reply.delay).await;
                queue.store(owner, storage_id, reply);
            });
        }
        storage_id
    }

    fn store(self: &Arc<Self>, owner: BusinessId, storage_id: String, reply: Reply) {
        let message = Message {
            storage_id,
            stored: Timestamp::now(),
            is_downloaded: false,
            reply,
        };
        // First there, then told: a notified customer finds what it was notified of.
        self.mailboxes.add(owner, message.clone());
        if self.notifier.is_some() {
            tokio::spawn(self.clone().notify(message));
        }
    }

    /// One call for the message, unless the script says otherwise.
    async fn notify(self: Arc<Self>, message: Message) {
        let Some(notifier) = &self.notifier else {
            return;
        };
        let misbehaviour = lock(&self.script).take(Occasion::Notification);
        match misbehaviour {
            Some(Misbehaviour::NotifyNever) => return,
            Some(Misbehaviour::NotifyLate(time)) => tokio::time::sleep(time).await,
            Some(Misbehaviour::NotifyTwice) => {
                self.notifications.record(notifier.notify(&message).await);
            }
            _ => {}
        }
        self.notifications.record(notifier.notify(&message).await);
    }
}
