// SPDX-License-Identifier: Apache-2.0
//! A listener before a component, for callers of other hands.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use silta::Deployment;
use silta_gateway::{Gateway, Listener, ListenerConfig, ListenerLimits, ListenerSetup};
use silta_store::{MemoryStore, record::Received};

use crate::{
    inbox::taken,
    project::{Project, runtime},
};

/// A limit on time: long enough that what keeps to it does so on a busy machine.
const TIME: Duration = Duration::from_secs(5);

/// A listener before a component, and what it committed.
pub(crate) struct Receiver {
    _gateway: Gateway,
    listener: Listener,
    agency: &'static str,
    store: Arc<MemoryStore>,
}

impl Receiver {
    /// With the gateway's certificate of the project.
    pub(crate) fn start(project: &Project, agency: &'static str, deployment: Deployment) -> Self {
        let served = runtime().deploy(agency, deployment).unwrap();
        let place = ListenerConfig {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            private_key: project.read("pki/gateway.key.pem"),
            certificates: project.read("pki/gateway.pem"),
            also: Vec::new(),
            limits: ListenerLimits {
                header_time: TIME,
                body_time: TIME,
                ..ListenerLimits::default()
            },
        };
        let store = Arc::new(MemoryStore::default());
        let setup = ListenerSetup::new(&place, store.clone()).serve(agency, served);
        let gateway = Gateway::new().unwrap();
        Self {
            listener: gateway.listen(setup).unwrap(),
            _gateway: gateway,
            agency,
            store,
        }
    }

    /// The URL of a path below the agency's.
    pub(crate) fn url(&self, path: &str) -> String {
        let port = self.listener.address().port();
        format!("https://localhost:{port}/{}/{path}", self.agency)
    }

    /// What was committed since the last time.
    pub(crate) fn taken(&self) -> Vec<Received> {
        taken(&self.store)
    }
}
