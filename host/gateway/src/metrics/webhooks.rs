// SPDX-License-Identifier: Apache-2.0
//! What webhooks count.

use std::{
    sync::atomic::{AtomicI64, AtomicU64},
    time::Duration,
};

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};

/// Deliveries by receiver.
#[derive(Clone, Default)]
pub(crate) struct WebhookMetrics {
    attempts: Family<Of, Counter>,
    deliveries: Family<Ended, Counter>,
    oldest: Family<Of, Gauge<f64, AtomicU64>>,
    stopped: Family<Of, Gauge<i64, AtomicI64>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Of {
    webhook: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Ended {
    webhook: String,
    result: &'static str,
}

impl WebhookMetrics {
    pub(super) fn register(&self, registry: &mut Registry) {
        let help = "Requests by which an entry was to be delivered";
        registry.register("webhook_attempts", help, self.attempts.clone());
        let help = "What they came to";
        registry.register("webhook_deliveries", help, self.deliveries.clone());
        let help = "Age of the oldest entry that was not delivered, in seconds";
        let oldest = self.oldest.clone();
        registry.register("webhook_oldest_undelivered_seconds", help, oldest);
        let help =
            "1 when the webhook was stopped: its receiver is gone, or does not take an entry";
        registry.register("webhook_stopped", help, self.stopped.clone());
    }

    /// Shows a receiver before anything has happened.
    pub(crate) fn begin(&self, webhook: &str) {
        self.stopped.get_or_create(&of(webhook)).set(0);
        self.oldest(webhook, Duration::ZERO);
    }

    pub(crate) fn attempt(&self, webhook: &str) {
        self.attempts.get_or_create(&of(webhook)).inc();
    }

    pub(crate) fn result(&self, webhook: &str, result: &'static str) {
        let webhook = webhook.to_owned();
        let ended = Ended { webhook, result };
        self.deliveries.get_or_create(&ended).inc();
    }

    pub(crate) fn oldest(&self, webhook: &str, age: Duration) {
        let oldest = self.oldest.get_or_create(&of(webhook));
        oldest.set(age.as_secs_f64());
    }

    pub(crate) fn stopped(&self, webhook: &str) {
        self.stopped.get_or_create(&of(webhook)).set(1);
    }
}

fn of(webhook: &str) -> Of {
    Of {
        webhook: webhook.to_owned(),
    }
}
