// SPDX-License-Identifier: Apache-2.0
//! What an operator sets. Where the interface's description leaves something open, the default is a guess, and says so.

mod parts;

use agency_http::SettingError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Resending, forms::MOST_END_USERS, multipart::LARGEST_UPLOAD};

pub use parts::{
    AttachmentSettings, EventSettings, InboundSettings, MessageSettings, PaperSettings,
    TokenSettings,
};

/// The operator's settings.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// URL of the interface, https, without a slash at its end: `https://api.messages.suomi.fi`, for tests `https://api.messages-qa.suomi.fi`.
    pub url: String,
    /// User name that the password belongs to: the id of the authority's system, given by the service.
    pub username: String,
    /// Service of the authority that sends, where a message does not say. No default.
    #[serde(default)]
    pub service_id: Option<String>,
    /// How the token stands in the field Authorization: `bearer` (after the word `Bearer`), the default, or `bare`. Clients in production do either.
    #[serde(default)]
    pub auth_scheme: AuthScheme,
    /// Whether messages have the property `visibility`, which the description had and has no more: `omit`, the default, `normal` or `recipient-only`. Where it is omitted and the service
    /// refuses a message for its lack, the message goes once more with `Normal`. A guess.
    #[serde(default)]
    pub visibility: VisibilitySetting,
    /// What messages have where they do not say.
    #[serde(default)]
    pub message: MessageSettings,
    /// What letters have where they do not say. Without it nothing goes on paper.
    #[serde(default)]
    pub paper: Option<PaperSettings>,
    /// What attachments may be like.
    #[serde(default)]
    pub attachments: AttachmentSettings,
    /// What counts as a character of title, text and notification: `utf-16` units, the default, or `code-points`. The description does not say; the default is the stricter one.
    #[serde(default)]
    pub length_unit: LengthUnit,
    /// How messages of citizens are fetched.
    #[serde(default)]
    pub inbound: InboundSettings,
    /// How events are polled.
    #[serde(default)]
    pub events: EventSettings,
    /// What becomes of a message whose recipient has no active mailbox: `fail`, the default, or `multichannel`: it goes to the endpoint for both channels with the letter that it brings
    /// along, where it brings one. A guess.
    #[serde(default)]
    pub on_mailbox_not_in_use: MailboxNotInUse,
    /// Whether a message that changes its channel keeps its external id. Default true: the service takes an id again that it has refused before, as an authority in production has it.
    #[serde(default = "yes")]
    pub reuse_external_id_on_channel_switch: bool,
    /// What becomes of a reply to a message that is there no more: `fail`, the default, or `send-new`: the same without what it replies to. A guess.
    #[serde(default)]
    pub on_reply_target_missing: ReplyTargetMissing,
    /// What to do where a message was taken before and the answer has no id of it: `lookup`, the default, or `accept`.
    #[serde(default)]
    pub conflict_without_id: ConflictWithoutId,
    /// Whether status 403 has the token obtained again, once. Default true: the description does not say whether a token that has run out is 401 or 403. A guess.
    #[serde(default = "yes")]
    pub renew_on_403_once: bool,
    /// How tokens are used.
    #[serde(default)]
    pub token: TokenSettings,
    /// Seconds from one change of the password to the next at least. Default 3600. A guess: the description speaks of a waiting time and names none.
    #[serde(default = "an_hour")]
    pub password_minimum_gap_seconds: u32,
    /// People and companies asked about in one request of `active-mailboxes`, 100 to 10000. Default 1000.
    #[serde(default = "usual_batch")]
    pub mailbox_batch_size: u32,
    /// Requests a second of each operation that sends; 0 is no limit. Default 1: no limit is documented, and clients in production keep to one a second. A guess.
    #[serde(default = "one")]
    pub max_requests_per_second: u32,
    /// Sendings under way at once. Default 2. A guess.
    #[serde(default = "two")]
    pub max_concurrency: u32,
    /// How long to wait for an answer, in seconds. Default 60. A guess: what stands before the service gives up after about 29.
    #[serde(default = "usual_timeout")]
    pub timeout_seconds: u32,
    /// Largest answer that is read, in bytes, attachments aside. Default 2097152: a page of 1,000 events has some 400,000. Beyond 4 MiB the agency's `limits.hostcall-bytes` and
    /// `limits.memory-bytes` have to grow with it.
    #[serde(default = "usual_answer")]
    pub largest_answer_bytes: u32,
    /// How often, and how long, bytes of unknown outcome are sent again.
    #[serde(default)]
    pub resending: Resending,
}

