// SPDX-License-Identifier: Apache-2.0
//! What all requests share.

use std::{collections::BTreeMap, sync::Arc};

use silta_store::{Store, StoreError};
use tokio::{runtime::Handle, sync::Semaphore};
use tokio_util::sync::CancellationToken;

use super::{limits::PlatformLimits, lookout::Lookout, problem::Problem, token::Tokens};
use crate::{
    agency::ServedAgency, generations::Deployer, inbound::ByteBudget, metrics::Metrics,
    webhooks::EntryFilter,
};

pub(crate) struct Platform {
    pub(crate) store: Arc<dyn Store>,
    /// Entries that are not given out, since webhooks push them.
    pub(crate) pushed: Vec<EntryFilter>,
    /// `None` where components cannot be deployed.
    pub(crate) deployer: Option<Arc<dyn Deployer>>,
    /// By the names that they are deployed under.
    pub(crate) agencies: BTreeMap<String, ServedAgency>,
    pub(crate) tokens: Tokens,
    pub(crate) limits: PlatformLimits,
    /// Bytes of bodies and documents.
    pub(crate) bytes: Arc<ByteBudget>,
    /// Requests that wait for entries.
    pub(crate) waiting: Arc<Semaphore>,
    pub(crate) lookout: Lookout,
    pub(crate) metrics: Metrics,
    pub(crate) runtime: Handle,
    pub(crate) stopping: CancellationToken,
    /// The API, described.
    pub(crate) openapi: bytes::Bytes,
}

impl Platform {
    /// Asks the store, on a thread that may block.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&dyn Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Problem> {
        let store = Arc::clone(&self.store);
        let asked = tokio::task::spawn_blocking(move || question(&*store)).await;
        Ok(asked.map_err(|_| Problem::internal("gateway.crash"))??)
    }
}
