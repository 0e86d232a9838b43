// SPDX-License-Identifier: Apache-2.0
//! Events and outcomes.

use agency_http::{AnswerError, RetryClass};
use serde_json::{Map, Value, json};

use crate::{
    BlobWriter, Problem,
    bindings::{
        exports::silta::agency::message::{self, Outcome},
        silta::agency::{blobs::DigestAlgorithm, clock, facts::Event},
    },
    internal, json,
};

impl From<RetryClass> for message::RetryClass {
    fn from(class: RetryClass) -> Self {
        match class {
            RetryClass::Done => Self::Done,
            RetryClass::RetryLaterSameReference => Self::RetryLaterSameReference,
            RetryClass::RetryLaterNewReference => Self::RetryLaterNewReference,
            RetryClass::UnknownOutcome => Self::UnknownOutcome,
            RetryClass::FixFirst => Self::FixFirst,
            RetryClass::Denied => Self::Denied,
            RetryClass::AlreadyAccepted => Self::AlreadyAccepted,
        }
    }
}

/// An outcome with a class, a code and a text, and nothing else.
pub fn outcome(class: impl Into<message::RetryClass>, code: String, text: String) -> Outcome {
    Outcome {
        class: class.into(),
        code,
        text,
        reference: String::new(),
        events: Vec::new(),
        documents: Vec::new(),
        follow_ups: Vec::new(),
        cursor: None,
        more_waits: false,
        next_step: None,
        not_before: None,
        obtained: None,
        refused_secret: None,
    }
}

/// An event of a kind about something that has a name of its own: two of the same kind and name are one event. It is about no request of ours.
///
/// # Errors
/// As [`json::write`].
pub fn event(kind: &str, name: &str, data: &Value) -> Result<Event, Problem> {
    Ok(Event {
        kind: kind.into(),
        data: json::write(data)?,
        deduplication_key: format!("{kind}/{name}"),
        about: None,
    })
}

/// SHA-256 of bytes in hexadecimal, computed by the host.
///
/// # Errors
/// A problem of fault `internal`; the host has no reason to refuse.
pub fn sha256(bytes: &[u8]) -> Result<String, Problem> {
    let mut writer = BlobWriter::new();
    writer.bytes(bytes);
    let digest = writer.finish()?.digest(DigestAlgorithm::Sha256)?;
    Ok(hexadecimal(&digest))
}

/// Bytes in hexadecimal, in lower case.
pub fn hexadecimal(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

/// The host's time in UTC, to the second, as RFC 3339 and XML Schema have it.
///
/// # Errors
/// A problem of fault `internal` for a time beyond the calendar.
pub fn moment(now: clock::Instant) -> Result<String, Problem> {
    let moment = rfc3339::Moment::new(now.seconds, 0);
    let moment = moment.ok_or_else(|| internal("the host's time is beyond the calendar"))?;
    Ok(moment.to_string())
}

/// Entries of a list that cannot be read. Nothing that stands in them is told: nobody knows what it is. Counts how often each has come in one list, by its digest.
#[derive(Default)]
pub struct UnreadableEntries(Map<String, Value>); // a map that every component has in it anyway

impl UnreadableEntries {
    /// The event `list-entry-unreadable` of one more, which stands at a position from 1. `content` is what tells it from others: the same entry in the next
    /// list is the same event; alike ones in one list are not.
    ///
    /// # Errors
    /// A problem of fault `internal`; the host has no reason to refuse.
    pub fn event(
        &mut self,
        position: usize,
        content: &str,
        error: &AnswerError,
    ) -> Result<Event, Problem> {
        let digest = sha256(content.as_bytes())?;
        let before = self.0.get(&digest).and_then(Value::as_u64);
        let alike = before.unwrap_or_default() + 1;
        self.0.insert(digest.clone(), alike.into());
        let data = json!({
            "position": position,
            "code": error.code,
            "path": error.path,
            "reason": error.message,
        });
        event("list-entry-unreadable", &format!("{digest}/{alike}"), &data)
    }
}
