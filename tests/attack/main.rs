// SPDX-License-Identifier: Apache-2.0
//! Strangers against `silta serve`: what they can take from honest callers, and what they cost.
//!
//! The program itself serves, set up by `silta init`; honest calls are Customs' notifications with the certificate that it makes for Customs. Strangers
//! call from 127.0.0.2 onwards. As part of `cargo test` it is small, and holds what does not depend on time: no honest call is lost, memory comes
//! back, the log stays short. The figures that do depend on it are printed, and worth something in a run of this alone and at full size:
//!
//! `cargo test --release -p silta-cli --test attack -- full`
//!
//! Everything is on loopback, and bounded in number and time.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "an attack stops at the first surprise"
)]

mod bodies;
mod chains;
mod client;
mod crowd;
mod honest;
mod noise;
mod program;

use std::time::Duration;

/// How much of everything.
#[derive(Debug, Clone, Copy)]
struct Scale {
    /// How long a flood goes on.
    flood: Duration,
    /// Connection attempts a second.
    attempts_a_second: u32,
    /// Connections that strangers hold.
    held: usize,
    /// Calls that strangers make for the figures of their cost.
    calls: usize,
    /// Bodies that come in single bytes, at once.
    bodies: usize,
    /// Size of each.
    body_bytes: usize,
}

const SMALL: Scale = Scale {
    flood: Duration::from_millis(500),
    attempts_a_second: 1000,
    held: 60,
    calls: 50,
    bodies: 20,
    body_bytes: 4 << 10,
};

const FULL: Scale = Scale {
    flood: Duration::from_secs(10),
    attempts_a_second: 10_000,
    held: 300,
    calls: 2000,
    bodies: 256,
    body_bytes: 100_000,
};

fn main() {
    let full = std::env::args().any(|argument| argument == "full");
    let scale = if full { FULL } else { SMALL };
    println!("{scale:?}");
    crowd::run(&scale);
    chains::run(&scale);
    bodies::run(&scale);
    noise::run(&scale);
}
