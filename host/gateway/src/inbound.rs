// SPDX-License-Identifier: Apache-2.0
//! Calls of agencies: from the socket to the reply.

mod accept;
mod body;
mod byte_budget;
mod commit;
mod connection;
mod connection_table;
mod error;
mod handler;
mod handshake_queue;
mod head;
mod hourly_room;
mod identity;
mod limits;
mod listener;
mod log_summary;
mod mail;
mod maintenance;
mod network;
mod peer;
mod proxy;
mod reply;
mod setup;
mod socket;
mod start;
mod timeout_stream;
mod tls;
mod unreadable;

pub(crate) use byte_budget::{BudgetExhausted, ByteBudget, Reservation};
pub use commit::answered;
pub use error::ListenerError;
pub(crate) use identity::CurrentIdentity;
pub use identity::ServerIdentity;
pub use limits::{ListenerLimits, WrongLimit};
pub use listener::Listener;
pub(crate) use mail::start as start_mail;
pub use mail::{
    MailLimits, MailListenerConfig, MailListenerSetup, MailProtocol, MailRecipient, WrongRecipient,
    wire as smtp,
};
pub use network::{IpNetwork, WrongNetwork};
pub use proxy::TrustedProxies;
pub use setup::{ListenerConfig, ListenerPair, ListenerSetup};
pub(crate) use start::start;
pub(crate) use tls::tls_of_clients;
pub use unreadable::UNREADABLE;
