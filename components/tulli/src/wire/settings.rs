// SPDX-License-Identifier: Apache-2.0
use std::{borrow::Cow, collections::BTreeMap, net::IpAddr};

use agency_http::{ResendingDefault, ResendingSettings, RetryClass, SettingError};
use finnish_ids::BusinessId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use soap::{ADDRESSING_NAMESPACES, Understood};

use super::{Profile, arrangement, text::check_text};

/// Shortest time to wait for an answer: a resend must never overtake the processing of what was sent first (guide 2015 p. 13).
const SHORTEST_TIMEOUT: u32 = 120;

/// A list with a message in it has this many bytes at least, about.
const SMALLEST_LIST: u64 = 1024;

/// The operator's settings.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// URL of the service, https. Customs gives it with the agreement.
    pub url: String,
    /// Business id of the intermediary (välittäjä), who sends: that of the TLS certificate.
    pub intermediary: String,
    /// Business id of the builder (muodostaja), who signs: that of the signing certificate. Default: the intermediary.
    #[serde(default)]
    pub builder: Option<String>,
    /// Environment named in the application request. Default `TEST`.
    #[serde(default = "test_environment")]
    pub environment: String,
    /// Language of Customs' texts. Default `FI`.
    #[serde(default)]
    pub language: Language,
    /// Software named in requests. Default `Silta` with its version.
    #[serde(default = "this_software")]
    pub software: Cow<'static, str>,
    /// How long to wait for an answer, in seconds; at least 120 (guide 2015 p. 13). Default 130.
    #[serde(default = "usual_timeout")]
    pub timeout_seconds: u32,
    /// Largest application message in bytes. Default 2097152, after the limit that Customs documents for its replies (guide 2015 p. 16).
    #[serde(default = "usual_payload")]
    pub largest_payload_bytes: u64,
    /// Whether a refusal as a system disturbance (474, 490, 491, 499) is sent again under a new reference or the same. Default `new`:
    /// such an answer is a definite refusal, so a new reference cannot make a duplicate (reading of guide 2015 fig. 6).
    #[serde(default)]
    pub disturbance_reference: DisturbanceReference,
    /// How often, and how long, bytes are sent again while nobody knows whether Customs has taken them. Default 5 times within 1440 minutes, a day: Customs' own limit is
    /// not public. Then somebody has to ask Customs.
    #[serde(default)]
    pub resending: ResendingSettings<Day>,
    /// How often to list the messages that wait.
    #[serde(default)]
    pub list: ListSettings,
    /// How Customs calls us.
    #[serde(default)]
    pub notification: NotificationSettings,
    /// What Customs' replies have to be like.
    #[serde(default)]
    pub reply: ReplySettings,
    /// Calls of an operation a minute, except lists. Default 60: the ceiling is not public.
    #[serde(default = "usual_calls")]
    pub calls_per_minute: u32,
    /// Calls of an operation under way at once. Default 1: the ceiling is not public.
    #[serde(default = "one_call")]
    pub calls_at_once: u32,
    /// Numbers by which Customs' certificates name it (attribute serialNumber of the subject). Default `0245442-8` and `FI02454428`, from a sibling
    /// service of Customs; empty: whoever the anchor set `customs` accepts. Does not concern certificates that are pinned.
    #[serde(default = "customs_numbers")]
    pub customs_serial_numbers: Vec<Cow<'static, str>>,
    /// Header blocks that a call or an answer may demand to be understood: `{namespace}local` for one, whatever it says, or a namespace for all
    /// in it. Default the two namespaces of WS-Addressing, `http://www.w3.org/2005/08/addressing` and
    /// `http://schemas.xmlsoap.org/ws/2004/08/addressing`, of which only what is consistent is accepted.
    #[serde(default = "addressing")]
    pub understood_headers: Vec<Cow<'static, str>>,
    /// What to do after a response code, where it differs from the built-in table.
    #[serde(default)]
    pub codes: BTreeMap<String, RetryClass>,
    /// Shape of the messages.
    #[serde(default)]
    pub wire: Profile,
}

setting_tables::table! {
    Settings: Settings::usual();
    url required, intermediary required, builder, environment, language, software, timeout_seconds,
    largest_payload_bytes, disturbance_reference, resending, list, notification, reply,
    calls_per_minute, calls_at_once, customs_serial_numbers, understood_headers, codes, wire,
}

/// Whether a definite refusal by a system disturbance is followed by a new reference.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DisturbanceReference {
    /// A new reference.
    #[default]
    New,
    /// The same reference.
    Same,
}

/// A day from the first sending to the last one.
#[derive(Debug, Clone)]
pub struct Day;

impl ResendingDefault for Day {
    const LONGEST_MINUTES: u32 = 24 * 60;
}

