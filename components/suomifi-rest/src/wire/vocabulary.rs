// SPDX-License-Identifier: Apache-2.0
//! Words of the interface, spelt as they stand on the wire. The service compares them exactly, capitals included.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the text of a message is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum BodyFormat {
    /// Plain text.
    Text,
    /// CommonMark: headings, lists, paragraphs, bold, links that begin with https.
    Markdown,
}

/// Whether delivery is proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum ServiceType {
    /// An ordinary message.
    Normal,
    /// Verifiable service (*todisteellinen tiedoksianto*): the recipient confirms. On paper it takes an agreement with Posti and costs extra.
    Verifiable,
}

/// Who may answer a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum ReplyAllowedBy {
    /// Whoever can read it.
    Anyone,
    /// Nobody.
    #[serde(rename = "No one")]
    NoOne,
}

/// Whether the service reminds of a message that is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum Reminder {
    /// After seven days, of a normal message.
    #[serde(rename = "Default reminder")]
    Default,
    /// Never.
    #[serde(rename = "No reminders")]
    Never,
}

/// What notifications say of the sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum SenderDetails {
    /// Names of organisation and service.
    #[serde(rename = "Organisation and service name")]
    OrganisationAndService,
    /// Nothing.
    None,
}

/// Who sees a message, where the service still asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum Visibility {
    /// The recipient and those who act for them.
    Normal,
    /// The recipient.
    #[serde(rename = "Recipient only")]
    RecipientOnly,
}
