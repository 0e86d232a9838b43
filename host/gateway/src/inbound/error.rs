// SPDX-License-Identifier: Apache-2.0
//! Why a listener does not start.

use std::{io, net::SocketAddr, path::PathBuf};

use silta::keys::KeyError;

use crate::inbound::limits::WrongLimit;

/// Why a listener did not start. Nothing keeps running then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ListenerError {
    /// A limit is outside its range.
    #[error("the limit {0}")]
    Limit(#[from] WrongLimit),
    /// The server's certificate or private key cannot serve. [`KeyError`] says which of the two files it is.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Certificate and key are not for TLS.
    #[error("the server's certificate and private key cannot be used for TLS: {0}")]
    Identity(rustls::Error),
    /// The private key is of a kind that TLS has no use for.
    #[error(
        "the server's private key is {kind}, which TLS cannot use here; have a certificate made for an RSA key of 2048 to 8192 bits, an elliptic curve key on P-256, P-384 or P-521, or an Ed25519 key"
    )]
    UnusableKey {
        /// What it is.
        kind: String,
    },
    /// One of the further certificates and keys cannot serve.
    #[error("number {number} of `also`: {error}")]
    Also {
        /// Which of them, counted from 1.
        number: usize,
        /// Why.
        error: Box<Self>,
    },
    /// The address cannot be listened at.
    #[error("{address} cannot be listened at: {source}")]
    Address {
        /// The address as configured.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// The socket for proxies cannot be listened at.
    #[error("the socket {} cannot be listened at: {source}", path.display())]
    Socket {
        /// The path as configured.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Proxies connect at a socket, and do not say where their callers call from.
    #[error(
        "proxies connect at a socket, which has no addresses; name the field in which they say where a caller calls from in `address-field`"
    )]
    SocketWithoutAddresses,
    /// No relay is named that mails would be taken from.
    #[error(
        "no relay is named; name the addresses or networks of those that deliver mail here in `relays`"
    )]
    NoRelays,
    /// TLS is required, and there is no certificate for it.
    #[error(
        "TLS is required, and there is no certificate for it; name `certificates` and `private-key`, or do not require it"
    )]
    NoTls,
    /// Tokens would go over the wire for everybody to read.
    #[error(
        "tokens would go to {address} without TLS, and that is no address of this machine alone; name `certificates` and `private-key`, or listen at 127.0.0.1 or [::1]"
    )]
    TokensInClear {
        /// The address as configured.
        address: SocketAddr,
    },
    /// The name to greet with is none.
    #[error("the name to greet relays with is no host name, such as mail.virasto.example")]
    HostName,
    /// Nobody receives mail.
    #[error("no agency receives mail; name its addresses in `recipients`")]
    NoRecipients,
    /// A recipient belongs to two agencies.
    #[error("{recipient} is a recipient of two agencies, {} and {}; a mail can be for one of them only", agencies[0], agencies[1])]
    RecipientTwice {
        /// Address or domain.
        recipient: String,
        /// Ids of the agencies.
        agencies: [String; 2],
    },
    /// The operator's page would be everybody's.
    #[error(transparent)]
    Page(#[from] crate::operator::WrongPage),
    /// The system refused threads.
    #[error("the listener's threads cannot be started: {0}")]
    Threads(io::Error),
}

impl ListenerError {
    /// What the system says of an address.
    pub(crate) fn at(address: SocketAddr) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Address { address, source }
    }
}
