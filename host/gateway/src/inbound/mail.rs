// SPDX-License-Identifier: Apache-2.0
//! Mail that comes in, by SMTP (RFC 5321) or LMTP (RFC 2033), from the relays that the operator names.
//!
//! A mail is replied to after its commit: until then the relay keeps it, and sends it again after any reply of 4xx or none.

mod judge;
mod limits;
mod relays;
mod reply;
mod routes;
mod server;
mod service;
mod session;
mod setup;
mod start;
mod stream;
mod transaction;
pub mod wire;

pub use limits::MailLimits;
pub use routes::{MailRecipient, WrongRecipient};
pub use setup::{MailListenerConfig, MailListenerSetup, MailProtocol};
pub(crate) use start::start;
