// SPDX-License-Identifier: Apache-2.0
//! The kinds of events, and the data of each. None has data of persons, and none is about a request of ours that the Tax Administration names.

use agency_guest::{
    EventData, ListEntryUnreadable, describe::published, exports::descriptor::EventKind,
};
use schemars::JsonSchema;
use serde::Serialize;

use crate::wire::Environment;

/// All of them.
pub(crate) fn kinds() -> Vec<EventKind> {
    vec![
        published::<Notified<'_>>(),
        published::<PushRegistered<'_>>(),
        published::<PushEnded<'_>>(),
        published::<CallbackSecretReplaced<'_>>(),
        published::<OutcomeUnresolved<'_>>(),
        published::<RegistrationStatus<'_>>(),
        published::<SubscriptionsNotRemembered>(),
        published::<ListEntryUnreadable<'_>>(),
    ]
}

/// Data of `notification`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Notified<'a> {
    /// Environment that it belongs to.
    pub(crate) environment: Environment,
    /// NotificationKey, by which the interface is asked for more.
    pub(crate) key: i64,
    /// NotificationType, whatever it is.
    #[serde(rename = "type")]
    pub(crate) kind: &'a str,
    /// SubscriptionId.
    pub(crate) subscription: i64,
    /// When it was made, as the Tax Administration wrote it (RFC 3339, with any offset).
    pub(crate) timestamp: &'a str,
}

impl EventData for Notified<'_> {
    const KIND: &'static str = "notification";
    const SUMMARY: &'static str =
        "Something has happened in a subscription; pushed or listed, it is one event.";
}

/// Data of `push-registered`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct PushRegistered<'a> {
    /// When the answer came, in UTC (RFC 3339).
    pub(crate) at: &'a str,
}

impl EventData for PushRegistered<'_> {
    const KIND: &'static str = "push-registered";
    const SUMMARY: &'static str =
        "The Tax Administration has taken the URL to be called, and its health check was answered.";
}

/// Data of `push-ended`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct PushEnded<'a> {
    /// When the answer came, in UTC (RFC 3339).
    pub(crate) at: &'a str,
}

impl EventData for PushEnded<'_> {
    const KIND: &'static str = "push-ended";
    const SUMMARY: &'static str = "The Tax Administration calls no more.";
}

/// Data of `callback-secret-replaced`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct CallbackSecretReplaced<'a> {
    /// When the answer came, in UTC (RFC 3339).
    pub(crate) at: &'a str,
}

impl EventData for CallbackSecretReplaced<'_> {
    const KIND: &'static str = "callback-secret-replaced";
    const SUMMARY: &'static str = "The Tax Administration has taken the new secret that calls repeat, and its health check with it was answered.";
}

/// Data of `outcome-unresolved`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct OutcomeUnresolved<'a> {
    /// When the last sending failed, in UTC (RFC 3339).
    pub(crate) at: &'a str,
    /// `none` for no answer, or `http-NNN`.
    pub(crate) code: &'a str,
    /// How often it was asked for.
    pub(crate) sendings: u64,
    /// What to do.
    pub(crate) advice: &'a str,
}

impl EventData for OutcomeUnresolved<'_> {
    const KIND: &'static str = "outcome-unresolved";
    const SUMMARY: &'static str = "Whether a registration took effect is not known, and it is not asked for again: somebody has to look.";
}

/// Data of `registration-status`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct RegistrationStatus<'a> {
    /// Environment of the list.
    pub(crate) environment: Environment,
    /// SubscriptionId.
    pub(crate) subscription: i64,
    /// `active`, `fail` or `pending`, or something new.
    pub(crate) status: &'a str,
    /// What the list before said; null for a subscription that was not in it.
    pub(crate) previous: Option<&'a str>,
}

impl EventData for RegistrationStatus<'_> {
    const KIND: &'static str = "registration-status";
    const SUMMARY: &'static str =
        "Whether pushes of a subscription are delivered has changed since the last list.";
}

/// Data of `subscriptions-not-remembered`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct SubscriptionsNotRemembered {
    /// Environment of the list.
    pub(crate) environment: Environment,
    /// How many subscriptions the list has.
    pub(crate) listed: usize,
    /// How many of them are remembered until the next list.
    pub(crate) remembered: usize,
    /// What to do.
    pub(crate) advice: String,
}

impl EventData for SubscriptionsNotRemembered {
    const KIND: &'static str = "subscriptions-not-remembered";
    const SUMMARY: &'static str = "There are more subscriptions than are remembered from one list to the next, so that some are told in every list.";
}
