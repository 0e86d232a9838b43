//! Finnish Customs' direct message exchange: HTTPS with mandatory client certificates, SOAP 1.1.
//!
//! The operation Upload is answered; DownloadList, Download and CheckConnectivity fit in beside it
//! (`exchange` chooses by the element in the SOAP Body), Notify will be a client of its own.
//!
//! The service's own schemas are not public. What the technical guide of 2015 says is fixed here;
//! everything else (element names, namespaces, most response codes) is a guess that can be
//! replaced: [`WireNames`], [`ResponseCodes`].
//!
//! ```no_run
//! use silta_simulators::customs::{CustomsSetup, CustomsSimulator};
//!
//! # fn run(server_chain: String, server_key: String, client_ca: String, builder_ca: String)
//! # -> Result<(), silta_simulators::customs::SimulatorError> {
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
mod exchange;
mod inspection;
mod received;
mod request_header;
mod schema_location;
mod server;
mod service;
mod setup;
mod soap;
mod tls;
mod upload;

pub use crate::signature::SignatureForm;
pub use received::{Finding, PassedCheck, Payload, Received, Verdict};
pub use server::{CustomsSimulator, SimulatorError};
pub use setup::{CustomsSetup, ResponseCode, ResponseCodes, WireNames};

#[cfg(test)]
mod tests;
