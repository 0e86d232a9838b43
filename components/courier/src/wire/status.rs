// SPDX-License-Identifier: Apache-2.0
//! What an HTTP status means for who asked.

use std::ops::RangeInclusive;

use agency_http::RetryClass;

/// What was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A change, which Courier recognises when it comes again.
    Change,
    /// Something that changes nothing.
    Query,
}

use RetryClass::{
    AlreadyAccepted as Known, Denied, Done, FixFirst, RetryLaterNewReference as Anew,
    RetryLaterSameReference as Same, UnknownOutcome as Unknown,
};

/// The first row that a status is in counts: statuses; after a change; after a change of whose earlier sending nobody knows; after a query.
///
/// Courier looks at the token before anything else, so that 401, 403 and 429 say nothing of an earlier sending. It looks at the external id before the content, so
/// that 400 says that no earlier sending was taken.
const TABLE: [(RangeInclusive<u16>, [RetryClass; 3]); 8] = [
    (200..=299, [Done, Done, Done]),
    (401..=401, [Denied, Unknown, Denied]),
    (403..=403, [Denied, Unknown, Denied]),
    // RFC 9110 §15.5.9: the server gave up waiting.
    (408..=408, [Unknown, Unknown, Anew]),
    (409..=409, [Known, Known, FixFirst]),
    (429..=429, [Same, Same, Anew]),
    (400..=499, [FixFirst, FixFirst, FixFirst]),
    // A change may have taken effect before whoever answered gave up.
    (500..=599, [Unknown, Unknown, Anew]),
];

/// What to do after a status, or after silence.
pub fn class(status: Option<u16>, kind: Kind, earlier_sendings: u32) -> RetryClass {
    let row = status.and_then(|status| TABLE.iter().find(|(range, _)| range.contains(&status)));
    let [first, again, query] = row.map_or([Unknown, Unknown, Anew], |(_, classes)| *classes);
    match kind {
        Kind::Change if earlier_sendings == 0 => first,
        Kind::Change => again,
        Kind::Query => query,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_after_a_change_is_unknown_and_after_a_query_nothing() {
        for status in [None, Some(500), Some(503), Some(408), Some(302)] {
            assert_eq!(class(status, Kind::Change, 0), Unknown, "{status:?}");
            assert_eq!(class(status, Kind::Query, 0), Anew, "{status:?}");
        }
    }

    #[test]
    fn a_refusal_that_says_nothing_of_an_earlier_sending_leaves_it_unknown() {
        for status in [401, 403] {
            assert_eq!(class(Some(status), Kind::Change, 0), Denied);
            assert_eq!(class(Some(status), Kind::Change, 1), Unknown);
        }
        assert_eq!(class(Some(429), Kind::Change, 1), Same);
        assert_eq!(class(Some(400), Kind::Change, 1), FixFirst);
        assert_eq!(class(Some(409), Kind::Change, 1), Known);
    }
}
