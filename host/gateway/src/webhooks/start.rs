// SPDX-License-Identifier: Apache-2.0
//! A worker for each receiver, and what wakes them.

use std::{sync::Arc, time::Duration};

use super::{
    filter::EntryFilter,
    queue::Wanted,
    receiver::Receiver,
    setup::{Webhooks, WebhooksSetup},
    webhook::Webhook,
    worker::work,
};
use crate::server::ServerContext;

/// How long one wait for the store's bell is: so much later at most the thread hears that the gateway stops.
const BELL_WAIT: Duration = Duration::from_millis(200);

/// Starts a worker for each receiver.
pub(crate) fn start(setup: WebhooksSetup, context: &ServerContext) -> Webhooks {
    let mut before = Vec::new();
    let mut receivers = Vec::new();
    for webhook in setup.webhooks.iter().cloned() {
        let filter = webhook.filter.clone();
        let wanted = wanted(&setup, &webhook, before.clone());
        let shared = (&context.metrics, context.cancellation.clone());
        let store = Arc::clone(&setup.store);
        context.metrics.webhooks.begin(&webhook.name);
        receivers.push(Arc::new(Receiver::new(webhook, wanted, store, shared)));
        before.push(filter);
    }
    for receiver in &receivers {
        let (receiver, running) = (Arc::clone(receiver), context.running.clone());
        context.runtime.spawn(async move {
            work(receiver).await;
            drop(running);
        });
    }
    if !receivers.is_empty() {
        let (mut wakeups, rung) = (setup.store.wakeups(), receivers.clone());
        let stopping = context.cancellation.clone();
        context.runtime.spawn_blocking(move || {
            while !stopping.is_cancelled() {
                if wakeups.wait(BELL_WAIT) {
                    rung.iter().for_each(|receiver| receiver.bell.notify_one());
                }
            }
        });
    }
    Webhooks { receivers }
}

fn wanted(setup: &WebhooksSetup, webhook: &Webhook, before: Vec<EntryFilter>) -> Wanted {
    let agencies = match webhook.filter.agencies.is_empty() {
        true => setup.agencies.clone(),
        false => webhook.filter.agencies.clone(),
    };
    Wanted {
        agencies,
        filter: webhook.filter.clone(),
        before,
        order: webhook.settings.order,
    }
}
