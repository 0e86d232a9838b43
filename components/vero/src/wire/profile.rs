// SPDX-License-Identifier: Apache-2.0
use std::{borrow::Cow, collections::BTreeMap};

use schemars::JsonSchema;
use serde::Serialize;

/// Names that stand in the interface's description, which is behind a login. Documented in public are `callbackURL`, the statuses `active`, `fail` and `pending`, and
/// the names of the three services; the rest are guesses to be replaced.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Profile {
    /// Path of RegisterPush below the URL. Production has an acceptance test at `/Verification/RegisterPush`.
    pub register_push_path: Cow<'static, str>,
    /// Path of ListNotifications below the URL.
    pub list_notifications_path: Cow<'static, str>,
    /// Path of ListSubscriptions below the URL.
    pub list_subscriptions_path: Cow<'static, str>,
    /// Method of both lists. Default `GET`.
    pub list_method: Cow<'static, str>,
    /// Header fields of every request, such as those that name a software. Nothing secret: they are shown. Default none.
    pub headers: BTreeMap<String, String>,
    /// Property of RegisterPush with the URL to be called; documented.
    pub callback_url: Cow<'static, str>,
    /// Property of RegisterPush with the secret.
    pub secret: Cow<'static, str>,
    /// Property of an answer with the list of notifications.
    pub notifications: Cow<'static, str>,
    /// Property of an answer with the list of subscriptions.
    pub subscriptions: Cow<'static, str>,
    /// Property of a notification or subscription with the subscription's number; as in pushed notifications.
    pub subscription_id: Cow<'static, str>,
    /// Property of a notification with its number; as in pushed notifications.
    pub notification_key: Cow<'static, str>,
    /// Property of a notification with its type; as in pushed notifications.
    pub notification_type: Cow<'static, str>,
    /// Property of a notification with its time; as in pushed notifications.
    pub timestamp: Cow<'static, str>,
    /// Property of a subscription with the state of its registration.
    pub registration_status: Cow<'static, str>,
}

setting_tables::table! {
    Profile: Profile::default();
    register_push_path, list_notifications_path, list_subscriptions_path, list_method, headers,
    callback_url, secret, notifications, subscriptions, subscription_id, notification_key,
    notification_type, timestamp, registration_status,
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            register_push_path: "/RegisterPush".into(),
            list_notifications_path: "/ListNotifications".into(),
            list_subscriptions_path: "/ListSubscriptions".into(),
            list_method: "GET".into(),
            headers: BTreeMap::new(),
            callback_url: "callbackURL".into(),
            secret: "callbackSecret".into(),
            notifications: "Notifications".into(),
            subscriptions: "Subscriptions".into(),
            subscription_id: "SubscriptionId".into(),
            notification_key: "NotificationKey".into(),
            notification_type: "NotificationType".into(),
            timestamp: "Timestamp".into(),
            registration_status: "RegistrationStatus".into(),
        }
    }
}
