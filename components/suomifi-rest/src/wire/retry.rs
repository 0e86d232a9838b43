// SPDX-License-Identifier: Apache-2.0
//! What to do after an answer, or after none: one table.
//!
//! The service says (description): a status of 5xx is to be followed by the same request, automatically; 409 is as good as success; after any other 4xx the request has to be
//! corrected. The rest is what clients in production do, or a choice of ours.

use std::ops::RangeInclusive;

use agency_http::RetryClass;
use suomifi_messages::FailureReason;

use super::ErrorBody;

/// What was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// A token.
    Token,
    /// Another password.
    ChangePassword,
    /// An attachment goes up.
    Upload,
    /// A message is sent.
    Message,
    /// The id of a message.
    Lookup,
    /// A page of events.
    Events,
    /// A message of a citizen.
    CitizenMessage,
    /// An attachment of a citizen.
    CitizenAttachment,
    /// Who has a mailbox.
    Mailboxes,
}

impl Call {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Token,
        Self::ChangePassword,
        Self::Upload,
        Self::Message,
        Self::Lookup,
        Self::Events,
        Self::CitizenMessage,
        Self::CitizenAttachment,
        Self::Mailboxes,
    ];

    /// Whether it changes something at the service, so that an outcome may be unknown.
    pub fn is_change(self) -> bool {
        matches!(self, Self::ChangePassword | Self::Upload | Self::Message)
    }

    /// Whether it is a part of sending a message.
    pub fn is_sending(self) -> bool {
        matches!(self, Self::Upload | Self::Message)
    }
}

/// What came of it.
#[derive(Debug, Clone)]
pub enum When {
    /// A status in one of these ranges.
    Status(&'static [RangeInclusive<u16>]),
    /// Status 400 with one of these codes.
    Code(&'static [&'static str]),
    /// No answer.
    Silence,
    /// A good status, with a body that cannot be read.
    Unreadable,
}

/// What there is to be done beside what the class says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// Nothing.
    None,
    /// Look up the id that the service has given, unless the answer has it.
    LookUp,
    /// Send it on paper, where the settings and the message allow that.
    OnPaper,
    /// Send it as a new message, where the settings allow that.
    AsNew,
    /// Send it again with `visibility`, or with its attachments uploaded again, where that may be what is missing.
    Repair,
    /// Begin the list of events anew, where the settings allow that.
    Restart,
    /// What was asked for is there no more: that is the answer.
    Gone,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Action {
    /// What the host does next.
    pub class: RetryClass,
    /// The same, where an earlier sending of the same bytes may have been taken.
    pub class_in_doubt: RetryClass,
    /// Seconds to wait at least.
    pub wait_seconds: Option<u32>,
    /// The token is to be obtained again, and the same request to go once more.
    pub renews_token: bool,
    /// Why the message fails, where it does.
    pub failure: Option<FailureReason>,
    /// What else may be done.
    pub remedy: Remedy,
    /// Somebody has to do something: an error in the log.
    pub is_alarm: bool,
}

/// A row of the table.
#[derive(Debug)]
pub struct Row {
    /// Name, for tests and logs.
    pub name: &'static str,
    /// What was asked.
    pub calls: &'static [Call],
    /// What came of it.
    pub when: When,
    /// What to do.
    pub action: Action,
}

use Call::{
    ChangePassword as Change, CitizenAttachment, CitizenMessage, Events, Lookup, Mailboxes,
    Message, Token, Upload,
};
use FailureReason as Why;
use RetryClass::{
    AlreadyAccepted, Denied, Done, FixFirst, RetryLaterNewReference as Anew,
    RetryLaterSameReference as Same, UnknownOutcome as Unknown,
};

const ALL: &[Call] = &Call::ALL;
const SENDS: &[Call] = &[Upload, Message];
const READS: &[Call] = &[Lookup, Events, CitizenMessage, CitizenAttachment, Mailboxes];
const WITH_TOKEN: &[Call] = &[
    Change,
    Upload,
    Message,
    Lookup,
    Events,
    CitizenMessage,
    CitizenAttachment,
    Mailboxes,
];

