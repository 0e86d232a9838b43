// SPDX-License-Identifier: Apache-2.0
//! `[agencies.ID.trial]`: how candidates are tried, and when one may serve.

use std::{ops::RangeInclusive, time::Duration};

use silta_gateway::trials::TrialSettings;

use crate::{error::ConfigError, load::Config};

const SHARE: RangeInclusive<u32> = 1..=1_000;
const BYTES: RangeInclusive<u64> = 1 << 10..=256 << 20;
const WAITING: RangeInclusive<u32> = 1..=1_024;
const CALLS: RangeInclusive<u32> = 1..=1_000_000;
/// Thirty days at most.
const SECONDS: RangeInclusive<u32> = 0..=30 * 24 * 60 * 60;
const DIFFERENCES: RangeInclusive<u32> = 0..=1_000;
/// Of fewer, a rate says nothing.
const COMPARED: RangeInclusive<u32> = 10..=1_000_000;

impl Config {
    /// How candidates of an agency are tried, and when one may serve.
    ///
    /// # Errors
    /// The agency is not configured, or a number is out of its range.
    pub fn trial(&self, agency: &str) -> Result<TrialSettings, ConfigError> {
        let table = &self.agency(agency)?.trial;
        let field = |name: &str| format!("agencies.{agency}.trial.{name}");
        self.within(&field("share"), table.share, &SHARE)?;
        self.within(&field("canary-share"), table.canary_share, &SHARE)?;
        self.within(&field("rollback-calls"), table.rollback_calls, &COMPARED)?;
        self.within(&field("rollback-worse"), table.rollback_worse, &DIFFERENCES)?;
        self.within(&field("most-bytes"), table.most_bytes, &BYTES)?;
        self.within(&field("most-waiting"), table.most_waiting, &WAITING)?;
        self.within(&field("least-calls"), table.least_calls, &CALLS)?;
        self.within(&field("least-seconds"), table.least_seconds, &SECONDS)?;
        self.within(
            &field("most-differences"),
            table.most_differences,
            &DIFFERENCES,
        )?;
        Ok(TrialSettings {
            of_thousand: table.share,
            canary_of_thousand: table.canary_share,
            rollback_calls: table.rollback_calls.into(),
            rollback_worse: table.rollback_worse,
            most_bytes: table.most_bytes,
            most_waiting: table.most_waiting as usize,
            least_calls: table.least_calls.into(),
            least_time: Duration::from_secs(table.least_seconds.into()),
            most_differences: table.most_differences,
            is_automatic: table.automatic,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trial(table: &str) -> Result<TrialSettings, ConfigError> {
        let text = format!("[agencies.tulli]\ncomponent = \"builtin\"\n{table}");
        Config::parse("silta.toml", text)?.trial("tulli")
    }

    #[test]
    fn what_is_left_out_is_the_default_and_nothing_is_automatic() {
        assert_eq!(trial("").unwrap(), TrialSettings::default());
        let own =
            trial("[agencies.tulli.trial]\nshare = 1000\nleast-seconds = 0\nautomatic = true");
        let own = own.unwrap();
        assert_eq!((own.of_thousand, own.is_automatic), (1_000, true));
        assert_eq!(own.least_time, Duration::ZERO);
    }

    #[test]
    fn what_cannot_be_is_told_with_its_field() {
        for (line, field) in [
            ("share = 0", "share"),
            ("share = 1001", "share"),
            ("canary-share = 0", "canary-share"),
            ("rollback-calls = 9", "rollback-calls"),
            ("rollback-worse = 1001", "rollback-worse"),
            ("most-bytes = 1023", "most-bytes"),
            ("most-waiting = 0", "most-waiting"),
            ("least-calls = 0", "least-calls"),
            ("least-seconds = 2592001", "least-seconds"),
            ("most-differences = 1001", "most-differences"),
        ] {
            let error = trial(&format!("[agencies.tulli.trial]\n{line}")).unwrap_err();
            assert_eq!(error.field, format!("agencies.tulli.trial.{field}"));
        }
    }
}
