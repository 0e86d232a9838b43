// SPDX-License-Identifier: Apache-2.0
//! What a response code means for the sender (guide 2015 pp. 12–13, figure 6, annex 1 as far as known).

use std::ops::RangeInclusive;

use agency_http::RetryClass;

use super::{DisturbanceReference, Settings};

/// What a request asks of Customs, as far as a code's meaning depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestKind {
    /// Something that takes effect at Customs, under a reference. Tells how often the very same bytes had been sent before with unknown outcome.
    Effect {
        /// Number of those sendings.
        earlier_sendings: u32,
    },
    /// Something that changes nothing at Customs, so that it can be asked anew at any time.
    Query,
}

/// What Customs answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Response<'a> {
    /// A response code.
    Code(&'a str),
    /// Nothing: silence, or a fault without a code.
    Nothing,
    /// An HTTP status, and nothing that comes from Customs.
    Status(u16),
}

/// Which responses a rule is about.
#[derive(Debug, Clone, PartialEq, Eq)]
enum ResponseMatch {
    Code(&'static str),
    /// Codes of three digits.
    Codes(RangeInclusive<u16>),
    Nothing,
    Statuses(RangeInclusive<u16>),
    /// Whatever no rule before is about.
    Others,
}

/// What to do after an answer, by what was asked.
struct Rule {
    matches: ResponseMatch,
    /// After an effect, in both readings of figure 6.
    effect: [RetryClass; 2],
    /// After an effect whose bytes had been sent before with unknown outcome, where that makes a difference.
    sent_before: Option<RetryClass>,
    /// After a query.
    query: RetryClass,
}

const fn rule(
    matches: ResponseMatch,
    effect: [RetryClass; 2],
    sent_before: Option<RetryClass>,
    query: RetryClass,
) -> Rule {
    Rule {
        matches,
        effect,
        sent_before,
        query,
    }
}

use RetryClass::{
    AlreadyAccepted, Denied, Done, FixFirst, RetryLaterNewReference as New,
    RetryLaterSameReference as Same, UnknownOutcome as Unknown,
};

/// The first rule that is about a response counts. "Reading" is how figure 6 of the guide, which reached us as text only, is understood: a definite
/// refusal cannot become a duplicate, so a disturbance is answered with a new reference (reading A), or with the same one (reading B).
///
/// What asks for information is asked anew after whatever passes: its window has moved on meanwhile, and nothing can be doubled.
///
/// A status counts only where no message of Customs came with it. One of 200 to 399 then says nothing of what happened to an upload: a page of a proxy, an
/// empty body, a message cut short. Of 400 to 499 it says that whoever answered has not passed it on.
#[rustfmt::skip]
const TABLE: [Rule; 16] = [
    //                                 reading A, reading B      sent before             query
    // Guide 2015 p. 12: received for processing.
    rule(ResponseMatch::Code("000"),           [Done, Done],         None,                   Done),
    // Customs' checklist of 2014 ties it to certificate and connection set-up.
    rule(ResponseMatch::Code("450"),           [Denied, Denied],     None,                   Denied),
    // Guide 2015 p. 13: identified system disturbance. It refuses this sending and says nothing of one before, which a new reference could double.
    rule(ResponseMatch::Code("474"),           [New, Same],          Some(Unknown),          New),
    rule(ResponseMatch::Code("490"),           [New, Same],          Some(Unknown),          New),
    rule(ResponseMatch::Code("491"),           [New, Same],          Some(Unknown),          New),
    rule(ResponseMatch::Code("499"),           [New, Same],          Some(Unknown),          New),
    // Guide 2015 p. 13: transmission id already used. A duplicate is identical to what has been received already, so an earlier sending
    // arrived. Without one, the reference was used for something else, and somebody has to find out for what.
    rule(ResponseMatch::Code("500"),           [FixFirst, FixFirst], Some(AlreadyAccepted),  FixFirst),
    // Guide 2015 pp. 12–13: unidentified disturbance, state unknown, reference unchanged.
    rule(ResponseMatch::Code("999"),           [Unknown, Unknown],   None,                   New),
    // Guide 2015 p. 13: "450–700 among others" are errors of the message or of the search.
    rule(ResponseMatch::Codes(450..=700),      [FixFirst, FixFirst], None,                   FixFirst),
    // Guide 2015 p. 13: without an acknowledgement the state is unknown.
    rule(ResponseMatch::Nothing,               [Unknown, Unknown],   None,                   New),
    // RFC 9110 §15.5. Whoever stands before the service (a proxy, a load balancer) answers in its own words.
    rule(ResponseMatch::Statuses(401..=401),   [Denied, Denied],     None,                   Denied),
    rule(ResponseMatch::Statuses(403..=403),   [Denied, Denied],     None,                   Denied),
    rule(ResponseMatch::Statuses(407..=407),   [Denied, Denied],     None,                   Denied),
    // The request may have reached Customs before whoever answered gave up, or before it was one too many.
    rule(ResponseMatch::Statuses(408..=408),   [Unknown, Unknown],   None,                   New),
    rule(ResponseMatch::Statuses(429..=429),   [Unknown, Unknown],   None,                   New),
    rule(ResponseMatch::Statuses(400..=499),   [FixFirst, FixFirst], None,                   FixFirst),
];

/// Nothing is known of what happened to the message either.
const OTHERS: Rule = rule(ResponseMatch::Others, [Unknown, Unknown], None, New);

impl ResponseMatch {
    fn include(&self, response: Response<'_>) -> bool {
        match (self, response) {
            (Self::Code(known), Response::Code(code)) => *known == code,
            (Self::Codes(range), Response::Code(code)) => {
                code.len() == 3 && code.parse().is_ok_and(|code| range.contains(&code))
            }
            (Self::Statuses(range), Response::Status(status)) => range.contains(&status),
            (Self::Nothing, Response::Nothing) | (Self::Others, _) => true,
            _ => false,
        }
    }
}

/// What to do after an answer. The operator's own judgement of a code goes before the table.
pub fn class(response: Response<'_>, kind: RequestKind, settings: &Settings) -> RetryClass {
    if let Response::Code(code) = response
        && let Some(class) = settings.codes.get(code)
    {
        return *class;
    }
    let rule = TABLE.iter().find(|rule| rule.matches.include(response));
    let rule = rule.unwrap_or(&OTHERS);
    let [reading_a, reading_b] = rule.effect;
    let first = match settings.disturbance_reference {
        DisturbanceReference::New => reading_a,
        DisturbanceReference::Same => reading_b,
    };
    match kind {
        RequestKind::Query => rule.query,
        RequestKind::Effect {
            earlier_sendings: 0,
        } => first,
        RequestKind::Effect { .. } => rule.sent_before.unwrap_or(first),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(more: &str) -> Settings {
        serde_json::from_str(&format!(
            r#"{{"url": "https://localhost/", "intermediary": "1234567-1"{more}}}"#
        ))
        .unwrap()
    }

    const FIRST: RequestKind = RequestKind::Effect {
        earlier_sendings: 0,
    };

    #[test]
    fn known_codes_follow_the_table_and_the_rest_their_range() {
        let settings = settings("");
        for (code, effect, information) in [
            ("000", Done, Done),
            ("450", Denied, Denied),
            ("451", FixFirst, FixFirst),
            ("474", New, New),
            ("490", New, New),
            ("491", New, New),
            ("499", New, New),
            ("500", FixFirst, FixFirst),
            ("501", FixFirst, FixFirst),
            ("700", FixFirst, FixFirst),
            ("449", Unknown, New),
            ("701", Unknown, New),
            ("999", Unknown, New),
            ("0451", Unknown, New),
            ("OK", Unknown, New),
        ] {
            let response = Response::Code(code);
            assert_eq!(class(response, FIRST, &settings), effect, "{code}");
            let found = class(response, RequestKind::Query, &settings);
            assert_eq!(found, information, "{code}");
        }
    }

    #[test]
    fn answers_without_a_code() {
        let settings = settings("");
        for (response, effect, information) in [
            (Response::Nothing, Unknown, New),
            (Response::Status(302), Unknown, New),
            (Response::Status(400), FixFirst, FixFirst),
            (Response::Status(401), Denied, Denied),
            (Response::Status(403), Denied, Denied),
            (Response::Status(404), FixFirst, FixFirst),
            (Response::Status(407), Denied, Denied),
            (Response::Status(408), Unknown, New),
            (Response::Status(429), Unknown, New),
            (Response::Status(500), Unknown, New),
            (Response::Status(503), Unknown, New),
        ] {
            assert_eq!(class(response, FIRST, &settings), effect, "{response:?}");
            let found = class(response, RequestKind::Query, &settings);
            assert_eq!(found, information, "{response:?}");
        }
    }

    #[test]
    fn a_duplicate_after_an_unknown_outcome_had_arrived() {
        let again = RequestKind::Effect {
            earlier_sendings: 1,
        };
        for settings in [
            settings(""),
            settings(r#", "disturbance-reference": "same""#),
        ] {
            assert_eq!(
                class(Response::Code("500"), again, &settings),
                AlreadyAccepted
            );
            assert_eq!(class(Response::Code("500"), FIRST, &settings), FixFirst);
            assert_eq!(class(Response::Code("999"), again, &settings), Unknown);
        }
    }

    #[test]
    fn a_disturbance_says_nothing_of_what_was_sent_before() {
        let again = RequestKind::Effect {
            earlier_sendings: 1,
        };
        for settings in [
            settings(""),
            settings(r#", "disturbance-reference": "same""#),
        ] {
            for code in ["474", "490", "491", "499"] {
                assert_eq!(
                    class(Response::Code(code), again, &settings),
                    Unknown,
                    "{code}"
                );
            }
        }
    }

    #[test]
    fn settings_choose_the_reading_and_the_class_of_a_code() {
        let same = settings(r#", "disturbance-reference": "same""#);
        for code in ["474", "490", "491", "499"] {
            assert_eq!(class(Response::Code(code), FIRST, &same), Same, "{code}");
            assert_eq!(class(Response::Code(code), RequestKind::Query, &same), New);
        }
        let own = settings(r#", "codes": {"477": "denied", "500": "done"}"#);
        assert_eq!(class(Response::Code("477"), FIRST, &own), Denied);
        let again = RequestKind::Effect {
            earlier_sendings: 1,
        };
        assert_eq!(class(Response::Code("500"), again, &own), Done);
    }
}