/// How often to list the messages that wait.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ListSettings {
    /// Seconds from one list to the next. Default 300, or 3600 when notifications are on: Customs asks for no more (notice of 16.1.2013, guide 2015 p. 8).
    pub interval_seconds: Option<u32>,
    /// How many minutes before now the first window begins: that of a list with no cursor. Default 60 (guide 2015 p. 21: the last 30 to 60 minutes). If that list
    /// fails with an outcome, the next one begins where it did.
    pub window_minutes: u32,
    /// By how many minutes a window overlaps with the one before, so that no message between two is missed. Default 30 (guide 2015 p. 21).
    pub overlap_minutes: u32,
    /// Longest window in minutes, longer than the overlap. After a longer pause the lists catch up, one such window each. Default 1440, a day. It cuts no
    /// window that is given by parameters.
    pub longest_window_minutes: u32,
    /// Largest list that is read, in bytes. Default 2097152, some 4,500 messages; beyond that, the agency's `limits.hostcall-bytes` and `limits.memory-bytes` have to
    /// grow with it.
    pub largest_list_bytes: u64,
}

setting_tables::table! {
    ListSettings: ListSettings::default();
    interval_seconds, window_minutes, overlap_minutes, longest_window_minutes, largest_list_bytes,
}

impl Default for ListSettings {
    fn default() -> Self {
        Self {
            interval_seconds: None,
            window_minutes: 60,
            overlap_minutes: 30,
            longest_window_minutes: 24 * 60,
            largest_list_bytes: 2 << 20,
        }
    }
}

/// How Customs calls us (guide 2015 pp. 8, 27).
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct NotificationSettings {
    /// Whether Customs has been told to notify us: lists are then a safety net, once an hour. Calls are answered in any case. Default false.
    pub enabled: bool,
    /// Path at which Notify is called. Default `/tulli/notify`.
    pub path: Cow<'static, str>,
    /// Whether Customs has to show a certificate that the anchor set `customs` accepts. Default true; recommended by Customs (guide 2015 p. 8).
    pub client_certificate: bool,
    /// Addresses that Customs calls from. Default none: any. Of use only where no proxy stands before the host.
    pub source_addresses: Vec<IpAddr>,
    /// Code of the answer to a notification that was stored. Default `000`: annex 2 is not public.
    pub accepted_code: Cow<'static, str>,
    /// Code of the answer to a notification that cannot be used. Default `999`.
    pub refused_code: Cow<'static, str>,
}

setting_tables::table! {
    NotificationSettings: NotificationSettings::default();
    enabled, path, client_certificate, source_addresses, accepted_code, refused_code,
}

impl Default for NotificationSettings {
    fn default() -> Self {
        Self {
            enabled: false,
            path: "/tulli/notify".into(),
            client_certificate: true,
            source_addresses: Vec::new(),
            accepted_code: "000".into(),
            refused_code: "999".into(),
        }
    }
}

/// What Customs' replies have to be like.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ReplySettings {
    /// What is expected of signatures. Default `verified-if-present`: whether Customs signs is not public.
    pub signature: ReplySignature,
    /// Largest PDF or ZIP in bytes. Default 2097152 (guide 2015 p. 16: larger ones are not delivered).
    pub largest_attachment_bytes: u64,
}

impl Default for ReplySettings {
    fn default() -> Self {
        Self {
            signature: ReplySignature::default(),
            largest_attachment_bytes: 2 << 20,
        }
    }
}

/// What is expected of the signature of a reply.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ReplySignature {
    /// Every reply has to have one that counts.
    Required,
    /// A reply may have none; if it has one, it has to count.
    #[default]
    VerifiedIfPresent,
    /// It is not looked at, and the reply is marked so.
    NotJudged,
}

/// Language of Customs' texts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum Language {
    /// Finnish.
    #[default]
    FI,
    /// Swedish.
    SV,
    /// English.
    EN,
}

impl Language {
    /// The code on the wire.
    pub fn code(self) -> &'static str {
        match self {
            Self::FI => "FI",
            Self::SV => "SV",
            Self::EN => "EN",
        }
    }
}

impl Settings {
    /// Settings with every default, and nothing in the place of what has none.
    pub fn usual() -> Self {
        Self {
            url: String::new(),
            intermediary: String::new(),
            builder: None,
            environment: test_environment(),
            language: Language::default(),
            software: this_software(),
            timeout_seconds: usual_timeout(),
            largest_payload_bytes: usual_payload(),
            disturbance_reference: DisturbanceReference::default(),
            resending: ResendingSettings::default(),
            list: ListSettings::default(),
            notification: NotificationSettings::default(),
            reply: ReplySettings::default(),
            calls_per_minute: usual_calls(),
            calls_at_once: one_call(),
            customs_serial_numbers: customs_numbers(),
            understood_headers: addressing(),
            codes: BTreeMap::new(),
            wire: Profile::default(),
        }
    }

