// SPDX-License-Identifier: Apache-2.0
//! How often what has an unknown outcome is sent again.

use std::marker::PhantomData;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::SettingError;

/// How often, and how long, something is sent again while nobody knows whether it took effect. Whichever end comes first, somebody has to ask the agency.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(
    default,
    bound = "A: ResendingDefault",
    deny_unknown_fields,
    rename_all = "kebab-case"
)]
#[schemars(bound = "A: ResendingDefault", rename = "ResendingSettings")]
pub struct ResendingSettings<A> {
    /// Sendings of the same at most, the first one included. Default 5.
    pub most_sendings: u32,
    /// Minutes from the first sending to the last one at most.
    pub longest_minutes: u32,
    #[serde(skip)]
    agency: PhantomData<A>,
}

/// What an agency has where the operator says nothing.
pub trait ResendingDefault {
    /// Minutes from the first sending to the last one.
    const LONGEST_MINUTES: u32;
}

impl<A: ResendingDefault> Default for ResendingSettings<A> {
    fn default() -> Self {
        Self {
            most_sendings: 5,
            longest_minutes: A::LONGEST_MINUTES,
            agency: PhantomData,
        }
    }
}

impl<A> ResendingSettings<A> {
    /// Whether what had been sent so often before is not to be sent again after this time, whatever comes of it.
    pub fn is_last_sending(&self, earlier_sendings: u32) -> bool {
        earlier_sendings.saturating_add(1) >= self.most_sendings
    }

    /// Judges what types cannot, of the setting `resending`.
    ///
    /// # Errors
    /// When not even the first sending is allowed.
    pub fn check(&self) -> Result<(), SettingError> {
        match self.most_sendings {
            0 => Err(SettingError::new(
                "/resending/most-sendings",
                "this has to be at least 1",
            )),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Clone)]
    struct Hour;

    impl ResendingDefault for Hour {
        const LONGEST_MINUTES: u32 = 60;
    }

    fn read(json: &str) -> ResendingSettings<Hour> {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn the_end_is_where_the_settings_have_it() {
        let settings = read(r#"{"most-sendings": 3}"#);
        assert_eq!(settings.longest_minutes, 60);
        assert!(!settings.is_last_sending(1) && settings.is_last_sending(2));
        assert!(settings.is_last_sending(u32::MAX));
        assert_eq!(ResendingSettings::<Hour>::default().most_sendings, 5);
        assert!(settings.check().is_ok());
        assert!(read(r#"{"most-sendings": 0}"#).check().is_err());
        assert!(serde_json::from_str::<ResendingSettings<Hour>>(r#"{"agency": null}"#).is_err());
    }
}
