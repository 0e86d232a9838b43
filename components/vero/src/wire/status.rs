//! What an HTTP status of the interface means for who asked.

use std::ops::RangeInclusive;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Settings;

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
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

/// What was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// A change of the registration.
    Change,
    /// Something that changes nothing.
    Information,
}

/// The first row that a status is in counts: statuses, after a change, after a request for information.
const TABLE: [(RangeInclusive<u16>, Class, Class); 7] = [
    (200..=299, Class::Done, Class::Done),
    // Overload is told by 429 or by 403 (technical guidance of Vero API); a refusal of access by 403 as well. Who asks for information may try again.
    (403..=403, Class::Denied, Class::RetryLater),
    (429..=429, Class::RetryLater, Class::RetryLater),
    (401..=401, Class::Denied, Class::Denied),
    // RFC 9110 §15.5.9: the server gave up waiting.
    (408..=408, Class::UnknownOutcome, Class::RetryLater),
    (400..=499, Class::FixFirst, Class::FixFirst),
    // A change may have taken effect before whoever answered gave up; the same change again does no harm.
    (500..=599, Class::UnknownOutcome, Class::RetryLater),
];

/// What to do after a status, or after silence. The operator's own judgement of a status goes before the table.
pub fn class(status: Option<u16>, asked: Asked, settings: &Settings) -> Class {
    let own = status.and_then(|status| settings.statuses.get(&status.to_string()));
    if let Some(class) = own {
        return *class;
    }
    let row = status.and_then(|status| TABLE.iter().find(|(range, ..)| range.contains(&status)));
    match (row, asked) {
        (Some((_, change, _)), Asked::Change) => *change,
        (Some((_, _, information)), Asked::Information) => *information,
        (None, asked) => class_of_nothing(asked),
    }
}

/// What to do after silence, or after what was said by somebody before the interface.
pub fn class_of_nothing(asked: Asked) -> Class {
    match asked {
        Asked::Change => Class::UnknownOutcome,
        Asked::Information => Class::RetryLater,
    }
}
