// SPDX-License-Identifier: Apache-2.0
//! What a server of the gateway runs on.

use std::{
    convert::Infallible,
    io,
    net::{SocketAddr, TcpListener},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
        mpsc,
    },
};

use socket2::SockRef;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use crate::{file_limit, metrics::Metrics};

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
    /// How many connections all of them may have open at once.
    pub(crate) connections: Arc<AtomicU32>,
}

impl ServerContext {
    /// Makes room for the connections of one more server, and warns the operator where the system does not give it.
    pub(crate) fn expect_connections(&self, of_server: u32) {
        // Servers are started one after the other, under a lock.
        let others = self.connections.load(Ordering::Relaxed);
        let all = others.saturating_add(of_server);
        self.connections.store(all, Ordering::Relaxed);
        if let Err(too_few) = file_limit::raise_for(all) {
            too_few.log(all);
        }
    }
}

/// Listens at an address for a task of the runtime to accept from; port 0 is any free one, and where it listens is told.
pub(crate) fn bind(address: SocketAddr) -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    // The standard library asks for 128 connections that wait to be accepted. Thousands of attempts a second fill that in milliseconds, and clients
    // try again only after a second.
    SockRef::from(&listener).listen(4096)?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}
