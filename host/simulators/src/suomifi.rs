// SPDX-License-Identifier: Apache-2.0
//! Suomi.fi messages as the client of an authority's return channel (*viranomaisen paluukanava*, SOAP 1.1): `VieKohteita` brings messages of
//! citizens and companies, `VieKohdeTiloja` tells the statuses of messages of the authority.
//!
//! It listens nowhere: it calls a receiver by its URL, and judges each answer. The names on the wire are those of the service's newer
//! description; what is not published (whether calls are signed today, and how; how often they are repeated) is a field of
//! [`SuomifiSetup`].
//!
//! ```no_run
//! use silta_simulators::suomifi::{Misbehaviour, ReturnChannelCaller, SuomifiSetup, Violations};
//!
//! # fn run(receiver_ca: String) -> Result<(), Box<dyn std::error::Error>> {
//! let setup = SuomifiSetup::new(receiver_ca);
//! let suomifi = ReturnChannelCaller::start("https://localhost:8444/suomifi", setup)?;
//! let messages = suomifi.generate(3);
//! assert!(suomifi.deliver(&messages).is_right());
//! assert!(suomifi.play(Misbehaviour::WrongCount).is_right());
//! # Ok(())
//! # }
//! ```

mod answer;
mod attachment;
mod caller;
mod delivery;
mod dice;
mod draft;
mod expectation;
mod flaws;
mod generator;
mod identity;
mod judge;
mod message;
mod misbehaviour;
mod player;
mod request;
mod security;
mod setup;
mod sha1;
mod signer;
mod texts;
mod transport;
mod wire;

pub use answer::{KohdeAnswer, Outcome};
pub use attachment::Attachment;
pub use caller::ReturnChannelCaller;
pub use delivery::{CallRecord, Delivery, FailedCheck};
pub use message::{Customer, CustomerKind, Message, Reference, ReferenceKind, StatusReport};
pub use misbehaviour::Misbehaviour;
pub use setup::{
    Algorithms, AnswerShape, Credential, Redelivery, Signing, SuomifiSetup, Violations,
};
pub use wire::Operation;

#[cfg(test)]
mod tests;
