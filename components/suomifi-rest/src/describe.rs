// SPDX-License-Identifier: Apache-2.0
//! What the component says of itself.

mod self_tests;

use agency_guest::{
    describe::{adjusted_limits, limits as usual, polling_operation, reading_operation, title},
    exports::descriptor::{
        self, AdjustedLimits, Description, Document, Idempotency, Limits, RateLimit, Resending,
        Rotation, SecretAlphabet, SecretForm, SecretRole, SecretSource,
    },
    json::{self, NoParameters},
};

use crate::{
    events,
    operation::{Operation, PASSWORD, POSTI_PASSWORD, TOKEN},
    operations::fetch,
    wire::{
        MOST_ELECTRONIC, MOST_END_USERS, MailboxesParameters, MessageParameters,
        MultichannelParameters, PaperOnlyParameters, ReplyParameters, Settings,
    },
};

/// Seconds from one run of the list of events to the next, unless the operator configures another interval. A guess: clients in production ask every minute, or once a day.
const POLL_SECONDS: u32 = 60;

/// Seconds for which a password that was replaced may still be used by requests that are under way.
const OVERLAP_SECONDS: u32 = 60;

/// Exchanges of a message beside its uploads: the message, with `visibility`, on paper, as a new one, its id looked up; each once, and some to spare.
const OTHER_STEPS: u32 = 8;

pub(crate) fn description() -> Description {
    Description {
        agency: "suomifi-rest".into(),
        titles: vec![
            title("en", "Suomi.fi Messages: REST interface"),
            title("fi", "Suomi.fi-viestit: REST-rajapinta"),
            title("sv", "Suomi.fi-meddelanden: REST-gränssnittet"),
        ],
        version: env!("CARGO_PKG_VERSION").into(),
        documents: vec![Document {
            title: "Suomi.fi Messages REST API (OpenAPI description)".into(),
            version: "1.0.0, without the property visibility (2026)".into(),
            coverage: "Version 2 of sending, uploads, events and messages of citizens; version 1 of token, password, active mailboxes, ids by external id and downloads. Not: \
                       the deprecated endpoints of version 1, states of single messages among them."
                .into(),
        }],
        operations: operations(),
        events: events::kinds(),
        key_roles: Vec::new(),
        anchor_sets: Vec::new(),
        secret_roles: secret_roles(),
        settings_schema: json::schema::<Settings>(),
        self_tests: self_tests::all(),
    }
}

fn secret_roles() -> Vec<SecretRole> {
    let rotation = Rotation {
        operation: Operation::ChangePassword.name().into(),
        check: Some(Operation::ProvePassword.name().into()),
        overlap_seconds: OVERLAP_SECONDS,
    };
    let form = |minimum_characters, maximum_characters, alphabet| {
        Some(SecretForm {
            minimum_characters,
            maximum_characters,
            alphabet,
        })
    };
    vec![
        SecretRole {
            name: PASSWORD.into(),
            purpose: "the password of the system (setting username), given by the service and replaced by change-password; at least 32 characters of each kind".into(),
            required: true,
            // Description: at least 32, a lower-case letter, an upper-case letter, a digit and a symbol, no backslash. What is behind it takes 256.
            form: form(32, 256, SecretAlphabet::Password),
            source: SecretSource::Rotated(rotation),
        },
        SecretRole {
            name: POSTI_PASSWORD.into(),
            purpose: "the password at Posti's printing service (setting paper.posti-username); needed for letters alone".into(),
            required: false,
            form: form(4, 4, SecretAlphabet::Plain),
            source: SecretSource::Configured,
        },
        SecretRole {
            name: TOKEN.into(),
            purpose: "goes with every request but the one for it".into(),
            required: false,
            form: None,
            source: SecretSource::Obtained(Operation::Token.name().into()),
        },
    ]
}

/// The limits of all operations under these settings.
pub(crate) fn adjusted(settings: &Settings) -> Vec<AdjustedLimits> {
    adjusted_limits(Operation::ALL.map(|operation| (operation.name(), limits(operation, settings))))
}

