//! Connections, from the first byte to the last.

use std::{
    convert::Infallible,
    future::poll_fn,
    io,
    mem::MaybeUninit,
    net::{SocketAddr, TcpListener},
    pin::Pin,
    sync::Arc,
    thread,
    time::Duration,
};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use rustls::server::Acceptor;
use socket2::SockRef;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_rustls::{LazyConfigAcceptor, TlsAcceptor, server::TlsStream};
use tokio_util::sync::CancellationToken;

use crate::inbound::{
    connection_table::Registration,
    handler::CallHandler,
    handshake_queue::HandshakeQueue,
    limits::ListenerLimits,
    log_summary::Severity,
    maintenance,
    peer::Peer,
    timeout_stream::{TimeoutStream, Timeouts},
};

/// A connection past its handshake.
type Stream = TimeoutStream<TlsStream<TcpStream>>;

/// How long to wait before accepting again when the system is out of what a connection needs.
const ACCEPT_PAUSE: Duration = Duration::from_millis(10);

/// How long, and how much, is read and thrown away after an answer to a call that was not read whole.
const LINGER_TIME: Duration = Duration::from_secs(1);
const LINGER_BYTES: u64 = 1 << 20;

/// What hyper needs to hold at least, whatever the limit on heads.
const SMALLEST_BUFFER: usize = 8 << 10;

/// Accepts connections and serves them.
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

    /// Serves until it has to stop, and a little longer for what is under way.
    pub(crate) async fn run(self, listener: TcpListener) {
        let Ok(listener) = tokio::net::TcpListener::from_std(listener) else {
            tracing::error!(target: "silta::gateway", "the listener's socket cannot be used");
            return;
        };
        let server = Arc::new(self);
        let stop_time = server.handler.limits().stop_time;
        let mut connections = JoinSet::new();
        let upkeep = tokio::spawn(maintenance::run(Arc::clone(&server.handler)));
        loop {
            tokio::select! {
                () = server.cancellation.cancelled() => break,
                Some(_) = connections.join_next() => {}
                accepted = listener.accept() => match accepted {
                    Ok((stream, address)) => server.take(stream, address, &mut connections),
                    Err(error) => server.not_accepted(&error).await,
                },
            }
        }
        drop(listener);
        let all_done = async { while connections.join_next().await.is_some() {} };
        // Whatever is left after that is cut off together with the set.
        let _ = timeout(stop_time, all_done).await;
        upkeep.abort();
        maintenance::report(&server.handler);
    }

    /// Serves a connection, if it gets a place.
    fn take(
        self: &Arc<Self>,
        stream: TcpStream,
        address: SocketAddr,
        connections: &mut JoinSet<()>,
    ) {
        if has_gone(&stream) {
            return self.handshake_failed("Gone");
        }
        let connection_table = self.handler.connections();
        let Ok(registration) = connection_table.register(address.ip().into()) else {
            let summary = self.handler.summary();
            summary.count(Severity::LimitReached, "connection refused", "too-many");
            // Without waiting for the other end to agree: there may be thousands of them.
            let _ = stream.set_zero_linger();
            return;
        };
        let id = registration.id();
        let task = connections.spawn(Arc::clone(self).serve(stream, address, registration));
        Registration::set_task(connection_table, id, task);
    }

    /// A connection that broke before it was accepted is nobody's matter. Anything else is likely to be a want of files or memory, and to come again
    /// at once: another connection goes, and others get the time to go.
    async fn not_accepted(&self, error: &io::Error) {
        if concerns_one_connection(error) {
            return;
        }
        let summary = self.handler.summary();
        summary.count(
            Severity::LimitReached,
            "connection not accepted",
            &code_of(error),
        );
        self.handler.connections().evict_one();
        sleep(ACCEPT_PAUSE).await;
    }

    async fn serve(
        self: Arc<Self>,
        stream: TcpStream,
        address: SocketAddr,
        registration: Registration,
    ) {
        // An answer is one small write, and somebody waits for it.
        let _ = stream.set_nodelay(true);
        let limits = *self.handler.limits();
        let handshake = timeout(limits.header_time, self.handshake(stream, &registration));
        let shaken = tokio::select! {
            () = self.cancellation.cancelled() => return,
            shaken = handshake => shaken,
        };
        let stream = match shaken {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => {
                return self.handshake_failed(&code_of(&error));
            }
            Err(_) => return self.handshake_failed("too-slow"),
        };
        let peer = Peer::new(
            registration,
            address,
            stream.get_ref().1.peer_certificates(),
        );
        let peer = Arc::new(peer);
        let idle = Arc::clone(&peer);
        let timeouts = Timeouts {
            head_bytes: limits.header_bytes as usize,
            head: limits.header_time,
            write: limits.body_time,
        };
        let on_idle = Box::new(move || idle.set_idle(&limits));
        let stream = TimeoutStream::new(stream, timeouts, peer.progress(), on_idle);
        if let Some(stream) = self.converse(stream, Arc::clone(&peer)).await {
            close(stream, peer.left_unread()).await;
        }
    }

    async fn handshake(
        &self,
        stream: TcpStream,
        registration: &Registration,
    ) -> io::Result<TlsStream<TcpStream>> {
        let begun = LazyConfigAcceptor::new(Acceptor::default(), stream).await?;
        registration.start_handshake();
        let accepting = {
            // Only as long as the processor is needed, so that nobody keeps it by waiting.
            let _permit = self
                .handshakes
                .acquire(registration.address(), registration.is_known())
                .await;
            begun.into_stream(Arc::clone(self.acceptor.config()))
        };
        accepting.await
    }

    fn handshake_failed(&self, code: &str) {
        let summary = self.handler.summary();
        summary.count(Severity::Expected, "handshake failed", code);
    }

    /// Answers calls until the connection is done; gives it back if it ended well.
    async fn converse(self: Arc<Self>, stream: Stream, peer: Arc<Peer>) -> Option<Stream> {
        let (handler, caller) = (Arc::clone(&self.handler), Arc::clone(&peer));
        let service = service_fn(move |request| {
            let (handler, peer) = (Arc::clone(&handler), Arc::clone(&caller));
            // Boxed, since a connection that is to be had back asks for what can be moved.
            Box::pin(async move { Ok::<_, Infallible>(handler.handle(&peer, request).await) })
        });
        let mut connection = self.http.serve_connection(TokioIo::new(stream), service);
        let mut ended = tokio::select! {
            ended = poll_fn(|context| connection.poll_without_shutdown(context)) => Some(ended),
            () = self.cancellation.cancelled() => None,
        };
        if ended.is_none() {
            Pin::new(&mut connection).graceful_shutdown();
            ended = Some(poll_fn(|context| connection.poll_without_shutdown(context)).await);
        }
        match ended {
            Some(Ok(())) => {}
            // It has been answered, by hyper.
            Some(Err(error)) if error.is_parse() => {
                self.handler.report_parse_error(&peer, &error);
            }
            Some(Err(_)) | None => return None,
        }
        Some(connection.into_parts().io.into_inner())
    }
}

