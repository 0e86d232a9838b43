// SPDX-License-Identifier: Apache-2.0
//! Messages of Suomi.fi (*Suomi.fi-viestit*) and what happens to them, as kinds of events. The SOAP return channel, the mail interface and the REST interface hand out
//! the same kinds with the same data; what an interface has of its own stands beside, in `transport`. So a platform goes on when one component is
//! swapped for another.
//!
//! Moments are RFC 3339 in UTC. What is personal is marked in the schemas (`x-personal`) and is never part of an event's name, which may be logged.

mod citizen_message;
mod person;
mod send_failed;
mod status;
mod transport;

pub use citizen_message::{AttachedFile, CitizenMessage, Thread};
pub use person::{IdType, Person, PersonId};
pub use send_failed::{FailureReason, SendFailed};
pub use status::{DeliveryStatus, MessageSent, OutcomeUnresolved, Status, Unrecognized};
pub use transport::{
    MailTransport, MissingAttachment, RestTransport, ReturnChannelTransport, SoapReference,
    Transport,
};
