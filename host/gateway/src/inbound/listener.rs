//! The listener as its user sees it.

use std::{
    fmt, io,
    net::{SocketAddr, TcpListener},
    sync::{Arc, Mutex, PoisonError, mpsc},
    time::{Duration, SystemTime},
};

use silta::keys::Validity;
use socket2::SockRef;
use tokio::{runtime, sync::watch};
use tokio_rustls::TlsAcceptor;

use crate::inbound::{
    byte_budget::ByteBudget,
    connection::Server,
    error::ListenerError,
    file_limit,
    handler::CallHandler,
    identity::{CurrentIdentity, ServerIdentity},
    setup::ListenerSetup,
    tls,
};

/// A listener in service. Dropping it stops it, see [`stop`](Self::stop).
pub struct Listener {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    stopped: Mutex<mpsc::Receiver<()>>,
    stop_time: Duration,
    runtime: Option<runtime::Runtime>,
    identity: Arc<CurrentIdentity>,
}

impl Listener {
    /// Binds the address and starts answering, on threads of its own.
    ///
    /// # Errors
    /// See [`ListenerError`].
    pub fn start(setup: ListenerSetup) -> Result<Self, ListenerError> {
        setup.limits.check()?;
        let now = SystemTime::now();
        let first = ServerIdentity::read(&setup.certificates, &setup.private_key, now)?;
        let identity = first.beside_configured(&setup.also, now)?;
        let identity = Arc::new(CurrentIdentity::new(identity));
        let config = tls::server_config(Arc::clone(&identity), &setup.limits)?;
        let acceptor = TlsAcceptor::from(config);
        let (listener, address) = bind(setup.address).map_err(|source| ListenerError::Address {
            address: setup.address,
            source,
        })?;
        if let Err(too_few) = file_limit::raise_for(setup.limits.connections) {
            too_few.log(setup.limits.connections);
        }
        warn_of_bodies_over_budget(&setup);
        let stop_time = setup.limits.stop_time;
        let runtime = threads(&setup).map_err(ListenerError::Threads)?;
        let (stop, stopping) = watch::channel(false);
        let (tell_stopped, stopped) = mpsc::channel();
        let server = Server::new(acceptor, Arc::new(CallHandler::new(setup)), stopping);
        runtime.spawn(async move {
            server.run(listener).await;
            // Nobody waits for it when the listener has waited long enough.
            let _ = tell_stopped.send(());
        });
        Ok(Self {
            address,
            stop,
            stopped: Mutex::new(stopped),
            stop_time,
            runtime: Some(runtime),
            identity,
        })
    }

    /// Validity of the certificates that it answers with, in their order.
    pub fn validities(&self) -> Vec<Validity> {
        self.identity.validities()
    }

    /// Answers as somebody else from the next handshake on: the certificate has been renewed. Connections that are open stay.
    pub fn renew(&self, identity: ServerIdentity) {
        self.identity.replace(identity);
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops: nothing more is accepted, calls under way are answered, connections closed, at the latest after
    /// [`stop_time`](crate::ListenerLimits::stop_time). What is in the sandbox even then ends by its own limits, and may still be committed.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        let stopped = self.stopped.get_mut();
        let stopped = stopped.unwrap_or_else(PoisonError::into_inner);
        // The server keeps to the time itself; the second is for what it cannot keep.
        let _ = stopped.recv_timeout(self.stop_time + Duration::from_secs(1));
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listener")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

fn bind(address: SocketAddr) -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    lengthen_accept_queue(&listener)?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// A body for which there is no room even when nothing else is held would be put off for ever. Components may be swapped for others later, so this is no
/// reason not to start.
fn warn_of_bodies_over_budget(setup: &ListenerSetup) {
    let room = ByteBudget::stranger_limit(setup.limits.body_bytes_at_once);
    for (agency, serving) in &setup.routes {
        let largest = serving.inbound_limit().ok().flatten();
        if let Some(largest) = largest.filter(|largest| *largest > room) {
            tracing::warn!(
                target: "silta::gateway", agency, largest, room,
                "three quarters of the limit `body-bytes-at-once` are less than the largest body of an agency: raise the limit"
            );
        }
    }
}

/// Connections wait here to be accepted. The standard library asks for 128, which thousands of attempts a second fill in some milliseconds: the others
/// would then be tried again after a second.
fn lengthen_accept_queue(listener: &TcpListener) -> io::Result<()> {
    SockRef::from(listener).listen(4096)
}

/// A thread for every call that may be in the sandbox, so that none of one agency waits for those of another.
fn threads(setup: &ListenerSetup) -> io::Result<runtime::Runtime> {
    let calls = setup.limits.calls_per_agency as usize * setup.routes.len();
    runtime::Builder::new_multi_thread()
        .thread_name("silta-gateway")
        // One more gives memory back.
        .max_blocking_threads(calls + 1)
        .enable_all()
        .build()
}
