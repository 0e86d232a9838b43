//! What a response code means for the sender (guide 2015 pp. 12–13, figure 6, annex 1 as far as known).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// Finished.
    Done,
    /// Send the same bytes again, later.
    RetryLaterSameReference,
    /// Build anew with a new reference, later.
    RetryLaterNewReference,
    /// Nobody knows whether it arrived: send the very same bytes again, later.
    UnknownOutcome,
    /// Correct the content first; then a new reference.
    FixFirst,
    /// Certificate, connection or authorisation: a human has to act.
    Denied,
    /// An earlier sending had arrived.
    AlreadyAccepted,
}

/// Whether a definite refusal by a system disturbance is followed by a new reference.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DisturbanceReference {
    /// A new reference.
    #[default]
    New,
    /// The same reference.
    Same,
}

/// What the table says of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Row {
    Class(Class),
    /// An identified disturbance of Customs' systems.
    Disturbance,
    /// The reference has been used.
    Duplicate,
}

/// The codes that public documents name.
const TABLE: [(&str, Row); 8] = [
    // Guide 2015 p. 12: received for processing.
    ("000", Row::Class(Class::Done)),
    // Customs' checklist of 2014 ties it to certificate and connection set-up.
    ("450", Row::Class(Class::Denied)),
    // Guide 2015 p. 13: identified system disturbance.
    ("474", Row::Disturbance),
    ("490", Row::Disturbance),
    ("491", Row::Disturbance),
    ("499", Row::Disturbance),
    // Guide 2015 p. 13: transmission id already used.
    ("500", Row::Duplicate),
    // Guide 2015 pp. 12–13: unidentified disturbance, state unknown, reference unchanged.
    ("999", Row::Class(Class::UnknownOutcome)),
];

/// Guide 2015 p. 13: "450–700 among others" are errors of the message; the rows above go before.
const MESSAGE_ERRORS: std::ops::RangeInclusive<u16> = 450..=700;

/// What to do after a code. `earlier_sendings` tells how often the very same bytes had been sent before with unknown outcome.
pub(super) fn class(code: &str, settings: &super::Settings, earlier_sendings: u32) -> Class {
    if let Some(class) = settings.codes.get(code) {
        return *class;
    }
    match TABLE
        .iter()
        .find(|(known, _)| *known == code)
        .map(|(_, row)| *row)
    {
        Some(Row::Class(class)) => class,
        Some(Row::Disturbance) => match settings.disturbance_reference {
            DisturbanceReference::New => Class::RetryLaterNewReference,
            DisturbanceReference::Same => Class::RetryLaterSameReference,
        },
        // Guide 2015 p. 13: a duplicate is identical to what has been received already, so an earlier sending arrived. Without one,
        // the reference was used for something else, and somebody has to find out for what.
        Some(Row::Duplicate) if earlier_sendings > 0 => Class::AlreadyAccepted,
        Some(Row::Duplicate) => Class::FixFirst,
        None if code.len() == 3
            && code
                .parse()
                .is_ok_and(|code| MESSAGE_ERRORS.contains(&code)) =>
        {
            Class::FixFirst
        }
        // Unknown: nothing is known of what happened to the message either.
        None => Class::UnknownOutcome,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Settings;

    fn settings(more: &str) -> Settings {
        serde_json::from_str(&format!(
            r#"{{"url": "https://localhost/", "intermediary": "1234567-1"{more}}}"#
        ))
        .unwrap()
    }

    #[test]
    fn known_codes_follow_the_table_and_the_rest_their_range() {
        let settings = settings("");
        for (code, expected) in [
            ("000", Class::Done),
            ("450", Class::Denied),
            ("451", Class::FixFirst),
            ("474", Class::RetryLaterNewReference),
            ("490", Class::RetryLaterNewReference),
            ("491", Class::RetryLaterNewReference),
            ("499", Class::RetryLaterNewReference),
            ("500", Class::FixFirst),
            ("501", Class::FixFirst),
            ("700", Class::FixFirst),
            ("449", Class::UnknownOutcome),
            ("701", Class::UnknownOutcome),
            ("999", Class::UnknownOutcome),
            ("0451", Class::UnknownOutcome),
            ("OK", Class::UnknownOutcome),
        ] {
            assert_eq!(class(code, &settings, 0), expected, "{code}");
        }
    }

    #[test]
    fn a_duplicate_after_an_unknown_outcome_had_arrived() {
        assert_eq!(class("500", &settings(""), 1), Class::AlreadyAccepted);
    }

    #[test]
    fn settings_choose_the_reading_and_the_class_of_a_code() {
        let same = settings(r#", "disturbance-reference": "same""#);
        assert_eq!(class("490", &same, 0), Class::RetryLaterSameReference);
        let own = settings(r#", "codes": {"477": "denied", "500": "done"}"#);
        assert_eq!(class("477", &own, 0), Class::Denied);
        assert_eq!(class("500", &own, 1), Class::Done);
    }
}
