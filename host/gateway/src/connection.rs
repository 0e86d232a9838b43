//! Connections, from the first byte to the last.

use std::{
    convert::Infallible,
    future::poll_fn,
    net::{SocketAddr, TcpListener},
    pin::Pin,
    sync::Arc,
    time::Duration,
};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::{Semaphore, watch},
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use crate::{
    exchange::{Exchange, Peer},
    limits::ListenerLimits,
    patience::Impatient,
};

/// A connection past its handshake.
type Stream = Impatient<TlsStream<TcpStream>>;

/// How long to wait before accepting again when the system cannot: out of descriptors, most likely.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How long, and how much, is read and thrown away after an answer to a call that was not read whole.
const LINGER_TIME: Duration = Duration::from_secs(1);
const LINGER_BYTES: u64 = 1 << 20;

/// What hyper needs to hold at least, whatever the limit on heads.
const SMALLEST_BUFFER: usize = 8 << 10;

/// Accepts connections and serves them.
#[derive(Clone)]
pub(crate) struct Server {
    acceptor: TlsAcceptor,
    exchange: Arc<Exchange>,
    http: http1::Builder,
    stopping: watch::Receiver<bool>,
}

impl Server {
    pub(crate) fn new(
        acceptor: TlsAcceptor,
        exchange: Arc<Exchange>,
        stopping: watch::Receiver<bool>,
    ) -> Self {
        Self {
            acceptor,
            http: http(exchange.limits()),
            exchange,
            stopping,
        }
    }

    /// Serves until it has to stop, and a little longer for what is under way.
    pub(crate) async fn run(mut self, listener: TcpListener) {
        let Ok(listener) = tokio::net::TcpListener::from_std(listener) else {
            tracing::error!(target: "silta::gateway", "the listener's socket cannot be used");
            return;
        };
        let limits = *self.exchange.limits();
        let room = Arc::new(Semaphore::new(limits.connections as usize));
        let mut connections = JoinSet::new();
        loop {
            let (stream, address) = tokio::select! {
                () = asked_to_stop(&mut self.stopping) => break,
                Some(_) = connections.join_next() => continue,
                accepted = listener.accept() => match accepted {
                    Ok(accepted) => accepted,
                    Err(error) => {
                        tracing::warn!(target: "silta::gateway", %error, "no connection can be accepted");
                        sleep(ACCEPT_PAUSE).await;
                        continue;
                    }
                },
            };
            let Ok(place) = Arc::clone(&room).try_acquire_owned() else {
                let connections = limits.connections;
                tracing::warn!(target: "silta::gateway", connections, "connection closed: there are too many");
                continue;
            };
            let serving = self.clone().serve(stream, address);
            connections.spawn(async move {
                serving.await;
                drop(place);
            });
        }
        drop(listener);
        let all_done = async { while connections.join_next().await.is_some() {} };
        // Whatever is left after that is cut off together with the set.
        let _ = timeout(limits.stop_time, all_done).await;
    }

    async fn serve(mut self, stream: TcpStream, address: SocketAddr) {
        // An answer is one small write, and somebody waits for it.
        let _ = stream.set_nodelay(true);
        let handshake = timeout(
            self.exchange.limits().header_time,
            self.acceptor.accept(stream),
        );
        let stream = tokio::select! {
            () = asked_to_stop(&mut self.stopping) => return,
            shaken = handshake => match shaken {
                Ok(Ok(stream)) => stream,
                Ok(Err(error)) => {
                    tracing::info!(target: "silta::gateway", %error, "TLS handshake failed");
                    return;
                }
                Err(_) => {
                    tracing::info!(target: "silta::gateway", "TLS handshake took too long");
                    return;
                }
            },
        };
        let peer = Arc::new(Peer::new(address, stream.get_ref().1.peer_certificates()));
        let stream = Impatient::new(stream, self.exchange.limits().body_time);
        if let Some(stream) = self.converse(stream, Arc::clone(&peer)).await {
            close(stream, peer.left_unread()).await;
        }
    }

    /// Answers calls until the connection is done; gives it back if it ended well.
    async fn converse(mut self, stream: Stream, peer: Arc<Peer>) -> Option<Stream> {
        let exchange = self.exchange;
        let answer = service_fn(move |request| {
            let (exchange, peer) = (Arc::clone(&exchange), Arc::clone(&peer));
            // Boxed, since a connection that is to be had back asks for what can be moved.
            Box::pin(async move { Ok::<_, Infallible>(exchange.answer(&peer, request).await) })
        });
        let mut connection = self.http.serve_connection(TokioIo::new(stream), answer);
        let mut ended = tokio::select! {
            ended = poll_fn(|context| connection.poll_without_shutdown(context)) => Some(ended),
            () = asked_to_stop(&mut self.stopping) => None,
        };
        if ended.is_none() {
            Pin::new(&mut connection).graceful_shutdown();
            ended = Some(poll_fn(|context| connection.poll_without_shutdown(context)).await);
        }
        match ended {
            Some(Ok(())) => Some(connection.into_parts().io.into_inner()),
            Some(Err(error)) => {
                tracing::debug!(target: "silta::gateway", %error, "connection ended");
                None
            }
            None => None,
        }
    }
}

async fn asked_to_stop(stopping: &mut watch::Receiver<bool>) {
    // The listener being gone without a word is as good as being asked.
    let _ = stopping.wait_for(|stopping| *stopping).await;
}

/// Closes a connection. One that has bytes left to read would be reset, and the reset could overtake the answer: so they are read, within bounds.
async fn close(mut stream: Stream, unread: bool) {
    let closed = stream.shutdown().await;
    if unread && closed.is_ok() {
        let mut rest = stream.take(LINGER_BYTES);
        let mut nowhere = tokio::io::sink();
        // How a client ends its connection is its own business.
        let _ = timeout(LINGER_TIME, tokio::io::copy(&mut rest, &mut nowhere)).await;
    }
}

fn http(limits: &ListenerLimits) -> http1::Builder {
    let mut http = http1::Builder::new();
    let header_bytes = limits.header_bytes as usize;
    http.timer(TokioTimer::new())
        // Its own one stands still when the clock is set back, until the clock has caught up.
        .auto_date_header(false)
        .header_read_timeout(limits.header_time)
        .max_headers(limits.header_fields as usize)
        .max_header_size(header_bytes)
        .max_buf_size(header_bytes.max(SMALLEST_BUFFER));
    http
}
