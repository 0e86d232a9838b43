// SPDX-License-Identifier: Apache-2.0
//! How Suomi.fi calls, and who has to have signed.

use std::{borrow::Cow, net::IpAddr, time::Duration};

use agency_http::SettingError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use soap::Understood;
use ws_security::Mode;

/// How Suomi.fi calls us.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct NotificationSettings {
    /// Path at which we are called. Default `/suomifi-viestit/ViranomaisPaluukanava`: the authority chooses the URL and tells it to the service (V1.1).
    pub path: Cow<'static, str>,
    /// Addresses that the service calls from. Default none: any; none is published. Of use only where no proxy stands before the host.
    pub source_addresses: Vec<IpAddr>,
    /// Whether the caller has to show a TLS certificate that the anchor set `suomifi-callers` accepts. Default false: no document asks for one.
    pub client_certificate: bool,
    /// Common names that the caller's TLS certificate may have. Default none: whoever that anchor set accepts. Does not concern certificates that are pinned.
    pub client_names: Vec<String>,
    /// Largest call in bytes. Default 16777216: the service speaks of 3 MB for a message, and its successor takes files of 10 MiB. Beyond it, the agency's limits for
    /// memory and calls into the host may have to grow as well.
    pub largest_body_bytes: u64,
    /// Most bytes of the events of a call, as JSON. A Kohde of VieKohteita beyond gets state 550, and a call of VieKohdeTiloja with more TilaKoodi 450. Default 2097152: what fits the
    /// agency's limits (`memory-bytes`, `hostcall-bytes`) when nobody changes them.
    pub largest_events_bytes: usize,
    /// How soon the caller expects an answer, in seconds. Default 30: the service's own limit is not public.
    pub answer_seconds: u32,
    /// URL that the service was told, to be compared with the header paluukanavaUrl where a call has it. Default none: it is not compared.
    pub return_channel_url: Option<String>,
    /// What to do when paluukanavaUrl is another URL. Default `log`: the header is not signed, and absent from the WSDL of 2014.
    pub on_other_url: OnMismatch,
    /// What to do when SOAPAction names another operation than the body. Default `log`: the body decides, and the document prints the actions otherwise than the WSDL.
    pub on_other_action: OnMismatch,
    /// Header blocks that a call may demand to be understood, beside `wsse:Security` and `paluukanavaUrl`: `{namespace}local` for one, whatever it says, or a namespace for
    /// all in it. Default none: the binding declares no others.
    pub understood_headers: Vec<String>,
}

setting_tables::table! {
    NotificationSettings: NotificationSettings::default();
    path, source_addresses, client_certificate, client_names, largest_body_bytes,
    largest_events_bytes, answer_seconds, return_channel_url, on_other_url, on_other_action,
    understood_headers,
}

impl Default for NotificationSettings {
    fn default() -> Self {
        Self {
            path: "/suomifi-viestit/ViranomaisPaluukanava".into(),
            source_addresses: Vec::new(),
            client_certificate: false,
            client_names: Vec::new(),
            largest_body_bytes: 16 << 20,
            largest_events_bytes: 2 << 20,
            answer_seconds: 30,
            return_channel_url: None,
            on_other_url: OnMismatch::default(),
            on_other_action: OnMismatch::default(),
            understood_headers: Vec::new(),
        }
    }
}

/// What to do with a call that contradicts itself, or what was agreed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OnMismatch {
    /// It is told in the log.
    #[default]
    Log,
    /// The call is answered with TilaKoodi 400.
    Reject,
}

impl NotificationSettings {
    pub(super) fn check(&self) -> Result<(), SettingError> {
        let wrong = |pointer, message: String| Err(SettingError::new(pointer, message));
        if https_url::check_path(&self.path).is_err() || self.path.contains('?') {
            let message = "the path has to begin with / and hold neither a query nor white space, nor what belongs into no path";
            return wrong("/notification/path", message.into());
        }
        if self.largest_body_bytes == 0 || self.answer_seconds == 0 {
            let message = "this has to be at least 1, or no call would be answered";
            let pointer = match self.answer_seconds {
                0 => "/notification/answer-seconds",
                _ => "/notification/largest-body-bytes",
            };
            return wrong(pointer, message.into());
        }
        for text in &self.understood_headers {
            if let Err(error) = text.parse::<Understood>() {
                let message = format!("`{text}`: {error}");
                return wrong("/notification/understood-headers", message);
            }
        }
        Ok(())
    }
}

