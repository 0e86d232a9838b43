// SPDX-License-Identifier: Apache-2.0
//! What is pushed.

use std::str::FromStr;
use std::time::SystemTime;

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::finland;

/// The environments of Vero API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Environment {
    /// `FIS`.
    Test,
    /// `FIP`.
    Production,
}

impl Environment {
    /// Its name on the wire.
    pub fn code(self) -> &'static str {
        match self {
            Self::Test => "FIS",
            Self::Production => "FIP",
        }
    }

    pub(super) fn other(self) -> Self {
        match self {
            Self::Test => Self::Production,
            Self::Production => Self::Test,
        }
    }
}

/// The text names no environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the environments are FIS (test) and FIP (production)")]
pub struct UnknownEnvironment;

/// The name on the wire.
impl FromStr for Environment {
    type Err = UnknownEnvironment;

    fn from_str(text: &str) -> Result<Self, UnknownEnvironment> {
        match text {
            "FIS" => Ok(Self::Test),
            "FIP" => Ok(Self::Production),
            _ => Err(UnknownEnvironment),
        }
    }
}

/// A notification: technical keys, and no personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// Environment.
    pub environment: Environment,
    /// NotificationKey, by which the receiver fetches what it is about.
    pub key: i64,
    /// NotificationType. The codes are only in the API's portal; [`HEALTH_CHECK`](Self::HEALTH_CHECK) is published.
    pub kind: String,
    /// SubscriptionId.
    pub subscription: i64,
    /// Timestamp; milliseconds go on the wire.
    pub at: SystemTime,
}

impl Notification {
    /// The NotificationType of a push that only wants to know whether somebody answers.
    pub const HEALTH_CHECK: &str = "HEALTHCHECK";

    /// A notification of now.
    pub fn new(
        environment: Environment,
        key: i64,
        kind: impl Into<String>,
        subscription: i64,
    ) -> Self {
        Self {
            environment,
            key,
            kind: kind.into(),
            subscription,
            at: SystemTime::now(),
        }
    }

    /// A health check of now. That its keys are 0, as in the published example, is a guess.
    pub fn health_check(environment: Environment) -> Self {
        Self::new(environment, 0, Self::HEALTH_CHECK, 0)
    }

    /// The body of the call that tells of it, as the Tax Administration writes it.
    pub fn body(&self) -> String {
        Value::from(self.properties()).to_string()
    }

    /// The properties, as they are published.
    pub(super) fn properties(&self) -> Map<String, Value> {
        Map::from_iter([
            (ENVIRONMENT.to_owned(), self.environment.code().into()),
            (KEY.to_owned(), self.key.into()),
            ("NotificationType".to_owned(), self.kind.as_str().into()),
            (SUBSCRIPTION.to_owned(), self.subscription.into()),
            ("Timestamp".to_owned(), timestamp(self.at).into()),
        ])
    }
}

pub(super) const ENVIRONMENT: &str = "Environment";
pub(super) const KEY: &str = "NotificationKey";
pub(super) const SUBSCRIPTION: &str = "SubscriptionId";

/// ISO 8601 with milliseconds and offset, as in the published example `2021-04-22T12:01:33.478+02:00`. Finland's offset is a guess: that of
/// the example is none of Finland's in April, so receivers cannot rely on any.
fn timestamp(at: SystemTime) -> String {
    // A time that no calendar has can only be a caller's whim.
    let at = Timestamp::try_from(at).unwrap_or(Timestamp::UNIX_EPOCH);
    let offset = finland::time_zone().to_offset(at);
    format!("{:.3}", at.display_with_offset(offset))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn notifications_are_written_as_published_in_finnish_time() {
        // The moment of the published example, and half a year later.
        for (milliseconds, timestamp) in [
            (1_619_085_693_478, "2021-04-22T13:01:33.478+03:00"),
            (1_644_896_893_478, "2022-02-15T05:48:13.478+02:00"),
        ] {
            let notification = Notification {
                environment: Environment::Test,
                key: i64::MAX,
                kind: "HEALTHCHECK".to_owned(),
                subscription: -1,
                at: SystemTime::UNIX_EPOCH + Duration::from_millis(milliseconds),
            };
            assert_eq!(
                Value::from(notification.properties()).to_string(),
                format!(
                    "{{\"Environment\":\"FIS\",\"NotificationKey\":9223372036854775807,\
                     \"NotificationType\":\"HEALTHCHECK\",\"SubscriptionId\":-1,\
                     \"Timestamp\":\"{timestamp}\"}}"
                )
            );
        }
    }

    #[test]
    fn environments_go_by_their_codes() {
        for environment in [Environment::Test, Environment::Production] {
            assert_eq!(environment.code().parse(), Ok(environment));
            assert_ne!(environment.other(), environment);
        }
        assert_eq!("fis".parse::<Environment>(), Err(UnknownEnvironment));
    }
}
