// SPDX-License-Identifier: Apache-2.0
//! Accepts connections.
//!
//! On a thread of its own: the threads of the gateway's runtime do handshakes, and a connection that waits there to be accepted waits for all tasks before
//! it. When too many wait, the system drops further ones, and their clients try again only after a second.

use std::{
    convert::Infallible,
    future::pending,
    io,
    mem::MaybeUninit,
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener},
    sync::Arc,
    thread,
    time::Duration,
};

use socket2::SockRef;
use tokio::{
    net::{TcpStream, UnixListener, UnixStream},
    runtime::{self, Handle},
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
    time::sleep,
};

use crate::inbound::{
    connection::{Accepted, Server, code_of},
    connection_table::Registration,
    log_summary::Severity,
    peer::Origin,
    socket::BoundSocket,
};

/// How long to wait before accepting again when the system lacks what a connection needs.
pub(crate) const ACCEPT_PAUSE: Duration = Duration::from_millis(10);

/// Closed connections whose tasks have not ended yet, and so hold their files. Fewer than the files kept for other things.
const ENDING: usize = 32;

/// Accepts until the server has to stop. The connections are served on `runtime`; the receiver is closed once nothing is accepted any more and all
/// connections are closed.
///
/// # Errors
/// The system refuses a thread.
pub(crate) fn start(
    listener: TcpListener,
    socket: Option<BoundSocket>,
    server: Arc<Server>,
    runtime: Handle,
) -> io::Result<mpsc::Receiver<Infallible>> {
    let own = runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let (open, all_closed) = mpsc::channel(1);
    let connections = server.handler().limits().connections as usize;
    let accepting = Accepting {
        server,
        runtime,
        open,
        unfinished: Arc::new(Semaphore::new(connections + ENDING)),
    };
    let thread = thread::Builder::new().name("silta-accept".to_owned());
    thread.spawn(move || own.block_on(accepting.run(listener, socket)))?;
    Ok(all_closed)
}

struct Accepting {
    server: Arc<Server>,
    runtime: Handle,
    /// Each connection holds a clone. Never used to send.
    open: mpsc::Sender<Infallible>,
    /// Each connection holds a permit until its task has ended: what is accepted faster than tasks end would hold files without limit.
    unfinished: Arc<Semaphore>,
}

impl Accepting {
    async fn run(self, listener: TcpListener, socket: Option<BoundSocket>) {
        let listener = tokio::net::TcpListener::from_std(listener);
        let proxies = socket.as_ref().map(BoundSocket::listener).transpose();
        let (Ok(listener), Ok(proxies)) = (listener, proxies) else {
            tracing::error!(target: "silta::gateway", "the listener's socket cannot be used");
            return;
        };
        loop {
            let permit = Arc::clone(&self.unfinished).acquire_owned();
            let permit = tokio::select! {
                () = self.server.cancelled() => return,
                permit = permit => permit,
            };
            tokio::select! {
                () = self.server.cancelled() => return,
                accepted = listener.accept() => match (accepted, permit) {
                    (Ok((stream, address)), Ok(permit)) => self.serve(stream, address, permit),
                    (Err(error), _) => self.not_accepted(&error).await,
                    // It is never closed.
                    (_, Err(_)) => return,
                },
                accepted = next(proxies.as_ref()) => match (accepted, permit) {
                    (Ok(stream), Ok(permit)) => self.serve_proxy(stream, permit),
                    (Err(error), _) => self.not_accepted(&error).await,
                    (_, Err(_)) => return,
                },
            }
        }
    }

    /// Has a connection served, if there is room for it.
    fn serve(&self, stream: TcpStream, address: SocketAddr, permit: OwnedSemaphorePermit) {
        if has_gone(&stream) {
            reset(&stream);
            return self.server.handshake_failed("Gone");
        }
        let table = self.server.handler().connections();
        let Ok(registration) = table.register(address.ip().into()) else {
            self.too_many();
            return reset(&stream);
        };
        // Here, so that what comes on it does not wake this thread.
        let stream = stream.into_std();
        let accepted = stream.map(Accepted::Tcp);
        self.spawn(
            accepted,
            Origin::Address(address.ip()),
            registration,
            permit,
        );
    }

    /// Has the connection of a proxy served, if there is room for it. To the limits on connections it comes from this machine.
    fn serve_proxy(&self, stream: UnixStream, permit: OwnedSemaphorePermit) {
        let table = self.server.handler().connections();
        let Ok(registration) = table.register(IpAddr::from(Ipv4Addr::LOCALHOST).into()) else {
            return self.too_many();
        };
        let accepted = stream.into_std().map(Accepted::Socket);
        self.spawn(accepted, Origin::Socket, registration, permit);
    }

    fn too_many(&self) {
        let summary = self.server.handler().summary();
        summary.count(Severity::LimitReached, "connection refused", "too-many");
    }

    fn spawn(
        &self,
        accepted: io::Result<Accepted>,
        origin: Origin,
        registration: Registration,
        permit: OwnedSemaphorePermit,
    ) {
        let id = registration.id();
        let (server, open) = (Arc::clone(&self.server), self.open.clone());
        let task = self.runtime.spawn(async move {
            server.serve(accepted, origin, registration).await;
            drop((open, permit));
        });
        let table = self.server.handler().connections();
        Registration::set_task(table, id, task.abort_handle());
    }

    /// Errors of the connection itself are skipped. Others mean that files or memory are short, and come again at once: another connection is closed,
    /// and accepting pauses.
    async fn not_accepted(&self, error: &io::Error) {
        if concerns_one_connection(error) {
            return;
        }
        let handler = self.server.handler();
        let code = code_of(error);
        let summary = handler.summary();
        summary.count(Severity::LimitReached, "connection not accepted", &code);
        handler.connections().evict_one();
        sleep(ACCEPT_PAUSE).await;
    }
}

/// The next connection of a proxy; never, without a socket for them.
async fn next(socket: Option<&UnixListener>) -> io::Result<UnixStream> {
    match socket {
        Some(socket) => Ok(socket.accept().await?.0),
        None => pending().await,
    }
}

/// Whether the other end has closed the connection already. Among thousands of attempts a second most have, and they cost least here.
fn has_gone(stream: &TcpStream) -> bool {
    let seen = SockRef::from(stream).peek(&mut [MaybeUninit::uninit()]);
    match seen {
        Ok(bytes) => bytes == 0,
        Err(error) => error.kind() != io::ErrorKind::WouldBlock,
    }
}

/// Has a connection reset when it is closed. Closing it in order takes several messages, and there may be thousands of them.
fn reset(stream: &TcpStream) {
    // If that fails, it is closed in order.
    let _ = stream.set_zero_linger();
}

/// Errors of a connection that waited to be accepted; `accept` hands them over (accept(2), "Error handling").
pub(crate) fn concerns_one_connection(error: &io::Error) -> bool {
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
