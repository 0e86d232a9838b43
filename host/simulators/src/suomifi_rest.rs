// SPDX-License-Identifier: Apache-2.0
//! Suomi.fi Messages, the REST API by which an organisation sends messages, asks for their statuses, and fetches what
//! citizens wrote.
//!
//! The service's own description decides about paths, properties, limits and events. What it leaves open is in
//! [`SuomifiRestSetup`], each with its default.
//!
//! ```no_run
//! use std::time::Duration;
//! use silta_simulators::Simulator;
//! use silta_simulators::suomifi_rest::{
//!     CitizenMessage, Misbehaviour, Party, SuomifiRestSetup, SuomifiRestSimulator,
//! };
//!
//! # fn run(certificates: String, key: String) -> Result<(), Box<dyn std::error::Error>> {
//! let mut setup = SuomifiRestSetup::new(certificates, key);
//! setup.token_lifetime = Duration::from_secs(60);
//! let suomifi = SuomifiRestSimulator::start(setup)?;
//! let citizen = Party::new("010190-900P", "Aino Esimerkki");
//! suomifi.deposit(CitizenMessage::new("svc-1", citizen, "Kysymys", "Milloin aukeatte?"))?;
//! suomifi.misbehave(Misbehaviour::DropKept);
//! # Ok(())
//! # }
//! ```

mod access;
mod answer;
mod attachments;
mod citizens;
mod clock;
mod continuation;
mod credentials;
mod delivery;
mod event_log;
mod exchange;
mod fresh;
mod limits;
mod mailboxes;
mod misbehaviour;
mod multipart;
mod operation;
mod outbox;
mod postal;
mod query;
mod reading;
mod received;
mod refusal;
mod script;
mod sending;
mod service;
mod setup;
mod shape;
mod simulator;
mod spoiling;
mod wire;

pub use attachments::Attachment;
pub use citizens::{CitizenMessage, DepositError, Deposited, Party};
pub use event_log::{EventPlan, PostiOutcome, StatusChange};
pub use mailboxes::{MailboxState, UnknownMailboxState};
pub use misbehaviour::{ErrorCode, Misbehaviour};
pub use operation::Operation;
pub use outbox::{Channel, SentMessage};
pub use received::{Received, Verdict};
pub use script::Script;
pub use setup::{SuomifiRestSetup, Visibility};
pub use simulator::SuomifiRestSimulator;

#[cfg(test)]
mod tests;
