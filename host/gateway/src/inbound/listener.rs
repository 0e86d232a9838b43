// SPDX-License-Identifier: Apache-2.0
//! What is left in hand of a listener that has been started.

use std::{fmt, net::SocketAddr, sync::Arc};

use silta::keys::Validity;

use crate::inbound::identity::{CurrentIdentity, ServerIdentity};

/// A listener in service: for calls of agencies, for mail, or for the platform's API. It stops with its [`Gateway`](crate::Gateway).
pub struct Listener {
    address: SocketAddr,
    identity: Option<Arc<CurrentIdentity>>,
}

impl Listener {
    /// One that listens there, with a certificate if it offers TLS.
    pub(crate) fn new(address: SocketAddr, identity: Option<Arc<CurrentIdentity>>) -> Self {
        Self { address, identity }
    }

    /// Validity of the certificates that it answers with, in their order; none without TLS.
    pub fn validities(&self) -> Vec<Validity> {
        let identity = self.identity.as_ref();
        identity.map(|own| own.validities()).unwrap_or_default()
    }

    /// Answers with another certificate from the next handshake on: it has been renewed. Open connections stay. Without TLS nothing happens.
    pub fn renew(&self, identity: ServerIdentity) {
        if let Some(own) = &self.identity {
            own.replace(identity);
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listener")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}