fn operations() -> Vec<descriptor::Operation> {
    Operation::ALL.map(described).into()
}

fn described(operation: Operation) -> descriptor::Operation {
    let parameters = match operation {
        Operation::SendElectronic => json::schema::<MessageParameters>(),
        Operation::SendMultichannel => json::schema::<MultichannelParameters>(),
        Operation::SendPaper => json::schema::<PaperOnlyParameters>(),
        Operation::Reply => json::schema::<ReplyParameters>(),
        Operation::FetchMessage => json::schema::<fetch::Parameters>(),
        Operation::ActiveMailboxes => json::schema::<MailboxesParameters>(),
        _ => json::schema::<NoParameters>(),
    };
    let limits = limits(operation, &Settings::usual());
    let is_change = operation.channel().is_some() || operation == Operation::ChangePassword;
    let described = descriptor::Operation {
        // A message is known by its external id; whether a password was changed is found out by the check.
        idempotency: match is_change {
            true => Idempotency::ByReference,
            false => Idempotency::ReadOnly,
        },
        credentials: match operation {
            Operation::Token => Vec::new(),
            _ => vec![TOKEN.into()],
        },
        ..reading_operation(operation.name(), operation.summary(), parameters, limits)
    };
    match operation {
        Operation::PollEvents => polling_operation(POLL_SECONDS, described),
        _ => described,
    }
}

fn limits(operation: Operation, settings: &Settings) -> Limits {
    let timeout = settings.timeout_seconds.saturating_mul(1000);
    let usual = Limits {
        response_advice: "raise the setting largest-answer-bytes".into(),
        ..usual(timeout, settings.largest_answer_bytes.into())
    };
    let resending = Some(Resending {
        sendings: settings.resending.most_sendings,
        seconds: settings.resending.longest_minutes.saturating_mul(60),
    });
    if operation.channel().is_some() {
        let attachments = attachments(operation);
        return Limits {
            rate_limit: per_second(settings.max_requests_per_second),
            concurrency: Some(settings.max_concurrency),
            // Of two at once, the second would be answered before anybody knows what becomes of the first.
            reference_concurrency: Some(1),
            attachment_limit: attachments,
            resending,
            // All may have to go up twice.
            steps: 2 * attachments + OTHER_STEPS,
            ..usual
        };
    }
    match operation {
        Operation::ChangePassword => Limits {
            rate_limit: match settings.password_minimum_gap_seconds {
                0 => None,
                window_seconds => Some(RateLimit {
                    calls: 1,
                    window_seconds,
                }),
            },
            concurrency: Some(1),
            resending,
            steps: 2,
            ..usual
        },
        Operation::PollEvents => Limits {
            concurrency: Some(1),
            // The pages, and one more where the list is begun anew.
            steps: settings.events.pages_per_run.saturating_add(1),
            ..usual
        },
        Operation::FetchMessage => {
            let attachment = settings.inbound.max_attachment_bytes;
            Limits {
                response_limit: settings.largest_answer_bytes.max(attachment).into(),
                response_advice: "raise the setting inbound.max-attachment-bytes, or largest-answer-bytes if it is the message itself".into(),
                // The message, its attachments, and the message once more where it is large.
                steps: settings.inbound.max_attachments.saturating_add(2),
                ..usual
            }
        }
        Operation::ActiveMailboxes => Limits {
            steps: MOST_END_USERS.div_ceil(settings.mailbox_batch_size.max(1)),
            ..usual
        },
        _ => usual,
    }
}

/// Attachments that an operation takes: as many as an electronic message has, one that is a letter, or both.
fn attachments(operation: Operation) -> u32 {
    let electronic = u32::try_from(MOST_ELECTRONIC).unwrap_or(u32::MAX);
    match operation {
        Operation::SendPaper => 1,
        Operation::Reply => electronic,
        _ => electronic + 1,
    }
}

fn per_second(calls: u32) -> Option<RateLimit> {
    (calls > 0).then_some(RateLimit {
        calls,
        window_seconds: 1,
    })
}
