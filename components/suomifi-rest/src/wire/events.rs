// SPDX-License-Identifier: Apache-2.0
//! Pages of events (description, `GET /v2/events`). Neither an event of a new type nor one that cannot be read takes anything from the others.

use agency_http::AnswerError;
use rfc3339::Moment;
use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use super::{
    MessageId,
    event_type::EventType,
    lenient::{self, is_shallow, optional},
};

/// Longest continuation token, in bytes. Those of today have some hundred.
const LONGEST_TOKEN: usize = 8 << 10;

/// Longest text of an event that is used for more than to be kept, in characters.
const LONGEST_TEXT: usize = 256;

/// Members of the metadata that may name a person.
const PERSONAL: [&str; 2] = ["receiptConfirmedBy", "recipientSignature"];

/// An event.
pub struct Event {
    /// What has happened; none for a type that is not known here.
    pub kind: Option<EventType>,
    /// The type as it came.
    pub type_text: String,
    /// When, as it came; none where that is missing.
    pub time_text: Option<String>,
    /// When, in UTC; none where that is missing or unreadable.
    pub at: Option<String>,
    /// Message that it is about.
    pub message_id: MessageId,
    /// Service of the authority.
    pub service_id: Option<String>,
    /// Our id of the message. Events of what citizens write have none, nor need others.
    pub external_id: Option<String>,
    /// Who confirmed a message: a name or an id.
    pub confirmed_by: Option<String>,
    /// Posti's code.
    pub tracking_code: Option<String>,
    /// All metadata, as they came.
    pub metadata: Value,
}

/// Shows the message and what has happened to it, and no metadata.
impl std::fmt::Debug for Event {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Event")
            .field("kind", &self.kind)
            .field("message_id", &self.message_id)
            .finish_non_exhaustive()
    }
}

impl Event {
    /// Name of the event, by message, type and time: what comes again has the same.
    ///
    /// # Errors
    /// The text to be digested in the place of type and time, where these are not known here and may have anything in them.
    pub fn name(&self) -> Result<String, String> {
        match (self.kind, &self.at) {
            (Some(kind), Some(at)) => Ok(format!("{}/{}/{at}", self.message_id, kind.name())),
            _ => {
                let time = self.time_text.as_deref().unwrap_or_default();
                Err(format!("{}\n{time}", self.type_text))
            }
        }
    }
}

/// An entry of a page.
#[derive(Debug)]
pub enum PageEntry<'j> {
    /// What it is.
    Read(Box<Event>),
    /// What is wrong with it.
    Unreadable {
        /// Which entry of the page, from 1.
        position: usize,
        /// The entry as it stands. It may name persons.
        text: &'j str,
        /// What is wrong.
        error: AnswerError,
    },
}

/// A page of events.
#[derive(Debug)]
pub struct Page<'j> {
    /// Where the list goes on, also behind an empty page.
    pub token: String,
    /// What is on it. An empty page, and nothing else, is the end for now.
    pub entries: Vec<PageEntry<'j>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WirePage<'j> {
    continuation_token: String,
    #[serde(borrow)]
    events: Vec<&'j RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireEvent {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default, deserialize_with = "optional")]
    event_time: Option<String>,
    metadata: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireMetadata {
    message_id: MessageId,
    #[serde(default, deserialize_with = "optional")]
    service_id: Option<String>,
    #[serde(default, deserialize_with = "optional")]
    external_id: Option<String>,
    #[serde(default, deserialize_with = "optional")]
    receipt_confirmed_by: Option<String>,
    #[serde(default, deserialize_with = "optional")]
    posti_tracking_code: Option<String>,
}

/// Reads a page. An entry that cannot be read is one of its entries.
///
/// # Errors
/// [`AnswerError`] for what is no page: without a list, or without a token to go on from.
pub fn read_page(body: &[u8]) -> Result<Page<'_>, AnswerError> {
    let unexpected = |path: String| AnswerError {
        code: "answer.unexpected",
        path,
        message: "the answer is no page of events: an object with `events` and `continuationToken`"
            .into(),
    };
    let text = lenient::text(body).ok_or_else(|| unexpected("1:1".into()))?;
    if !text.trim_start().starts_with('{') {
        return Err(unexpected("1:1".into()));
    }
    let page: WirePage<'_> = serde_json::from_str(text)
        .map_err(|error| unexpected(format!("{}:{}", error.line(), error.column())))?;
    if !(1..=LONGEST_TOKEN).contains(&page.continuation_token.len()) {
        return Err(AnswerError {
            message: "a token to go on from has 1 to 8192 bytes".into(),
            ..unexpected("/continuationToken".into())
        });
    }
    let entries = page.events.into_iter().enumerate();
    let entries = entries.map(|(index, raw)| match read_event(index, raw.get()) {
        Ok(event) => PageEntry::Read(Box::new(event)),
        Err(error) => PageEntry::Unreadable {
            position: index + 1,
            text: raw.get(),
            error,
        },
    });
    Ok(Page {
        token: page.continuation_token,
        entries: entries.collect(),
    })
}

