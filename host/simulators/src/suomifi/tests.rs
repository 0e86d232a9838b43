// SPDX-License-Identifier: Apache-2.0
//! Suomi.fi before receivers that are right, wrong, or answer what they are told.

mod calls;
mod checks;
mod misbehaviour;
mod model;
mod redelivery;
mod signatures;
mod start;
mod world;

use std::time::Duration;

use super::{ReturnChannelCaller, Signing, SuomifiSetup};
use crate::peers::receiver::Receiver;
use world::world;

fn setup() -> SuomifiSetup {
    let mut setup = SuomifiSetup::new(world().authority.pem());
    setup.redelivery.pause = Duration::from_millis(10);
    setup.attachment_size = 2_000;
    setup
}

/// The same, signed.
fn signed_setup() -> SuomifiSetup {
    let mut setup = setup();
    let key = &world().signer;
    setup.signing = Some(Signing::new(key.certificate_pem(), key.key_pem()));
    setup
}

fn url(receiver: &Receiver) -> String {
    format!("https://localhost:{}/suomifi/return-channel", receiver.port)
}

fn caller(receiver: &Receiver, setup: SuomifiSetup) -> ReturnChannelCaller {
    ReturnChannelCaller::start(&url(receiver), setup).unwrap()
}

/// An answer of HTTP with this body.
fn http(status: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/xml; charset=utf-8\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

fn envelope(body: &str) -> String {
    format!(
        "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:a=\"http://www.suomi.fi/asiointitili\">\
         <s:Body>{body}</s:Body></s:Envelope>"
    )
}
