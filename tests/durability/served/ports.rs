// SPDX-License-Identifier: Apache-2.0
//! Ports for programs that begin and end.

use std::net::{Ipv4Addr, SocketAddr};

use socket2::{Domain, Socket, Type};

/// A port of this machine that nobody gets who asks for any port, nor as the near end of a connection, for as long as this is kept; whoever names it can listen there, as often as need be.
///
/// A port that was looked for and let go is somebody else's soon where many tests run side by side. This one is bound, and nobody listens by it: Linux has a second socket bind it if both have asked
/// for addresses in use (`SO_REUSEADDR`), as listeners of the standard library do.
pub(crate) struct KeptPort {
    address: SocketAddr,
    _socket: Socket,
}

impl KeptPort {
    pub(crate) fn any() -> Self {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.set_reuse_address(true).unwrap();
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        socket.bind(&any.into()).unwrap();
        Self {
            address: socket.local_addr().unwrap().as_socket().unwrap(),
            _socket: socket,
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}
