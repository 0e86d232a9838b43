// SPDX-License-Identifier: Apache-2.0
//! What a simulator is started with.

use std::net::{Ipv4Addr, SocketAddr};

use super::notification::Environment;
use super::push::{Credential, PushSetup};
use super::wire::{Statuses, WireNames};

/// Everything a simulated Vero API needs. [`VeroSetup::new`] fills in the rest.
///
/// Not `Debug`, since it holds private keys.
#[derive(Clone)]
pub struct VeroSetup {
    /// Where to listen. Default: a free port of 127.0.0.1.
    pub address: SocketAddr,
    /// The server's certificate chain, whose leaf should name `localhost`, and key.
    pub server: Credential,
    /// Issuers of the client certificates that may connect.
    pub client_anchors_pem: String,
    /// What pushes are made with.
    pub push: PushSetup,
    /// The environment that health checks tell. Default [`Environment::Test`].
    pub environment: Environment,
    /// The customer's subscriptions, by their ids. Default one, 1.
    pub subscriptions: Vec<i64>,
    /// Whether RegisterPush registers anything. Default yes, as in production. The Tax Administration's test
    /// environment makes a health check, and keeps nothing.
    pub keeps_registrations: bool,
    /// After how many notifications given up in a row the registration is suspended. Default 10; the real number, and
    /// the time in which they are counted, are not known. What misbehaviour brings about does not count.
    pub failures_to_suspend: u32,
    /// Names on the wire.
    pub wire: WireNames,
    /// Statuses of the answers.
    pub statuses: Statuses,
}

impl VeroSetup {
    /// A setup with these, PEM throughout, and the defaults for everything else.
    pub fn new(server: Credential, client_anchors_pem: impl Into<String>, push: PushSetup) -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            server,
            client_anchors_pem: client_anchors_pem.into(),
            push,
            environment: Environment::Test,
            subscriptions: vec![1],
            keeps_registrations: true,
            failures_to_suspend: 10,
            wire: WireNames::default(),
            statuses: Statuses::default(),
        }
    }
}
