// SPDX-License-Identifier: Apache-2.0
use std::time::Duration;

/// How candidates of an agency are tried, and when one may serve (`[agencies.ID.trial]`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrialSettings {
    /// Of a thousand calls, so many are done again unless whoever deploys says otherwise; 1 to 1,000 (`share`).
    pub of_thousand: u32,
    /// Of a thousand conversations, a candidate serves so many itself unless whoever deploys says otherwise; 1 to 1,000 (`canary-share`).
    pub canary_of_thousand: u32,
    /// Most bytes of what one call saw and gave; one with more is left out (`most-bytes`).
    pub most_bytes: u64,
    /// Most calls that wait to be done again, each of `most_bytes` at most; further ones are left out (`most-waiting`).
    pub most_waiting: usize,
    /// Calls that have to have been done again, or served, before the candidate may serve (`least-calls`).
    pub least_calls: u64,
    /// For how long it has to have been on trial (`least-seconds`).
    pub least_time: Duration,
    /// Of a thousand calls that were done again, so many may differ; 0 to 1,000 (`most-differences`).
    pub most_differences: u32,
    /// Calls of a candidate that serves a share of the conversations, and of what serves the others, before their rates of problems are compared (`rollback-calls`).
    pub rollback_calls: u64,
    /// By more than so many of a thousand the rate of the candidate has to be worse for a rollback; 0 to 1,000 (`rollback-worse`).
    pub rollback_worse: u32,
    /// Whether it serves as soon as it may; otherwise somebody promotes it (`automatic`).
    pub is_automatic: bool,
}

impl Default for TrialSettings {
    fn default() -> Self {
        Self {
            of_thousand: 100,
            canary_of_thousand: 50,
            most_bytes: 4 << 20,
            most_waiting: 16,
            least_calls: 100,
            least_time: Duration::from_secs(60 * 60),
            most_differences: 0,
            rollback_calls: 50,
            rollback_worse: 50,
            is_automatic: false,
        }
    }
}
