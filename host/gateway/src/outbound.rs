// SPDX-License-Identifier: Apache-2.0
//! Requests to agencies: one connection each, over TLS, with the facts of how they ended.
//!
//! Nothing here repeats, follows or keeps anything: a request is sent once, on a connection of its own, and the result says which of three
//! things is true.
//!
//! | result | what is known |
//! |---|---|
//! | answered | the whole answer came |
//! | [`NotSent`] | not a byte of the request left this machine: sending it again cannot double it |
//! | [`Unknown`] | some of it may have arrived, and no whole answer came: only the very same bytes may go again |
//!
//! *Not sent* is no guess from an error: the bytes are counted where they are handed to the socket.
//!
//! ```no_run
//! use silta_gateway::outbound::{Blocking, ConnectSettings, HttpClient, HttpOutcome, HttpRequest};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let client = HttpClient::new(ConnectSettings::default())?;
//! let request = HttpRequest::new("POST", "https://agency.example/messages");
//! match Blocking::new()?.send(&client, request) {
//!     HttpOutcome::Answered(answer) => println!("{}", answer.status),
//!     HttpOutcome::NotSent(fact) => println!("{fact}"),
//!     HttpOutcome::Unknown(fact) => println!("{fact}"),
//! }
//! # Ok(())
//! # }
//! ```

mod blocking;
mod certificate_flaw;
mod client_key;
mod connect;
mod fact;
mod http;
mod limits;
mod mail;
mod phase;
mod proxy;
mod reason;
mod secret;
mod sent;
mod settings;
mod settings_error;
mod target;
mod tls;
mod tls_reason;
mod trust;

pub use blocking::Blocking;
pub use fact::{NotSent, Unknown};
pub use http::{
    HttpClient, HttpOutcome,
    answer::HttpAnswer,
    request::{HttpRequest, SecretHeader},
};
pub use limits::{MOST_ANSWER_FIELDS, MOST_ANSWER_HEAD_BYTES};
pub use mail::{
    MailClient, MailOutcome,
    answer::{EnhancedCode, MailAnswer, MailReply, MailStage, RecipientReply},
    content::Mail,
    relay::{MailCredentials, MailRelay, MailSecurity},
};
pub use phase::Phase;
pub use reason::{Fault, Reason};
pub use secret::SecretText;
pub use settings::{ConnectSettings, DEFAULT_CONNECT_TIMEOUT, Proxy, ProxyCredentials};
pub use settings_error::SettingsError;
pub use tls::Reached;
pub use trust::ServerTrust;
