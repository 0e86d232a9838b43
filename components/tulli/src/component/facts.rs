//! Events and wishes, with the keys by which repetitions are known.

use std::collections::BTreeMap;

use agency_guest::{
    BlobWriter, Problem,
    exports::message::Outcome,
    imports::{
        blobs::DigestAlgorithm,
        facts::{Event, FollowUp},
    },
    json,
};
use serde_json::{Map, Value, json};

use crate::{
    describe::DOWNLOAD,
    wire::{AnswerError, MessageInformation, Unreadable, fingerprint},
};

/// An event of a kind about something that has a name of its own.
pub(super) fn event(kind: &str, name: &str, data: &Value) -> Result<Event, Problem> {
    Ok(Event {
        kind: kind.into(),
        data: json::write(data)?,
        deduplication_key: format!("{kind}/{name}"),
    })
}

/// A message waits at Customs, and is to be fetched: however often that is told, in a list or by a notification, it is one event and one download.
pub(super) fn message_available(
    information: &MessageInformation,
) -> Result<(Event, FollowUp), Problem> {
    let storage_id = information.storage_id.as_deref().unwrap_or_default();
    let data = json!({
        "storageId": storage_id,
        "reference": information.reference,
        "messageInformation": fields(&information.fields),
    });
    let follow_up = FollowUp {
        operation: DOWNLOAD.into(),
        parameters: json::write(&json!({ "storageId": storage_id }))?,
        deduplication_key: format!("{DOWNLOAD}/{storage_id}"),
    };
    Ok((event("message-available", storage_id, &data)?, follow_up))
}

/// Customs did not say whether it has taken an upload, and it is not sent again: somebody has to ask.
pub(super) fn outcome_unresolved(outcome: &Outcome, sendings: u64) -> Result<Event, Problem> {
    let data = json!({
        "reference": outcome.reference,
        "code": outcome.code,
        "sendings": sendings,
        "advice": "ask Customs by the reference whether the upload has been taken, before anything is sent again",
    });
    event("outcome-unresolved", &outcome.reference, &data)
}

/// Entries of a list that cannot be read. Nothing that stands in them is told: nobody knows what it is.
#[derive(Default)]
pub(super) struct UnreadableEntries(BTreeMap<String, u32>);

impl UnreadableEntries {
    /// The event of one more. The same entry in the next list, which overlaps, is the same event; alike ones in one list are not.
    pub(super) fn event(&mut self, unreadable: &Unreadable<'_>) -> Result<Event, Problem> {
        let mut writer = BlobWriter::new();
        writer.bytes(fingerprint(unreadable.element).as_bytes());
        let digest = writer.finish()?.digest(DigestAlgorithm::Sha256)?;
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let alike = self.0.entry(digest.clone()).or_default();
        *alike += 1;
        let AnswerError {
            code,
            path,
            message,
        } = &unreadable.error;
        let data = json!({
            "position": unreadable.position,
            "code": code,
            "path": path,
            "reason": message,
        });
        event("list-entry-unreadable", &format!("{digest}/{alike}"), &data)
    }
}

/// Names and contents as an object. A name that is there more than once has a list.
pub(super) fn fields(fields: &[(String, String)]) -> Value {
    let mut object = Map::new();
    for (name, content) in fields {
        let content = Value::from(content.as_str());
        match object.get_mut(name) {
            None => {
                object.insert(name.clone(), content);
            }
            Some(Value::Array(several)) => several.push(content),
            Some(one) => *one = Value::Array(vec![one.take(), content]),
        }
    }
    Value::Object(object)
}
