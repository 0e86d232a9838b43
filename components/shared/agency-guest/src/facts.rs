// SPDX-License-Identifier: Apache-2.0
//! Events and outcomes.

use agency_events::EventData;
use agency_http::{AnswerError, RetryClass, retry_after};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    Blob, Problem,
    bindings::{
        exports::silta::agency::message::{self, Answer, Outcome},
        silta::agency::{blobs::DigestAlgorithm, clock, facts::Event},
    },
    fields, internal, json,
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

/// Before which moment nothing may be tried again, by Retry-After: of an answer with 429 or 503, and of any after which something is sent again. More than a day
/// ahead is taken as a day ([`agency_http::LONGEST_WAIT`]).
pub fn not_before(answer: &Answer<'_>, class: message::RetryClass) -> Option<clock::Instant> {
    use message::RetryClass as Class;
    let is_for_now = match class {
        Class::RetryLaterSameReference | Class::RetryLaterNewReference | Class::UnknownOutcome => {
            true
        }
        Class::FixFirst | Class::Denied => matches!(answer.status, 429 | 503),
        Class::Done | Class::AlreadyAccepted => false,
    };
    if !is_for_now {
        return None;
    }
    let now = clock::now();
    let seconds = retry_after(&fields(&answer.headers), now.seconds)?;
    Some(later(now, seconds))
}

/// A moment so many seconds after another.
pub fn later(moment: clock::Instant, seconds: u32) -> clock::Instant {
    clock::Instant {
        seconds: moment.seconds.saturating_add(seconds.into()),
        ..moment
    }
}

/// The events of a kind. Their data is as the type is written; the kind is published with the type's schema
/// ([`describe::published`](crate::describe::published)).
pub trait ToEvent: EventData {
    /// The event, of something that has a name of its own: two of the same kind and name are one event. It is about no request of ours.
    ///
    /// # Errors
    /// As [`json::write`].
    fn event(&self, name: &str) -> Result<Event, Problem> {
        Ok(Event {
            kind: Self::KIND.into(),
            data: json::write(self)?,
            deduplication_key: format!("{}/{name}", Self::KIND),
            about: None,
        })
    }

    /// The event, about the request of ours that has this reference, where the agency names one.
    ///
    /// # Errors
    /// As [`json::write`].
    fn event_about(&self, name: &str, reference: Option<&str>) -> Result<Event, Problem> {
        let reference = reference.filter(|reference| !reference.is_empty());
        Ok(Event {
            about: reference.map(str::to_owned),
            ..self.event(name)?
        })
    }
}

impl<T: EventData> ToEvent for T {}

/// SHA-256 of bytes in hexadecimal, computed by the host.
///
/// # Errors
/// A problem of fault `internal` where the host refuses.
pub fn sha256(bytes: &[u8]) -> Result<String, Problem> {
    let digest = Blob::of(bytes)?.digest(DigestAlgorithm::Sha256)?;
    Ok(hexadecimal(&digest))
}

/// Bytes in hexadecimal, in lower case.
pub fn hexadecimal(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    let mut text = String::with_capacity(2 * bytes.len());
    text.extend(digits.filter_map(|digit| char::from_digit(digit.into(), 16)));
    text
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

/// Data of `list-entry-unreadable`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ListEntryUnreadable<'a> {
    /// Which entry of the list, from 1.
    position: usize,
    /// Stable code of what is wrong with it.
    code: &'a str,
    /// Where: a path of element names, a JSON pointer, or `line:column`.
    path: &'a str,
    /// What is wrong and what to do. Nothing of the entry is repeated in it.
    reason: &'a str,
}

impl EventData for ListEntryUnreadable<'_> {
    const KIND: &'static str = "list-entry-unreadable";
    const SUMMARY: &'static str =
        "An entry of a list cannot be read; the others are told all the same.";
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
        let data = ListEntryUnreadable {
            position,
            code: error.code,
            path: &error.path,
            reason: &error.message,
        };
        data.event(&format!("{digest}/{alike}"))
    }
}
