// SPDX-License-Identifier: Apache-2.0
//! Starting the listener for calls of agencies.

use std::{sync::Arc, time::SystemTime};

use tokio_rustls::TlsAcceptor;

use crate::{
    inbound::{
        accept,
        byte_budget::ByteBudget,
        connection::Server,
        error::ListenerError,
        handler::CallHandler,
        identity::{CurrentIdentity, ServerIdentity},
        listener::Listener,
        proxy::TrustedProxies,
        setup::ListenerSetup,
        socket::BoundSocket,
        tls,
    },
    server::{ServerContext, bind},
};

/// Binds the address and starts answering agencies.
pub(crate) fn start(
    setup: ListenerSetup,
    context: ServerContext,
) -> Result<Listener, ListenerError> {
    setup.limits.check()?;
    let now = SystemTime::now();
    let first = ServerIdentity::read(&setup.certificates, &setup.private_key, now)?;
    let identity = first.beside_configured(&setup.also, now)?;
    let identity = Arc::new(CurrentIdentity::new(identity));
    let config = tls::server_config(identity.clone(), &setup.limits)?;
    let acceptor = TlsAcceptor::from(config);
    let socket = socket(setup.proxies.as_ref())?;
    let (listener, address) = bind(setup.address).map_err(ListenerError::at(setup.address))?;
    context.expect_connections(setup.limits.connections);
    warn_of_bodies_over_budget(&setup);
    let handler = Arc::new(CallHandler::new(setup, context.metrics));
    let server = Arc::new(Server::new(acceptor, handler, context.cancellation));
    let runtime = context.runtime;
    let all_closed = accept::start(listener, socket, Arc::clone(&server), runtime.clone())
        .map_err(ListenerError::Threads)?;
    let running = context.running;
    runtime.spawn(async move {
        server.run(all_closed).await;
        drop(running);
    });
    Ok(Listener::new(address, Some(identity)))
}

/// Listens for proxies of this machine.
fn socket(proxies: Option<&TrustedProxies>) -> Result<Option<BoundSocket>, ListenerError> {
    let Some((proxies, path)) = proxies.and_then(|all| Some((all, all.socket.as_ref()?))) else {
        return Ok(None);
    };
    if proxies.address_field.is_none() {
        return Err(ListenerError::SocketWithoutAddresses);
    }
    let bound = BoundSocket::bind(path).map_err(|source| ListenerError::Socket {
        path: path.clone(),
        source,
    })?;
    Ok(Some(bound))
}

/// A body that is larger than the whole budget of strangers would be put off for ever. Components may be swapped later, so the listener starts
/// all the same.
fn warn_of_bodies_over_budget(setup: &ListenerSetup) {
    let room = ByteBudget::stranger_limit(setup.limits.body_bytes_at_once);
    for served in setup.routes.values() {
        let agency = served.id();
        let largest = served.agency().inbound_limit().ok().flatten();
        if let Some(largest) = largest.filter(|largest| *largest > room) {
            tracing::warn!(
                target: "silta::gateway", agency, largest, room,
                "three quarters of the limit `body-bytes-at-once` are less than the largest body of an agency: raise the limit"
            );
        }
    }
}
