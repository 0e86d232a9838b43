// SPDX-License-Identifier: Apache-2.0
//! Where pages have their facts from.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use silta::Agency;
use silta_store::{Store, StoreError, record::Status};

use super::{certificates::Certificates, sent::Remembered};
use crate::{generations::Deployer, metrics::Metrics};

/// For so long the store is not asked again for what it has: each time it counts all of it.
const FRESH: Duration = Duration::from_millis(500);

/// What there is to be shown.
pub(super) struct Facts {
    pub(super) store: Arc<dyn Store>,
    pub(super) agencies: Vec<(String, Agency)>,
    pub(super) certificates: Certificates,
    pub(super) metrics: Metrics,
    /// Whether operations may be decided on.
    pub(super) actions: bool,
    pub(super) deployer: Option<Arc<dyn Deployer>>,
    pub(super) sent: Remembered,
    pub(super) counted: Mutex<Option<(Instant, Status)>>,
}

/// Why there is no page.
#[derive(Debug)]
pub(super) enum NoPage {
    /// There is none, or what it was about is gone.
    Missing,
    Store(StoreError),
    /// A template cannot be written.
    Broken,
}

impl From<StoreError> for NoPage {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<askama::Error> for NoPage {
    fn from(_: askama::Error) -> Self {
        Self::Broken
    }
}

impl Facts {
    /// What the store has, counted a moment ago. May block.
    pub(super) fn status(&self) -> Result<Status, StoreError> {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, status)) = &*counted
            && at.elapsed() < FRESH
        {
            return Ok(status.clone());
        }
        let status = self.store.status()?;
        *counted = Some((Instant::now(), status.clone()));
        Ok(status)
    }

    /// What is counted is counted anew: something has been changed here.
    pub(super) fn forget(&self) {
        *self.counted.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Agencies that do not answer, and by which way.
    pub(super) fn silent(&self) -> Vec<(&str, &'static str)> {
        let ids = self.agencies.iter().map(|(id, _)| id.as_str());
        let ways = ids.flat_map(|id| ["https", "smtp"].map(|way| (id, way)));
        ways.filter(|(id, way)| self.metrics.is_silent(id, way))
            .collect()
    }
}