setting_tables::table! {
    Settings: Settings::usual();
    url required, username required, service_id, auth_scheme, visibility, message, paper,
    attachments, length_unit, inbound, events, on_mailbox_not_in_use,
    reuse_external_id_on_channel_switch, on_reply_target_missing, conflict_without_id,
    renew_on_403_once, token, password_minimum_gap_seconds, mailbox_batch_size,
    max_requests_per_second, max_concurrency, timeout_seconds, largest_answer_bytes, resending,
}

/// How the token stands in the field Authorization.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AuthScheme {
    /// After `Bearer `.
    #[default]
    Bearer,
    /// Alone.
    Bare,
}

impl AuthScheme {
    /// What stands before the token.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Bearer => "Bearer ",
            Self::Bare => "",
        }
    }
}

/// Whether messages have the property `visibility`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum VisibilitySetting {
    /// Not.
    #[default]
    Omit,
    /// `Normal`.
    Normal,
    /// `Recipient only`.
    RecipientOnly,
}

/// What counts as a character.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LengthUnit {
    /// Units of UTF-16.
    #[default]
    #[serde(rename = "utf-16")]
    Utf16,
    /// Code points of Unicode.
    CodePoints,
}

impl LengthUnit {
    /// How many characters a text has.
    pub fn count(self, text: &str) -> usize {
        match self {
            Self::Utf16 => text.encode_utf16().count(),
            Self::CodePoints => text.chars().count(),
        }
    }
}

/// What becomes of a message to a mailbox that is not in use.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MailboxNotInUse {
    /// It has failed.
    #[default]
    Fail,
    /// It goes on paper.
    Multichannel,
}

/// What becomes of a reply to a message that is there no more.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ReplyTargetMissing {
    /// It has failed.
    #[default]
    Fail,
    /// It is sent as a new message.
    SendNew,
}

/// What to do where a message was taken before and the answer has no id of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ConflictWithoutId {
    /// Ask for the id.
    #[default]
    Lookup,
    /// Do without.
    Accept,
}

/// What becomes of a citizen's message without a sender.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MissingSender {
    /// It is fetched again later, and handed out once it has one.
    Hold,
    /// It is handed out without.
    #[default]
    Deliver,
}

/// What to do where the service does not take the place in the list of events.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OnInvalidCursor {
    /// Begin with the oldest event that there is. What comes again is known by its key.
    #[default]
    Restart,
    /// Somebody has to look.
    Stop,
}

impl Settings {
    /// Settings with every default, and nothing in the place of what has none.
    pub fn usual() -> Self {
        Self {
            url: String::new(),
            username: String::new(),
            service_id: None,
            auth_scheme: AuthScheme::default(),
            visibility: VisibilitySetting::default(),
            message: MessageSettings::default(),
            paper: None,
            attachments: AttachmentSettings::default(),
            length_unit: LengthUnit::default(),
            inbound: InboundSettings::default(),
            events: EventSettings::default(),
            on_mailbox_not_in_use: MailboxNotInUse::default(),
            reuse_external_id_on_channel_switch: yes(),
            on_reply_target_missing: ReplyTargetMissing::default(),
            conflict_without_id: ConflictWithoutId::default(),
            renew_on_403_once: yes(),
            token: TokenSettings::default(),
            password_minimum_gap_seconds: an_hour(),
            mailbox_batch_size: usual_batch(),
            max_requests_per_second: one(),
            max_concurrency: two(),
            timeout_seconds: usual_timeout(),
            largest_answer_bytes: usual_answer(),
            resending: Resending::default(),
        }
    }

    /// Judges what types cannot.
    ///
    /// # Errors
    /// The first setting that cannot work.
    pub fn check(&self) -> Result<(), SettingError> {
        let wrong = |pointer, message: &str| Err(SettingError::new(pointer, message));
        if let Err(error) = https_url::check_base(&self.url) {
            return wrong("/url", &error.to_string());
        }
        if self.url.ends_with('/') {
            return wrong(
                "/url",
                "the paths begin with /; leave out the one at the end of the URL",
            );
        }
        if self.username.is_empty() {
            return wrong(
                "/username",
                "the user name is empty; give the id of the system",
            );
        }
        if let Some(service) = &self.service_id
            && !(1..=64).contains(&service.encode_utf16().count())
        {
            return wrong("/service-id", "a service has 1 to 64 characters");
        }
        for (pointer, number) in [
            ("/timeout-seconds", self.timeout_seconds),
            ("/largest-answer-bytes", self.largest_answer_bytes),
            ("/max-concurrency", self.max_concurrency),
            (
                "/attachments/max-attachment-bytes",
                self.attachments.max_attachment_bytes,
            ),
            ("/events/pages-per-run", self.events.pages_per_run),
            (
                "/inbound/max-attachment-bytes",
                self.inbound.max_attachment_bytes,
            ),
        ] {
            if number == 0 {
                return wrong(pointer, "this has to be at least 1");
            }
        }
        if u64::from(self.attachments.max_attachment_bytes) > LARGEST_UPLOAD {
            return wrong(
                "/attachments/max-attachment-bytes",
                "the service takes 10485760 bytes in a request, what is around the attachment included; this has to be less",
            );
        }
        if !(100..=MOST_END_USERS).contains(&self.mailbox_batch_size) {
            return wrong("/mailbox-batch-size", "this has to be 100 to 10000");
        }
        if self.events.pages_per_run > 20 {
            return wrong(
                "/events/pages-per-run",
                "this has to be at most 20: the pages of a run are kept together",
            );
        }
        if self.inbound.max_attachments > 500 {
            return wrong("/inbound/max-attachments", "this has to be at most 500");
        }
        if self.token.token_warmup_seconds > 10 {
            return wrong("/token/token-warmup-seconds", "this has to be at most 10");
        }
        if self.token.longest_lifetime_seconds == 0 {
            return wrong(
                "/token/longest-lifetime-seconds",
                "this has to be at least 1",
            );
        }
        self.check_paper()?;
        self.resending.check()
    }

