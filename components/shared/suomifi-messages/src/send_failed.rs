// SPDX-License-Identifier: Apache-2.0
//! Messages that do not arrive.

use std::fmt;

use agency_events::EventData;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{Person, Transport};

/// Why a message does not arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FailureReason {
    /// The recipient has no active mailbox.
    MailboxNotInUse,
    /// The message that it answers is not there any more, or is somebody else's.
    ReplyTargetNotFound,
    /// The service of the authority is not active.
    ServiceNotActive,
    /// The system of the authority is not active.
    SystemNotActive,
    /// The content breaks a rule of the service.
    ContentRefused,
    /// An attachment is of a type that is not allowed.
    AttachmentType,
    /// An attachment, or all of them, are too large.
    AttachmentSize,
    /// An attachment did not pass the virus check.
    AttachmentVirus,
    /// The service refuses the sender: rights, addresses, agreement.
    SenderRefused,
    /// The service tells that it failed and not why, or a reason that is none of these.
    Other,
}

/// Data of `send-failed`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SendFailed {
    /// Why.
    pub reason: FailureReason,
    /// The service's own code, or `http-NNN`, or an SMTP reply code; null where there is none.
    pub code: Option<String>,
    /// The service's own words, shortened to 1,000 characters.
    #[schemars(extend("x-personal" = true))]
    pub text: String,
    /// When it was told.
    pub at: Option<String>,
    /// Reference of ours; null where it is not known.
    pub reference: Option<String>,
    /// What the service calls the message; null where it never had a name.
    pub message_id: Option<String>,
    /// Service of the authority; null where it is not known.
    pub service_id: Option<String>,
    /// Whose mailbox it was for; null where it is not known.
    pub recipient: Option<Person>,
    /// What the interface has of its own.
    pub transport: Transport,
}

impl EventData for SendFailed {
    const KIND: &'static str = "send-failed";
    const SUMMARY: &'static str =
        "A message will not arrive as it is; the reason says what has to change.";
}

/// Shows no words and no recipient.
impl fmt::Debug for SendFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendFailed")
            .field("reason", &self.reason)
            .field("code", &self.code)
            .field("reference", &self.reference)
            .finish_non_exhaustive()
    }
}
