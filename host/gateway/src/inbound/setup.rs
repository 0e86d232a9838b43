// SPDX-License-Identifier: Apache-2.0
//! What a listener is started with.

use std::{collections::BTreeMap, fmt, net::SocketAddr, sync::Arc};

use silta::Agency;

use crate::{
    agency::ServedAgency,
    inbound::{limits::ListenerLimits, proxy::TrustedProxies},
    inbox::Inbox,
};

/// Where agencies call, and as whom the listener answers.
///
/// `Debug` shows no key.
#[derive(Clone)]
pub struct ListenerConfig {
    /// Address and port to listen at; port 0 is any free one.
    pub address: SocketAddr,
    /// The server's private key, as in its file.
    pub private_key: Vec<u8>,
    /// Its certificate, the issuers' after it, as in their file.
    pub certificates: Vec<u8>,
    /// Further private keys and certificates, of other kinds.
    pub also: Vec<ListenerPair>,
    /// What callers may use.
    pub limits: ListenerLimits,
}

/// A private key and its certificate, as in their files. `Debug` shows no key.
#[derive(Clone)]
pub struct ListenerPair {
    /// The private key.
    pub private_key: Vec<u8>,
    /// Its certificate, the issuers' after it.
    pub certificates: Vec<u8>,
}

impl fmt::Debug for ListenerPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListenerPair").finish_non_exhaustive()
    }
}

impl fmt::Debug for ListenerConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListenerConfig")
            .field("address", &self.address)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// Everything a listener needs.
#[derive(Clone)]
pub struct ListenerSetup {
    /// Where to listen; port 0 is any free one.
    pub address: SocketAddr,
    /// The server's certificate and its issuers', as in their file, in any order.
    pub certificates: Vec<u8>,
    /// The server's private key, as in its file.
    pub private_key: Vec<u8>,
    /// Further certificates and keys, of other kinds, for callers that cannot make use of that one.
    pub also: Vec<ListenerPair>,
    /// Agencies by the first segment of the path at which they are called, usually their id: `/tulli/notify` is for `tulli`. Unknown segments
    /// get 404.
    pub routes: BTreeMap<String, ServedAgency>,
    /// Where accepted calls go.
    pub inbox: Arc<dyn Inbox>,
    /// Proxies that speak for callers; `None` where all callers connect themselves.
    pub proxies: Option<TrustedProxies>,
    /// What callers may use.
    pub limits: ListenerLimits,
}

impl ListenerSetup {
    /// A listener as configured, without routes yet.
    pub fn new(config: &ListenerConfig, inbox: Arc<dyn Inbox>) -> Self {
        Self {
            address: config.address,
            certificates: config.certificates.clone(),
            private_key: config.private_key.clone(),
            also: config.also.clone(),
            routes: BTreeMap::new(),
            inbox,
            proxies: None,
            limits: config.limits,
        }
    }

    /// Believes proxies what they say of callers.
    #[must_use]
    pub fn behind(mut self, proxies: Option<TrustedProxies>) -> Self {
        self.proxies = proxies;
        self
    }

    /// Takes calls for an agency at its own id, within the limit on calls of an agency as it is set now.
    #[must_use]
    pub fn serve(self, id: &str, agency: Agency) -> Self {
        let agency = ServedAgency::new(id, agency, self.limits.calls_per_agency);
        self.route(id, agency)
    }

    /// Takes calls for an agency at a first segment of the path.
    #[must_use]
    pub fn route(mut self, segment: impl Into<String>, agency: ServedAgency) -> Self {
        self.routes.insert(segment.into(), agency);
        self
    }
}

/// Shows no key.
impl fmt::Debug for ListenerSetup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListenerSetup")
            .field("address", &self.address)
            .field("routes", &self.routes.keys())
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
