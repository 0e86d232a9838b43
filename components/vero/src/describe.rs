// SPDX-License-Identifier: Apache-2.0
//! What the component says of itself.

use agency_guest::{
    Problem,
    describe::{
        SelfTests, adjusted_limits, anchor_set, any_request, build, inbound_operation, key_role,
        limits as usual, outcome, parse, polling_operation, problem, reading_operation, title,
        validate,
    },
    exports::descriptor::{
        self, AdjustedLimits, Description, Document, Idempotency, Limits, Rotation, SecretAlphabet,
        SecretForm, SecretRole, SecretSource, SelfTest,
    },
    json, unknown_operation,
};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    events,
    wire::{Environment, RequestKind, Settings},
};

/// Key role of the client certificate for Vero API.
pub(crate) const CLIENT: &str = "client";

/// Secret role of what the Tax Administration repeats in each call.
pub(crate) const CALLBACK: &str = "callback";

/// Anchor set of the callers in the test environment.
const TEST: &str = "vero-test";

/// Anchor set of the callers in production.
const PRODUCTION: &str = "vero-production";

/// The Tax Administration calls: something has happened.
pub(crate) const NOTIFY: &str = "notify";

/// Largest answer to a registration, in bytes. Of it is read whether it is JSON.
pub(crate) const LARGEST_ANSWER: u32 = 64 << 10;

/// How soon a notification has to be answered, in milliseconds (requirements, "Response").
const ANSWER_MILLISECONDS: u32 = 10_000;

/// Seconds from one list to the next. Our choice: the Tax Administration asks for lists now and then, since a push may fail, and names no interval.
const LIST_SECONDS: u32 = 3600;

/// For how long calls with a secret that was replaced are accepted, in seconds. Our choice: no document says how long the Tax Administration may go on with it.
const OVERLAP_SECONDS: u32 = 3600;

/// An operation that asks something of the Tax Administration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    /// Registers where to call, or ends that.
    RegisterPush,
    /// The same with another secret.
    ReplaceCallbackSecret,
    /// Lists what has happened.
    ListNotifications,
    /// Lists the subscriptions and the state of their registration.
    ListSubscriptions,
}

impl Operation {
    /// The operation of a name.
    pub(crate) fn of(name: &str) -> Result<Self, Problem> {
        let mut all = [
            Self::RegisterPush,
            Self::ReplaceCallbackSecret,
            Self::ListNotifications,
            Self::ListSubscriptions,
        ]
        .into_iter();
        all.find(|operation| operation.name() == name)
            .ok_or_else(|| unknown_operation(name))
    }

    fn name(self) -> &'static str {
        match self {
            Self::RegisterPush => "register-push",
            Self::ReplaceCallbackSecret => "replace-callback-secret",
            Self::ListNotifications => "list-notifications",
            Self::ListSubscriptions => "list-subscriptions",
        }
    }

    /// Whether it changes the registration.
    pub(crate) fn request_kind(self) -> RequestKind {
        match self {
            Self::RegisterPush | Self::ReplaceCallbackSecret => RequestKind::Change,
            Self::ListNotifications | Self::ListSubscriptions => RequestKind::Query,
        }
    }
}

/// Parameters of a registration.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct RegisterParameters {
    /// URL that the Tax Administration is to call, https and ending with `/Notify/v1`; the empty text ends the push.
    pub(crate) callback_url: String,
}

/// Parameters of a registration with another secret.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct ReplaceParameters {
    /// URL that the Tax Administration calls, https and ending with `/Notify/v1`: the one that is registered, or another.
    #[schemars(length(min = 1))]
    pub(crate) callback_url: String,
}

/// The anchor set that callers of an environment lead to. The two have authorities of their own, and neither passes for the other.
pub(crate) fn callers(environment: Environment) -> &'static str {
    match environment {
        Environment::FIS => TEST,
        Environment::FIP => PRODUCTION,
    }
}

pub(crate) fn description() -> Description {
    Description {
        agency: "vero".into(),
        titles: vec![
            title("en", "Finnish Tax Administration: push notifications of Vero API"),
            title("fi", "Verohallinto: Vero API:n push-ilmoitukset"),
            title("sv", "Skatteförvaltningen: push-meddelanden i Vero API"),
        ],
        version: env!("CARGO_PKG_VERSION").into(),
        documents: vec![Document {
            title: "Push notification, technical requirements (Vero API)".into(),
            version: "undated".into(),
            coverage: "Notifications in full; RegisterPush (also with another secret), ListNotifications and ListSubscriptions with names that are settings under `wire`, since their \
                       description is behind a login. Not: Subscribe, GetNotification."
                .into(),
        }],
        operations: operations(),
        events: events::kinds(),
        key_roles: vec![key_role(
            CLIENT,
            "client certificate for Vero API, issued by the Tax Administration",
        )],
        anchor_sets: [(TEST, "test environment (FIS)"), (PRODUCTION, "production (FIP)")]
            .map(|(name, environment)| {
                let callers = "issuers of the certificates that callers of the";
                anchor_set(name, format!("{callers} {environment} show"))
            })
            .into(),
        secret_roles: vec![SecretRole {
            name: CALLBACK.into(),
            purpose: "given with the registration and repeated in each call; base64, at least 32 characters".into(),
            required: true,
            // Requirements: base64, at least 32 characters. It goes into a JSON text as it stands.
            form: Some(SecretForm {
                minimum_characters: 32,
                maximum_characters: 1024,
                alphabet: SecretAlphabet::Base64,
            }),
            source: SecretSource::Rotated(Rotation {
                operation: Operation::ReplaceCallbackSecret.name().into(),
                // Nothing that is asked shows which secret is registered. The same registration again does no harm.
                check: None,
                overlap_seconds: OVERLAP_SECONDS,
            }),
        }],
        settings_schema: json::schema::<Settings>(),
        self_tests: self_tests(),
    }
}

