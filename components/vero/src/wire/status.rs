// SPDX-License-Identifier: Apache-2.0
//! What an HTTP status of the interface means for who asked.

use std::ops::RangeInclusive;

use agency_http::RetryClass;

use super::Settings;

/// What was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestKind {
    /// A change of the registration.
    Change,
    /// Something that changes nothing.
    Query,
}

use RetryClass::{
    Denied, Done, FixFirst, RetryLaterNewReference as Later, UnknownOutcome as Unknown,
};

/// The first row that a status is in counts: statuses, after a change, after a query.
const TABLE: [(RangeInclusive<u16>, RetryClass, RetryClass); 7] = [
    (200..=299, Done, Done),
    // Overload is told by 429 or by 403 (technical guidance of Vero API); a refusal of access by 403 as well. Who asks for information may try again.
    (403..=403, Denied, Later),
    (429..=429, Later, Later),
    (401..=401, Denied, Denied),
    // RFC 9110 §15.5.9: the server gave up waiting.
    (408..=408, Unknown, Later),
    (400..=499, FixFirst, FixFirst),
    // A change may have taken effect before whoever answered gave up; the same change again does no harm.
    (500..=599, Unknown, Later),
];

/// What to do after a status, or after silence. The operator's own judgement of a status goes before the table.
pub fn class(status: Option<u16>, kind: RequestKind, settings: &Settings) -> RetryClass {
    let own = status.and_then(|status| settings.statuses.get(&status.to_string()));
    if let Some(class) = own {
        return (*class).into();
    }
    let row = status.and_then(|status| TABLE.iter().find(|(range, ..)| range.contains(&status)));
    match (row, kind) {
        (Some((_, change, _)), RequestKind::Change) => *change,
        (Some((_, _, query)), RequestKind::Query) => *query,
        (None, kind) => class_of_nothing(kind),
    }
}

/// What to do after silence, or after what was said by somebody before the interface.
pub fn class_of_nothing(kind: RequestKind) -> RetryClass {
    match kind {
        RequestKind::Change => Unknown,
        RequestKind::Query => Later,
    }
}
