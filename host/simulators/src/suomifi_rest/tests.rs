// SPDX-License-Identifier: Apache-2.0
//! Suomi.fi Messages against a client that knows no more HTTP than it must.

mod access;
mod bodies;
mod citizens;
mod client;
mod credentials;
mod events;
mod misbehaviour;
mod sending;
mod uploads;

use std::sync::OnceLock;

use super::{SuomifiRestSetup, SuomifiRestSimulator};
use crate::Simulator;
use crate::peers::authority::{Authority, Identity};
use client::Client;

/// The server's authority, and its certificate.
fn world() -> &'static (Authority, Identity) {
    static WORLD: OnceLock<(Authority, Identity)> = OnceLock::new();
    WORLD.get_or_init(|| {
        let authority = Authority::new("Suomi.fi");
        let server = authority.issue_for_names(&["localhost"]);
        (authority, server)
    })
}

fn setup() -> SuomifiRestSetup {
    let (_, server) = world();
    SuomifiRestSetup::new(server.certificate_pem(), server.key_pem())
}

/// A simulator whose setup was changed, and a client of it with a token.
fn start(adjust: impl FnOnce(&mut SuomifiRestSetup)) -> Client {
    let mut setup = setup();
    adjust(&mut setup);
    Client::new(SuomifiRestSimulator::start(setup).unwrap())
}

fn suomifi() -> Client {
    start(|_| {})
}

/// A recipient whose number nobody has.
const RECIPIENT: &str = "010190-900P";

const SERVICE: &str = "svc-1";
