// SPDX-License-Identifier: Apache-2.0
//! Connections, from the first byte to the last.

use std::{
    convert::Infallible, future::poll_fn, io, net, os::unix, pin::Pin, sync::Arc, thread,
    time::Duration,
};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use rustls::server::Acceptor;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpStream, UnixStream},
    sync::mpsc,
    time::timeout,
};
use tokio_rustls::{LazyConfigAcceptor, TlsAcceptor, server::TlsStream};
use tokio_util::{either::Either, sync::CancellationToken};

use crate::inbound::{
    connection_table::Registration,
    handler::CallHandler,
    handshake_queue::HandshakeQueue,
    limits::ListenerLimits,
    log_summary::Severity,
    maintenance,
    peer::{Origin, Peer},
    timeout_stream::{TimeoutStream, Timeouts},
};

/// What calls are read from: TLS, or the socket of proxies.
type Transport = Either<TlsStream<TcpStream>, UnixStream>;

/// A connection past its handshake.
type Stream = TimeoutStream<Transport>;

/// A connection that has been accepted.
pub(crate) enum Accepted {
    /// From an address.
    Tcp(net::TcpStream),
    /// From a proxy on this machine.
    Socket(unix::net::UnixStream),
}

/// How long, and how much, is read and thrown away after a reply to a call that was not read whole.
const LINGER_TIME: Duration = Duration::from_secs(1);
const LINGER_BYTES: u64 = 1 << 20;

/// The smallest buffer that hyper accepts, whatever the limit on heads.
const SMALLEST_BUFFER: usize = 8 << 10;

/// Serves connections.
pub(crate) struct Server {
    acceptor: TlsAcceptor,
    handler: Arc<CallHandler>,
    http: http1::Builder,
    handshakes: HandshakeQueue,
    cancellation: CancellationToken,
}

impl Server {
    pub(crate) fn new(
        acceptor: TlsAcceptor,
        handler: Arc<CallHandler>,
        cancellation: CancellationToken,
    ) -> Self {
        let processors = thread::available_parallelism().map_or(1, usize::from);
        Self {
            acceptor,
            http: http(handler.limits()),
            handler,
            handshakes: HandshakeQueue::new(processors),
            cancellation,
        }
    }

    /// Runs until the server has to stop and its connections are closed; then those that take too long are cut off.
    pub(crate) async fn run(self: Arc<Self>, mut all_closed: mpsc::Receiver<Infallible>) {
        let maintenance = tokio::spawn(maintenance::run(Arc::clone(&self.handler)));
        self.cancelled().await;
        let stop_time = self.handler.limits().stop_time;
        if timeout(stop_time, all_closed.recv()).await.is_err() {
            self.handler.connections().close_all();
        }
        maintenance.abort();
        maintenance::report(&self.handler);
    }

    pub(crate) fn handler(&self) -> &CallHandler {
        &self.handler
    }

    /// Waits until the server has to stop.
    pub(crate) async fn cancelled(&self) {
        self.cancellation.cancelled().await;
    }

    /// Serves one connection.
    pub(crate) async fn serve(
        self: Arc<Self>,
        accepted: io::Result<Accepted>,
        origin: Origin,
        registration: Registration,
    ) {
        let limits = *self.handler.limits();
        let handshake = timeout(limits.header_time, self.handshake(accepted, &registration));
        let handshake = tokio::select! {
            () = self.cancelled() => return,
            ended = handshake => ended,
        };
        let stream = match handshake {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return self.handshake_failed(&code_of(&error)),
            Err(_) => return self.handshake_failed("too-slow"),
        };
        let chain = match &stream {
            Either::Left(tls) => tls.get_ref().1.peer_certificates(),
            // What its caller has shown, a proxy tells with each call.
            Either::Right(_) => None,
        };
        let peer = Arc::new(Peer::new(registration, origin, chain));
        let timeouts = Timeouts {
            head_bytes: limits.header_bytes as usize,
            head: limits.header_time,
            write: limits.body_time,
        };
        let idle = Arc::clone(&peer);
        let on_idle = Box::new(move || idle.set_idle(&limits));
        let stream = TimeoutStream::new(stream, timeouts, peer.progress(), on_idle);
        if let Some(stream) = self.converse(stream, Arc::clone(&peer)).await {
            close(stream, peer.left_unread()).await;
        }
    }