fn read_event(index: usize, text: &str) -> Result<Event, AnswerError> {
    let wrong = |member: &str, message: &str| AnswerError {
        code: "event.unreadable",
        path: format!("/events/{index}{member}"),
        message: message.into(),
    };
    if !is_shallow(text) {
        return Err(wrong("", "the event is nested too deeply to be kept"));
    }
    if !text.starts_with('{') {
        return Err(wrong("", "an event is an object, and this is none"));
    }
    let event: WireEvent = serde_json::from_str(text).map_err(|_| {
        wrong("", "an event has a text `type` and an object `metadata`, each once, with numbers and texts that can be read")
    })?;
    if !event.metadata.is_object() {
        return Err(wrong(
            "/metadata",
            "metadata are an object, and these are none",
        ));
    }
    let metadata = WireMetadata::deserialize_from(&event.metadata).ok_or_else(|| {
        wrong(
            "/metadata/messageId",
            "every event is about a message, whose number has 64 bits; this has none",
        )
    })?;
    let moment = event.event_time.as_deref();
    let moment = moment.and_then(|time| time.parse::<Moment>().ok());
    Ok(Event {
        kind: EventType::of(&event.kind),
        type_text: event.kind,
        at: moment.map(|moment| moment.to_string()),
        time_text: event.event_time,
        message_id: metadata.message_id,
        service_id: usable(metadata.service_id),
        external_id: usable(metadata.external_id),
        confirmed_by: metadata.receipt_confirmed_by,
        tracking_code: usable(metadata.posti_tracking_code),
        metadata: event.metadata,
    })
}

impl WireMetadata {
    fn deserialize_from(metadata: &Value) -> Option<Self> {
        // As a text again: what is lenient reads texts.
        serde_json::from_str(&metadata.to_string()).ok()
    }
}

/// A text that is used for more than to be kept: not empty, one line, no longer than such texts are.
fn usable(text: Option<String>) -> Option<String> {
    let is_usable = |text: &String| {
        let is_short = (1..=LONGEST_TEXT).contains(&text.chars().count());
        is_short && !text.contains(char::is_control)
    };
    text.filter(is_usable)
}

