//! Events and wishes, with the keys by which repetitions are known.

use agency_guest::{
    Problem,
    imports::facts::{Event, FollowUp},
    json,
};
use serde_json::{Map, Value, json};

use crate::{describe::DOWNLOAD, wire::MessageInformation};

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
