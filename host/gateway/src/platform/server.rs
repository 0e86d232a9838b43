// SPDX-License-Identifier: Apache-2.0
//! Connections of clients: accepted, within TLS where there is a certificate, and read within limits.

use std::{net::TcpListener, sync::Arc, time::Duration};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use super::{limits::PlatformLimits, router::Answering, write_timeout::WriteTimeout};

/// How long to wait before accepting again when the system lacks what a connection needs.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves clients.
pub(crate) struct PlatformServer {
    pub(crate) answering: Answering,
    pub(crate) acceptor: Option<TlsAcceptor>,
    pub(crate) limits: PlatformLimits,
    pub(crate) stopping: CancellationToken,
}

impl PlatformServer {
    /// Until the gateway stops; then nothing more is accepted, and what is being asked is answered.
    pub(crate) async fn run(self: Arc<Self>, listener: TcpListener) {
        let Ok(listener) = tokio::net::TcpListener::from_std(listener) else {
            tracing::error!(target: "silta::platform", "the socket of the platform's API cannot be used");
            return;
        };
        let connections = self.limits.connections;
        let places = Arc::new(Semaphore::new(connections as usize));
        loop {
            let place = tokio::select! {
                () = self.stopping.cancelled() => break,
                place = Arc::clone(&places).acquire_owned() => place,
            };
            let Ok(place) = place else { break };
            let accepted = tokio::select! {
                () = self.stopping.cancelled() => break,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, _)) => {
                    tokio::spawn(Arc::clone(&self).serve(stream, place));
                }
                // No file descriptor is left, say: later there may be one.
                Err(_) => sleep(ACCEPT_PAUSE).await,
            }
        }
        drop(listener);
        // All places are free when all connections are closed.
        let _ = timeout(self.limits.stop_time, places.acquire_many(connections)).await;
    }

    async fn serve(self: Arc<Self>, stream: TcpStream, place: OwnedSemaphorePermit) {
        // An answer is one write, and somebody waits for it.
        let _ = stream.set_nodelay(true);
        match &self.acceptor {
            None => self.answer(stream).await,
            Some(acceptor) => {
                let handshake = timeout(self.limits.header_time, acceptor.accept(stream));
                let shaken = tokio::select! {
                    () = self.stopping.cancelled() => return,
                    shaken = handshake => shaken,
                };
                match shaken {
                    Ok(Ok(stream)) => self.answer(stream).await,
                    Ok(Err(error)) => {
                        tracing::debug!(target: "silta::platform", %error, "handshake failed");
                    }
                    Err(_) => tracing::debug!(target: "silta::platform", "handshake too slow"),
                }
            }
        }
        drop(place);
    }

    async fn answer(&self, stream: impl AsyncRead + AsyncWrite + Unpin) {
        let stream = WriteTimeout::new(stream, self.limits.write_time);
        let service = service_fn(|request| self.answering.answer(request));
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(self.limits.header_time)
            .max_buf_size(self.limits.header_bytes as usize)
            .max_headers(self.limits.header_fields as usize);
        let connection = http.serve_connection(TokioIo::new(stream), service);
        tokio::pin!(connection);
        tokio::select! {
            // Whoever broke it off knows.
            _ = connection.as_mut() => {}
            () = self.stopping.cancelled() => {
                connection.as_mut().graceful_shutdown();
                let _ = timeout(self.limits.stop_time, connection).await;
            }
        }
    }
}
