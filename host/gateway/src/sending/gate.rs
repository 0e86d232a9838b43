// SPDX-License-Identifier: Apache-2.0
//! The limits that an agency declares, before each request.

use std::{
    io,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use silta::{Agency, describe::Operation, exchange::Answer};
use silta_store::{
    Store,
    record::{Budget, MOST_CALLS, Reserved},
};

use super::{
    agency::{lock, tell},
    breaker::Change,
    keeping::ask,
    settings::SendingSettings,
    traffic::Traffic,
    unreadable::{self, KeptAnswers, Unreadable},
};
use crate::{
    metrics::Metrics,
    operation::{Barred, Exchanged, Gate, Hearing, NotNow, Passage, Passing},
    outbound::Phase,
};

/// After what time a request is tried again whose reference is under way as often as is allowed.
const REFERENCE_PAUSE: Duration = Duration::from_secs(1);

/// Counts requests, and hears whether they are answered.
pub(super) struct SendingGate {
    pub(super) id: String,
    pub(super) agency: Agency,
    pub(super) store: Arc<dyn Store>,
    pub(super) settings: SendingSettings,
    pub(super) traffic: Arc<Mutex<Traffic>>,
    pub(super) kept: KeptAnswers,
    pub(super) metrics: Metrics,
}

impl Gate for SendingGate {
    fn pass<'a>(&'a self, operation: &'a Operation, reference: &'a str) -> Passing<'a> {
        Box::pin(async move {
            let passage = self.take_reference(operation, reference)?;
            self.count(operation).await?;
            let most = self.settings.operations_at_once;
            lock(&self.traffic).speed_up(&operation.name, most);
            Ok(passage)
        })
    }

    fn heard(&self, operation: &Operation, exchanged: &Exchanged) {
        let is_answer = match exchanged {
            Exchanged::Response(_, fact) => fact.is_none(),
            // Nobody was asked.
            Exchanged::NotSent(fact) if fact.phase == Phase::Prepare => return,
            Exchanged::NotSent(_) => false,
        };
        let description = self.agency.description();
        let is_for_credential =
            description.is_ok_and(|it| it.obtained_by(&operation.name).is_some());
        let transport = operation.transport;
        let mut traffic = lock(&self.traffic);
        let change = traffic.breaker(transport).heard(
            (is_answer, is_for_credential),
            Instant::now(),
            self.settings.breaker(),
        );
        if change == Some(Change::Closed) {
            traffic.answers_again();
        }
        drop(traffic);
        tell(&self.id, transport, change, &self.metrics);
    }

    fn unreadable<'a>(
        &'a self,
        operation: &'a Operation,
        reference: &'a str,
        (answer, code): (&'a Answer, &'a str),
    ) -> Hearing<'a> {
        Box::pin(unreadable::keep(
            Arc::clone(&self.store),
            self.metrics.clone(),
            (self.settings.clone(), &self.kept),
            Unreadable {
                agency: &self.id,
                operation: &operation.name,
                reference,
                answer,
                code,
            },
        ))
    }
}

impl SendingGate {
    fn take_reference(&self, operation: &Operation, reference: &str) -> Result<Passage, Barred> {
        let limit = operation.limits.reference_concurrency;
        let Some(most) = limit.filter(|_| !reference.is_empty()) else {
            return Ok(Passage::free());
        };
        let key = (operation.name.clone(), reference.to_owned());
        if !lock(&self.traffic).take_reference(&key, most) {
            return Err(Barred::NotNow(NotNow {
                delay: REFERENCE_PAUSE,
                limit: format!("{most} requests of one reference of `{}` at once", key.0),
            }));
        }
        let traffic = Arc::clone(&self.traffic);
        Ok(Passage::holding(Reference { traffic, key }))
    }

    /// Counts a request, if the rate lets it be sent.
    async fn count(&self, operation: &Operation) -> Result<(), Barred> {
        let Some(rate) = operation.limits.rate_limit else {
            return Ok(());
        };
        let budget = Budget {
            agency: self.id.clone(),
            name: operation.name.clone(),
            // More are not counted one by one; fewer are always allowed.
            calls: rate.calls.clamp(1, MOST_CALLS),
            window: Duration::from_secs(rate.window_seconds.into()),
            margin: self.settings.rate_margin,
        };
        let reserved = ask(&self.store, move |store| match store.reserve(&budget)? {
            Reserved::Now => Ok(None),
            Reserved::NotBefore(at) => Ok(Some(at.0.saturating_sub(store.now()?.0))),
        });
        match reserved.await {
            Ok(None) => Ok(()),
            Ok(Some(milliseconds)) => Err(Barred::NotNow(NotNow {
                delay: Duration::from_millis(milliseconds),
                limit: format!(
                    "{} calls of `{}` in {} s",
                    rate.calls, operation.name, rate.window_seconds
                ),
            })),
            Err(error) => Err(Barred::Unknown(io::Error::other(error.to_string()))),
        }
    }
}

/// A request of a reference that is under way.
struct Reference {
    traffic: Arc<Mutex<Traffic>>,
    key: (String, String),
}

impl Drop for Reference {
    fn drop(&mut self) {
        lock(&self.traffic).drop_reference(&self.key);
    }
}
