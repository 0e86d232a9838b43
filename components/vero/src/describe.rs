//! What the component says of itself.

use agency_guest::{
    Problem,
    exports::descriptor::{
        self, AdjustedLimits, AnchorSet, BuildExercise, Description, Direction, Document, Exercise,
        Expectation, Idempotency, KeyRole, Limits, ParseExercise, Resending, SecretAlphabet,
        SecretForm, SecretRole, SelfTest, Title, Transport, ValidateExercise,
    },
    json, unknown_operation,
};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    convert::{CALLBACK, CLIENT, PRODUCTION, TEST},
    wire::Settings,
};

/// The Tax Administration calls: something has happened.
pub(crate) const NOTIFY: &str = "notify";

/// Largest answer to a registration, in bytes. Of it is read whether it is JSON.
pub(crate) const LARGEST_ANSWER: u32 = 64 << 10;

/// How soon a notification has to be answered, in milliseconds (requirements, "Response").
const ANSWER_MILLISECONDS: u32 = 10_000;

/// An operation that asks something of the Tax Administration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    /// Registers where to call, or ends that.
    RegisterPush,
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
            Self::ListNotifications => "list-notifications",
            Self::ListSubscriptions => "list-subscriptions",
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

/// No parameters.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoParameters {}

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
            coverage: "Notifications in full; RegisterPush, ListNotifications and ListSubscriptions with names that are settings under `wire`, since their \
                       description is behind a login. Not: Subscribe, GetNotification."
                .into(),
        }],
        operations: operations(),
        key_roles: vec![KeyRole {
            name: CLIENT.into(),
            purpose: "client certificate for Vero API, issued by the Tax Administration".into(),
            required: false,
        }],
        anchor_sets: [(TEST, "test environment (FIS)"), (PRODUCTION, "production (FIP)")]
            .map(|(name, environment)| AnchorSet {
                name: name.into(),
                purpose: format!("issuers of the certificates that callers of the {environment} show"),
                required: false,
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
        }],
        settings_schema: json::schema::<Settings>(),
        self_tests: self_tests(),
    }
}

/// The limits of all operations under these settings.
pub(crate) fn adjusted_limits(settings: &Settings) -> Vec<AdjustedLimits> {
    let adjusted = limits(settings).map(|(operation, limits)| AdjustedLimits {
        operation: operation.into(),
        limits,
    });
    adjusted.into()
}

/// The operations with their limits under the settings that nobody has changed.
fn operations() -> Vec<descriptor::Operation> {
    let [register, notifications, subscriptions, notify] = limits(&Settings::usual());
    let register = descriptor::Operation {
        summary: "Registers the URL that is called, with the secret that calls repeat; or ends that. Only at first and when something changes.".into(),
        parameters: json::schema::<RegisterParameters>(),
        // The same registration replaces itself.
        idempotency: Idempotency::ByReference,
        empty_payload: false,
        ..reading(register)
    };
    let notifications = descriptor::Operation {
        summary: "Lists notifications: a push may fail, so that this is asked now and then.".into(),
        ..reading(notifications)
    };
    let subscriptions = descriptor::Operation {
        summary: "Lists subscriptions and whether pushes of theirs are delivered.".into(),
        ..reading(subscriptions)
    };
    let notify = descriptor::Operation {
        summary: "Something has happened in a subscription; or a health check, which is answered and forgotten.".into(),
        direction: Direction::Inbound,
        parameters: String::new(),
        ..reading(notify)
    };
    vec![register, notifications, subscriptions, notify]
}

/// What operations that change nothing at the Tax Administration have in common.
fn reading((name, limits): (&str, Limits)) -> descriptor::Operation {
    descriptor::Operation {
        name: name.into(),
        summary: String::new(),
        direction: Direction::Outbound,
        parameters: json::schema::<NoParameters>(),
        transport: Transport::Https,
        idempotency: Idempotency::ReadOnly,
        empty_payload: false,
        limits,
    }
}

/// The operations by their names, each with its limits under these settings.
fn limits(settings: &Settings) -> [(&'static str, Limits); 4] {
    let usual = |response_limit| Limits {
        timeout_milliseconds: settings.timeout_seconds.saturating_mul(1000),
        rate_limit: None,
        concurrency: None,
        reference_concurrency: None,
        payload_limit: None,
        attachment_limit: 0,
        response_limit,
        response_advice: String::new(),
        resending: None,
    };
    let list = || Limits {
        response_advice: "raise the setting list.largest-list-bytes".into(),
        ..usual(settings.list.largest_list_bytes.into())
    };
    let register = Limits {
        resending: Some(Resending {
            sendings: settings.resending.most_sendings,
            seconds: settings.resending.longest_minutes.saturating_mul(60),
        }),
        // One call at a time (requirements of RegisterPush).
        concurrency: Some(1),
        ..usual(LARGEST_ANSWER.into())
    };
    let notify = Limits {
        timeout_milliseconds: ANSWER_MILLISECONDS,
        response_advice: "raise the setting notification.largest-body-bytes".into(),
        ..usual(settings.notification.largest_body_bytes.into())
    };
    [
        (Operation::RegisterPush.name(), register),
        (Operation::ListNotifications.name(), list()),
        (Operation::ListSubscriptions.name(), list()),
        (NOTIFY, notify),
    ]
}

fn title(language: &str, text: &str) -> Title {
    Title {
        language: language.into(),
        text: text.into(),
    }
}

const SETTINGS: &str = r#"{"environment": "FIS", "url": "https://vero.example"}"#;

fn self_tests() -> Vec<SelfTest> {
    let test = |name: &str, exercise, expectation| SelfTest {
        name: name.into(),
        settings: SETTINGS.into(),
        exercise,
        expectation,
    };
    let build = |operation: &str, parameters: &str| {
        Exercise::Build(BuildExercise {
            operation: operation.into(),
            parameters: parameters.into(),
            payload: Vec::new(),
        })
    };
    let parse = |operation: &str, body: &str| {
        Exercise::Parse(ParseExercise {
            operation: operation.into(),
            status: 200,
            headers: Vec::new(),
            body: body.into(),
        })
    };
    let call = |method: &str, target: &str| {
        Exercise::Validate(ValidateExercise {
            method: method.into(),
            target: target.into(),
            headers: Vec::new(),
            body: Vec::new(),
        })
    };
    let refused = |code: &str| Expectation::Problem(code.into());
    vec![
        test(
            "the end of a push is asked for",
            build("register-push", r#"{"callbackUrl": ""}"#),
            Expectation::Request(Vec::new()),
        ),
        test(
            "a URL of another kind is refused",
            build("register-push", r#"{"callbackUrl": "http://a/"}"#),
            refused("parameter.invalid"),
        ),
        test(
            "a list is understood",
            parse("list-subscriptions", r#"{"Subscriptions": []}"#),
            Expectation::Outcome("http-200".into()),
        ),
        test(
            "garbage is no list",
            parse("list-notifications", "<html>"),
            Expectation::Outcome("http-200".into()),
        ),
        test(
            "another path is refused",
            call("POST", "/vero/Notify/v2"),
            refused("call.other-path"),
        ),
        test(
            "another method is refused",
            call("GET", "/vero/Notify/v1"),
            refused("call.other-method"),
        ),
    ]
}
