// SPDX-License-Identifier: Apache-2.0
//! Starting the platform's API.

use std::{fmt, net::SocketAddr, sync::Arc, time::SystemTime};

use silta_store::Store;
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;

use super::{
    limits::PlatformLimits,
    lookout::Lookout,
    openapi::openapi,
    router::Answering,
    server::PlatformServer,
    state::Platform,
    token::{PlatformToken, Tokens},
};
use crate::{
    agency::ServedAgency,
    generations::Deployer,
    inbound::{
        ByteBudget, CurrentIdentity, Listener, ListenerError, ListenerPair, ServerIdentity,
        tls_of_clients,
    },
    server::{ServerContext, bind},
    webhooks::EntryFilter,
};

/// Where the platform's API listens, and for whom.
///
/// `Debug` shows no key.
#[derive(Debug, Clone)]
pub struct PlatformConfig {
    /// Address and port to listen at; port 0 is any free one.
    pub address: SocketAddr,
    /// Private key and certificates for TLS. Without them only an address of this machine is taken: tokens go over the wire.
    pub identity: Option<ListenerPair>,
    /// Who may do what.
    pub tokens: Vec<PlatformToken>,
    /// What clients may use.
    pub limits: PlatformLimits,
}

impl PlatformConfig {
    /// Whether limits are in their ranges, and tokens kept from the eyes of others.
    ///
    /// # Errors
    /// [`ListenerError::Limit`], [`ListenerError::TokensInClear`].
    pub fn check(&self) -> Result<(), ListenerError> {
        self.limits.check()?;
        for token in &self.tokens {
            token.limits.check()?;
        }
        let is_own = self.address.ip().to_canonical().is_loopback();
        match self.identity.is_some() || is_own {
            true => Ok(()),
            false => Err(ListenerError::TokensInClear {
                address: self.address,
            }),
        }
    }

    /// Key and certificates at a time; `None` without TLS.
    ///
    /// # Errors
    /// See [`ServerIdentity::read`].
    pub fn identity(&self, at: SystemTime) -> Result<Option<ServerIdentity>, ListenerError> {
        let pair = self.identity.as_ref();
        let read =
            |pair: &ListenerPair| ServerIdentity::read(&pair.certificates, &pair.private_key, at);
        pair.map(read).transpose()
    }
}

/// Everything that the platform's API needs.
#[derive(Clone)]
pub struct PlatformSetup {
    /// Where and for whom.
    pub config: PlatformConfig,
    /// Agencies that operations are submitted to, by the names that they are deployed under. Clones of what serves their calls share the limit on
    /// concurrent ones.
    pub agencies: Vec<ServedAgency>,
    /// Where operations are queued and entries wait.
    pub store: Arc<dyn Store>,
    /// Entries that are pushed by webhooks. They may be read, and are not given out.
    pub pushed: Vec<EntryFilter>,
    /// Who deploys components and rolls back when a token that may asks for it; `None` where that cannot be done here.
    pub deployer: Option<Arc<dyn Deployer>>,
}

impl fmt::Debug for PlatformSetup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlatformSetup")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

/// Binds the address and starts answering the platform.
pub(crate) fn start(
    setup: PlatformSetup,
    context: ServerContext,
) -> Result<Listener, ListenerError> {
    let config = setup.config;
    config.check()?;
    let identity = config.identity(SystemTime::now())?;
    let identity = identity.map(|identity| Arc::new(CurrentIdentity::new(identity)));
    let own = identity.clone();
    let acceptor = own.map(|own| tls_of_clients(own)).transpose()?;
    let (listener, address) = bind(config.address).map_err(ListenerError::at(config.address))?;
    context.expect_connections(config.limits.connections);
    let stopping = context.cancellation.clone();
    let lookout = Lookout::start(&setup.store, &setup.pushed, stopping.clone());
    let agencies = setup.agencies.into_iter();
    let platform = Platform {
        lookout: lookout.map_err(ListenerError::Threads)?,
        store: setup.store,
        pushed: setup.pushed,
        deployer: setup.deployer,
        agencies: agencies
            .map(|agency| (agency.id().to_owned(), agency))
            .collect(),
        tokens: Tokens::new(config.tokens),
        limits: config.limits,
        bytes: Arc::new(ByteBudget::new(config.limits.bytes_at_once)),
        waiting: Arc::new(Semaphore::new(config.limits.waiting as usize)),
        metrics: context.metrics,
        runtime: context.runtime.clone(),
        stopping: stopping.clone(),
        openapi: openapi().to_string().into(),
    };
    let server = PlatformServer {
        answering: Answering::new(Arc::new(platform)),
        acceptor: acceptor.map(TlsAcceptor::from),
        limits: config.limits,
        stopping,
    };
    let running = context.running;
    context.runtime.spawn(async move {
        Arc::new(server).run(listener).await;
        drop(running);
    });
    Ok(Listener::new(address, identity))
}
