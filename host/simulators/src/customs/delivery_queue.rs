//! How replies get into mailboxes, and customers get to know of them.

use std::sync::Arc;

use jiff::Timestamp;

use super::mailbox::Message;
use super::misbehaviour::{Misbehaviour, Occasion};
use super::notify_client;
use super::reply::{DepositError, Reply};
use super::service::Service;
use super::storage_id;
use super::upload::Receipt;
use crate::business_id::BusinessId;

/// Sends the reply that an accepted upload is to have.
pub(super) fn reply(service: &Arc<Service>, intermediary: &BusinessId, receipt: &Receipt) {
    let plan = &service.replies;
    let kind = plan.kind(&receipt.application);
    if let Some(reply) = Reply::planned(kind, intermediary, receipt, plan.delay) {
        deliver(service, intermediary.clone(), reply);
    }
}

/// Takes a reply from outside.
pub(super) fn deposit(service: &Arc<Service>, reply: Reply) -> Result<String, DepositError> {
    let owner = BusinessId::parse(&reply.recipient).ok_or(DepositError::Recipient)?;
    Ok(deliver(service, owner, reply))
}

/// The storage id is given out at once; the message is stored, and has its time, after the delay.
fn deliver(service: &Arc<Service>, owner: BusinessId, reply: Reply) -> String {
    let storage_id = storage_id::unique();
    if reply.delay.is_zero() {
        store(service, owner, storage_id.clone(), reply);
    } else {
        let (service, storage_id) = (service.clone(), storage_id.clone());
        service.runtime.clone().spawn(async move {
            tokio::time::sleep(reply.delay).await;
            store(&service, owner, storage_id, reply);
        });
    }
    storage_id
}

fn store(service: &Arc<Service>, owner: BusinessId, storage_id: String, reply: Reply) {
    let message = Message {
        storage_id,
        stored: Timestamp::now(),
        is_downloaded: false,
        reply,
    };
    // First there, then told: a notified customer finds what it was notified of.
    service.mailboxes().add(owner, message.clone());
    if service.notifier.is_some() {
        service.runtime.spawn(notify(service.clone(), message));
    }
}

/// One call for the message, unless a script has other ideas.
async fn notify(service: Arc<Service>, message: Message) {
    match service.misbehaviour(Occasion::Notification) {
        Some(Misbehaviour::NotifyNever) => return,
        Some(Misbehaviour::NotifyLate(time)) => tokio::time::sleep(time).await,
        Some(Misbehaviour::NotifyTwice) => {
            notify_client::notify(&service, &message).await;
        }
        _ => {}
    }
    notify_client::notify(&service, &message).await;
}
