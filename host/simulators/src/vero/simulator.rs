// SPDX-License-Identifier: Apache-2.0
//! The simulator as its user sees it.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::{Request, Response};
use tokio_rustls::TlsAcceptor;

use super::api;
use super::misbehaviour::Misbehaviour;
use super::notification::Notification;
use super::push::Delivery;
use super::received::Received;
use super::service::{Registration, Service};
use super::setup::VeroSetup;
use crate::error::SimulatorError;
use crate::ledger::RefusedHandshake;
use crate::server::{self, Connection, Server};
use crate::simulator::{Event, Simulator};
use crate::tls::{self, Identity};

/// A running Vero API with one customer.
pub struct VeroSimulator {
    service: Arc<Service>,
    server: Server,
}

impl Simulator for VeroSimulator {
    type Setup = VeroSetup;

    fn start(setup: VeroSetup) -> Result<Self, SimulatorError> {
        let identity = Identity::read(
            (&setup.server.certificates_pem, "server.certificates_pem"),
            (&setup.server.key_pem, "server.key_pem"),
        )?;
        let acceptor = tls::acceptor(identity, &setup.client_anchors_pem)?;
        let address = setup.address;
        let service = Arc::new(Service::new(setup)?);
        let api = Arc::new(Api {
            acceptor,
            service: service.clone(),
        });
        let server = Server::start("vero-simulator", address, api)?;
        Ok(Self { service, server })
    }

    fn address(&self) -> SocketAddr {
        self.server.address
    }

    /// What the paths of [`WireNames`](super::WireNames) are appended to.
    fn url(&self) -> String {
        format!("https://localhost:{}", self.server.address.port())
    }

    fn take_events(&self, timeout: Duration) -> Vec<Event> {
        let received = self.take_received(timeout).into_iter().map(Event::from);
        let refused = self.take_refused_handshakes().into_iter().map(Event::from);
        let deliveries = self.take_deliveries();
        let pushed = deliveries.iter().flat_map(Delivery::events);
        received.chain(refused).chain(pushed).collect()
    }
}

struct Api {
    acceptor: TlsAcceptor,
    service: Arc<Service>,
}

impl server::Service for Api {
    type Body = Full<Bytes>;
    type NoAnswer = Infallible;

    fn acceptor(&self) -> &TlsAcceptor {
        &self.acceptor
    }

    async fn answer(
        self: Arc<Self>,
        _: Connection,
        request: Request<Incoming>,
    ) -> Result<Response<Full<Bytes>>, Infallible> {
        Ok(api::answer(&self.service, request).await)
    }
}

impl VeroSimulator {
    /// Has ListNotifications name a notification, and pushes it to the registered callback until it is acknowledged or
    /// not tried any more; waits for that. Nothing is pushed while the registration is not active.
    pub fn push(&self, notification: Notification) -> Delivery {
        let (target, misbehaviour) = self.service.announce(notification.clone());
        let pushed = target.and_then(|target| {
            let (service, notification) = (self.service.clone(), notification.clone());
            self.server.worker.run(async move {
                let caller = &service.caller;
                let delivery = caller.push(&target, notification, misbehaviour).await;
                service.judge(&target, &delivery);
                delivery
            })
        });
        let delivery = pushed.unwrap_or_else(|| Delivery::none(notification, misbehaviour));
        self.service.deliveries.record(delivery.clone());
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
        self.service.received.all()
    }

    /// Takes the requests out of the record, waiting up to `timeout` while there is none.
    pub fn take_received(&self, timeout: Duration) -> Vec<Received> {
        self.service.received.take(timeout)
    }

    /// Every push so far, health checks included, in the order ended. All are kept until they are taken.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.service.deliveries.all()
    }

    /// Takes the pushes out of the record.
    pub fn take_deliveries(&self) -> Vec<Delivery> {
        self.service.deliveries.take(Duration::ZERO)
    }

    /// Takes out of the record which handshakes failed, as they must without the right certificate, and why.
    pub fn take_refused_handshakes(&self) -> Vec<RefusedHandshake> {
        self.server.refused_handshakes.take(Duration::ZERO)
    }
}
