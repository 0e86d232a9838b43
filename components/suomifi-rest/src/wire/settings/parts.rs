// SPDX-License-Identifier: Apache-2.0

use agency_http::SettingError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{MissingSender, OnInvalidCursor};
use crate::wire::{
    Address,
    forms::{is_cost_pool, is_email},
    vocabulary::{BodyFormat, Reminder, ReplyAllowedBy, SenderDetails, ServiceType},
};

/// What messages have where they do not say. The interface has no defaults and demands each of these.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct MessageSettings {
    /// How the text is written. Default `Text`.
    pub body_format: BodyFormat,
    /// Whether delivery is proved. Default `Normal`.
    pub message_service_type: ServiceType,
    /// Who may answer. Default `No one`.
    pub reply_allowed_by: ReplyAllowedBy,
    /// Whether the service reminds of an unread message. Default `Default reminder`.
    pub reminder: Reminder,
    /// What notifications say of the sender. Default `Organisation and service name`.
    pub sender_details: SenderDetails,
}

setting_tables::table! {
    MessageSettings: MessageSettings::default();
    body_format, message_service_type, reply_allowed_by, reminder, sender_details,
}

impl Default for MessageSettings {
    fn default() -> Self {
        Self {
            body_format: BodyFormat::Text,
            message_service_type: ServiceType::Normal,
            reply_allowed_by: ReplyAllowedBy::NoOne,
            reminder: Reminder::Default,
            sender_details: SenderDetails::OrganisationAndService,
        }
    }
}

/// What letters have where they do not say. The password that belongs to the user name is the secret `posti-password`.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PaperSettings {
    /// User name at Posti's printing service, 6 characters. Posti bills by it.
    pub posti_username: String,
    /// Mail address for questions of the printing service, 5 to 256 characters.
    pub contact_email: String,
    /// Address of the sender. No default: a letter has to have one, here or of its own.
    #[serde(default)]
    pub sender: Option<Address>,
    /// Cost pool at Posti, 1 to 15 capital letters and digits. Default none.
    #[serde(default)]
    pub cost_pool: Option<String>,
    /// Whether delivery is proved; `Verifiable` takes an agreement with Posti. Default `Normal`.
    #[serde(default = "normal")]
    pub message_service_type: ServiceType,
    /// Whether it is printed in colour. Default true, as clients in production have it.
    #[serde(default = "yes")]
    pub color_printing: bool,
    /// Whether it is printed on both sides. Default true.
    #[serde(default = "yes")]
    pub two_sided_printing: bool,
    /// Whether landscape pages are turned. Default false.
    #[serde(default)]
    pub rotate_landscape_pages: bool,
    /// Whether a page with the address is added. Default true; false for letters whose first page has it.
    #[serde(default = "yes")]
    pub create_address_page: bool,
}

impl PaperSettings {
    pub(super) fn check(&self) -> Result<(), SettingError> {
        if self.posti_username.encode_utf16().count() != 6 {
            return Err(SettingError::new(
                "/paper/posti-username",
                "the user name has 6 characters",
            ));
        }
        if !is_email(&self.contact_email) {
            return Err(SettingError::new(
                "/paper/contact-email",
                "this has to be a mail address of 5 to 256 characters",
            ));
        }
        if self
            .cost_pool
            .as_deref()
            .is_some_and(|pool| !is_cost_pool(pool))
        {
            return Err(SettingError::new(
                "/paper/cost-pool",
                "a cost pool has 1 to 15 capital letters and digits",
            ));
        }
        let sender = self.sender.as_ref().map(|sender| sender.checked(""));
        match sender.transpose() {
            Ok(_) => Ok(()),
            Err(flaw) => Err(SettingError::new("/paper/sender", flaw.message)),
        }
    }
}

