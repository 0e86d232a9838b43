// SPDX-License-Identifier: Apache-2.0
//! Events and follow-ups, with the keys by which repetitions are known.

use agency_guest::{
    Problem, ToEvent,
    exports::message::Outcome,
    imports::facts::{Event, FollowUp},
    json,
};
use serde_json::json;

use crate::{
    describe::DOWNLOAD,
    events::{MessageAvailable, NamedValues, OutcomeUnresolved},
    wire::MessageInformation,
};

/// A message waits at Customs, and is to be fetched: however often that is told, in a list or by a notification, it is one event and one download.
pub(super) fn message_available(
    information: &MessageInformation,
) -> Result<(Event, FollowUp), Problem> {
    let storage_id = information.storage_id.as_deref().unwrap_or_default();
    let reference = information.reference.as_deref();
    let data = MessageAvailable {
        storage_id,
        reference,
        message_information: NamedValues::from(&*information.fields),
    };
    let follow_up = FollowUp {
        operation: DOWNLOAD.into(),
        parameters: json::write(&json!({ "storageId": storage_id }))?,
        deduplication_key: format!("{DOWNLOAD}/{storage_id}"),
    };
    Ok((data.event_about(storage_id, reference)?, follow_up))
}

/// Customs did not say whether it has taken an upload, and it is not sent again: somebody has to ask.
pub(super) fn outcome_unresolved(outcome: &Outcome, sendings: u64) -> Result<Event, Problem> {
    let reference = outcome.reference.as_str();
    let data = OutcomeUnresolved {
        reference,
        code: &outcome.code,
        sendings,
        advice: "ask Customs by the reference whether the upload has been taken, before anything is sent again",
    };
    data.event_about(reference, Some(reference))
}
