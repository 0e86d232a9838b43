// SPDX-License-Identifier: Apache-2.0
//! The simulator as its user sees it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::{Request, Response};
use tokio_rustls::TlsAcceptor;

use super::citizens::{CitizenMessage, DepositError, Deposited};
use super::delivery::{NoAnswer, deliver};
use super::event_log::StatusChange;
use super::exchange;
use super::fresh;
use super::mailboxes::MailboxState;
use super::misbehaviour::Misbehaviour;
use super::outbox::SentMessage;
use super::reading;
use super::received::Received;
use super::script::Script;
use super::service::Service;
use super::setup::SuomifiRestSetup;
use crate::error::SimulatorError;
use crate::ledger::RefusedHandshake;
use crate::server::{self, Connection, Server};
use crate::simulator::{Event, Simulator};
use crate::tls::{self, Identity};

/// A running Suomi.fi Messages with one system of one organisation.
pub struct SuomifiRestSimulator {
    service: Arc<Service>,
    server: Server,
}

impl Simulator for SuomifiRestSimulator {
    type Setup = SuomifiRestSetup;

    fn start(setup: SuomifiRestSetup) -> Result<Self, SimulatorError> {
        let identity = Identity::read(
            (&setup.server_certificates_pem, "server_certificates_pem"),
            (&setup.server_key_pem, "server_key_pem"),
        )?;
        let acceptor = tls::open_acceptor(identity)?;
        let address = setup.address;
        let service = Arc::new(Service::new(setup));
        let api = Arc::new(Api {
            acceptor,
            service: service.clone(),
        });
        let server = Server::start("suomifi-rest", address, api)?;
        Ok(Self { service, server })
    }

    fn address(&self) -> SocketAddr {
        self.server.address
    }

    /// What paths such as `/v2/events` are appended to.
    fn url(&self) -> String {
        format!("https://localhost:{}", self.server.address.port())
    }

    fn take_events(&self, timeout: Duration) -> Vec<Event> {
        let received = self.take_received(timeout).into_iter().map(Event::from);
        let refused = self.take_refused_handshakes().into_iter().map(Event::from);
        received.chain(refused).collect()
    }
}

struct Api {
    acceptor: TlsAcceptor,
    service: Arc<Service>,
}

impl server::Service for Api {
    type Body = Full<Bytes>;
    type NoAnswer = NoAnswer;

    fn acceptor(&self) -> &TlsAcceptor {
        &self.acceptor
    }

    async fn answer(
        self: Arc<Self>,
        connection: Connection,
        request: Request<Incoming>,
    ) -> Result<Response<Full<Bytes>>, NoAnswer> {
        let mut received = Received::new();
        let caller = connection.socket.peer_addr();
        let caller = caller.ok().map(|address| address.ip());
        let (head, body) = request.into_parts();
        let body = reading::collect(body).await;
        let answer = exchange::answer(&self.service, caller, &head, body, &mut received);
        if let Some(answer) = &answer {
            received.http_status = answer.status.as_u16();
            received.trace_id = answer.is_traced.then(fresh::uuid);
        }
        self.service.received.record(received.clone());
        let wait = match received.misbehaviour {
            Some(Misbehaviour::Slow(wait)) => Some(wait),
            _ => None,
        };
        match answer {
            Some(answer) => deliver(connection, answer, received.trace_id.as_deref(), wait).await,
            None => Err(NoAnswer),
        }
    }
}

impl SuomifiRestSimulator {
    /// A citizen writes: the event is there at once, and the message can be fetched.
    ///
    /// # Errors
    ///
    /// See [`DepositError`]; nothing is kept then.
    pub fn deposit(&self, message: CitizenMessage) -> Result<Deposited, DepositError> {
        // The time comes after the lock: events are in the order of their times.
        let mut state = self.service.state();
        let now = self.service.clock.now();
        state.deposit(message, now)
    }

    /// A citizen deletes a message for good: it can be neither read nor replied to. Whether there was such a message.
    pub fn delete(&self, message_id: i64) -> bool {
        self.service.state().citizens.delete(message_id)
    }

    /// Something becomes of a message that was sent, now and whatever was planned. Whether there was such a message.
    pub fn happen(&self, message_id: i64, change: StatusChange) -> bool {
        self.service.happen(message_id, change)
    }

    /// Changes what there is of a recipient's mailbox.
    pub fn set_mailbox(&self, id: &str, state: MailboxState) {
        self.service.state().set_mailbox(id, state);
    }

    /// Puts the clock forward: tokens end, uploads and messages become too old, planned events happen.
    pub fn advance_clock(&self, time: Duration) {
        self.service.clock.advance(time);
    }

    /// Has this go wrong after what is to go wrong already.
    pub fn misbehave(&self, script: impl Into<Script>) {
        self.service.state().script.append(script.into());
    }

    /// Forgets what was to go wrong.
    pub fn behave(&self) {
        self.service.state().script = Script::new();
    }

    /// Every message that was accepted, by messageId.
    pub fn sent(&self) -> Vec<SentMessage> {
        self.service.state().sent.all()
    }

    /// Every request so far, in the order answered. All are kept until they are taken.
    pub fn received(&self) -> Vec<Received> {
        self.service.received.all()
    }

    /// Takes the requests out of the record, waiting up to `timeout` while there is none.
    pub fn take_received(&self, timeout: Duration) -> Vec<Received> {
        self.service.received.take(timeout)
    }

    /// Takes out of the record which handshakes failed, and why.
    pub fn take_refused_handshakes(&self) -> Vec<RefusedHandshake> {
        self.server.refused_handshakes.take(Duration::ZERO)
    }
}
