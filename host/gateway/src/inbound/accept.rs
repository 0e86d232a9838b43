// SPDX-License-Identifier: Apache-2.0
//! Accepts connections.
//!
//! On a thread of its own: the threads of the gateway's runtime do handshakes, and a connection that waits there to be accepted waits for all tasks before
//! it. When too many wait, the system drops further ones, and their clients try again only after a second.

use std::{
    convert::Infallible,
    io,
    mem::MaybeUninit,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    thread,
    time::Duration,
};

use socket2::SockRef;
use tokio::{
    net::TcpStream,
    runtime::{self, Handle},
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
    time::sleep,
};

use crate::inbound::{
    connection::{Server, code_of},
    connection_table::Registration,
    log_summary::Severity,
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
    thread.spawn(move || own.block_on(accepting.run(listener)))?;
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
    async fn run(self, listener: TcpListener) {
        let Ok(listener) = tokio::net::TcpListener::from_std(listener) else {
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
            let summary = self.server.handler().summary();
            summary.count(Severity::LimitReached, "connection refused", "too-many");
            return reset(&stream);
        };
        // Here, so that what comes on it does not wake this thread.
        let stream = stream.into_std();
        let id = registration.id();
        let (server, open) = (Arc::clone(&self.server), self.open.clone());
        let task = self.runtime.spawn(async move {
            server.serve(stream, address, registration).await;
            drop((open, permit));
        });
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
