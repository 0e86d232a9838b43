// SPDX-License-Identifier: Apache-2.0
//! A TLS server on a thread of its own.

use std::error::Error;
use std::future::Future;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls_pki_types::CertificateDer;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use crate::error::SimulatorError;
use crate::ledger::{Ledger, RefusedHandshake};
use crate::worker::Worker;

/// What answers requests.
pub(crate) trait Service: Send + Sync + 'static {
    /// Of answers.
    type Body: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static;
    /// The error that closes the connection without an answer.
    type NoAnswer: Error + Send + Sync + 'static;

    /// What the next connection is to meet.
    fn acceptor(&self) -> &TlsAcceptor;

    /// Answers a request, and records it first, so that a client that has its answer finds it there.
    fn answer(
        self: Arc<Self>,
        connection: Connection,
        request: Request<Incoming>,
    ) -> impl Future<Output = Result<Response<Self::Body>, Self::NoAnswer>> + Send;
}

/// A connection, below HTTP.
#[derive(Clone)]
pub(crate) struct Connection {
    /// The client's certificate, which the handshake has verified.
    pub(crate) client: Option<CertificateDer<'static>>,
    /// A second handle on the connection's socket, to break it from outside of HTTP.
    pub(crate) socket: Arc<TcpStream>,
    /// Turns true when the simulator stops.
    pub(crate) stopped: watch::Receiver<bool>,
}

/// A running server. Dropping it stops it: requests under way are answered, connections closed, its thread joined, all
/// within about two seconds.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) refused_handshakes: Arc<Ledger<RefusedHandshake>>,
    pub(crate) worker: Worker,
}

impl Server {
    /// Binds the address and starts answering; the name is the thread's.
    pub(crate) fn start(
        name: &str,
        address: SocketAddr,
        service: Arc<impl Service>,
    ) -> Result<Self, SimulatorError> {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let refused_handshakes = Arc::<Ledger<_>>::default();
        let refused = refused_handshakes.clone();
        let worker = Worker::start(name, move |stopped| {
            let acceptance = Acceptance {
                service,
                refused,
                stopped,
            };
            acceptance.run(listener)
        })?;
        Ok(Self {
            address,
            refused_handshakes,
            worker,
        })
    }
}

/// A client that connects and says nothing is dropped after this long.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// How long requests under way may take once the simulator stops.
const STOP_TIMEOUT: Duration = Duration::from_secs(2);

struct Acceptance<S> {
    service: Arc<S>,
    refused: Arc<Ledger<RefusedHandshake>>,
    stopped: watch::Receiver<bool>,
}

impl<S> Clone for Acceptance<S> {
    fn clone(&self) -> Self {
        Self {
            service: self.service.clone(),
            refused: self.refused.clone(),
            stopped: self.stopped.clone(),
        }
    }
}

impl<S: Service> Acceptance<S> {
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
        let handshake = self.service.acceptor().accept(stream);
        let stream = match timeout(HANDSHAKE_TIMEOUT, handshake).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return self.refuse(error.to_string()),
            Err(_) => return self.refuse("the handshake took too long".to_owned()),
        };
        let chain = stream.get_ref().1.peer_certificates();
        let connection = Connection {
            client: chain
                .and_then(<[_]>::first)
                .map(|leaf| leaf.clone().into_owned()),
            socket: Arc::new(socket),
            stopped: self.stopped.clone(),
        };
        let service = self.service;
        let answer = service_fn(move |request| service.clone().answer(connection.clone(), request));
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

    fn refuse(&self, reason: String) {
        let at = SystemTime::now();
        self.refused.record(RefusedHandshake { at, reason });
    }
}

/// A second handle on a socket.
fn two_handles(stream: TcpStream) -> std::io::Result<(TcpStream, TcpStream)> {
    let first = stream.into_std()?;
    let second = TcpStream::from_std(first.try_clone()?)?;
    Ok((TcpStream::from_std(first)?, second))
}
