use std::{borrow::Cow, collections::BTreeMap};

use finnish_ids::BusinessId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Class, DisturbanceReference, Profile, upload::check_text};

/// Shortest time to wait for an answer: a resend must never overtake the processing of what was sent first (guide 2015 p. 13).
const SHORTEST_TIMEOUT: u32 = 120;

/// The operator's settings.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
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
    /// What to do after a response code, where it differs from the built-in table.
    #[serde(default)]
    pub codes: BTreeMap<String, Class>,
    /// Shape of the messages.
    #[serde(default)]
    pub wire: Profile,
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

/// A setting that cannot work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SettingsError {
    /// JSON pointer to the setting.
    pub pointer: &'static str,
    /// What is wrong and what to do.
    pub message: String,
}

impl From<(&'static str, String)> for SettingsError {
    fn from((pointer, message): (&'static str, String)) -> Self {
        Self { pointer, message }
    }
}

impl Settings {
    /// Business id of the builder.
    pub fn builder(&self) -> &str {
        self.builder.as_deref().unwrap_or(&self.intermediary)
    }

    /// Judges what types cannot.
    ///
    /// # Errors
    /// The first setting that cannot work.
    pub fn check(&self) -> Result<(), SettingsError> {
        let wrong = |pointer, message: String| Err(SettingsError { pointer, message });
        if !self.url.starts_with("https://") || self.url.contains(char::is_whitespace) {
            return wrong(
                "/url",
                "the service's URL has to begin with https:// and hold no white space".into(),
            );
        }
        if BusinessId::parse(&self.intermediary).is_err() {
            return wrong("/intermediary", not_a_business_id());
        }
        if BusinessId::parse(self.builder()).is_err() {
            return wrong("/builder", not_a_business_id());
        }
        check_text("/environment", &self.environment).map_err(SettingsError::from)?;
        check_text("/software", &self.software).map_err(SettingsError::from)?;
        if self.timeout_seconds < SHORTEST_TIMEOUT {
            let message = format!(
                "the timeout has to be at least {SHORTEST_TIMEOUT} seconds, or a resend could overtake what was sent first"
            );
            return wrong("/timeout-seconds", message);
        }
        if let Some(name) = self.wire.unusable_name() {
            let message = format!(
                "`{name}` is no XML name; a name has letters, digits, `_`, `-` and `.`, and begins with a letter"
            );
            return wrong("/wire", message);
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

fn usual_timeout() -> u32 {
    130
}

fn usual_payload() -> u64 {
    2 << 20
}