    async fn handshake(
        &self,
        accepted: io::Result<Accepted>,
        registration: &Registration,
    ) -> io::Result<Transport> {
        let stream = match accepted? {
            Accepted::Tcp(stream) => TcpStream::from_std(stream)?,
            // Who may connect there is for the rights of the file to say.
            Accepted::Socket(stream) => return Ok(Either::Right(UnixStream::from_std(stream)?)),
        };
        // A reply is one small write, and somebody waits for it.
        let _ = stream.set_nodelay(true);
        let start = LazyConfigAcceptor::new(Acceptor::default(), stream).await?;
        registration.start_handshake();
        let accepting = {
            let (address, known) = (registration.address(), registration.is_known());
            // Held only while the processor is needed, so that nobody keeps it by waiting.
            let _permit = self.handshakes.acquire(address, known).await;
            start.into_stream(Arc::clone(self.acceptor.config()))
        };
        accepting.await.map(Either::Left)
    }

    /// Counts a handshake that failed.
    pub(crate) fn handshake_failed(&self, code: &str) {
        let summary = self.handler.summary();
        summary.count(Severity::Expected, "handshake failed", code);
    }

    /// Handles calls until the connection ends; returns it if it ended well.
    async fn converse(self: Arc<Self>, stream: Stream, peer: Arc<Peer>) -> Option<Stream> {
        let (handler, caller) = (Arc::clone(&self.handler), Arc::clone(&peer));
        let service = service_fn(move |request| {
            let (handler, peer) = (Arc::clone(&handler), Arc::clone(&caller));
            // Boxed: taking the stream back from the connection needs a service that is `Unpin`.
            Box::pin(async move { Ok::<_, Infallible>(handler.handle(&peer, request).await) })
        });
        let mut connection = self.http.serve_connection(TokioIo::new(stream), service);
        let mut ended = tokio::select! {
            // A stop comes first: an answer that is ready at the same moment tells the client that the connection closes.
            biased;
            () = self.cancellation.cancelled() => None,
            ended = poll_fn(|context| connection.poll_without_shutdown(context)) => Some(ended),
        };
        if ended.is_none() {
            Pin::new(&mut connection).graceful_shutdown();
            ended = Some(poll_fn(|context| connection.poll_without_shutdown(context)).await);
        }
        match ended {
            Some(Ok(())) => {}
            // hyper has replied to it.
            Some(Err(error)) if error.is_parse() => {
                self.handler.report_parse_error(&peer, &error);
            }
            Some(Err(_)) | None => return None,
        }
        Some(connection.into_parts().io.into_inner())
    }
}

/// A name for an error; there is a bounded number of them.
pub(crate) fn code_of(error: &io::Error) -> String {
    use rustls::Error as E;
    let tls = error.get_ref().and_then(|inner| inner.downcast_ref::<E>());
    match tls {
        None => format!("{:?}", error.kind()),
        Some(E::InvalidMessage(_) | E::InappropriateMessage { .. }) => "NotTls".to_owned(),
        Some(E::InappropriateHandshakeMessage { .. }) => "UnexpectedMessage".to_owned(),
        Some(E::PeerIncompatible(why)) => format!("Incompatible {why:?}"),
        Some(E::PeerMisbehaved(why)) => format!("Misbehaved {why:?}"),
        Some(E::AlertReceived(alert)) => format!("Alert {alert:?}"),
        Some(E::InvalidCertificate(_)) => "KeyNotHeld".to_owned(),
        Some(E::General(_)) => "ChainTooLarge".to_owned(),
        Some(_) => "Other".to_owned(),
    }
}

/// Closes a connection. With bytes left to read it would be reset, and the reset could overtake the reply: so they are read, within bounds.
async fn close(mut stream: Stream, unread: bool) {
    let closed = stream.shutdown().await;
    if unread && closed.is_ok() {
        let mut rest = stream.take(LINGER_BYTES);
        let mut nowhere = tokio::io::sink();
        // The client may end its connection as it likes.
        let _ = timeout(LINGER_TIME, tokio::io::copy(&mut rest, &mut nowhere)).await;
    }
}

/// [`TimeoutStream`] keeps the time: it tells waiting for a call from reading its head.
fn http(limits: &ListenerLimits) -> http1::Builder {
    let mut http = http1::Builder::new();
    let header_bytes = limits.header_bytes as usize;
    http.header_read_timeout(None)
        // A client may close its half after its call (RFC 9112 §9.6).
        .half_close(true)
        // hyper's own date stands still when the clock is set back, until the clock has caught up.
        .auto_date_header(false)
        .max_headers(limits.header_fields as usize)
        .max_header_size(header_bytes)
        .max_buf_size(header_bytes.max(SMALLEST_BUFFER));
    http
}