/// What attachments of messages that are sent may be like.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct AttachmentSettings {
    /// Largest attachment in bytes. Default 10400000: the service takes 10485760 bytes in a request, and what is around the attachment is taken to count.
    pub max_attachment_bytes: u32,
    /// Largest sum of all attachments of a message in bytes. Default none: no limit is documented.
    pub max_total_attachment_bytes: Option<u64>,
    /// Media types. Default the twelve that the description names; it names them as examples.
    pub allowed_media_types: Vec<String>,
    /// Hours after which an upload that is in no message yet is not relied on and made again, once. Default 23: the service removes it after 24.
    pub upload_hours: u32,
}

setting_tables::table! {
    AttachmentSettings: AttachmentSettings::default();
    max_attachment_bytes, max_total_attachment_bytes, allowed_media_types, upload_hours,
}

impl Default for AttachmentSettings {
    fn default() -> Self {
        let types = [
            "application/msword",
            "application/pdf",
            "application/vnd.ms-excel",
            "application/vnd.ms-powerpoint",
            "application/vnd.oasis.opendocument.spreadsheet",
            "application/vnd.oasis.opendocument.text",
            "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "image/jpeg",
            "image/png",
            "text/plain",
        ];
        Self {
            max_attachment_bytes: 10_400_000,
            max_total_attachment_bytes: None,
            allowed_media_types: types.map(str::to_owned).into(),
            upload_hours: 23,
        }
    }
}

/// How messages of citizens are fetched.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct InboundSettings {
    /// Largest attachment that is fetched, in bytes. Default 16777216. A guess: what stands before the service is said to let 10 MB pass.
    pub max_attachment_bytes: u32,
    /// Most attachments of a message that are asked for. Default 50, as many as a message to a citizen may have. A guess. What is left out is said in the event.
    pub max_attachments: u32,
    /// What becomes of a message without a sender, which the description allows. Default `deliver`.
    pub on_missing_sender: MissingSender,
}

setting_tables::table! {
    InboundSettings: InboundSettings::default();
    max_attachment_bytes, max_attachments, on_missing_sender,
}

impl Default for InboundSettings {
    fn default() -> Self {
        Self {
            max_attachment_bytes: 16 << 20,
            max_attachments: 50,
            on_missing_sender: MissingSender::default(),
        }
    }
}

/// How events are polled.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct EventSettings {
    /// Pages that one run reads at most, 1 to 20. Default 1, so that each page is kept together with its place in the list; the host goes on at once where more waits.
    pub pages_per_run: u32,
    /// What to do where the service does not take the place in the list any more. Default `restart`. A guess: how long a place is good is not documented.
    pub on_invalid_cursor: OnInvalidCursor,
    /// Whether who has confirmed a message, and the signature of a letter, are handed out. Default true. They may be a name or a personal identity code: the fields are marked as
    /// personal.
    pub store_personal_receipt_data: bool,
}

setting_tables::table! {
    EventSettings: EventSettings::default();
    pages_per_run, on_invalid_cursor, store_personal_receipt_data,
}

impl Default for EventSettings {
    fn default() -> Self {
        Self {
            pages_per_run: 1,
            on_invalid_cursor: OnInvalidCursor::default(),
            store_personal_receipt_data: true,
        }
    }
}

/// How tokens are used.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct TokenSettings {
    /// Seconds before its end from which a token is not used any more. Default 60. A guess.
    pub token_refresh_margin_seconds: u32,
    /// Longest time in seconds that a token is used, whatever the service says. Default 3600. A guess.
    pub longest_lifetime_seconds: u32,
    /// Seconds between a new token and the change of the password with it, 0 to 10. Default 2: a new one may not be taken for that at once, as a client in production has found.
    pub token_warmup_seconds: u32,
}

setting_tables::table! {
    TokenSettings: TokenSettings::default();
    token_refresh_margin_seconds, longest_lifetime_seconds, token_warmup_seconds,
}

impl Default for TokenSettings {
    fn default() -> Self {
        Self {
            token_refresh_margin_seconds: 60,
            longest_lifetime_seconds: 3600,
            token_warmup_seconds: 2,
        }
    }
}

fn normal() -> ServiceType {
    ServiceType::Normal
}

fn yes() -> bool {
    true
}