/// Metadata without what may name a person.
pub fn redacted(mut metadata: Value) -> Value {
    if let Value::Object(members) = &mut metadata {
        for name in PERSONAL {
            members.remove(name);
        }
    }
    metadata
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::wire::event_type::TYPES;

    fn page(events: &str) -> String {
        format!(r#"{{"continuationToken": "a+/=", "events": [{events}], "new": [1e400]}}"#)
    }

    fn only(event: &Value) -> Event {
        let body = page(&event.to_string());
        let mut page = read_page(body.as_bytes()).unwrap();
        match page.entries.pop() {
            Some(PageEntry::Read(event)) => *event,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_type_has_its_status() {
        for (words, kind, _, status) in TYPES {
            let event = only(
                &json!({"type": words, "eventTime": "2026-11-20T10:00:00+02:00", "metadata": {"messageId": 1, "serviceId": "s", "externalId": "e"}}),
            );
            assert_eq!((event.kind, kind.status()), (Some(kind), status));
            assert_eq!(event.at.as_deref(), Some("2026-11-20T08:00:00Z"));
            assert_eq!(
                event.name(),
                Ok(format!("1/{}/2026-11-20T08:00:00Z", kind.name()))
            );
        }
        let event =
            only(&json!({"type": "POSTI: Receipt confirmed", "metadata": {"messageId": 1}}));
        assert_eq!(event.kind, Some(EventType::PaperConfirmed));
    }

    #[test]
    fn an_unknown_type_is_kept_and_named_by_what_it_says() {
        let event = only(
            &json!({"type": "Something new", "eventTime": "soon", "metadata": {"messageId": "9223372036854775807", "more": [1]}}),
        );
        assert_eq!((event.kind, event.at.as_deref()), (None, None));
        assert_eq!(event.message_id, MessageId(i64::MAX));
        assert_eq!(event.metadata["more"], json!([1]));
        assert_eq!(event.name(), Err("Something new\nsoon".into()));
    }

    /// One event that cannot be read takes nothing from the others.
    #[test]
    fn bad_events_stand_beside_good_ones() {
        let good = r#"{"type": "Electronic message read", "eventTime": "2026-01-01T00:00:00Z", "metadata": {"messageId": 7}}"#;
        let deep = format!(
            r#"{{"type": "x", "metadata": {{"messageId": 1, "a": {}1{}}}}}"#,
            "[".repeat(200),
            "]".repeat(200)
        );
        for (bad, path) in [
            ("null", "/events/1"),
            ("[]", "/events/1"),
            ("{}", "/events/1"),
            (r#"{"type": 1, "metadata": {"messageId": 1}}"#, "/events/1"),
            (r#"{"type": "x", "metadata": []}"#, "/events/1/metadata"),
            (
                r#"{"type": "x", "metadata": {}}"#,
                "/events/1/metadata/messageId",
            ),
            (
                r#"{"type": "x", "metadata": {"messageId": 9223372036854775808}}"#,
                "/events/1/metadata/messageId",
            ),
            (
                r#"{"type": "x", "metadata": {"messageId": 1e400}}"#,
                "/events/1",
            ),
            (
                r#"{"type": "x", "type": "y", "metadata": {"messageId": 1}}"#,
                "/events/1",
            ),
            (
                r#"{"type": "\ud800", "metadata": {"messageId": 1}}"#,
                "/events/1",
            ),
            (&deep, "/events/1"),
        ] {
            let body = page(&format!("{good}, {bad}, {good}"));
            let page = read_page(body.as_bytes()).unwrap();
            let [
                PageEntry::Read(_),
                PageEntry::Unreadable {
                    position: 2, error, ..
                },
                PageEntry::Read(_),
            ] = &page.entries[..]
            else {
                panic!("{bad}: {:?}", page.entries)
            };
            assert_eq!(error.path, path, "{bad}");
        }
    }

    #[test]
    fn a_page_has_a_list_and_a_token() {
        assert_eq!(read_page(page("").as_bytes()).unwrap().token, "a+/=");
        for body in [
            "",
            "[]",
            "<html>",
            r#"{"events": []}"#,
            r#"{"continuationToken": "", "events": []}"#,
            r#"{"continuationToken": "a"}"#,
            r#"{"continuationToken": "a", "events": {}}"#,
            r#"{"continuationToken": 1, "events": []}"#,
        ] {
            assert!(read_page(body.as_bytes()).is_err(), "{body}");
        }
    }

    #[test]
    fn what_names_a_person_may_be_left_out() {
        let metadata =
            json!({"messageId": 1, "receiptConfirmedBy": "x", "recipientSignature": "y"});
        assert_eq!(redacted(metadata), json!({"messageId": 1}));
    }
}
