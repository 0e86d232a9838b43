// SPDX-License-Identifier: Apache-2.0
//! What a server of the gateway runs on.

use std::{convert::Infallible, sync::mpsc};

use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use crate::metrics::Metrics;

/// Runtime and cancellation that all servers share.
#[derive(Clone)]
pub(crate) struct ServerContext {
    pub(crate) runtime: Handle,
    /// Cancelled when the servers have to stop.
    pub(crate) cancellation: CancellationToken,
    /// Never used to send: the gateway waits until all clones are dropped.
    pub(crate) running: mpsc::Sender<Infallible>,
    /// What all of them count.
    pub(crate) metrics: Metrics,
}
