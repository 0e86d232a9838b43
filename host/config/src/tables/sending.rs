// SPDX-License-Identifier: Apache-2.0
use serde::Deserialize;

use super::Table;

/// `[sending]`: with this table `silta serve` sends what is queued in the store. Defaults stand with the fields of
/// [`SendingSettings`](silta_gateway::SendingSettings).
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct SendingTable {
    /// Name that operations are claimed under, for people to read. Default `silta`.
    pub(crate) node: String,
    /// Operations of one agency at once. Default 16, 1 to 1,000.
    pub(crate) operations_at_once: u32,
    /// How long an operation is claimed for; extended while it is carried out. Default 60 s, 10 to 3,600.
    pub(crate) lease_seconds: u32,
    /// How often the store is looked at though nothing has told of a change. Default 1,000 ms, 100 to 60,000.
    pub(crate) look_milliseconds: u32,
    /// The longest pause after a first run that did not end an operation; it doubles. Default 5 s, 1 to 3,600.
    pub(crate) first_delay_seconds: u32,
    /// What it doubles up to, where the agency has answered or may have. Default 3,600 s, 1 to 86,400.
    pub(crate) longest_delay_seconds: u32,
    /// What it doubles up to where nothing has left this machine. Default 60 s, 1 to 86,400.
    pub(crate) longest_unsent_delay_seconds: u32,
    /// After so many runs in a row that ended by a defect of ours an operation is held. Default 5, 1 to 1,000.
    pub(crate) internal_faults: u32,
    /// Added to the window of an agency's rate, for requests that overtake each other. Default 1,000 ms, 0 to 60,000.
    pub(crate) rate_margin_milliseconds: u32,
    /// After so many requests in a row without an answer one operation at a time asks. Default 5, 1 to 10,000.
    pub(crate) breaker_calls: u32,
    /// Pause before the first that asks; it doubles. Default 2 s, 1 to 3,600.
    pub(crate) breaker_first_seconds: u32,
    /// What it doubles up to. Default 60 s, 1 to 86,400.
    pub(crate) breaker_longest_seconds: u32,
    /// Answers of one agency that mean nothing and are kept for somebody to look at, in an hour. Default 100, 0 to 10,000: 0 keeps none.
    pub(crate) unreadable_answers_per_hour: u32,
    /// So many bytes of such an answer are kept. Default 1 MiB, 1 KiB to 64 MiB.
    pub(crate) unreadable_answer_bytes: u64,
    /// Time for operations under way when the program stops. Default 10 s, 0 to 600.
    pub(crate) stop_seconds: u32,
}

impl Default for SendingTable {
    fn default() -> Self {
        Self {
            node: "silta".to_owned(),
            operations_at_once: 16,
            lease_seconds: 60,
            look_milliseconds: 1_000,
            first_delay_seconds: 5,
            longest_delay_seconds: 3_600,
            longest_unsent_delay_seconds: 60,
            internal_faults: 5,
            rate_margin_milliseconds: 1_000,
            breaker_calls: 5,
            breaker_first_seconds: 2,
            breaker_longest_seconds: 60,
            unreadable_answers_per_hour: 100,
            unreadable_answer_bytes: 1 << 20,
            stop_seconds: 10,
        }
    }
}

/// `[agencies.ID.polls.NAME]`: how an operation is run that the component declares as a poll. It counts where `[sending]` is there.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct PollTable {
    /// Whether it is run by itself. Default true.
    pub(crate) enabled: bool,
    /// From one run to the next. Default what the component declares; 1 to 2,592,000: 30 days. The agency's rate holds beside it.
    pub(crate) interval_seconds: Option<u32>,
    /// Parameters of each run. Default none.
    pub(crate) parameters: Table<toml::Table>,
}

impl Default for PollTable {
    fn default() -> Self {
        Self {
            enabled: true,
            interval_seconds: None,
            parameters: Table::default(),
        }
    }
}
