// SPDX-License-Identifier: Apache-2.0
//! Names and statuses that are not published.

use hyper::StatusCode;

/// The names of the API's own calls. All but `callback_url` are guesses: the description of the API is only in its
/// portal. Those of a notification are published, and fixed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WireNames {
    /// Path of RegisterPush.
    pub register_push_path: String,
    /// Path of the RegisterPush that registers nothing, with which production is tested. The name is published, where
    /// it hangs is not.
    pub verify_register_push_path: String,
    /// Path of ListNotifications.
    pub list_notifications_path: String,
    /// Path of ListSubscriptions.
    pub list_subscriptions_path: String,
    /// RegisterPush: the URL to push to, or an empty string to end the push. Published.
    pub callback_url: String,
    /// RegisterPush: the secret.
    pub secret: String,
    /// ListNotifications: the array of notifications.
    pub notifications: String,
    /// ListSubscriptions: the array of subscriptions.
    pub subscriptions: String,
    /// ListSubscriptions: the id of a subscription.
    pub subscription_id: String,
    /// ListSubscriptions: the status of the registration.
    pub registration_status: String,
}

impl Default for WireNames {
    fn default() -> Self {
        let name = str::to_owned;
        Self {
            register_push_path: name("/RegisterPush"),
            verify_register_push_path: name("/Verification/RegisterPush"),
            list_notifications_path: name("/ListNotifications"),
            list_subscriptions_path: name("/ListSubscriptions"),
            callback_url: name("callbackURL"),
            secret: name("callbackSecret"),
            notifications: name("Notifications"),
            subscriptions: name("Subscriptions"),
            subscription_id: name("SubscriptionId"),
            registration_status: name("RegistrationStatus"),
        }
    }
}

/// HTTP statuses of the API's own answers; all but `done` are guesses. Each answer but that of a list has no body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statuses {
    /// Done. Default 200.
    pub done: StatusCode,
    /// The request is not JSON, lacks a property, or holds a wrong one. Default 400.
    pub wrong_request: StatusCode,
    /// Another RegisterPush is under way. Default 409.
    pub busy: StatusCode,
    /// The callback did not answer the health check as it has to. Default 422.
    pub health_check_failed: StatusCode,
}

impl Default for Statuses {
    fn default() -> Self {
        Self {
            done: StatusCode::OK,
            wrong_request: StatusCode::BAD_REQUEST,
            busy: StatusCode::CONFLICT,
            health_check_failed: StatusCode::UNPROCESSABLE_ENTITY,
        }
    }
}
