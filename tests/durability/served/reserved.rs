// SPDX-License-Identifier: Apache-2.0
//! Addresses at which the program listens again and again.

use std::net::{Ipv4Addr, SocketAddr};

use socket2::{Domain, Socket, Type};

/// An address of the loopback that nobody else gets, also while nobody listens there.
///
/// A socket is bound to it and never listens. The system gives the port of such a socket to nobody who asks for any port, and has calls to it refused; whoever names it
/// may listen there beside, if both allow it (`SO_REUSEADDR`), as listeners of the standard library do.
pub(crate) struct Reserved {
    address: SocketAddr,
    _bound: Socket,
}

impl Reserved {
    pub(crate) fn new() -> Self {
        let bound = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        bound.set_reuse_address(true).unwrap();
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        bound.bind(&any.into()).unwrap();
        let address = bound.local_addr().unwrap().as_socket().unwrap();
        Self {
            address,
            _bound: bound,
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}