    fn check_paper(&self) -> Result<(), SettingError> {
        match &self.paper {
            Some(paper) => paper.check(),
            None if self.on_mailbox_not_in_use == MailboxNotInUse::Multichannel => {
                Err(SettingError::new(
                    "/on-mailbox-not-in-use",
                    "nothing can go on paper without the settings under `paper`; add them, or set `fail`",
                ))
            }
            None => Ok(()),
        }
    }
}

fn yes() -> bool {
    true
}

fn an_hour() -> u32 {
    3600
}

fn usual_batch() -> u32 {
    1000
}

fn one() -> u32 {
    1
}

fn two() -> u32 {
    2
}

fn usual_timeout() -> u32 {
    60
}

fn usual_answer() -> u32 {
    2 << 20
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(change: &str) -> Result<(), &'static str> {
        let mut settings = serde_json::json!({"url": "https://messages.example", "username": "u"});
        let change: serde_json::Value = serde_json::from_str(change).unwrap();
        for (name, value) in change.as_object().unwrap() {
            settings[name] = value.clone();
        }
        let settings: Settings = serde_json::from_value(settings).unwrap();
        settings.check().map_err(|error| error.pointer)
    }

    #[test]
    fn defaults_are_those_that_are_described() {
        let read: Settings = serde_json::from_str(r#"{"url": "", "username": ""}"#).unwrap();
        let described = serde_json::to_value(Settings::usual()).unwrap();
        assert_eq!(serde_json::to_value(read).unwrap(), described);
    }

    #[test]
    fn what_cannot_work_is_named() {
        assert_eq!(judged("{}"), Ok(()));
        for (change, pointer) in [
            (r#"{"url": "http://messages.example"}"#, "/url"),
            (r#"{"url": "https://messages.example/"}"#, "/url"),
            (r#"{"username": ""}"#, "/username"),
            (r#"{"service-id": ""}"#, "/service-id"),
            (r#"{"timeout-seconds": 0}"#, "/timeout-seconds"),
            (r#"{"mailbox-batch-size": 99}"#, "/mailbox-batch-size"),
            (r#"{"mailbox-batch-size": 10001}"#, "/mailbox-batch-size"),
            (
                r#"{"attachments": {"max-attachment-bytes": 10485761}}"#,
                "/attachments/max-attachment-bytes",
            ),
            (
                r#"{"events": {"pages-per-run": 0}}"#,
                "/events/pages-per-run",
            ),
            (
                r#"{"events": {"pages-per-run": 21}}"#,
                "/events/pages-per-run",
            ),
            (
                r#"{"inbound": {"max-attachments": 501}}"#,
                "/inbound/max-attachments",
            ),
            (
                r#"{"token": {"token-warmup-seconds": 11}}"#,
                "/token/token-warmup-seconds",
            ),
            (
                r#"{"resending": {"most-sendings": 0}}"#,
                "/resending/most-sendings",
            ),
            (
                r#"{"on-mailbox-not-in-use": "multichannel"}"#,
                "/on-mailbox-not-in-use",
            ),
            (
                r#"{"paper": {"posti-username": "12345", "contact-email": "a@b.fi"}}"#,
                "/paper/posti-username",
            ),
            (
                r#"{"paper": {"posti-username": "123456", "contact-email": "a@b"}}"#,
                "/paper/contact-email",
            ),
            (
                r#"{"paper": {"posti-username": "123456", "contact-email": "a@b.fi", "cost-pool": "a"}}"#,
                "/paper/cost-pool",
            ),
        ] {
            assert_eq!(judged(change), Err(pointer), "{change}");
        }
    }
}
