// SPDX-License-Identifier: Apache-2.0
//! `[sending]`: whether and how what is queued is sent, and how agencies are polled.

use std::{collections::BTreeMap, time::Duration};

use silta_gateway::{PollSettings, SendingSettings};
use silta_store::record::MOST_CALLS;

use crate::{error::ConfigError, load::Config, tables::PollTable};

/// How what is queued is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendingConfig {
    /// Name that operations are claimed under.
    pub node: String,
    /// All else.
    pub settings: SendingSettings,
}

const DAY: u32 = 24 * 60 * 60;

impl Config {
    /// How what is queued is sent; `None` when the table `[sending]` is left out.
    ///
    /// # Errors
    /// A number is out of its range.
    pub fn sending(&self) -> Result<Option<SendingConfig>, ConfigError> {
        let Some(table) = self.content.sending.as_deref() else {
            return Ok(None);
        };
        for (name, value, least, most) in [
            ("operations-at-once", table.operations_at_once, 1, 1_000),
            ("lease-seconds", table.lease_seconds, 10, 3_600),
            ("look-milliseconds", table.look_milliseconds, 100, 60_000),
            ("first-delay-seconds", table.first_delay_seconds, 1, 3_600),
            ("longest-delay-seconds", table.longest_delay_seconds, 1, DAY),
            (
                "longest-unsent-delay-seconds",
                table.longest_unsent_delay_seconds,
                1,
                DAY,
            ),
            ("internal-faults", table.internal_faults, 1, 1_000),
            (
                "rate-margin-milliseconds",
                table.rate_margin_milliseconds,
                0,
                60_000,
            ),
            ("breaker-calls", table.breaker_calls, 1, 10_000),
            (
                "breaker-first-seconds",
                table.breaker_first_seconds,
                1,
                3_600,
            ),
            (
                "breaker-longest-seconds",
                table.breaker_longest_seconds,
                1,
                DAY,
            ),
            (
                "unreadable-answers-per-hour",
                table.unreadable_answers_per_hour,
                0,
                MOST_CALLS,
            ),
            ("stop-seconds", table.stop_seconds, 0, 600),
        ] {
            self.within(&format!("sending.{name}"), value, &(least..=most))?;
        }
        self.within(
            "sending.unreadable-answer-bytes",
            table.unreadable_answer_bytes,
            &(1 << 10..=64 << 20),
        )?;
        let seconds = |seconds: u32| Duration::from_secs(seconds.into());
        let milliseconds = |milliseconds: u32| Duration::from_millis(milliseconds.into());
        let settings = SendingSettings {
            operations_at_once: table.operations_at_once,
            lease: seconds(table.lease_seconds),
            look: milliseconds(table.look_milliseconds),
            first_delay: seconds(table.first_delay_seconds),
            longest_delay: seconds(table.longest_delay_seconds),
            longest_unsent_delay: seconds(table.longest_unsent_delay_seconds),
            internal_faults: table.internal_faults,
            rate_margin: milliseconds(table.rate_margin_milliseconds),
            breaker_calls: table.breaker_calls,
            breaker_first: seconds(table.breaker_first_seconds),
            breaker_longest: seconds(table.breaker_longest_seconds),
            unreadable_answers_per_hour: table.unreadable_answers_per_hour,
            unreadable_answer_bytes: table.unreadable_answer_bytes,
            stop_time: seconds(table.stop_seconds),
        };
        Ok(Some(SendingConfig {
            node: table.node.clone(),
            settings,
        }))
    }

    /// How the polls of an agency are run, by the name of the operation, where that is configured.
    ///
    /// # Errors
    /// The agency is not configured; an interval is out of its range, or parameters cannot be expressed in JSON.
    pub fn polls(&self, agency: &str) -> Result<BTreeMap<String, PollSettings>, ConfigError> {
        let tables = self.agency(agency)?.polls.iter();
        let polls = tables.map(|(name, table)| {
            let field = format!("agencies.{agency}.polls.{name}");
            Ok((name.clone(), self.poll(&field, table)?))
        });
        polls.collect()
    }

