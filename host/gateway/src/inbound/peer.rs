// SPDX-License-Identifier: Apache-2.0
//! The other end of a connection.

use std::{
    fmt,
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use aws_lc_rs::digest;
use rustls_pki_types::CertificateDer;
use silta::exchange::CertificateChain;

use crate::inbound::{
    connection_table::{Caller, Registration},
    limits::ListenerLimits,
    timeout_stream::{Phase, Progress},
    tls::{PeerKey, Unsupported},
};

/// Where a connection comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// An address, by TLS.
    Address(IpAddr),
    /// A proxy on this machine, by its socket.
    Socket,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // A dual-stack socket shows IPv4 callers as IPv6 ones; no list of addresses is written that way.
            Self::Address(address) => address.to_canonical().fmt(f),
            Self::Socket => f.write_str("unix"),
        }
    }
}

/// Who calls, and the state of its call.
pub(crate) struct Peer {
    origin: Origin,
    address: String,
    /// Shared by all calls of the connection.
    certificates: Option<CertificateChain>,
    unsupported: Option<Unsupported>,
    caller: Caller,
    registration: Registration,
    progress: Arc<Progress>,
    left_unread: AtomicBool,
}

impl Peer {
    /// `chain` is what the client showed, the end certificate first.
    pub(crate) fn new(
        registration: Registration,
        origin: Origin,
        chain: Option<&[CertificateDer<'_>]>,
    ) -> Self {
        let chain = chain.unwrap_or_default();
        let caller = chain
            .first()
            .map_or_else(|| Caller::Address(registration.address()), fingerprint);
        registration.identify(caller);
        Self {
            origin,
            address: origin.to_string(),
            unsupported: chain.first().and_then(|end| PeerKey::of(end).err()),
            certificates: CertificateChain::new(
                chain.iter().cloned().map(CertificateDer::into_owned),
            ),
            caller,
            registration,
            progress: Arc::default(),
            left_unread: AtomicBool::new(false),
        }
    }

    /// Where it comes from.
    pub(crate) fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Its address, without a port; `unix` for a proxy at the socket, which says the address of each caller.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// The certificates that it showed.
    pub(crate) fn certificates(&self) -> Option<CertificateChain> {
        self.certificates.clone()
    }

    /// Why the key of its certificate cannot be verified; `None` if it has been.
    pub(crate) fn unsupported(&self) -> Option<&Unsupported> {
        self.unsupported.as_ref()
    }

    /// Whether a call of it has been accepted.
    pub(crate) fn is_known(&self) -> bool {
        self.registration.is_known()
    }

    /// A call of it was accepted.
    pub(crate) fn call_accepted(&self) {
        self.registration.call_accepted(self.caller);
    }

    pub(crate) fn progress(&self) -> Arc<Progress> {
        Arc::clone(&self.progress)
    }

    /// The head of a call has come.
    pub(crate) fn start_call(&self) {
        self.progress.enter(Phase::Call);
        self.registration.start_call();
    }

    /// A call has come whole. False if the connection has been closed for another one.
    pub(crate) fn call_received(&self) -> bool {
        self.registration.call_received()
    }

    /// A call was refused before it was read whole.
    pub(crate) fn leave_unread(&self) {
        self.left_unread.store(true, Ordering::SeqCst);
    }

    /// A reply is ready; `unread` if the call was not read whole.
    pub(crate) fn start_reply(&self, unread: bool) {
        self.left_unread.fetch_or(unread, Ordering::SeqCst);
        self.progress.enter(Phase::Reply);
    }

    /// The reply has been written; returns how long to wait for another call.
    pub(crate) fn set_idle(&self, limits: &ListenerLimits) -> Duration {
        self.registration.set_idle();
        if self.is_known() {
            limits.idle_time
        } else {
            limits.idle_time.min(limits.header_time)
        }
    }

    /// Whether a reply was made before the call had been read whole.
    pub(crate) fn left_unread(&self) -> bool {
        self.left_unread.load(Ordering::SeqCst)
    }
}

fn fingerprint(certificate: &CertificateDer<'_>) -> Caller {
    let mut fingerprint = [0; 32];
    fingerprint.copy_from_slice(digest::digest(&digest::SHA256, certificate).as_ref());
    Caller::Certificate(fingerprint)
}
