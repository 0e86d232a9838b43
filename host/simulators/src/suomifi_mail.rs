// SPDX-License-Identifier: Apache-2.0
//! The mail interface of Suomi.fi messages: a relay that takes an authority's mails to citizens, and sends receipts and citizens' messages.
//!
//! What the guide of the interface says is fixed: who may write to whom, in what form, which seven receipts there are. What it does not say
//! (the words of receipts, limits, which rules the relay itself enforces) can be replaced: [`Rules`], [`ReceiptPlan`], [`DetailWords`].
//!
//! ```no_run
//! use std::time::Duration;
//!
//! use silta_simulators::Simulator;
//! use silta_simulators::suomifi_mail::{
//!     MailRelaySetup, MailRelaySimulator, Misbehaviour, ReceiptEvent, Script,
//! };
//!
//! # fn run(chain: String, key: String) -> Result<(), Box<dyn std::error::Error>> {
//! let mut setup = MailRelaySetup::new(chain, key, "kunta.example");
//! setup.receipts.events = vec![ReceiptEvent::Relayed, ReceiptEvent::Readable, ReceiptEvent::Read];
//! let relay = MailRelaySimulator::start(setup)?;
//! relay.misbehave(Script::new().once(Misbehaviour::LostReply));
//! println!("send to {}", relay.url());
//! for mail in relay.take_received(Duration::from_secs(60)) {
//!     println!("{:?}: {:?} {:?}", mail.verdict, mail.failed, mail.reason);
//! }
//! # Ok(())
//! # }
//! ```

mod certificates;
mod check;
mod citizen;
mod command;
mod courier;
mod delivery;
mod dialogue;
mod drop_folder;
mod identity_code;
mod inspection;
mod kind;
mod misbehaviour;
mod outgoing;
mod pending;
mod reader;
mod receipt;
mod received;
mod reply;
mod rules;
mod service;
mod session;
mod setup;
mod simulator;
mod transaction;
mod wire;
mod writer;

pub use check::{CHECKS, Check};
pub use citizen::{CitizenMessage, DetailWords, Person};
pub use delivery::{MailAttempt, MailDelivery};
pub use inspection::AttachmentSummary;
pub use kind::MailKind;
pub use misbehaviour::{Command, Misbehaviour, Script};

pub use receipt::{ReceiptEvent, Wording};
pub use received::{Received, TlsFacts, Verdict};
pub use rules::{ContentBreaches, Rules};
pub use setup::{DeliverySetup, MailCredential, MailRelaySetup, MailSecurity, ReceiptPlan};
pub use simulator::MailRelaySimulator;
pub use writer::{Attachment, Form};

#[cfg(test)]
mod tests;