    /// Seconds from one list to the next.
    pub fn list_interval(&self) -> u32 {
        let usual = if self.notification.enabled { 3600 } else { 300 };
        self.list.interval_seconds.unwrap_or(usual)
    }

    /// The header blocks that are understood.
    pub fn understood(&self) -> Vec<Understood> {
        // What is none of them is refused before it serves.
        let parsed = self.understood_headers.iter();
        parsed.filter_map(|text| text.parse().ok()).collect()
    }

    /// Business id of the builder.
    pub fn builder(&self) -> &str {
        self.builder.as_deref().unwrap_or(&self.intermediary)
    }

    /// Judges what types cannot.
    ///
    /// # Errors
    /// The first setting that cannot work.
    pub fn check(&self) -> Result<(), SettingError> {
        let wrong = |pointer, message: String| Err(SettingError::new(pointer, message));
        if let Err(error) = https_url::check(&self.url) {
            return wrong("/url", error.to_string());
        }
        if BusinessId::parse(&self.intermediary).is_err() {
            return wrong("/intermediary", not_a_business_id());
        }
        if BusinessId::parse(self.builder()).is_err() {
            return wrong("/builder", not_a_business_id());
        }
        check_text("/environment", &self.environment)?;
        check_text("/software", &self.software)?;
        if self.timeout_seconds < SHORTEST_TIMEOUT {
            let message = format!(
                "the timeout has to be at least {SHORTEST_TIMEOUT} seconds, or a resend could overtake what was sent first"
            );
            return wrong("/timeout-seconds", message);
        }
        for (pointer, number) in [
            ("/calls-per-minute", Some(self.calls_per_minute)),
            ("/calls-at-once", Some(self.calls_at_once)),
            ("/list/interval-seconds", self.list.interval_seconds),
            ("/list/window-minutes", Some(self.list.window_minutes)),
        ] {
            if number == Some(0) {
                return wrong(pointer, "this has to be at least 1".into());
            }
        }
        for text in &self.understood_headers {
            if let Err(error) = text.parse::<Understood>() {
                return wrong("/understood-headers", format!("`{text}`: {error}"));
            }
        }
        self.resending.check()?;
        self.list.check()?;
        let notification = &self.notification;
        if https_url::check_path(&notification.path).is_err() || notification.path.contains('?') {
            let message = "the path has to begin with / and hold neither a query nor white space, nor what belongs into no path";
            return wrong("/notification/path", message.into());
        }
        check_text("/notification/accepted-code", &notification.accepted_code)?;
        check_text("/notification/refused-code", &notification.refused_code)?;
        self.wire.check()?;
        if let Some(name) = self.wire.unusable_name() {
            let message = format!(
                "`{name}` is no XML name; a name has letters, digits, `_`, `-` and `.`, and begins with a letter"
            );
            return wrong("/wire", message);
        }
        arrangement::check(&self.wire)
    }
}

impl ListSettings {
    fn check(&self) -> Result<(), SettingError> {
        let wrong = |pointer, message: String| Err(SettingError::new(pointer, message));
        if self.longest_window_minutes <= self.overlap_minutes {
            let message = format!(
                "the longest window has to be longer than the overlap of {} minutes (list.overlap-minutes), or the lists would never go on",
                self.overlap_minutes
            );
            return wrong("/list/longest-window-minutes", message);
        }
        if self.largest_list_bytes < SMALLEST_LIST {
            let message = format!(
                "this has to be at least {SMALLEST_LIST}, or no list with a message in it would be read"
            );
            return wrong("/list/largest-list-bytes", message);
        }
        Ok(())
    }
}

/// The sentence for whatever should have been a business id.
pub(super) fn not_a_business_id() -> String {
    "this is no Finnish business id: seven digits, a hyphen and the right check digit, such as 1234567-1".into()
}

fn test_environment() -> String {
    "TEST".into()
}

fn this_software() -> Cow<'static, str> {
    concat!("Silta ", env!("CARGO_PKG_VERSION")).into()
}

fn usual_calls() -> u32 {
    60
}

fn one_call() -> u32 {
    1
}

fn customs_numbers() -> Vec<Cow<'static, str>> {
    vec!["0245442-8".into(), "FI02454428".into()]
}

fn addressing() -> Vec<Cow<'static, str>> {
    ADDRESSING_NAMESPACES.map(Cow::from).into()
}

fn usual_timeout() -> u32 {
    130
}

fn usual_payload() -> u64 {
    2 << 20
}