/// Whether the other end has left before anybody looked. Of thousands of attempts a second most have, and they cost least here.
fn has_gone(stream: &TcpStream) -> bool {
    let seen = SockRef::from(stream).peek(&mut [MaybeUninit::uninit()]);
    match seen {
        Ok(bytes) => bytes == 0,
        Err(error) => error.kind() != io::ErrorKind::WouldBlock,
    }
}

/// Errors of a connection that waited to be accepted; `accept` hands them over (accept(2), "Error handling").
fn concerns_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind as K;
    matches!(
        error.kind(),
        K::ConnectionAborted
            | K::ConnectionRefused
            | K::ConnectionReset
            | K::HostUnreachable
            | K::Interrupted
            | K::NetworkDown
            | K::NetworkUnreachable
            | K::PermissionDenied
            | K::TimedOut
            | K::WouldBlock
    )
}

/// What an error is, in a word or two of a bounded number.
fn code_of(error: &io::Error) -> String {
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

/// Timeouts are kept by [`TimeoutStream`], which tells waiting for a call from reading its head.
fn http(limits: &ListenerLimits) -> http1::Builder {
    let mut http = http1::Builder::new();
    let header_bytes = limits.header_bytes as usize;
    http.header_read_timeout(None)
        // Whoever has said everything may say so (RFC 9112 §9.6).
        .half_close(true)
        // Its own one stands still when the clock is set back, until the clock has caught up.
        .auto_date_header(false)
        .max_headers(limits.header_fields as usize)
        .max_header_size(header_bytes)
        .max_buf_size(header_bytes.max(SMALLEST_BUFFER));
    http
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_that_broke_is_no_reason_to_pause() {
        for kind in [
            io::ErrorKind::ConnectionAborted,
            io::ErrorKind::ConnectionReset,
        ] {
            assert!(concerns_one_connection(&kind.into()));
        }
        // EMFILE and ENFILE.
        for number in [24, 23] {
            assert!(!concerns_one_connection(&io::Error::from_raw_os_error(
                number
            )));
        }
    }
}