    fn poll(&self, field: &str, table: &PollTable) -> Result<PollSettings, ConfigError> {
        let interval = table.interval_seconds.map(|seconds| {
            let field = format!("{field}.interval-seconds");
            self.seconds(seconds, 1..=30 * DAY, &field)
        });
        let parameters = serde_json::to_string(&*table.parameters).map_err(|error| {
            let reason = format!("cannot be expressed in JSON: {error}");
            self.error(format!("{field}.parameters"), reason)
        })?;
        Ok(PollSettings {
            enabled: table.enabled,
            interval: interval.transpose()?,
            parameters,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Config {
        Config::parse("silta.toml", text.to_owned()).unwrap()
    }

    #[test]
    fn nothing_is_sent_without_the_table() {
        assert_eq!(parsed("").sending(), Ok(None));
    }

    #[test]
    fn defaults_are_those_of_the_gateway() {
        let sending = parsed("[sending]").sending().unwrap().unwrap();
        assert_eq!(sending.settings, SendingSettings::default());
        assert_eq!(sending.node, "silta");
    }

    #[test]
    fn each_number_is_taken() {
        let text = "[sending]\nnode = \"n\"\noperations-at-once = 1\nlease-seconds = 12\nlook-milliseconds = 103\nfirst-delay-seconds = 4\nlongest-delay-seconds = 50\n\
            longest-unsent-delay-seconds = 6\ninternal-faults = 7\nrate-margin-milliseconds = 8\nbreaker-calls = 9\nbreaker-first-seconds = 10\nbreaker-longest-seconds = 11\nunreadable-answers-per-hour = 12\nunreadable-answer-bytes = 2048\nstop-seconds = 0\n";
        let seconds = Duration::from_secs;
        let expected = SendingSettings {
            operations_at_once: 1,
            lease: seconds(12),
            look: Duration::from_millis(103),
            first_delay: seconds(4),
            longest_delay: seconds(50),
            longest_unsent_delay: seconds(6),
            internal_faults: 7,
            rate_margin: Duration::from_millis(8),
            breaker_calls: 9,
            breaker_first: seconds(10),
            breaker_longest: seconds(11),
            unreadable_answers_per_hour: 12,
            unreadable_answer_bytes: 2048,
            stop_time: Duration::ZERO,
        };
        let sending = parsed(text).sending().unwrap().unwrap();
        assert_eq!((&*sending.node, sending.settings), ("n", expected));
    }

    #[test]
    fn what_is_out_of_range_is_told_with_its_field() {
        for (name, value) in [
            ("operations-at-once", 0),
            ("lease-seconds", 9),
            ("look-milliseconds", 99),
            ("breaker-longest-seconds", 86_401),
            ("stop-seconds", 601),
        ] {
            let text = format!("[sending]\n{name} = {value}");
            let error = parsed(&text).sending().unwrap_err();
            assert_eq!(error.field, format!("sending.{name}"));
        }
    }

    #[test]
    fn polls_are_configured_by_name() {
        let text = "[agencies.a]\ncomponent = \"builtin\"\n[agencies.a.polls.list]\ninterval-seconds = 900\nparameters = { box = \"b\" }\n[agencies.a.polls.news]\nenabled = false\n";
        let polls = parsed(text).polls("a").unwrap();
        let list = PollSettings {
            enabled: true,
            interval: Some(Duration::from_secs(900)),
            parameters: r#"{"box":"b"}"#.into(),
        };
        let news = PollSettings {
            enabled: false,
            ..PollSettings::default()
        };
        let expected = [("list".to_owned(), list), ("news".to_owned(), news)];
        assert_eq!(polls, expected.into());
        let zero = text.replace("900", "0");
        let error = parsed(&zero).polls("a").unwrap_err();
        assert_eq!(error.field, "agencies.a.polls.list.interval-seconds");
    }
}
