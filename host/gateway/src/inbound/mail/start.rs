// SPDX-License-Identifier: Apache-2.0
//! Starting a listener for mail.

use std::{sync::Arc, time::SystemTime};

use rustls::ServerConfig;
use tokio_rustls::TlsAcceptor;

use crate::{
    inbound::{
        byte_budget::ByteBudget,
        error::ListenerError,
        identity::{CurrentIdentity, ServerIdentity},
        listener::Listener,
        log_summary::LogSummary,
        mail::{
            relays::Relays,
            routes::Routes,
            server::MailServer,
            service::MailService,
            setup::{MailListenerConfig, MailListenerSetup},
        },
        tls,
    },
    server::{ServerContext, bind},
};

/// Binds the address and starts answering relays.
pub(crate) fn start(
    setup: MailListenerSetup,
    context: ServerContext,
) -> Result<Listener, ListenerError> {
    let MailListenerSetup {
        config,
        agencies,
        inbox,
    } = setup;
    config.check()?;
    let identity = config.identity(SystemTime::now())?;
    let identity = identity.map(|identity| Arc::new(CurrentIdentity::new(identity)));
    let routes = Routes::new(agencies)?;
    warn_of_smaller_limits(&routes, &config);
    let (listener, address) = bind(config.address).map_err(ListenerError::at(config.address))?;
    context.expect_connections(config.limits.connections);
    let own = identity.clone();
    let acceptor = own.map(|own| acceptor(own, &config)).transpose()?;
    let relays = Relays::new(config.relays, &config.limits);
    let server = Arc::new(MailServer {
        service: MailService {
            protocol: config.protocol,
            offers_tls: acceptor.is_some(),
            requires_tls: config.require_tls,
            limits: config.limits,
            routes,
            inbox,
            metrics: context.metrics,
            contents: Arc::new(ByteBudget::new(config.limits.mail_bytes_at_once)),
            summary: LogSummary::default(),
            cancellation: context.cancellation,
        },
        relays,
        host_name: config.host_name,
        acceptor,
    });
    let running = context.running;
    let entered = context.runtime.enter();
    let listener = tokio::net::TcpListener::from_std(listener)
        .map_err(|source| ListenerError::Address { address, source })?;
    drop(entered);
    context.runtime.spawn(async move {
        server.run(listener).await;
        drop(running);
    });
    Ok(Listener::new(address, identity))
}

impl MailListenerConfig {
    /// Whether it could be started, but for what its certificates and its address are.
    ///
    /// # Errors
    /// A limit is out of its range, nobody may deliver, TLS is required and there is none, or the name is no host name.
    pub fn check(&self) -> Result<(), ListenerError> {
        self.limits.check()?;
        if self.relays.is_empty() {
            return Err(ListenerError::NoRelays);
        }
        if self.require_tls && self.identity.is_none() {
            return Err(ListenerError::NoTls);
        }
        match &self.host_name {
            Some(name) if !super::wire::is_domain(name) => Err(ListenerError::HostName),
            _ => Ok(()),
        }
    }

    /// The certificate that it answers with, read and checked at a time; `None` without TLS.
    ///
    /// # Errors
    /// As [`ServerIdentity::read`].
    pub fn identity(&self, at: SystemTime) -> Result<Option<ServerIdentity>, ListenerError> {
        let pair = self.identity.as_ref();
        pair.map(|pair| ServerIdentity::read(&pair.certificates, &pair.private_key, at))
            .transpose()
    }
}

/// As for HTTP, but for the protocol above TLS, which SMTP does not negotiate.
fn acceptor(
    identity: Arc<CurrentIdentity>,
    config: &MailListenerConfig,
) -> Result<TlsAcceptor, ListenerError> {
    let of_http = tls::server_config(identity, &config.limits.of_handshakes())?;
    let mut own = ServerConfig::clone(&of_http);
    own.alpn_protocols.clear();
    Ok(TlsAcceptor::from(Arc::new(own)))
}

/// Mails that an agency would take are refused before it sees them, or put off for ever. Components may be swapped later, so the listener starts
/// all the same.
fn warn_of_smaller_limits(routes: &Routes, config: &MailListenerConfig) {
    for served in routes.agencies() {
        let (agency, announced) = (served.id(), config.limits.mail_bytes);
        let largest = served.agency().inbound_limit().ok().flatten();
        if let Some(largest) = largest.filter(|largest| *largest > announced) {
            tracing::warn!(
                target: "silta::gateway", agency, largest, announced,
                "the limit `mail-bytes` is less than the largest mail that an agency takes: raise the limit"
            );
        }
    }
    let (announced, room) = (config.limits.mail_bytes, config.limits.mail_bytes_at_once);
    if announced > room {
        tracing::warn!(
            target: "silta::gateway", announced, room,
            "the limit `mail-bytes-at-once` is less than `mail-bytes`: the largest mails are put off for ever; raise the former"
        );
    }
}
