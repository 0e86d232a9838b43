// SPDX-License-Identifier: Apache-2.0
//! Kinds of events that the other interfaces of Suomi.fi do not have, and all kinds that are handed out.

use agency_guest::{
    EventData, ListEntryUnreadable, describe::published, exports::descriptor::EventKind,
};
use schemars::JsonSchema;
use serde::Serialize;
use suomifi_messages::{
    CitizenMessage, DeliveryStatus, MessageSent, OutcomeUnresolved, SendFailed, Unrecognized,
};

/// All of them.
pub(crate) fn kinds() -> Vec<EventKind> {
    vec![
        published::<CitizenMessage>(),
        published::<CitizenMessageUnavailable>(),
        published::<DeliveryStatus>(),
        published::<MessageSent>(),
        published::<SendFailed>(),
        published::<Unrecognized>(),
        published::<OutcomeUnresolved>(),
        published::<ActiveMailboxes>(),
        published::<EventsRestarted>(),
        published::<PasswordChanged>(),
        published::<ListEntryUnreadable<'_>>(),
    ]
}

/// Data of `citizen-message-unavailable`.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CitizenMessageUnavailable {
    /// What the service calls the message.
    pub(crate) message_id: String,
    /// Service of the authority that it was for; null where that was not said.
    pub(crate) service_id: Option<String>,
    /// When the service told of it, as it wrote the time; null where that was not said.
    pub(crate) event_time: Option<String>,
    /// When it was found not to be there.
    pub(crate) at: String,
}

impl EventData for CitizenMessageUnavailable {
    const KIND: &'static str = "citizen-message-unavailable";
    const SUMMARY: &'static str = "A citizen has written, and the message is there no more: it was deleted, or its 60 days are over. Final.";
}

/// Data of `active-mailboxes`. The service's rules do not allow to store it.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-not-to-be-stored" = true))]
pub(crate) struct ActiveMailboxes {
    /// Which of those that were asked about come first in this event, from 0: an operation about many has several.
    pub(crate) first: usize,
    /// How many this event is about.
    pub(crate) asked: usize,
    /// The ids of those of them who have an active mailbox, as the service wrote them. All others have none.
    #[schemars(extend("x-personal" = true))]
    pub(crate) active: Vec<String>,
    /// When the answer came. It is good for a sending that follows at once, and no longer.
    pub(crate) at: String,
}

impl EventData for ActiveMailboxes {
    const KIND: &'static str = "active-mailboxes";
    const SUMMARY: &'static str = "Which people and companies have an active mailbox at this moment. Use it for the sending at hand and do not store it.";
}

/// Data of `events-restarted`.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EventsRestarted {
    /// When.
    pub(crate) at: String,
    /// What to look at.
    pub(crate) advice: String,
}

impl EventData for EventsRestarted {
    const KIND: &'static str = "events-restarted";
    const SUMMARY: &'static str = "The service did not take the place in the list of events any more, and the list was begun anew; what comes again is known by its key.";
}

/// Data of `password-changed`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct PasswordChanged {
    /// When the answer came.
    pub(crate) at: String,
}

impl EventData for PasswordChanged {
    const KIND: &'static str = "password-changed";
    const SUMMARY: &'static str = "The service has a new password.";
}
