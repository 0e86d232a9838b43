//! The simulator as its user sees it, and what listens for it.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::api;
use super::certificates;
use super::error::VeroError;
use super::misbehaviour::Misbehaviour;
use super::notification::Notification;
use super::push::Delivery;
use super::received::{Received, RefusedHandshake};
use super::registration::Registration;
use super::service::Service;
use super::setup::VeroSetup;
use crate::worker::Worker;

/// A running Vero API with one customer. Dropping it stops it: requests under way are answered, connections closed,
/// its thread joined, all within about two seconds.
pub struct VeroSimulator {
    address: SocketAddr,
    service: Arc<Service>,
    worker: Worker,
}

impl VeroSimulator {
    /// Binds the address and starts answering on a thread of its own.
    ///
    /// # Errors
    ///
    /// See [`VeroError`]; nothing keeps running after an error.
    pub fn start(setup: VeroSetup) -> Result<Self, VeroError> {
        let acceptor = certificates::acceptor(&setup)?;
        let listener = TcpListener::bind(setup.address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let service = Arc::new(Service::new(setup)?);
        let shared = service.clone();
        let worker = Worker::start("vero-simulator", move |stopped| {
            let server = Server {
                acceptor,
                service: shared,
                stopped,
            };
            server.run(listener)
        })?;
        Ok(Self {
            address,
            service,
            worker,
        })
    }

    /// What the paths of [`WireNames`](super::WireNames) are appended to, by the name `localhost`.
    pub fn url(&self) -> String {
        format!("https://localhost:{}", self.address.port())
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Has ListNotifications name a notification, and pushes it to the registered callback until it is acknowledged or
    /// not tried any more; waits for that. Nothing is pushed while the registration is not active.
    pub fn push(&self, notification: Notification) -> Delivery {
        let (target, misbehaviour) = self.service.announce(notification.clone());
        let pushed = target.and_then(|target| {
            let (service, notification) = (self.service.clone(), notification.clone());
            self.worker.run(async move {
                let caller = &service.caller;
                let delivery = caller.push(&target, notification, misbehaviour).await;
                service.judge(&target, &delivery);
                delivery
            })
        });
        let delivery = pushed.unwrap_or_else(|| Delivery::none(notification, misbehaviour));
        self.service.record_delivery(delivery.clone());
        delivery
    }

    /// Has the next pushes go wrong, one misbehaviour each, after what is to go wrong already. Health checks are
    /// always right.
    pub fn misbehave(&self, misbehaviours: impl IntoIterator<Item = Misbehaviour>) {
        self.service.misbehave(misbehaviours);
    }

    /// The callback that is registered, if there is one.
    pub fn registration(&self) -> Option<Registration> {
        self.service.registration()
    }

    /// Every request so far, in the order answered. All are kept until they are taken.
    pub fn received(&self) -> Vec<Received> {
        self.service.received()
    }

    /// Takes the requests out of the record, waiting up to `timeout` while there is none.
    pub fn take_received(&self, timeout: Duration) -> Vec<Received> {
        self.service.take_received(timeout)
    }

    /// Every push so far, health checks included, in the order ended. All are kept until they are taken.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.service.deliveries()
    }

    /// Takes the pushes out of the record.
    pub fn take_deliveries(&self) -> Vec<Delivery> {
        self.service.take_deliveries()
    }

    /// Takes out of the record which handshakes failed, as they must without the right certificate, and why.
    pub fn take_refused_handshakes(&self) -> Vec<RefusedHandshake> {
        self.service.take_refused_handshakes()
    }
}

/// A client that connects and says nothing is dropped after this long.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// How long requests under way may take once the simulator stops.
const STOP_TIMEOUT: Duration = Duration::from_secs(2);

#[derive(Clone)]
struct Server {
    acceptor: TlsAcceptor,
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
        let service = self.service;
        let stream = match timeout(HANDSHAKE_TIMEOUT, self.acceptor.accept(stream)).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return service.record_refused_handshake(error.to_string()),
            Err(_) => {
                return service.record_refused_handshake("the handshake took too long".to_owned());
            }
        };
        let answer = service_fn(move |request| api::answer(service.clone(), request));
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
