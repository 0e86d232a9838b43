// SPDX-License-Identifier: Apache-2.0
//! A customer's client.

use super::super::{Credential, VeroSimulator};
use super::{SECRET, url, world};
use crate::Simulator;
use crate::peers::client::{self, Reply};
use crate::peers::receiver::Receiver;

/// Asks for a path as the customer.
pub(super) fn get(vero: &VeroSimulator, path: &str) -> Reply {
    call(vero, "GET", path, "").unwrap()
}

/// Posts JSON as the customer.
pub(super) fn post(vero: &VeroSimulator, path: &str, body: &str) -> Reply {
    call(vero, "POST", path, body).unwrap()
}

/// A right call of RegisterPush.
pub(super) fn register(vero: &VeroSimulator, receiver: &Receiver) -> Reply {
    post(vero, "/RegisterPush", &registration(&url(receiver)))
}

pub(super) fn registration(url: &str) -> String {
    format!("{{\"callbackURL\": \"{url}\", \"callbackSecret\": \"{SECRET}\"}}")
}

fn call(vero: &VeroSimulator, method: &str, path: &str, body: &str) -> std::io::Result<Reply> {
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    exchange(vero, Some(&world().customer), &request)
}

/// Sends these bytes and reads until the server closes.
pub(super) fn exchange(
    vero: &VeroSimulator,
    customer: Option<&Credential>,
    request: &str,
) -> std::io::Result<Reply> {
    let anchors = world().vero_authority.pem();
    let customer = customer.map(Credential::identity);
    client::exchange(
        client::connect(vero.address(), &anchors, customer)?,
        request,
    )
}
