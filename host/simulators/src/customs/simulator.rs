// SPDX-License-Identifier: Apache-2.0
//! The simulator as its user sees it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use super::exchange::Service;
use super::misbehaviour::Script;
use super::notify::Notification;
use super::received::Received;
use super::reply::{DepositError, Reply};
use super::setup::CustomsSetup;
use super::wire::WireNames;
use crate::business_id::BusinessId;
use crate::error::SimulatorError;
use crate::ledger::{RefusedHandshake, lock};
use crate::server::Server;
use crate::simulator::{Event, Simulator};

/// A running Customs.
pub struct CustomsSimulator {
    service: Arc<Service>,
    server: Server,
}

impl Simulator for CustomsSimulator {
    type Setup = CustomsSetup;

    fn start(setup: CustomsSetup) -> Result<Self, SimulatorError> {
        let address = setup.address;
        let service = Arc::new(Service::new(setup)?);
        let server = Server::start("customs-simulator", address, service.clone())?;
        Ok(Self { service, server })
    }

    fn address(&self) -> SocketAddr {
        self.server.address
    }

    fn url(&self) -> String {
        let port = self.server.address.port();
        format!("https://localhost:{port}{}", self.service.wire().path)
    }

    fn take_events(&self, timeout: Duration) -> Vec<Event> {
        let received = self.take_received(timeout).into_iter().map(Event::from);
        let refused = self.take_refused_handshakes().into_iter().map(Event::from);
        let notified = self.take_notifications().into_iter().map(Event::from);
        received.chain(refused).chain(notified).collect()
    }
}

impl CustomsSimulator {
    /// Every request so far, accepted or not, in the order answered. A request is here before its
    /// answer leaves. All are kept, payloads included, until they are taken.
    pub fn received(&self) -> Vec<Received> {
        self.service.received.all()
    }

    /// Takes the requests out of the record, waiting up to `timeout` while there is none. For whoever runs it
    /// for long: what has been taken takes no room.
    pub fn take_received(&self, timeout: Duration) -> Vec<Received> {
        self.service.received.take(timeout)
    }

    /// Every call of the customer's notification service so far, in the order ended.
    pub fn notifications(&self) -> Vec<Notification> {
        self.service.queue.notifications.all()
    }

    /// Takes out of the record which handshakes failed and why; their number stays.
    pub fn take_refused_handshakes(&self) -> Vec<RefusedHandshake> {
        self.server.refused_handshakes.take(Duration::ZERO)
    }

    /// Takes the calls out of the record.
    pub fn take_notifications(&self) -> Vec<Notification> {
        self.service.queue.notifications.take(Duration::ZERO)
    }

    /// Lays a reply into a mailbox; it is there at once, or after its delay. Yields its storage id.
    ///
    /// # Errors
    ///
    /// [`DepositError`] when there is no mailbox for such a recipient.
    pub fn deposit(&self, reply: Reply) -> Result<String, DepositError> {
        let owner = BusinessId::parse(&reply.recipient).ok_or(DepositError::Recipient)?;
        let _runtime = self.server.worker.enter();
        Ok(self.service.queue.deliver(owner, reply))
    }

    /// Speaks otherwise from the next request on: a new version of the interface. Mailboxes and references stay; notifications go on as they
    /// were, in the namespace of their setup.
    pub fn speak(&self, wire: WireNames) {
        self.service.speak(wire);
    }

    /// Has more go wrong, after what is to go wrong already.
    pub fn misbehave(&self, script: impl Into<Script>) {
        lock(&self.service.script).append(script.into());
    }

    /// Has nothing go wrong from now on; what is under way ends as badly as it began.
    pub fn behave(&self) {
        *lock(&self.service.script) = Script::new();
    }

    /// How many connections failed in the TLS handshake, as they must without the right
    /// certificate. Counted when the server gives up, which may be after the client has noticed.
    pub fn refused_handshakes(&self) -> usize {
        self.server.refused_handshakes.total()
    }
}
