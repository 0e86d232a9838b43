// SPDX-License-Identifier: Apache-2.0
//! Vero API against a receiver and a client that know no more HTTP than they must.

mod api;
mod client;
mod misbehaviour;
mod push;
mod registration;
mod start;
mod world;

use std::time::Duration;

use serde_json::Value;

use super::{
    CallbackSecret, Environment, Notification, PushSetup, VeroPusher, VeroSetup, VeroSimulator,
};
use crate::Simulator;
use crate::peers::receiver::Receiver;
use world::world;

/// Base64 of nothing in particular.
const SECRET: &str = "c2lsdGEgc2lsdGEgc2lsdGEgc2lsdGEgc2lsdGE=";

fn secret() -> CallbackSecret {
    CallbackSecret::new(SECRET).unwrap()
}

pub(super) fn push_setup() -> PushSetup {
    let world = world();
    let mut setup = PushSetup::new(
        world.receiver_authority.pem(),
        world.pusher.certificates_pem.clone(),
        world.pusher.key_pem.clone(),
    );
    setup.issuer = Some(world::issuer(&world.vero_authority));
    setup.pause = Duration::from_millis(20);
    setup.time_limit = Duration::from_secs(60);
    setup
}

fn setup() -> VeroSetup {
    let world = world();
    VeroSetup::new(
        world.server.clone(),
        world.customer_authority.pem(),
        push_setup(),
    )
}

fn vero() -> VeroSimulator {
    VeroSimulator::start(setup()).unwrap()
}

fn start_receiver(answers: &[&str]) -> Receiver {
    Receiver::start(world().receiver.identity(), answers)
}

fn url(receiver: &Receiver) -> String {
    format!("https://localhost:{}/vero/Notify/v1", receiver.port)
}

fn pusher(receiver: &Receiver) -> VeroPusher {
    VeroPusher::start(&url(receiver), secret(), push_setup()).unwrap()
}

fn notification() -> Notification {
    Notification::new(Environment::Test, 17, "TAX_CARD", 4)
}

fn json(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap()
}
