// SPDX-License-Identifier: Apache-2.0
//! An address that a test listens at more than once.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::TcpSocket;

/// An address of the loopback that nobody else gets, also while nobody listens there.
///
/// A socket is bound to it and never listens: the system gives its port to nobody who asks for any, and whoever names it may listen there beside, as listeners of the
/// standard library do (`SO_REUSEADDR`).
pub(crate) struct Reserved {
    pub(crate) address: SocketAddr,
    _bound: TcpSocket,
}

impl Reserved {
    pub(crate) fn new() -> Self {
        let bound = TcpSocket::new_v4().unwrap();
        bound.set_reuseaddr(true).unwrap();
        bound.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        Self {
            address: bound.local_addr().unwrap(),
            _bound: bound,
        }
    }
}
