// SPDX-License-Identifier: Apache-2.0
//! What the tests of mail start from.

use std::{net::SocketAddr, sync::Arc};

use silta::Agency;
use silta_gateway::{
    Gateway, Listener, ListenerError, ListenerPair, MailLimits, MailListenerConfig,
    MailListenerSetup, MailProtocol, ServedAgency,
};

use super::{super::scene::Moody, relay::Relay};
use crate::{
    gateway::scene::{arrivals, server},
    support::host::{Borrowed, host, rogue},
};

/// A listener for mail with the rogue component behind it.
pub(super) struct Scene {
    pub(super) listener: Listener,
    pub(super) gateway: Gateway,
    pub(super) inbox: Arc<Moody>,
    pub(super) host: Borrowed,
}

/// Loopback, any port, SMTP, with TLS.
pub(super) fn config() -> MailListenerConfig {
    MailListenerConfig {
        address: ([127, 0, 0, 1], 0).into(),
        protocol: MailProtocol::Smtp,
        relays: vec!["127.0.0.1".parse().unwrap()],
        host_name: Some("mail.rogue.example".into()),
        identity: Some(ListenerPair {
            certificates: server().certificate.clone().into(),
            private_key: server().key.clone().into(),
        }),
        require_tls: false,
        limits: MailLimits::default(),
    }
}

impl Scene {
    pub(super) fn new() -> Self {
        Self::of(config())
    }

    pub(super) fn lmtp() -> Self {
        Self::of(MailListenerConfig {
            protocol: MailProtocol::Lmtp,
            ..config()
        })
    }

    pub(super) fn within(limits: MailLimits) -> Self {
        Self::of(MailListenerConfig { limits, ..config() })
    }

    pub(super) fn of(config: MailListenerConfig) -> Self {
        Self::trusting(config, silta::TrustStore::new())
    }

    /// With anchors for the component.
    pub(super) fn trusting(config: MailListenerConfig, trust: silta::TrustStore) -> Self {
        let host = host();
        let agency = host.rogue(rogue().with_trust(trust));
        Self::serving(config, host, agency)
    }

    pub(super) fn serving(config: MailListenerConfig, host: Borrowed, agency: Agency) -> Self {
        Self::with_places(16, config, host, agency)
    }

    /// So many mails are judged at once.
    pub(super) fn with_places(
        places: u32,
        config: MailListenerConfig,
        host: Borrowed,
        agency: Agency,
    ) -> Self {
        let inbox = Arc::new(Moody::default());
        let gateway = Gateway::new().unwrap();
        let served = ServedAgency::new("rogue", agency, places);
        let setup = MailListenerSetup::new(config, inbox.clone());
        let recipients = ["box@rogue.example", "@all.rogue.example"];
        let recipients = recipients.map(|text| text.parse().unwrap()).to_vec();
        let listener = gateway.listen_for_mail(setup.serve(served, recipients));
        Self {
            listener: listener.unwrap(),
            gateway,
            inbox,
            host,
        }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.listener.address()
    }

    /// A relay that has said EHLO.
    pub(super) fn relay(&self) -> Relay<std::net::TcpStream> {
        Relay::greeted(self.address())
    }

    /// Texts of the events that have been committed: lines of mails.
    pub(super) fn keys(&self) -> Vec<String> {
        let arrivals = arrivals(&self.inbox.inner);
        let events = arrivals.iter().flat_map(|arrival| &arrival.received.events);
        events
            .map(|event| event.deduplication_key.clone())
            .collect()
    }
}

/// Why a listener does not start.
#[track_caller]
pub(super) fn refused(setup: MailListenerSetup) -> ListenerError {
    Gateway::new().unwrap().listen_for_mail(setup).unwrap_err()
}

/// A mail whose body has these lines.
pub(super) fn mail(lines: &str) -> String {
    format!("Subject: test\r\n\r\n{lines}")
}
