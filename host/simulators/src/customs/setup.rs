// SPDX-License-Identifier: Apache-2.0
//! What a simulator is started with.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use super::codes::ResponseCodes;
use super::dialect::Dialect;
use super::misbehaviour::Script;
use super::notify::NotifySetup;
use super::reply_plan::ReplyPlan;
use super::wire::WireNames;

/// Everything a simulated Customs needs. [`CustomsSetup::new`] fills in the rest.
///
/// Not `Debug`, since it holds a private key.
#[derive(Clone)]
pub struct CustomsSetup {
    /// Where to listen. Default: a free port of 127.0.0.1.
    pub address: SocketAddr,
    /// The server's certificate chain, leaf first; the leaf should name `localhost`.
    pub server_certificates_pem: String,
    /// The private key of the leaf.
    pub server_key_pem: String,
    /// Issuers of the client certificates that may connect.
    pub client_anchors_pem: String,
    /// Issuers of the certificates that builders sign with.
    pub builder_anchors_pem: String,
    /// What the Environment element must say. Default `TEST`.
    pub environment: String,
    /// Largest HTTP body in bytes. Default 16 MiB: room for a payload of about 9 MiB after base64
    /// twice (technical guide 2015, §6.3 [seed p14]); the real limit is not known.
    pub body_limit: usize,
    /// Names on the wire. With a dialect only path and signature form count.
    pub wire: WireNames,
    /// The schema package that is spoken and judged by. Default none: `wire` is.
    pub dialect: Option<Arc<dyn Dialect>>,
    /// Codes and texts of the answers.
    pub codes: ResponseCodes,
    /// Which replies accepted uploads get, and when.
    pub replies: ReplyPlan,
    /// What replies are signed with; default `None`: they are not signed.
    pub reply_signing: Option<SigningIdentity>,
    /// Shortest time between two lists for one customer; a list asked for earlier is refused. Default 5
    /// minutes (Customs' notice of 16.1.2013), which it does not lengthen where notifications are on.
    pub list_interval: Duration,
    /// How far a list's window may end in the future, for clocks that differ. Default one minute; a guess.
    pub clock_tolerance: Duration,
    /// Whether a message that has been fetched leaves the list and cannot be fetched again. Default no: it
    /// stays, marked as fetched. The guide does not say.
    pub remove_downloaded: bool,
    /// The customer's notification service, if it has one. Default none.
    pub notify: Option<NotifySetup>,
    /// What is to go wrong. Default nothing.
    pub script: Script,
}

/// A certificate chain with the private key of its leaf, PEM both.
///
/// Not `Debug`, since it holds a private key.
#[derive(Clone)]
pub struct SigningIdentity {
    /// The chain, leaf first.
    pub certificates_pem: String,
    /// The leaf's key: RSA, P-256 or P-384.
    pub key_pem: String,
}

impl CustomsSetup {
    /// A setup with these certificates, PEM throughout, and the defaults for everything else.
    pub fn new(
        server_certificates_pem: impl Into<String>,
        server_key_pem: impl Into<String>,
        client_anchors_pem: impl Into<String>,
        builder_anchors_pem: impl Into<String>,
    ) -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            server_certificates_pem: server_certificates_pem.into(),
            server_key_pem: server_key_pem.into(),
            client_anchors_pem: client_anchors_pem.into(),
            builder_anchors_pem: builder_anchors_pem.into(),
            environment: "TEST".to_owned(),
            body_limit: 16 * 1024 * 1024,
            wire: WireNames::default(),
            dialect: None,
            codes: ResponseCodes::default(),
            replies: ReplyPlan::default(),
            reply_signing: None,
            list_interval: Duration::from_secs(5 * 60),
            clock_tolerance: Duration::from_secs(60),
            remove_downloaded: false,
            notify: None,
            script: Script::new(),
        }
    }
}
