// SPDX-License-Identifier: Apache-2.0
use std::time::Duration;

use super::breaker::BreakerRule;

/// How operations are sent. What an agency declares of itself (rates, concurrency, how long bytes are sent again) is not among it: its component says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendingSettings {
    /// Operations of one agency that are carried out at once, at most. Their calls of the component are counted among those of the agency besides
    /// ([`ServedAgency`](crate::ServedAgency)). Default 16.
    pub operations_at_once: u32,
    /// How long an operation is claimed for; extended while it is carried out. After the crash of a process, another goes on with it so much later. Default 60 s.
    pub lease: Duration,
    /// How often the store is looked at though nothing has told that something has changed. Default 1 s.
    pub look: Duration,
    /// The longest pause after the first run that did not end an operation; it doubles from run to run. The pause is anything from zero to this
    /// (full jitter), so that what failed together does not come again together. Default 5 s.
    pub first_delay: Duration,
    /// What it doubles up to, where the agency has answered or may have. Default 1 h: what components declare for sending again is reckoned with it.
    pub longest_delay: Duration,
    /// What it doubles up to where nothing has left this machine: that uses up no sendings, and the breaker keeps it from being often. Default 60 s.
    pub longest_unsent_delay: Duration,
    /// After so many runs in a row that ended by a defect of ours (a crash, a limit, a broken contract) an operation is held for a human. Default 5.
    pub internal_faults: u32,
    /// What is added to the window of an agency's rate: a request that was counted first may arrive last. Default 1 s.
    pub rate_margin: Duration,
    /// After so many requests in a row without an answer, an agency is asked by one operation at a time until it answers. Default 5.
    pub breaker_calls: u32,
    /// Pause before the first of those; it doubles. Default 2 s.
    pub breaker_first: Duration,
    /// What it doubles up to. Default 60 s.
    pub breaker_longest: Duration,
    /// Answers of one agency that mean nothing and are kept for somebody to look at ([`UNREADABLE`](crate::UNREADABLE)), in an hour; none for 0. Default 100.
    pub unreadable_answers_per_hour: u32,
    /// So many bytes of such an answer are kept. Default 1 MiB.
    pub unreadable_answer_bytes: u64,
    /// Time for operations under way when the gateway stops; then they are cut off, and gone on with by the next process. Default 10 s.
    pub stop_time: Duration,
}

impl SendingSettings {
    /// When an agency is left alone that does not answer.
    pub(super) fn breaker(&self) -> BreakerRule {
        BreakerRule {
            calls: self.breaker_calls,
            first: self.breaker_first,
            longest: self.breaker_longest,
        }
    }
}

impl Default for SendingSettings {
    fn default() -> Self {
        Self {
            operations_at_once: 16,
            lease: Duration::from_secs(60),
            look: Duration::from_secs(1),
            first_delay: Duration::from_secs(5),
            longest_delay: Duration::from_secs(60 * 60),
            longest_unsent_delay: Duration::from_secs(60),
            internal_faults: 5,
            rate_margin: Duration::from_secs(1),
            breaker_calls: 5,
            breaker_first: Duration::from_secs(2),
            breaker_longest: Duration::from_secs(60),
            unreadable_answers_per_hour: 100,
            unreadable_answer_bytes: 1 << 20,
            stop_time: Duration::from_secs(10),
        }
    }
}

/// How a poll of an agency is run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PollSettings {
    /// Whether it is run by itself. Default true.
    pub enabled: bool,
    /// From one run to the next. Default what the component declares.
    pub interval: Option<Duration>,
    /// Parameters of each run: one JSON object. Default `{}`.
    pub parameters: String,
}

impl Default for PollSettings {
    fn default() -> Self {
        Self {
            enabled: true,
            interval: None,
            parameters: "{}".to_owned(),
        }
    }
}
