// SPDX-License-Identifier: Apache-2.0
//! What the tests of the listener start from.

use std::{
    ops::Deref,
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    time::Duration,
};

use rcgen::{CertificateParams, KeyPair};
use silta::{Agency, Deployment, TrustStore};
use silta_gateway::{Gateway, Inbox, Listener, ListenerError, ListenerLimits, ListenerSetup};
use silta_store::{
    Cause, MemoryStore, Store, StoreError,
    record::{Arrival, Entry, LeaseWish, Listing, MOST_ROWS, Receipt},
};

use super::client::{Answer, Client, post};
use crate::support::{
    host::{Borrowed, Host, host, rogue},
    keys::Pair,
};

/// A listener with the rogue component behind it, and a client.
pub(crate) struct Scene {
    pub(crate) listener: Listening,
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) client: Client,
    pub(crate) agency: Agency,
    pub(crate) host: Borrowed,
}

impl Scene {
    pub(crate) fn new() -> Self {
        Self::within(ListenerLimits::default())
    }

    /// With other limits than those by default.
    pub(crate) fn within(limits: ListenerLimits) -> Self {
        Self::serving(rogue(), limits)
    }

    /// With anchors for the component.
    pub(crate) fn trusting(trust: TrustStore) -> Self {
        Self::serving(rogue().with_trust(trust), ListenerLimits::default())
    }

    fn serving(deployment: Deployment, limits: ListenerLimits) -> Self {
        let host = host();
        let agency = host.rogue(deployment);
        let store = Arc::new(MemoryStore::default());
        let setup = ListenerSetup {
            limits,
            ..setup(store.clone())
        };
        let setup = setup.serve("rogue", agency.clone());
        Self {
            listener: listen(setup).unwrap(),
            store,
            client: Client::trusting(server()),
            agency,
            host,
        }
    }

    /// A call on a connection of its own.
    pub(crate) fn post(&self, path: &str, body: impl AsRef<[u8]>) -> Answer {
        self.client.call(self.listener.address(), &post(path, body))
    }

    /// What has been committed.
    pub(crate) fn arrivals(&self) -> Vec<Entry> {
        arrivals(&*self.store)
    }

    /// Deduplication keys of what has been committed.
    pub(crate) fn keys(&self) -> Vec<String> {
        let arrivals = self.arrivals();
        let events = arrivals.iter().flat_map(|arrival| &arrival.received.events);
        events
            .map(|event| event.deduplication_key.clone())
            .collect()
    }
}

/// What has been committed, in the order of commits.
pub(crate) fn arrivals(store: &dyn Store) -> Vec<Entry> {
    let mut listing = Listing {
        limit: MOST_ROWS,
        ..Listing::default()
    };
    let mut all = Vec::new();
    loop {
        let page = store.list(&listing).unwrap();
        let Some(last) = page.last() else {
            return all;
        };
        listing.after = last.position;
        all.extend(page);
    }
}

/// What nobody has taken out yet.
pub(crate) fn taken(store: &dyn Store) -> Vec<Entry> {
    let wish = LeaseWish {
        owner: "test".to_owned(),
        agency: None,
        limit: MOST_ROWS,
        duration: Duration::from_secs(60),
        ..LeaseWish::default()
    };
    let leased = store.lease(&wish).unwrap();
    for leased in &leased {
        store.acknowledge(leased.lease.id, None).unwrap();
    }
    leased.into_iter().map(|leased| leased.entry).collect()
}

/// A gateway with one listener.
#[derive(Debug)]
pub(crate) struct Listening {
    gateway: Gateway,
    listener: Listener,
}

pub(crate) fn listen(setup: ListenerSetup) -> Result<Listening, ListenerError> {
    let gateway = Gateway::new().unwrap();
    let listener = gateway.listen(setup)?;
    Ok(Listening { gateway, listener })
}

impl Listening {
    pub(crate) fn stop(self) {
        self.gateway.stop();
    }
}

impl Deref for Listening {
    type Target = Listener;

    fn deref(&self) -> &Listener {
        &self.listener
    }
}

/// Loopback, any port, no routes.
pub(crate) fn setup(inbox: Arc<dyn Inbox>) -> ListenerSetup {
    ListenerSetup {
        address: ([127, 0, 0, 1], 0).into(),
        certificates: server().certificate.clone().into(),
        private_key: server().key.clone().into(),
        also: Vec::new(),
        routes: Default::default(),
        inbox,
        proxies: None,
        limits: ListenerLimits::default(),
    }
}

/// The server's certificate and key.
pub(crate) fn server() -> &'static Pair {
    static SERVER: OnceLock<Pair> = OnceLock::new();
    SERVER.get_or_init(|| {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        Pair {
            certificate: params.self_signed(&key).unwrap().pem(),
            key: key.serialize_pem(),
        }
    })
}

/// Calls that log a line, such as those of `linger`, wait in the sandbox until they are let go.
pub(crate) struct Lingering {
    arrived: mpsc::Receiver<String>,
    go_on: mpsc::Sender<()>,
}

impl Lingering {
    pub(crate) fn at(host: &Host) -> Self {
        let (arriving, arrived) = mpsc::channel();
        let (go_on, may_go_on) = mpsc::channel::<()>();
        let may_go_on = Mutex::new(may_go_on);
        host.recorder.on_line(move |line| {
            // The test may be over.
            let _ = arriving.send(line.to_owned());
            let _ = may_go_on.lock().unwrap().recv();
        });
        Self { arrived, go_on }
    }

    /// Waits until one more call lingers; its line.
    pub(crate) fn wait(&self) -> String {
        self.arrived.recv().unwrap()
    }

    /// Whether no further call lingers.
    pub(crate) fn is_alone(&self) -> bool {
        self.arrived.try_recv().is_err()
    }

    /// Lets one call go.
    pub(crate) fn let_go(&self) {
        self.go_on.send(()).unwrap();
    }
}

/// An inbox that fails, or panics, as long as it is told to.
#[derive(Default)]
pub(crate) struct Moody {
    pub(crate) inner: MemoryStore,
    pub(crate) fails: AtomicBool,
    pub(crate) panics: AtomicBool,
}

impl Inbox for Moody {
    fn commit(&self, arrival: &Arrival) -> Result<Receipt, StoreError> {
        assert!(
            !self.panics.load(Ordering::SeqCst),
            "the inbox was told to panic"
        );
        if self.fails.load(Ordering::SeqCst) {
            return Err(full());
        }
        Store::commit(&self.inner, arrival)
    }

    fn ready(&self) -> Result<(), StoreError> {
        match self.fails.load(Ordering::SeqCst) {
            true => Err(full()),
            false => Ok(()),
        }
    }
}

pub(crate) fn full() -> StoreError {
    StoreError::Unknown(Cause::new("the disk is full"))
}
