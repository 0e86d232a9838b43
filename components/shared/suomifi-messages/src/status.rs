// SPDX-License-Identifier: Apache-2.0
//! What becomes of messages that were sent.

use std::fmt;

use agency_events::EventData;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{Person, Transport};

/// Where a message is. A later event with an earlier status does not take it back: interfaces tell in any order, and more than once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// The service has it, and the recipient does not see it yet.
    Accepted,
    /// It is in the recipient's mailbox.
    Delivered,
    /// The recipient has opened it.
    Opened,
    /// The recipient has acknowledged it (verifiable service, todisteellinen tiedoksianto).
    Acknowledged,
    /// It goes on paper.
    PaperCreated,
    /// The printing service has it.
    PaperHandedToPrinter,
    /// The letter was handed over against a signature.
    PaperAcknowledged,
    /// The letter came back. Final.
    PaperReturned,
    /// Whether the letter was handed over could not be found out. Final.
    PaperUnresolved,
}

/// Data of `delivery-status`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryStatus {
    /// Where it is.
    pub status: Status,
    /// When it came there; null where that is not said or unreadable.
    pub at: Option<String>,
    /// What the service calls the message; null where it does not say.
    pub message_id: Option<String>,
    /// Reference of ours; null where the service does not say.
    pub reference: Option<String>,
    /// Service of the authority; null where the interface does not say.
    pub service_id: Option<String>,
    /// Whose mailbox it is; null where the interface does not say.
    pub recipient: Option<Person>,
    /// Who acknowledged it, as the service wrote it: a name or an id; null where it is not said.
    #[schemars(extend("x-personal" = true))]
    pub acknowledged_by: Option<String>,
    /// Tracking code of Posti; null for all that is not paper.
    pub tracking_code: Option<String>,
    /// What the interface has of its own.
    pub transport: Transport,
}

/// Shows neither the recipient nor who acknowledged it.
impl fmt::Debug for DeliveryStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeliveryStatus")
            .field("status", &self.status)
            .field("message_id", &self.message_id)
            .field("reference", &self.reference)
            .finish_non_exhaustive()
    }
}

impl EventData for DeliveryStatus {
    const KIND: &'static str = "delivery-status";
    const SUMMARY: &'static str = "A message that was sent has come further: delivered, opened, acknowledged, or on its way on paper.";
}

/// Data of `message-sent`.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MessageSent {
    /// Reference of ours.
    pub reference: String,
    /// What the service calls it; null where it does not say.
    pub message_id: Option<String>,
    /// When the answer came.
    pub at: String,
    /// Whether the service had it already from an earlier sending.
    pub known_already: bool,
}

impl EventData for MessageSent {
    const KIND: &'static str = "message-sent";
    const SUMMARY: &'static str = "The service, or the relay to it, has taken a message.";
}

/// Data of `outcome-unresolved`.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OutcomeUnresolved {
    /// Reference of ours; null where the operation has none.
    pub reference: Option<String>,
    /// When the last sending failed.
    pub at: String,
    /// `none` for no answer, or what was answered.
    pub code: String,
    /// How often it was sent.
    pub sendings: u64,
    /// What to do.
    pub advice: String,
}

impl EventData for OutcomeUnresolved {
    const KIND: &'static str = "outcome-unresolved";
    const SUMMARY: &'static str = "Whether the service has taken what was sent is not known, and it is not sent again: somebody has to look.";
}

/// Data of `status-unrecognized`.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Unrecognized {
    /// What the service calls the message; null where it does not say.
    pub message_id: Option<String>,
    /// Reference of ours; null where the service does not say.
    pub reference: Option<String>,
    /// When, as the service says; null where it does not.
    pub at: Option<String>,
    /// The service's own word for it: a type, a code; null where there is none.
    pub code: Option<String>,
    /// What is not recognised, and what to do.
    pub advice: String,
    /// What the interface has of its own, the whole of what came included.
    pub transport: Transport,
}

impl EventData for Unrecognized {
    const KIND: &'static str = "status-unrecognized";
    const SUMMARY: &'static str = "The service tells something of a message that this component has no name for; it is kept for somebody to look at.";
}
