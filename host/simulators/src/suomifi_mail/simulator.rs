// SPDX-License-Identifier: Apache-2.0
//! The relay as its user sees it.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::citizen::CitizenMessage;
use super::delivery::MailDelivery;
use super::misbehaviour::{Occasion, Script};
use super::outgoing::message_to;
use super::reader::addr_spec;
use super::received::Received;
use super::service::Service;
use super::session;
use super::setup::{MailRelaySetup, MailSecurity};
use crate::error::SimulatorError;
use crate::ledger::RefusedHandshake;
use crate::simulator::{Event, Simulator};
use crate::worker::Worker;

/// A running mail relay of Suomi.fi messages.
pub struct MailRelaySimulator {
    service: Arc<Service>,
    address: SocketAddr,
    worker: Worker,
}

/// How long connections may go on once the relay stops.
const STOP_TIMEOUT: Duration = Duration::from_millis(200);

impl Simulator for MailRelaySimulator {
    type Setup = MailRelaySetup;

    fn start(setup: MailRelaySetup) -> Result<Self, SimulatorError> {
        let address = setup.address;
        let service = Arc::new(Service::new(setup)?);
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let accepting = service.clone();
        let worker = Worker::start("suomifi-mail-simulator", move |stopped| {
            accept(accepting, listener, stopped)
        })?;
        Ok(Self {
            service,
            address,
            worker,
        })
    }

    fn address(&self) -> SocketAddr {
        self.address
    }

    /// `smtp`, or `smtps` where TLS begins at once.
    fn url(&self) -> String {
        let scheme = match self.service.security {
            MailSecurity::Implicit => "smtps",
            MailSecurity::StartTls | MailSecurity::None => "smtp",
        };
        format!("{scheme}://localhost:{}", self.address.port())
    }

    fn take_events(&self, timeout: Duration) -> Vec<Event> {
        let received = self.take_received(timeout).into_iter().map(Event::from);
        let refused = self.take_refused_handshakes().into_iter().map(Event::from);
        let deliveries = self.take_deliveries(Duration::ZERO);
        let delivered = deliveries.iter().flat_map(MailDelivery::events);
        received.chain(refused).chain(delivered).collect()
    }
}

async fn accept(service: Arc<Service>, listener: TcpListener, mut stopped: watch::Receiver<bool>) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else {
        return;
    };
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = stopped.changed() => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((socket, _)) => {
                    connections.spawn(session::serve(service.clone(), socket));
                }
                // Out of descriptors, most likely: let other tasks close some.
                Err(_) => tokio::task::yield_now().await,
            },
        }
    }
    let all_done = async { while connections.join_next().await.is_some() {} };
    // Clients may well keep their connections open; those end here.
    let _ = timeout(STOP_TIMEOUT, all_done).await;
}

impl MailRelaySimulator {
    /// Has a citizen write to an address of the authority's; waits until that is sent, or given up.
    ///
    /// # Errors
    ///
    /// [`SimulatorError::Address`] if `to` is no address, or the sender's identity code makes none.
    pub fn write(
        &self,
        message: CitizenMessage,
        to: &str,
    ) -> Result<Vec<MailDelivery>, SimulatorError> {
        let sender = message.address(self.service.mailbox_domain());
        for (address, field) in [(to, "to"), (&sender, "sender.identity_code")] {
            addr_spec(address).ok_or(SimulatorError::Address(field))?;
        }
        let (service, to) = (self.service.clone(), to.to_owned());
        let under_way = self.service.begin();
        let sent = self.worker.run(async move {
            let act = service.act(Occasion::Message);
            let parcel = message_to(&service, &message, (&to, None), act);
            service.send(parcel).await
        });
        drop(under_way);
        Ok(sent.unwrap_or_default())
    }

    /// Has more go wrong, after what is to go wrong already.
    pub fn misbehave(&self, script: Script) {
        self.service.misbehave(script);
    }

    /// Every mail so far, in the order decided. All are kept until they are taken.
    pub fn received(&self) -> Vec<Received> {
        self.service.received.all()
    }

    /// Takes the mails out of the record, waiting up to `timeout` while there is none.
    pub fn take_received(&self, timeout: Duration) -> Vec<Received> {
        self.service.received.take(timeout)
    }

    /// Every mail to the authority so far, in the order done with. All are kept until they are taken.
    pub fn deliveries(&self) -> Vec<MailDelivery> {
        self.service.deliveries.all()
    }

    /// Takes the mails to the authority out of the record, waiting up to `timeout` while there is none.
    pub fn take_deliveries(&self, timeout: Duration) -> Vec<MailDelivery> {
        self.service.deliveries.take(timeout)
    }

    /// Waits until all receipts and replies to the mails taken so far are sent, or given up; whether that came within `limit`.
    pub fn wait_until_idle(&self, limit: Duration) -> bool {
        self.service.wait_until_idle(limit)
    }

    /// Takes out of the record which handshakes failed, and why.
    pub fn take_refused_handshakes(&self) -> Vec<RefusedHandshake> {
        self.service.refused_handshakes.take(Duration::ZERO)
    }
}
