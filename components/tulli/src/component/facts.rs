// SPDX-License-Identifier: Apache-2.0
//! Events and follow-ups, with the keys by which repetitions are known.

use agency_guest::{
    Problem, event,
    exports::message::Outcome,
    imports::facts::{Event, FollowUp},
    json,
};
use serde_json::{Map, Value, json};

use crate::{describe::DOWNLOAD, wire::MessageInformation};

/// A message waits at Customs, and is to be fetched: however often that is told, in a list or by a notification, it is one event and one download.
pub(super) fn message_available(
    information: &MessageInformation,
) -> Result<(Event, FollowUp), Problem> {
    let storage_id = information.storage_id.as_deref().unwrap_or_default();
    let data = json!({
        "storageId": storage_id,
        "reference": information.reference,
        "messageInformation": named_values(&information.fields),
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

/// Names and contents as an object. A name that is there more than once has a list.
pub(super) fn named_values(fields: &[(String, String)]) -> Value {
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
