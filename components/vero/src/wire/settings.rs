use std::{collections::BTreeMap, net::IpAddr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Class, Profile};

/// The operator's settings.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// Which environment this is: `FIS` for tests, `FIP` for production. Callers are judged by the anchor set of that environment alone.
    pub environment: Environment,
    /// URL of the interface, https, without the names of services: those are under `wire`.
    pub url: String,
    /// How the Tax Administration calls us.
    #[serde(default)]
    pub notification: NotificationSettings,
    /// How long to wait for an answer, in seconds. Default 60: a registration includes a health check of 10 seconds.
    #[serde(default = "usual_timeout")]
    pub timeout_seconds: u32,
    /// What to do after an HTTP status, where it differs from the built-in table.
    #[serde(default)]
    pub statuses: BTreeMap<String, Class>,
    /// Names in the interface.
    #[serde(default)]
    pub wire: Profile,
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
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
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

impl Default for NotificationSettings {
    fn default() -> Self {
        Self {
            source_addresses: Vec::new(),
            extra_properties: ExtraProperties::default(),
            largest_body_bytes: 8192,
        }
    }
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

/// A setting that cannot work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SettingsError {
    /// JSON pointer to the setting.
    pub pointer: &'static str,
    /// What is wrong and what to do.
    pub message: String,
}

impl Settings {
    /// Settings with every default, and nothing in the place of what has none.
    pub fn usual() -> Self {
        Self {
            environment: Environment::FIS,
            url: String::new(),
            notification: NotificationSettings::default(),
            timeout_seconds: usual_timeout(),
            statuses: BTreeMap::new(),
            wire: Profile::default(),
        }
    }

    /// Judges what types cannot.
    ///
    /// # Errors
    /// The first setting that cannot work.
    pub fn check(&self) -> Result<(), SettingsError> {
        let wrong = |pointer, message: &str| {
            let message = message.to_owned();
            Err(SettingsError { pointer, message })
        };
        let is_plain = |text: &str| !text.contains(|c: char| c.is_whitespace() || c.is_control());
        if !self.url.starts_with("https://") || !is_plain(&self.url) || self.url.ends_with('/') {
            return wrong(
                "/url",
                "the interface's URL has to begin with https://, hold no white space, and not end with /",
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
            if !path.starts_with('/') || !is_plain(path) {
                return wrong(
                    pointer,
                    "the path has to begin with / and hold no white space",
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
        ] {
            if number == 0 {
                return wrong(pointer, "this has to be at least 1");
            }
        }
        Ok(())
    }
}

fn usual_timeout() -> u32 {
    60
}
