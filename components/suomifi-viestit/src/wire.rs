// SPDX-License-Identifier: Apache-2.0
//! The protocol: documents in, values and trees out. No clock, no keys, no bytes of attachments.
//!
//! Clauses: "V1.1" is the interface description of the authority's return channel (*Viranomaispaluukanava*), version 1.1, with its section; "WSDL" is the service's
//! published description. What these leave open is a setting with a documented default, see [`Settings`].

mod answer;
mod attachment;
mod authority;
mod call;
mod codes;
mod customer;
mod head;
mod lengths;
mod message;
mod moment;
mod operation;
#[cfg(test)]
mod properties;
mod reader;
mod refusal;
mod settings;
mod status;

pub use answer::{ItemAnswer, failed_check, fault, response};
pub use attachment::{Attachment, check_attachment, check_sizes, is_announced};
pub use authority::Authority;
pub use call::{Called, InvalidCall, Opened, message_limits, open, read_call};
pub use codes::{CallCode, ItemState};
pub use customer::Customer;
pub use head::{CallContext, check_head};
pub use lengths::{Bounded, check_lengths};
pub use message::{Message, Reference, ReferenceKind, identity, read_message, read_text};
pub use moment::{Time, read_time};
pub use operation::Operation;
pub use reader::NAMESPACE;
pub use refusal::{CallRefusal, ItemRefusal};
pub use settings::{
    AttachmentSettings, CallIdReply, CustomerIds, ItemShape, LocalTime, Maxima, MessageSettings,
    NameCharacters, NotificationSettings, OnMismatch, RequiredFields, ResponseSettings, Settings,
    Shape, SignatureFailure, SignaturePolicy, SignatureSettings, StatusSettings, ViranomainenField,
};
pub use status::{StatusItem, read_status};
