//! The simulator as its user sees it, and the thread it runs on.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::delivery::Line;
use super::delivery_queue;
use super::exchange;
use super::misbehaviour::{Occasion, Script};
use super::notify::Notification;
use super::received::{Received, RefusedHandshake};
use super::reply::{DepositError, Reply};
use super::service::Service;
use super::setup::CustomsSetup;
use super::tls::{self, Peer};

/// A running Customs. Dropping it stops it: requests under way are answered, connections closed, its
/// thread joined, all within about two seconds.
pub struct CustomsSimulator {
    address: SocketAddr,
    service: Arc<Service>,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

/// Why a simulator did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SimulatorError {
    /// The field of [`CustomsSetup`] of this name holds no usable PEM.
    #[error("{0} holds no usable PEM")]
    Pem(&'static str),
    /// The server's certificate and key do not work together.
    #[error("the TLS set-up does not work")]
    Tls(#[from] rustls::Error),
    /// The certificate and the key that replies are to be signed with do not work together.
    #[error("reply_signing: the key is not the RSA, P-256 or P-384 key of the first certificate")]
    ReplySigning,
    /// The certificate for [`Misbehaviour::WrongServerCertificate`](super::Misbehaviour) could not be made.
    #[error("the certificate of an unknown authority could not be made")]
    UntrustedIdentity,
    /// The URL of the notification service is not an `https` URL with a host.
    #[error("notify.url is not an https URL with a host")]
    NotifyUrl,
    /// The client anchors do not make a verifier.
    #[error("client certificates cannot be verified with these anchors")]
    ClientVerifier(#[from] rustls::server::VerifierBuilderError),
    /// The address is taken, or the system refused a socket or a thread.
    #[error("the simulator cannot listen")]
    Listen(#[from] std::io::Error),
}

impl CustomsSimulator {
    /// Binds the address and starts answering on a thread of its own.
    ///
    /// # Errors
    ///
    /// See [`SimulatorError`]; nothing keeps running after an error.
    pub fn start(setup: CustomsSetup) -> Result<Self, SimulatorError> {
        let acceptor = TlsAcceptor::from(tls::server_config(&setup)?);
        let untrusted = TlsAcceptor::from(tls::untrusted_config(&setup)?);
        let listener = TcpListener::bind(setup.address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let service = match Service::new(setup, runtime.handle().clone()) {
            Ok(service) => Arc::new(service),
            Err(error) => {
                // Dropped where other work is going on, it would wait, which that may not allow.
                runtime.shutdown_background();
                return Err(error);
            }
        };
        let (stop, stopped) = watch::channel(false);
        let server = Server {
            acceptor,
            untrusted,
            service: service.clone(),
            stopped,
        };
        let thread = std::thread::Builder::new()
            .name("customs-simulator".to_owned())
            .spawn(move || runtime.block_on(server.run(listener)))?;
        Ok(Self {
            address,
            service,
            stop,
            thread: Some(thread),
        })
    }

    /// The URL of the service, by the name `localhost`.
    pub fn url(&self) -> String {
        format!(
            "https://localhost:{}{}",
            self.address.port(),
            self.service.wire.path
        )
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Every request so far, accepted or not, in the order answered. A request is here before its
    /// answer leaves. All are kept, payloads included, until they are taken.
    pub fn received(&self) -> Vec<Received> {
        self.service.received()
    }

    /// Takes the requests out of the record, waiting up to `timeout` while there is none. For whoever runs it
    /// for long: what has been taken takes no room.
    pub fn take_received(&self, timeout: Duration) -> Vec<Received> {
        self.service.take_received(timeout)
    }

    /// Every call of the customer's notification service so far, in the order ended.
    pub fn notifications(&self) -> Vec<Notification> {
        self.service.notifications()
    }

    /// Takes out of the record which handshakes failed and why; their number stays.
    pub fn take_refused_handshakes(&self) -> Vec<RefusedHandshake> {
        self.service.take_refused_handshakes()
    }

    /// Takes the calls out of the record.
    pub fn take_notifications(&self) -> Vec<Notification> {
        self.service.take_notifications()
    }

    /// Lays a reply into a mailbox; it is there at once, or after its delay. Yields its storage id.
    ///
    /// # Errors
    ///
    /// [`DepositError`] when there is no mailbox for such a recipient.
    pub fn deposit(&self, reply: Reply) -> Result<String, DepositError> {
        delivery_queue::deposit(&self.service, reply)
    }

    /// Has more go wrong, after what is to go wrong already.
    pub fn misbehave(&self, script: impl Into<Script>) {
        self.service.script().append(script.into());
    }

    /// Has nothing go wrong from now on; what is under way ends as badly as it began.
    pub fn behave(&self) {
        *self.service.script() = Script::new();
    }

    /// How many connections failed in the TLS handshake, as they must without the right
    /// certificate. Counted when the server gives up, which may be after the client has noticed.
    pub fn refused_handshakes(&self) -> usize {
        self.service.refused_handshakes.load(Ordering::SeqCst)
    }
}

impl Drop for CustomsSimulator {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        if let Some(thread) = self.thread.take() {
            // A panic over there has been reported by its own hook.
            let _ = thread.join();
        }
    }
}

/// A client that connects and says nothing is dropped after this long.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// How long requests under way may take once the simulator stops.
const STOP_TIMEOUT: Duration = Duration::from_secs(2);

#[derive(Clone)]
struct Server {
    acceptor: TlsAcceptor,
    /// For whoever is to meet somebody else.
    untrusted: TlsAcceptor,
    service: Arc<Service>,
    stopped: watch::Receiver<bool>,
}

impl Server {
    async fn run(mut self, listener: TcpListener) {
        let Ok(listener) = tokio::net::TcpListener::from_std(listener) else {
            return;
        };
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                _ = self.stopped.changed() => break,
                Some(_) = connections.join_next() => {}
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => {
                        connections.spawn(self.clone().serve(stream));
                    }
                    // Out of descriptors, most likely: let other tasks close some.
                    Err(_) => tokio::task::yield_now().await,
                },
            }
        }
        let all_done = async { while connections.join_next().await.is_some() {} };
        // Whatever is left after the time-out ends with the runtime.
        let _ = timeout(STOP_TIMEOUT, all_done).await;
    }

    async fn serve(mut self, stream: TcpStream) {
        let Ok((stream, socket)) = two_handles(stream) else {
            return;
        };
        let acceptor = match self.service.misbehaviour(Occasion::Connection) {
            Some(_) => &self.untrusted,
            None => &self.acceptor,
        };
        let stream = match timeout(HANDSHAKE_TIMEOUT, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return self.service.record_refused_handshake(error.to_string()),
            Err(_) => {
                let reason = "the handshake took too long".to_owned();
                return self.service.record_refused_handshake(reason);
            }
        };
        let peer = Peer::new(stream.get_ref().1.peer_certificates());
        let service = self.service;
        let line = Line {
            socket: Arc::new(socket),
            stopped: self.stopped.clone(),
        };
        let answer = service_fn(move |request| {
            exchange::answer(service.clone(), peer.clone(), line.clone(), request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .serve_connection(TokioIo::new(stream), answer);
        let mut connection = std::pin::pin!(connection);
        tokio::select! {
            _ = connection.as_mut() => return,
            _ = self.stopped.changed() => connection.as_mut().graceful_shutdown(),
        }
        // How a client ends its connection is its own business.
        let _ = connection.await;
    }
}

/// A second handle on a socket, to break the connection from outside of HTTP.
fn two_handles(stream: TcpStream) -> std::io::Result<(TcpStream, TcpStream)> {
    let first = stream.into_std()?;
    let second = TcpStream::from_std(first.try_clone()?)?;
    Ok((TcpStream::from_std(first)?, second))
}