/// Who has to have signed a call (WS-Security 1.0 with an X.509 certificate). No document says that calls of the return channel are signed; the policy that is published is
/// that of the authorities' own calls.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct SignatureSettings {
    /// Whether a call has to be signed. Default `required`: TilaKoodi 406 says that a signature is judged.
    pub policy: SignaturePolicy,
    /// Common names that the signer's certificate may have. Default `pr0.integraatiopalvelu.fi`, the name that the integration platform has had in production; that of the
    /// test environment has been `qat.integraatiopalvelu.fi`. Empty: whoever the anchor set `suomifi-signers` accepts. Does not concern certificates that are pinned.
    pub common_names: Vec<Cow<'static, str>>,
    /// Whether signatures and digests with SHA-1 count. Default true: the only published policy has no other algorithm. The host has a switch of its own for signatures
    /// (`allow-sha1` of the agency), which is off unless somebody switches it on.
    pub allow_sha1: bool,
    /// Whether a signed call has to have a timestamp. One that is there has to be signed and is judged in any case. Default true: the published policy signs one.
    pub timestamp_required: bool,
    /// How far the caller's clock may be from ours, in seconds. Default 300, a usual tolerance.
    pub clock_skew_seconds: u32,
    /// How long ago a call may have been made, in seconds, the skew not counted. Default 60, the MessageAge of the published policy.
    pub maximum_age_seconds: u32,
    /// How a call is answered whose signature does not count. Default `answer`: TilaKoodi 406 in the response of the operation.
    pub on_failure: SignatureFailure,
}

setting_tables::table! {
    SignatureSettings: SignatureSettings::default();
    policy, common_names, allow_sha1, timestamp_required, clock_skew_seconds, maximum_age_seconds,
    on_failure,
}

impl Default for SignatureSettings {
    fn default() -> Self {
        Self {
            policy: SignaturePolicy::default(),
            common_names: vec!["pr0.integraatiopalvelu.fi".into()],
            allow_sha1: true,
            timestamp_required: true,
            clock_skew_seconds: 300,
            maximum_age_seconds: 60,
            on_failure: SignatureFailure::default(),
        }
    }
}

/// Whether a call has to be signed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SignaturePolicy {
    /// It has to be.
    #[default]
    Required,
    /// A signature is judged where there is one. That is no protection: who forges a call leaves it out.
    Optional,
    /// Signatures are not looked at.
    Off,
}

/// How a call is answered whose signature does not count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SignatureFailure {
    /// TilaKoodi 406.
    #[default]
    Answer,
    /// A SOAP fault `wsse:FailedCheck` (SOAP Message Security 1.0 §12).
    Fault,
}

impl SignatureSettings {
    /// The same for who judges.
    pub fn of_message(&self) -> ws_security::Settings {
        ws_security::Settings {
            mode: match self.policy {
                SignaturePolicy::Required => Mode::Required,
                SignaturePolicy::Optional => Mode::Optional,
                SignaturePolicy::Off => Mode::Off,
            },
            require_timestamp: self.timestamp_required,
            clock_skew: Duration::from_secs(self.clock_skew_seconds.into()),
            maximum_age: Duration::from_secs(self.maximum_age_seconds.into()),
            allow_sha1: self.allow_sha1,
            ..ws_security::Settings::default()
        }
    }

    /// Whether a signer of this common name may sign.
    pub fn is_signer(&self, common_name: &str) -> bool {
        self.common_names.is_empty() || self.common_names.iter().any(|name| name == common_name)
    }

    pub(super) fn check(&self) -> Result<(), SettingError> {
        match self.common_names.iter().any(|name| name.trim().is_empty()) {
            true => Err(SettingError::new(
                "/signature/common-names",
                "a name is empty; leave the list empty to accept whoever the anchor set accepts",
            )),
            false => Ok(()),
        }
    }
}
