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

pub use agency_http::AnswerError;
pub use answer::{
    Entry, Registration, Unreadable, check_json, read_notifications, read_subscriptions,
};
pub use notification::{Head, Misdirected, Notification, Wrong, check_head, read_notification};
pub use profile::Profile;
pub use seen::{Statuses, read_seen, write_seen};
pub use settings::{
    Environment, ExtraProperties, LONGEST_MEMO, ListSettings, NotificationSettings,
    ResendingSettings, Settings, SettingsError,
};
pub use status::{Asked, Class, class, class_of_nothing};
