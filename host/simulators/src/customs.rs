// SPDX-License-Identifier: Apache-2.0
//! Finnish Customs' direct message exchange: HTTPS with mandatory client certificates, SOAP 1.1.
//!
//! The four operations are answered. An accepted upload is replied to, by default at once; replies wait in the
//! intermediary's mailbox to be listed and fetched, and a notification service is told of them.
//!
//! The service's own schemas are not public. What the technical guide of 2015 says is fixed here;
//! everything else (element names, namespaces, most response codes) is a guess that can be
//! replaced: [`WireNames`], [`ResponseCodes`].
//!
//! ```no_run
//! use silta_simulators::customs::{CustomsSetup, CustomsSimulator};
//! use silta_simulators::{Simulator, SimulatorError};
//!
//! # fn run(server_chain: String, server_key: String, client_ca: String, builder_ca: String)
//! # -> Result<(), SimulatorError> {
//! let setup = CustomsSetup::new(server_chain, server_key, client_ca, builder_ca);
//! let customs = CustomsSimulator::start(setup)?;
//! // … let a client upload to customs.url() …
//! for message in customs.received() {
//!     println!("{:?} {:?} {:?}", message.verdict, message.code, message.reason);
//! }
//! # Ok(())
//! # }
//! ```

mod answer;
mod application_request;
mod application_response;
mod call;
mod codes;
mod delivery;
mod delivery_queue;
mod dialect;
mod download;
mod download_list;
mod exchange;
mod faulty_answer;
mod fields;
mod inspection;
mod mailbox;
mod misbehaviour;
mod notify;
mod notify_client;
mod operation;
mod received;
mod reply;
mod reply_plan;
mod samples;
mod setup;
mod simulator;
mod soap;
mod transport;
mod untrusted_identity;
mod upload;
mod wire;

pub use crate::signature::SignatureForm;
pub use codes::{Finding, ResponseCode, ResponseCodes};
pub use dialect::{Dialect, Message, MessageForm, Name, Place, Said};
pub use misbehaviour::{Misbehaviour, Script};
pub use notify::{Notification, NotifySetup, NotifyShape, SoapVersion};
pub use operation::Operation;
pub use received::{PassedCheck, Payload, Received, Verdict};
pub use reply::{Attachment, DepositError, Reply};
pub use reply_plan::{ReplyKind, ReplyPlan};
pub use samples::{SampleUpload, Samples};
pub use setup::{CustomsSetup, SigningIdentity};
pub use simulator::CustomsSimulator;
pub use wire::WireNames;

#[cfg(test)]
mod tests;
