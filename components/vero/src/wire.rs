// SPDX-License-Identifier: Apache-2.0
//! The protocol: JSON in, values out. No clock, no secrets, no certificates.
//!
//! Clauses: "requirements" is the Tax Administration's page of technical requirements of push notifications. What public pages leave open is a setting
//! with a documented default, see [`Profile`].

mod answer;
mod json;
mod notification;
mod profile;
mod seen;
mod settings;
mod status;

pub use answer::{
    Entry, Registration, Unreadable, check_json, read_notifications, read_subscriptions,
};
pub use notification::{Notification, check_head, read_notification};
pub use profile::Profile;
pub use seen::{Statuses, read_seen, remember, write_seen};
pub use settings::{
    Environment, ExtraProperties, Hour, LONGEST_MEMO, ListSettings, NotificationSettings, Settings,
    StatusClass,
};
pub use status::{RequestKind, class, class_of_nothing};
