// SPDX-License-Identifier: Apache-2.0
use agency_http::{ResendingDefault, ResendingSettings, SettingError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The operator's settings.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// URL of the service, https, without a slash at its end.
    pub url: String,
    /// User name that the password belongs to.
    pub user: String,
    /// How long to wait for an answer, in seconds. Default 30.
    #[serde(default = "usual_timeout")]
    pub timeout_seconds: u32,
    /// How often, and how long, bytes of unknown outcome are sent again. Default 5 times within 1,440 minutes, for which Courier knows the ids of messages.
    #[serde(default)]
    pub resending: ResendingSettings<Day>,
    /// How many requests of `deliver` Courier takes in a minute. Default none: it does not say.
    #[serde(default)]
    pub deliveries_per_minute: Option<u32>,
    /// How many of them at once. Default none: it does not say.
    #[serde(default)]
    pub deliveries_at_once: Option<u32>,
}

/// Courier knows an external id for a day.
#[derive(Debug, Clone)]
pub struct Day;

impl ResendingDefault for Day {
    const LONGEST_MINUTES: u32 = 24 * 60;
}

impl Settings {
    /// Settings with every default, and nothing in the place of what has none.
    pub fn usual() -> Self {
        Self {
            url: String::new(),
            user: String::new(),
            timeout_seconds: usual_timeout(),
            resending: ResendingSettings::default(),
            deliveries_per_minute: None,
            deliveries_at_once: None,
        }
    }

    /// Judges what types cannot.
    ///
    /// # Errors
    /// The first setting that cannot work.
    pub fn check(&self) -> Result<(), SettingError> {
        if let Err(error) = https_url::check_base(&self.url) {
            return Err(SettingError::new("/url", error.to_string()));
        }
        if self.url.ends_with('/') {
            return Err(SettingError::new(
                "/url",
                "the paths begin with /; leave out the one at the end of the URL",
            ));
        }
        if self.user.is_empty() {
            return Err(SettingError::new("/user", "the user name is empty"));
        }
        if self.timeout_seconds == 0 {
            return Err(SettingError::new(
                "/timeout-seconds",
                "this has to be at least 1",
            ));
        }
        for (pointer, number) in [
            ("/deliveries-per-minute", self.deliveries_per_minute),
            ("/deliveries-at-once", self.deliveries_at_once),
        ] {
            if number == Some(0) {
                let reason = "0 would be none at all; leave it out where there is no limit";
                return Err(SettingError::new(pointer, reason));
            }
        }
        self.resending.check()
    }
}

fn usual_timeout() -> u32 {
    30
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_work_is_named() {
        let read = |json: &str| serde_json::from_str::<Settings>(json).unwrap().check();
        assert_eq!(
            read(r#"{"url": "https://courier.example/v1", "user": "u"}"#),
            Ok(())
        );
        for (json, pointer) in [
            (r#"{"url": "http://courier.example", "user": "u"}"#, "/url"),
            (
                r#"{"url": "https://courier.example/", "user": "u"}"#,
                "/url",
            ),
            (r#"{"url": "https://courier.example", "user": ""}"#, "/user"),
            (
                r#"{"url": "https://courier.example", "user": "u", "timeout-seconds": 0}"#,
                "/timeout-seconds",
            ),
            (
                r#"{"url": "https://courier.example", "user": "u", "resending": {"most-sendings": 0}}"#,
                "/resending/most-sendings",
            ),
            (
                r#"{"url": "https://courier.example", "user": "u", "deliveries-per-minute": 0}"#,
                "/deliveries-per-minute",
            ),
        ] {
            assert_eq!(read(json).unwrap_err().pointer, pointer, "{json}");
        }
    }
}