const AN_HOUR: Option<u32> = Some(3600);
const A_QUARTER: Option<u32> = Some(15 * 60);

const fn plain(class: RetryClass) -> Action {
    Action {
        class,
        class_in_doubt: class,
        wait_seconds: None,
        renews_token: false,
        failure: None,
        remedy: Remedy::None,
        is_alarm: false,
    }
}

/// A refusal of a message, which may have been taken before.
const fn failed(failure: FailureReason, remedy: Remedy) -> Action {
    Action {
        failure: Some(failure),
        remedy,
        ..plain(FixFirst)
    }
}

/// A refusal before anybody has looked at the message: it says nothing of an earlier sending.
const fn denied(wait_seconds: Option<u32>, class_in_doubt: RetryClass) -> Action {
    Action {
        class_in_doubt,
        wait_seconds,
        is_alarm: true,
        ..plain(Denied)
    }
}

const fn row(name: &'static str, calls: &'static [Call], when: When, action: Action) -> Row {
    Row {
        name,
        calls,
        when,
        action,
    }
}

/// The first row that fits counts.
pub const TABLE: &[Row] = &[
    row("taken", ALL, When::Status(&[200..=299]), plain(Done)),
    row(
        "taken before",
        &[Message],
        When::Status(&[409..=409]),
        Action {
            remedy: Remedy::LookUp,
            ..plain(AlreadyAccepted)
        },
    ),
    row(
        "mailbox not in use",
        &[Message],
        When::Code(&["MAILBOX_NOT_IN_USE"]),
        failed(Why::MailboxNotInUse, Remedy::OnPaper),
    ),
    row(
        "message that is answered is not there",
        &[Message],
        When::Code(&["MESSAGE_BEING_REPLIED_TO_NOT_FOUND"]),
        failed(Why::ReplyTargetNotFound, Remedy::AsNew),
    ),
    // It is the authority's matter with the service, and passes: the same bytes go later.
    row(
        "service or system not active, sending",
        SENDS,
        When::Code(&["SERVICE_NOT_ACTIVE", "SYSTEM_NOT_ACTIVE"]),
        Action {
            wait_seconds: AN_HOUR,
            is_alarm: true,
            ..plain(Same)
        },
    ),
    row(
        "service or system not active, reading",
        READS,
        When::Code(&["SERVICE_NOT_ACTIVE", "SYSTEM_NOT_ACTIVE"]),
        Action {
            wait_seconds: AN_HOUR,
            is_alarm: true,
            ..plain(Anew)
        },
    ),
    row(
        "message refused",
        &[Message],
        When::Status(&[400..=400]),
        failed(Why::ContentRefused, Remedy::Repair),
    ),
    row(
        "attachment refused",
        &[Upload],
        When::Status(&[400..=400]),
        failed(Why::ContentRefused, Remedy::None),
    ),
    // Wrong user name or password. Trying again may lock the account.
    row(
        "credentials refused",
        &[Token],
        When::Status(&[400..=401, 403..=403]),
        denied(A_QUARTER, Denied),
    ),
    // A token that is too old, a wrong password, a weak one, or too early: only words tell which. Five an hour are said to be the most.
    row(
        "change of the password refused",
        &[Change],
        When::Status(&[400..=400]),
        denied(AN_HOUR, Denied),
    ),
    row(
        "place in the list of events refused",
        &[Events],
        When::Status(&[400..=400]),
        Action {
            remedy: Remedy::Restart,
            ..plain(FixFirst)
        },
    ),
    row(
        "token refused",
        WITH_TOKEN,
        When::Status(&[401..=401]),
        Action {
            renews_token: true,
            ..denied(None, Unknown)
        },
    ),
    // The address that is called from is not on the list, or rights are missing; or the token, which is obtained again once.
    row(
        "access refused",
        WITH_TOKEN,
        When::Status(&[403..=403]),
        Action {
            renews_token: true,
            ..denied(A_QUARTER, Unknown)
        },
    ),
    row(
        "not there",
        &[Lookup, CitizenMessage, CitizenAttachment],
        When::Status(&[404..=404]),
        Action {
            remedy: Remedy::Gone,
            ..plain(Done)
        },
    ),
    row(
        "attachment too large",
        SENDS,
        When::Status(&[413..=413]),
        failed(Why::AttachmentSize, Remedy::None),
    ),
    row(
        "type of attachment refused",
        SENDS,
        When::Status(&[415..=415]),
        failed(Why::AttachmentType, Remedy::None),
    ),
    row(
        "refused for now, changing",
        &[Change, Upload, Message],
        When::Status(&[408..=408, 425..=425, 429..=429]),
        plain(Same),
    ),
    row(
        "refused for now, reading",
        &[
            Token,
            Lookup,
            Events,
            CitizenMessage,
            CitizenAttachment,
            Mailboxes,
        ],
        When::Status(&[408..=408, 425..=425, 429..=429]),
        plain(Anew),
    ),
    // It may have been taken before whoever answered gave up: the same bytes, and 200 or 409 tells.
    row(
        "failure of the service, changing",
        &[Change, Upload, Message],
        When::Status(&[500..=599]),
        plain(Unknown),
    ),
    row(
        "failure of the service, reading",
        &[
            Token,
            Lookup,
            Events,
            CitizenMessage,
            CitizenAttachment,
            Mailboxes,
        ],
        When::Status(&[500..=599]),
        plain(Anew),
    ),
    row(
        "no answer, changing",
        &[Change, Upload, Message],
        When::Silence,
        plain(Unknown),
    ),
    row(
        "no answer, reading",
        &[
            Token,
            Lookup,
            Events,
            CitizenMessage,
            CitizenAttachment,
            Mailboxes,
        ],
        When::Silence,
        plain(Anew),
    ),
    row(
        "unreadable answer, changing",
        &[Change, Upload, Message],
        When::Unreadable,
        plain(Unknown),
    ),
    row(
        "unreadable answer, reading",
        &[
            Token,
            Lookup,
            Events,
            CitizenMessage,
            CitizenAttachment,
            Mailboxes,
        ],
        When::Unreadable,
        plain(Anew),
    ),
    row(
        "refused otherwise, sending",
        SENDS,
        When::Status(&[0..=u16::MAX]),
        failed(Why::Other, Remedy::None),
    ),
    row(
        "refused otherwise",
        &[
            Token,
            Change,
            Lookup,
            Events,
            CitizenMessage,
            CitizenAttachment,
            Mailboxes,
        ],
        When::Status(&[0..=u16::MAX]),
        Action {
            is_alarm: true,
            ..plain(FixFirst)
        },
    ),
];

/// What to do after a status with what the refusal says, or after silence.
pub fn action(call: Call, status: Option<u16>, error: &ErrorBody) -> Action {
    let is_met = |row: &&Row| match (&row.when, status) {
        (When::Status(ranges), Some(status)) => ranges.iter().any(|range| range.contains(&status)),
        (When::Code(codes), Some(400)) => codes.iter().any(|code| error.has(code)),
        (When::Silence, None) => true,
        _ => false,
    };
    first(call, is_met)
}

/// What to do after a good status with a body that cannot be read.
pub fn unreadable(call: Call) -> Action {
    first(call, |row| matches!(row.when, When::Unreadable))
}

fn first(call: Call, is_met: impl Fn(&&Row) -> bool) -> Action {
    let mut rows = TABLE.iter().filter(|row| row.calls.contains(&call));
    let found = rows.find(is_met);
    // Every call has a row for each of them, which a test holds the table to.
    found.map_or(plain(FixFirst), |row| row.action)
}

#[cfg(test)]
mod tests;
