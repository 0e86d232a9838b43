// SPDX-License-Identifier: Apache-2.0
//! The protocol: texts in, values out. Nothing here knows the sandbox, so that all of it is tested natively.
//!
//! "Description" is the OpenAPI description of the interface by the Digital and Population Data Services Agency (*Digi- ja väestötietovirasto*, the service's owner).
//! What it leaves open is a setting with a default that says that it is a guess, see [`Settings`].

mod address;
mod answer;
mod body;
mod citizen;
mod countries;
mod error_body;
mod event_type;
mod events;
mod fetching;
mod files;
mod flaw;
mod forms;
mod lenient;
mod mailboxes;
mod message;
mod multipart;
mod paper;
mod query;
mod resending;
mod retry;
mod sending;
mod settings;
mod vocabulary;

pub use address::Address;
pub use answer::{Token, is_trace_id, read_attachment_id, read_message_id, read_token};
pub use body::{AroundSecret, Body, EndUsers, body_of, change_opened, credentials_opened};
pub use citizen::{CitizenMessage, ListedAttachment, Party, read_citizen_message};
pub use error_body::{ErrorBody, LONGEST_TEXT, read_error};
pub use event_type::EventType;
pub use events::{Event, Page, PageEntry, read_page, redacted};
pub use fetching::{Fetched, Fetching};
pub use files::{FileFacts, MOST_ELECTRONIC, Plan, plan};
pub use flaw::Flaw;
pub use forms::MOST_END_USERS;
pub use lenient::MessageId;
pub use mailboxes::{Mailboxes, MailboxesParameters, read_active};
pub use message::{
    CustomNotification, Message, MessageParameters, MultichannelParameters, Notifications,
    PaperOnlyParameters, ReplyParameters, Texts,
};
pub use multipart::{LARGEST_UPLOAD, Multipart};
pub use paper::{Paper, PaperParameters};
pub use query::encoded;
pub use resending::Resending;
pub use retry::{Action, Call, Remedy, Row, TABLE, When, action, unreadable};
pub use sending::{Channel, Question, Refusal, Sending, Stage};
pub use settings::{
    AttachmentSettings, AuthScheme, ConflictWithoutId, EventSettings, InboundSettings, LengthUnit,
    MailboxNotInUse, MessageSettings, MissingSender, OnInvalidCursor, PaperSettings,
    ReplyTargetMissing, Settings, TokenSettings, VisibilitySetting,
};
pub use vocabulary::{
    BodyFormat, Reminder, ReplyAllowedBy, SenderDetails, ServiceType, Visibility,
};
