//! The other end of a connection.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use aws_lc_rs::digest;
use rustls_pki_types::CertificateDer;

use crate::inbound::{
    connection_table::{Caller, Seat},
    limits::ListenerLimits,
    timeout_stream::{Pace, Phase},
    tls::{PeerKey, Unsupported},
};

/// Who calls, and how far its call is.
pub(crate) struct Peer {
    address: String,
    /// Shared by all calls of the connection.
    certificates: Arc<[Vec<u8>]>,
    unsupported: Option<Unsupported>,
    caller: Caller,
    seat: Seat,
    pace: Arc<Pace>,
    left_unread: AtomicBool,
}

impl Peer {
    /// `chain` is what the client showed, the end certificate first.
    pub(crate) fn new(
        seat: Seat,
        address: SocketAddr,
        chain: Option<&[CertificateDer<'_>]>,
    ) -> Self {
        let chain = chain.unwrap_or_default();
        let caller = chain
            .first()
            .map_or_else(|| Caller::Address(seat.address()), fingerprint);
        seat.shows(caller);
        Self {
            // A dual-stack socket shows IPv4 callers as IPv6 ones; no list of addresses is written that way.
            address: address.ip().to_canonical().to_string(),
            unsupported: chain.first().and_then(|end| PeerKey::of(end).err()),
            certificates: chain.iter().map(|one| one.to_vec()).collect(),
            caller,
            seat,
            pace: Arc::default(),
            left_unread: AtomicBool::new(false),
        }
    }

    /// Its address, without a port.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// What it showed.
    pub(crate) fn certificates(&self) -> Arc<[Vec<u8>]> {
        Arc::clone(&self.certificates)
    }

    /// Why nobody can tell whether it holds the key of its certificate.
    pub(crate) fn unsupported(&self) -> Option<&Unsupported> {
        self.unsupported.as_ref()
    }

    /// Whether a call of it has been accepted.
    pub(crate) fn is_known(&self) -> bool {
        self.seat.is_known()
    }

    /// A call of it has been accepted.
    pub(crate) fn is_accepted(&self) {
        self.seat.is_accepted(self.caller);
    }

    pub(crate) fn pace(&self) -> Arc<Pace> {
        Arc::clone(&self.pace)
    }

    pub(crate) fn begins_call(&self) {
        self.pace.enter(Phase::Call);
        self.seat.begins_call();
    }

    /// The call has come whole; says whether the connection is still there.
    pub(crate) fn has_call(&self) -> bool {
        self.seat.has_call()
    }

    /// A call was refused before it was read whole.
    pub(crate) fn leaves_unread(&self) {
        self.left_unread.store(true, Ordering::SeqCst);
    }

    /// An answer is ready; `unread` if it is one to a call that was not read whole.
    pub(crate) fn is_answered(&self, unread: bool) {
        self.left_unread.fetch_or(unread, Ordering::SeqCst);
        self.pace.enter(Phase::Answer);
    }

    /// The answer has gone; says how long to wait for another call.
    pub(crate) fn is_idle(&self, limits: &ListenerLimits) -> Duration {
        self.seat.is_idle();
        if self.is_known() {
            limits.idle_time
        } else {
            limits.idle_time.min(limits.header_time)
        }
    }

    /// Whether a call was answered before it had been read whole.
    pub(crate) fn left_unread(&self) -> bool {
        self.left_unread.load(Ordering::SeqCst)
    }
}

fn fingerprint(certificate: &CertificateDer<'_>) -> Caller {
    let mut fingerprint = [0; 32];
    fingerprint.copy_from_slice(digest::digest(&digest::SHA256, certificate).as_ref());
    Caller::Certificate(fingerprint)
}
