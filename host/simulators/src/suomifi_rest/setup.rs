// SPDX-License-Identifier: Apache-2.0
//! What a simulator is started with.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use super::citizens::CitizenMessage;
use super::event_log::EventPlan;
use super::limits::LARGEST_PAGE;
use super::mailboxes::MailboxState;
use super::script::Script;

/// Everything a simulated Suomi.fi Messages needs. [`SuomifiRestSetup::new`] fills in the rest.
///
/// Not `Debug`, since it holds a private key and a password.
#[derive(Clone)]
pub struct SuomifiRestSetup {
    /// Where to listen. Default: a free port of 127.0.0.1.
    pub address: SocketAddr,
    /// The server's certificate chain in PEM, leaf first, which should name `localhost`.
    pub server_certificates_pem: String,
    /// The key of its leaf.
    pub server_key_pem: String,
    /// Addresses that may call; others are answered with 403. Default none, which means everybody.
    pub allowed_addresses: Vec<IpAddr>,
    /// User name of the system. Default [`USERNAME`](Self::USERNAME).
    pub username: String,
    /// Its password until it is changed. Default [`PASSWORD`](Self::PASSWORD).
    pub password: String,
    /// How long an access token is valid. Default one hour; the real time is told by each answer only.
    pub token_lifetime: Duration,
    /// How old an access token has to be to change a password. Default nothing; a client was seen that waits two seconds.
    pub token_warmup: Duration,
    /// Shortest time between two changes of the password. Default nothing; that there is such a time is published, how
    /// long it is, is not.
    pub password_interval: Duration,
    /// Whether a change of the password ends all tokens. Default yes; it is not published.
    pub tokens_end_with_password: bool,
    /// What becomes of the property `visibility`. Default [`Visibility::Refused`].
    pub visibility: Visibility,
    /// Mailboxes that differ from the default, by id of the recipient.
    pub mailboxes: Vec<(String, MailboxState)>,
    /// All other mailboxes. Default [`MailboxState::Active`].
    pub other_mailboxes: MailboxState,
    /// Services of the system that are not active.
    pub inactive_services: Vec<String>,
    /// Whether the system itself is active. Default yes.
    pub system_is_active: bool,
    /// Media types that can be uploaded. Default the twelve that are published.
    pub media_types: Vec<String>,
    /// How long an upload is kept that no message uses. Default 24 hours, as published.
    pub attachment_lifetime: Duration,
    /// Whether one upload can be used in several messages. Default no; it is not published.
    pub attachments_are_reusable: bool,
    /// How long events and citizens' messages with their attachments are kept. Default 60 days, as published.
    pub retention: Duration,
    /// Events in a page at most, from 1 to 1 000. Default 1 000, as published.
    pub page_size: usize,
    /// What becomes of messages that were sent.
    pub events: EventPlan,
    /// What citizens write: at once, or, where it replies to something, as soon as that has been sent. What allows no reply, or
    /// went on paper, gets none. Default nothing.
    pub citizens: Vec<CitizenMessage>,
    /// The first messageId; each further one is greater by one. Default 1.
    pub first_message_id: i64,
    /// How far the clock is ahead. Default nothing.
    pub clock_ahead: Duration,
    /// What goes wrong. Default nothing.
    pub script: Script,
}

/// What becomes of the property `visibility`, which the service required and then took away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Visibility {
    /// Refused like any property that is not known, as since the middle of 2026.
    Refused,
    /// It may be there, or not.
    Accepted,
    /// It has to be there, as before.
    Required,
}

/// The media types that are published.
const MEDIA_TYPES: [&str; 12] = [
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

const HOUR: Duration = Duration::from_secs(3_600);

impl SuomifiRestSetup {
    /// The user name when nothing else is said.
    pub const USERNAME: &str = "silta";

    /// The password when nothing else is said. No secret: it opens nothing but simulators.
    pub const PASSWORD: &str = "Example-password-of-the-simulator-1";

    /// A setup with the server's certificate and key in PEM, and the defaults for everything else.
    pub fn new(
        server_certificates_pem: impl Into<String>,
        server_key_pem: impl Into<String>,
    ) -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            server_certificates_pem: server_certificates_pem.into(),
            server_key_pem: server_key_pem.into(),
            allowed_addresses: Vec::new(),
            username: Self::USERNAME.to_owned(),
            password: Self::PASSWORD.to_owned(),
            token_lifetime: HOUR,
            token_warmup: Duration::ZERO,
            password_interval: Duration::ZERO,
            tokens_end_with_password: true,
            visibility: Visibility::Refused,
            mailboxes: Vec::new(),
            other_mailboxes: MailboxState::Active,
            inactive_services: Vec::new(),
            system_is_active: true,
            media_types: MEDIA_TYPES.map(str::to_owned).to_vec(),
            attachment_lifetime: 24 * HOUR,
            attachments_are_reusable: false,
            retention: 60 * 24 * HOUR,
            page_size: LARGEST_PAGE,
            events: EventPlan::default(),
            citizens: Vec::new(),
            first_message_id: 1,
            clock_ahead: Duration::ZERO,
            script: Script::new(),
        }
    }
}
