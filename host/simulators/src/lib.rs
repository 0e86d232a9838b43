// SPDX-License-Identifier: Apache-2.0
//! Agencies on loopback that check what the real ones check.
//!
//! A simulator is the judge of what Silta sends, so it shares no protocol code with Silta: XML,
//! canonicalisation, signatures and identifiers are read here by other libraries and other
//! hands. Where both sides agree, two independent readings of the specification agree.
//!
//! Simulators bind to loopback unless told otherwise, run on a thread of their own and stop when they are dropped.
//! They keep what they received, with ids masked; they print nothing. What all of them have is the trait [`Simulator`].

pub mod customs;
pub mod suomifi;
pub mod suomifi_mail;
pub mod suomifi_rest;
pub mod vero;

mod base64_text;
mod business_id;
mod certificate;
mod client;
mod error;
mod finland;
mod ledger;
mod misbehaviour;
mod pdf;
#[cfg(test)]
mod peers;
mod server;
mod sha256;
mod signature;
mod simulator;
mod throttled_writer;
mod tls;
mod worker;
mod xml;

pub use error::SimulatorError;
pub use ledger::RefusedHandshake;
pub use misbehaviour::{CatalogueEntry, Misbehaving, MisbehaviourError};
pub use simulator::{Event, OWN_FAULT, Simulator};
