// SPDX-License-Identifier: Apache-2.0
use std::{collections::BTreeMap, net::IpAddr};

use agency_http::{ResendingDefault, ResendingSettings, RetryClass, SettingError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Profile;

/// What the host keeps of a request at most, in bytes (contract, `envelope.request`).
pub const LONGEST_MEMO: u32 = 4096;

/// The operator's settings.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// Which environment this is: `FIS` for tests, `FIP` for production. Callers are judged by the anchor set of that environment alone.
    pub environment: Environment,
    /// URL of the interface, https, without the names of services: those are under `wire`.
    pub url: String,
    /// How the Tax Administration calls us.
    #[serde(default)]
    pub notification: NotificationSettings,
    /// What lists may be like.
    #[serde(default)]
    pub list: ListSettings,
    /// How often, and how long, a registration is asked for again while nobody knows whether it took effect. Default 5 times within 60 minutes; then somebody has
    /// to look at the list of subscriptions.
    #[serde(default)]
    pub resending: ResendingSettings<Hour>,
    /// How long to wait for an answer, in seconds. Default 60: a registration includes a health check of 10 seconds.
    #[serde(default = "usual_timeout")]
    pub timeout_seconds: u32,
    /// What to do after an HTTP status, where it differs from the built-in table.
    #[serde(default)]
    pub statuses: BTreeMap<String, StatusClass>,
    /// Names in the interface.
    #[serde(default)]
    pub wire: Profile,
}

setting_tables::table! {
    Settings: Settings::usual();
    environment required, url required, notification, list, resending, timeout_seconds, statuses,
    wire,
}

/// Environment of Vero API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum Environment {
    /// Test.
    FIS,
    /// Production.
    FIP,
}

impl Environment {
    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::FIS => "FIS",
            Self::FIP => "FIP",
        }
    }
}

/// How the Tax Administration calls us (requirements).
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct NotificationSettings {
    /// Addresses that it calls from. Default none: any. Named in public are 57.153.39.45 for tests and 108.142.42.70 for production. Of use only where no
    /// proxy stands before the host.
    pub source_addresses: Vec<IpAddr>,
    /// Properties beyond the documented ones. Default `ignored`: new ones are no breaking change to the Tax Administration.
    pub extra_properties: ExtraProperties,
    /// Largest body in bytes. Default 8192; a notification has some 200.
    pub largest_body_bytes: u32,
}

setting_tables::table! {
    NotificationSettings: NotificationSettings::default();
    source_addresses, extra_properties, largest_body_bytes,
}

impl Default for NotificationSettings {
    fn default() -> Self {
        Self {
            source_addresses: Vec::new(),
            extra_properties: ExtraProperties::default(),
            largest_body_bytes: 8192,
        }
    }
}

/// What lists may be like.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ListSettings {
    /// Largest list that is read, in bytes. Default 2097152, some 10,000 notifications: a list has no window, so that it grows. Beyond that, the agency's
    /// `limits.hostcall-bytes` and `limits.memory-bytes` have to grow with it.
    pub largest_list_bytes: u32,
    /// How much of a list of subscriptions is remembered until the next one, in bytes, so that only changes are told. Default 4096, which is as much as is
    /// carried: 2,000 subscriptions and more, or 350 whose numbers are random over 64 bits. Those with the largest numbers beyond it are told in every list.
    pub remembered_bytes: u32,
}

setting_tables::table! {
    ListSettings: ListSettings::default();
    largest_list_bytes, remembered_bytes,
}

impl Default for ListSettings {
    fn default() -> Self {
        Self {
            largest_list_bytes: 2 << 20,
            remembered_bytes: LONGEST_MEMO,
        }
    }
}

/// An hour from the first sending to the last one.
#[derive(Debug, Clone)]
pub struct Hour;

impl ResendingDefault for Hour {
    const LONGEST_MINUTES: u32 = 60;
}

/// What becomes of properties beyond the documented ones.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ExtraProperties {
    /// They are left out, and the log says so.
    #[default]
    Ignored,
    /// The notification is refused.
    Refused,
}

/// What to do after an HTTP status, in the operator's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StatusClass {
    /// Finished.
    Done,
    /// Ask anew, later.
    RetryLater,
    /// Nobody knows whether it took effect: ask again, later.
    UnknownOutcome,
    /// Correct the request first.
    FixFirst,
    /// Certificate or authorisation: a human has to act.
    Denied,
}

impl From<StatusClass> for RetryClass {
    fn from(class: StatusClass) -> Self {
        match class {
            StatusClass::Done => Self::Done,
            StatusClass::RetryLater => Self::RetryLaterNewReference,
            StatusClass::UnknownOutcome => Self::UnknownOutcome,
            StatusClass::FixFirst => Self::FixFirst,
            StatusClass::Denied => Self::Denied,
        }
    }
}

impl Settings {
    /// Settings with every default, and nothing in the place of what has none.
    pub fn usual() -> Self {
        Self {
            environment: Environment::FIS,
            url: String::new(),
            notification: NotificationSettings::default(),
            list: ListSettings::default(),
            resending: ResendingSettings::default(),
            timeout_seconds: usual_timeout(),
            statuses: BTreeMap::new(),
            wire: Profile::default(),
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
                "the paths of the services begin with /; leave out the one at the end of the URL",
            );
        }
        for (pointer, path) in [
            ("/wire/register-push-path", &self.wire.register_push_path),
            (
                "/wire/list-notifications-path",
                &self.wire.list_notifications_path,
            ),
            (
                "/wire/list-subscriptions-path",
                &self.wire.list_subscriptions_path,
            ),
        ] {
            if https_url::check_path(path).is_err() {
                return wrong(
                    pointer,
                    "the path has to begin with / and hold neither white space nor what belongs into no path",
                );
            }
        }
        for (name, value) in &self.wire.headers {
            if !is_field_name(name) || !is_field_value(value) {
                return wrong(
                    "/wire/headers",
                    "a header field has a name of letters, digits and hyphens, and a value of ASCII without control characters",
                );
            }
        }
        if !matches!(&*self.wire.list_method, "GET" | "POST") {
            return wrong("/wire/list-method", "the method has to be GET or POST");
        }
        for (pointer, number) in [
            ("/timeout-seconds", self.timeout_seconds),
            (
                "/notification/largest-body-bytes",
                self.notification.largest_body_bytes,
            ),
            ("/list/largest-list-bytes", self.list.largest_list_bytes),
        ] {
            if number == 0 {
                return wrong(pointer, "this has to be at least 1");
            }
        }
        self.resending.check()?;
        if self.list.remembered_bytes > LONGEST_MEMO {
            return wrong(
                "/list/remembered-bytes",
                "this has to be at most 4096, which is as much as is carried from one list to the next",
            );
        }
        Ok(())
    }
}

/// RFC 9110 §5.1: a token.
fn is_field_name(name: &str) -> bool {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty() && name.bytes().all(is_token)
}

/// RFC 9110 §5.5, without what is obsolete.
fn is_field_value(value: &str) -> bool {
    let is_visible = |byte: u8| matches!(byte, b'\t' | b' '..=b'~');
    value.bytes().all(is_visible) && value.trim() == value
}

fn usual_timeout() -> u32 {
    60
}
