// SPDX-License-Identifier: Apache-2.0
//! One agency that is sent to, as the tasks of its worker share it.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use silta::{Agency, describe::Transport};
use silta_store::Store;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::{
    breaker::Change,
    settings::{PollSettings, SendingSettings},
    streak::Streak,
    traffic::Traffic,
};
use crate::{
    metrics::Metrics,
    operation::Sender,
    outbound::{HttpClient, MailClient},
};

/// What the tasks of one agency share.
pub(super) struct SentAgency {
    pub(super) id: String,
    /// Who claims.
    pub(super) node: String,
    pub(super) agency: Agency,
    pub(super) store: Arc<dyn Store>,
    pub(super) settings: SendingSettings,
    pub(super) polls: BTreeMap<String, PollSettings>,
    pub(super) sender: Mutex<Sender>,
    pub(super) traffic: Arc<Mutex<Traffic>>,
    /// By poll.
    pub(super) streaks: Arc<Mutex<BTreeMap<String, Streak>>>,
    pub(super) metrics: Metrics,
    /// Rung when there may be something to do.
    pub(super) bell: Notify,
    pub(super) stopping: CancellationToken,
}

impl SentAgency {
    pub(super) fn sender(&self) -> Sender {
        let sender = self.sender.lock().unwrap_or_else(PoisonError::into_inner);
        sender.clone()
    }

    pub(super) fn renew_clients(&self, http: HttpClient, mail: Option<MailClient>) {
        let mut sender = self.sender.lock().unwrap_or_else(PoisonError::into_inner);
        *sender = sender.clone().with_clients(http, mail);
    }

    pub(super) fn traffic(&self) -> MutexGuard<'_, Traffic> {
        lock(&self.traffic)
    }

    /// The agency gives out no credential.
    pub(super) fn lock_out(&self, transport: Transport) {
        let now = Instant::now();
        let change = self.traffic().lock(transport, now, &self.settings);
        tell(&self.id, transport, change, &self.metrics);
    }
}

pub(super) fn lock(traffic: &Mutex<Traffic>) -> MutexGuard<'_, Traffic> {
    traffic.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Tells the operator of a change.
pub(super) fn tell(agency: &str, transport: Transport, change: Option<Change>, metrics: &Metrics) {
    let Some(change) = change else {
        return;
    };
    let way = match transport {
        Transport::Https => "https",
        Transport::Smtp => "smtp",
    };
    metrics.breaker(agency, way, change == Change::Opened);
    match change {
        Change::Opened => {
            tracing::warn!(target: "silta::sending", agency, way, "the agency does not answer, or gives out no credential: one operation at a time asks from now on, the others wait");
        }
        Change::Closed => {
            tracing::info!(target: "silta::sending", agency, way, "the agency answers again");
        }
    }
}