/// The limits of all operations under these settings.
pub(crate) fn adjusted(settings: &Settings) -> Vec<AdjustedLimits> {
    adjusted_limits(limits(settings))
}

/// The operations with their limits under the settings that nobody has changed.
fn operations() -> Vec<descriptor::Operation> {
    let [register, replace, notifications, subscriptions, notify] = limits(&Settings::usual());
    let registration = |(name, limits): (&str, Limits), summary, parameters| {
        descriptor::Operation {
            // The same registration replaces itself.
            idempotency: Idempotency::ByReference,
            ..reading_operation(name, summary, parameters, limits)
        }
    };
    let list = |(name, limits): (&str, Limits), summary| {
        let parameters = json::schema::<json::NoParameters>();
        let operation = reading_operation(name, summary, parameters, limits);
        polling_operation(LIST_SECONDS, operation)
    };
    let register = registration(
        register,
        "Registers the URL that is called, with the secret that calls repeat; or ends that. Only at first and when something changes.",
        json::schema::<RegisterParameters>(),
    );
    let replace = registration(
        replace,
        "Replaces the secret that calls repeat: registers the URL with a new one, which the host has made.",
        json::schema::<ReplaceParameters>(),
    );
    let notifications = list(
        notifications,
        "Lists notifications: a push may fail, so that this is asked now and then.",
    );
    let subscriptions = list(
        subscriptions,
        "Lists subscriptions and whether pushes of theirs are delivered.",
    );
    let (name, limits) = notify;
    let notify = inbound_operation(
        name,
        "Something has happened in a subscription; or a health check, which is answered and forgotten.",
        limits,
    );
    vec![register, replace, notifications, subscriptions, notify]
}

/// The operations by their names, each with its limits under these settings.
fn limits(settings: &Settings) -> [(&'static str, Limits); 5] {
    let timeout = settings.timeout_seconds.saturating_mul(1000);
    let list = || Limits {
        response_advice: "raise the setting list.largest-list-bytes".into(),
        ..usual(timeout, settings.list.largest_list_bytes.into())
    };
    let registration = || Limits {
        resending: Some((&settings.resending).into()),
        // One call at a time (requirements of RegisterPush).
        concurrency: Some(1),
        ..usual(timeout, LARGEST_ANSWER.into())
    };
    let notify = Limits {
        response_advice: "raise the setting notification.largest-body-bytes".into(),
        ..usual(
            ANSWER_MILLISECONDS,
            settings.notification.largest_body_bytes.into(),
        )
    };
    [
        (Operation::RegisterPush.name(), registration()),
        (Operation::ReplaceCallbackSecret.name(), registration()),
        (Operation::ListNotifications.name(), list()),
        (Operation::ListSubscriptions.name(), list()),
        (NOTIFY, notify),
    ]
}

const SETTINGS: &str = r#"{"environment": "FIS", "url": "https://vero.example"}"#;

fn self_tests() -> Vec<SelfTest> {
    SelfTests::new(SETTINGS)
        .test(
            "the end of a push is asked for",
            build("register-push", r#"{"callbackUrl": ""}"#, b""),
            any_request(),
        )
        .test(
            "a URL of another kind is refused",
            build("register-push", r#"{"callbackUrl": "http://a/"}"#, b""),
            problem("parameter.invalid"),
        )
        .test(
            "a replacement ends no push",
            build("replace-callback-secret", r#"{"callbackUrl": ""}"#, b""),
            problem("parameter.invalid"),
        )
        .test(
            "a list is understood",
            parse("list-subscriptions", r#"{"Subscriptions": []}"#),
            outcome("http-200"),
        )
        .test(
            "garbage is no list",
            parse("list-notifications", "<html>"),
            outcome("http-200"),
        )
        .test(
            "another path is refused",
            validate("POST", "/vero/Notify/v2", "", ""),
            problem("call.other-path"),
        )
        .test(
            "another method is refused",
            validate("GET", "/vero/Notify/v1", "", ""),
            problem("call.other-method"),
        )
        .into_tests()
}
