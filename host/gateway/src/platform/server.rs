// SPDX-License-Identifier: Apache-2.0
//! Connections of clients: accepted, within TLS where there is a certificate, and read within limits.

use std::{future::poll_fn, net::TcpListener, pin::Pin, sync::Arc, time::Duration};

use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use super::{
    limits::PlatformLimits, router::Answering, unread::Unread, write_timeout::WriteTimeout,
};
use crate::half_open::{Answered, HalfOpen};

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
        let (stream, exchanges) = HalfOpen::new(stream);
        let unread = Unread::default();
        // Boxed: taking the stream back from the connection needs a service that is `Unpin`.
        let service = service_fn(|request: Request<Incoming>| {
            let exchange = (!may_wait(&request)).then(|| exchanges.begin());
            let answering = self.answering.answer(unread.watch(request, &exchanges));
            Box::pin(async move {
                let answer = answering.await;
                answer.map(|answer| answer.map(|body| Answered::new(body, exchange)))
            })
        });
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(self.limits.header_time)
            .max_buf_size(self.limits.header_bytes as usize)
            .max_headers(self.limits.header_fields as usize);
        let mut connection = http.serve_connection(TokioIo::new(stream), service);
        let mut ended = tokio::select! {
            ended = poll_fn(|context| connection.poll_without_shutdown(context)) => Some(ended),
            () = self.stopping.cancelled() => None,
        };
        if ended.is_none() {
            Pin::new(&mut connection).graceful_shutdown();
            let ending = poll_fn(|context| connection.poll_without_shutdown(context));
            ended = timeout(self.limits.stop_time, ending).await.ok();
        }
        // Whoever broke it off knows; what was no HTTP has been answered.
        if ended.is_some_and(|ended| ended.map_or_else(|error| error.is_parse(), |()| true)) {
            let stream = connection.into_parts().io.into_inner().into_inner();
            unread.close(stream, self.limits.body_bytes).await;
        }
    }
}

/// Whether the answer to a request may take as long as it likes, so that somebody who is gone must not be waited for.
fn may_wait(request: &Request<Incoming>) -> bool {
    let query = request.uri().query().unwrap_or_default();
    query.split('&').any(|field| field.starts_with("wait="))
}
