// SPDX-License-Identifier: Apache-2.0

use agency_http::SettingError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How often, and how long, the same bytes are sent again while nobody knows whether the service took them. Whichever end comes first, somebody has to look.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Resending {
    /// Sendings at most, the first one included. Default 80, which is what growing pauses of an hour at most come to in the time below. A guess.
    pub most_sendings: u32,
    /// Minutes from the first sending to the last one at most. Default 4320, three days: the service has breaks, and asks that all be sent again after them. A guess.
    pub longest_minutes: u32,
}

impl Default for Resending {
    fn default() -> Self {
        Self {
            most_sendings: 80,
            longest_minutes: 72 * 60,
        }
    }
}

impl Resending {
    /// Whether what had been sent so often before is not to be sent again after this time, whatever comes of it.
    pub fn is_last_sending(&self, earlier_sendings: u32) -> bool {
        earlier_sendings.saturating_add(1) >= self.most_sendings
    }

    /// Judges what types cannot.
    ///
    /// # Errors
    /// When not even the first sending is allowed.
    pub(super) fn check(&self) -> Result<(), SettingError> {
        match self.most_sendings {
            0 => Err(SettingError::new(
                "/resending/most-sendings",
                "this has to be at least 1",
            )),
            _ => Ok(()),
        }
    }
}
