// SPDX-License-Identifier: Apache-2.0
//! One receiver, as the tasks that deliver to it share it.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use silta_store::{Cause, Store, StoreError};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::{queue::Wanted, secret::SigningSecret, webhook::Webhook};
use crate::{
    metrics::{Metrics, WebhookMetrics},
    outbound::HttpClient,
    sending::breaker::{Breaker, Change},
    telemetry::Spans,
};

/// Beside the time of a request: for the store, before and after it.
const LEASE_MARGIN: Duration = Duration::from_secs(30);

/// What the tasks of one receiver share.
pub(super) struct Receiver {
    pub(super) webhook: Webhook,
    pub(super) wanted: Wanted,
    pub(super) store: Arc<dyn Store>,
    current: Mutex<Current>,
    breaker: Mutex<Breaker>,
    is_stopped: AtomicBool,
    pub(super) metrics: WebhookMetrics,
    pub(super) spans: Spans,
    /// Rung when there may be something to do.
    pub(super) bell: Notify,
    /// Nothing more is begun.
    pub(super) stopping: CancellationToken,
    /// What is under way is cut off.
    pub(super) cut: CancellationToken,
}

/// What may be replaced meanwhile.
#[derive(Clone)]
pub(super) struct Current {
    pub(super) http: HttpClient,
    pub(super) secrets: Vec<SigningSecret>,
}

impl Receiver {
    pub(super) fn new(
        webhook: Webhook,
        wanted: Wanted,
        store: Arc<dyn Store>,
        (metrics, stopping): (&Metrics, CancellationToken),
    ) -> Self {
        Self {
            current: Mutex::new(Current {
                http: webhook.http.clone(),
                secrets: webhook.secrets.clone(),
            }),
            webhook,
            wanted,
            store,
            breaker: Mutex::default(),
            is_stopped: AtomicBool::new(false),
            metrics: metrics.webhooks.clone(),
            spans: metrics.spans.clone(),
            bell: Notify::new(),
            stopping,
            cut: CancellationToken::new(),
        }
    }

    /// Who has the entries that are being delivered, for people to read.
    pub(super) fn owner(&self) -> String {
        format!("webhook:{}", self.webhook.name)
    }

    pub(super) fn current(&self) -> Current {
        let current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        current.clone()
    }

    pub(super) fn renew(&self, http: HttpClient, secrets: Vec<SigningSecret>) {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        *current = Current { http, secrets };
    }

    /// For how long entries are leased: longer than a request can take.
    pub(super) fn lease(&self) -> Duration {
        self.current().http.connect_timeout() + self.webhook.settings.answer_time + LEASE_MARGIN
    }

    pub(super) fn breaker(&self) -> MutexGuard<'_, Breaker> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the receiver answered, and is not overloaded.
    pub(super) fn heard(&self, is_answer: bool) {
        let rule = self.webhook.settings.breaker();
        let change = self
            .breaker()
            .heard((is_answer, false), Instant::now(), rule);
        let webhook = self.webhook.name.as_str();
        match change {
            Some(Change::Opened) => {
                tracing::warn!(target: "silta::webhooks", webhook, "the receiver does not answer, or says that it has too much to do: one entry at a time is tried from now on");
            }
            Some(Change::Closed) => {
                tracing::info!(target: "silta::webhooks", webhook, "the receiver answers again");
            }
            None => {}
        }
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.is_stopped.load(Ordering::SeqCst)
    }

    /// Delivers nothing more until the program begins again, and says so.
    pub(super) fn stop(&self, why: &str) {
        if self.is_stopped.swap(true, Ordering::SeqCst) {
            return;
        }
        let webhook = self.webhook.name.as_str();
        self.metrics.stopped(webhook);
        tracing::error!(target: "silta::webhooks", webhook, "webhook stopped, and its entries stay in the inbox: {why}. Mend the receiver, or the table [webhooks.{webhook}], and start the program again; `silta inbox list` shows what waits");
    }

    /// Asks the store, on a thread that may block.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&dyn Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let store = Arc::clone(&self.store);
        let asked = tokio::task::spawn_blocking(move || question(&*store)).await;
        asked.unwrap_or_else(|error| {
            let cause = Cause::new(format!("a question did not end: {error}"));
            Err(StoreError::Broken(cause))
        })
    }
}
